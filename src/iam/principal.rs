//! Who a statement is about, and whether that is everybody.

use super::element::{Fault, Texts, element};
use super::pattern::{Case, Pattern, SOME, is_wild, may_widen};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

/// Principals by kind: `AWS`, `Service`, `Federated`, `CanonicalUser`; a bare text has the kind `*`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Named {
    /// Kind and identifier.
    pub entries: Vec<(&'static str, Value)>,
    /// Why there may be more.
    pub rest: Option<Unknown>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq)]
pub enum Principals {
    /// Neither is there.
    Missing,
    /// These.
    These(Named),
    /// All but these.
    AllBut(Named),
    /// Nothing is known of it.
    Unknown(Unknown),
}

impl Named {
    /// Reads `"*"`, `{"AWS": ..., "Service": [...]}`, and a bare list, which AWS refuses.
    #[must_use]
    pub fn read(value: &Value, faults: &mut Vec<Fault>) -> Self {
        let mut named = Self::default();
        match value {
            Value::Object(object) => {
                named.rest.clone_from(&object.rest);
                let kinds = ["AWS", "Service", "Federated", "CanonicalUser", "*"];
                for (key, value) in &object.entries {
                    // An unknown kind is read as `*`: its identifiers count, whatever they are.
                    let kind = element(key, &kinds, faults).unwrap_or("*");
                    named.add(kind, &Texts::read(value, faults));
                }
            }
            Value::Unknown(why) => named.rest = Some(why.clone()),
            other => {
                if !matches!(other, Value::String(text) if text == "*") {
                    // Each text counts for every kind of principal, which is more than AWS grants.
                    let what = "a principal is neither `*` nor an object";
                    faults.push(Fault::settled(what, other.kind()));
                }
                named.add("*", &Texts::read(other, faults));
            }
        }
        named
    }

    fn add(&mut self, kind: &'static str, texts: &Texts) {
        self.entries.extend(texts.items.iter().map(|item| (kind, item.clone())));
        if self.rest.is_none() {
            self.rest.clone_from(&texts.rest);
        }
    }
}

impl Principals {
    /// Whether everybody, in any account, is meant.
    ///
    /// `*` of any kind is; so is everybody but some. A wildcard inside an ARN's account or in the
    /// name of a service is refused by AWS; it is read as the wildcard that its author meant.
    #[must_use]
    pub fn is_anybody(&self) -> Truth {
        match self {
            Self::Missing => Truth::False,
            Self::AllBut(_) => Truth::True,
            Self::Unknown(why) => Truth::Unknown(why.clone()),
            Self::These(named) => {
                let known =
                    Truth::any(named.entries.iter().map(|(kind, id)| names_anybody(kind, id)));
                match &named.rest {
                    Some(why) => known.or(Truth::Unknown(why.clone())),
                    None => known,
                }
            }
        }
    }
}

/// Whether one identifier means everybody.
#[must_use]
pub fn names_anybody(kind: &str, id: &Value) -> Truth {
    let certain = |text: &str| {
        if Pattern::new(text, Case::Kept).matches(SOME) {
            return true;
        }
        match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            ["arn", _, _, _, account, _] => Pattern::new(account, Case::Kept).matches(SOME),
            _ => is_wild(text) && (kind == "Service" || text.starts_with("arn")),
        }
    };
    // What stands before the first wildcard or hole decides whether a hole can be that wide.
    let possible = |text: &str| {
        let start = text.split(['*', '?']).next().unwrap_or_default();
        let account_is_named = start.splitn(6, ':').count() == 6;
        let is_arn = start.starts_with("arn") || "arn".starts_with(start);
        kind == "Service" || (is_arn && !account_is_named)
    };
    may_widen(id, certain, possible)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anybody(json: &str) -> Truth {
        let value: Value = serde_json::from_str(json).unwrap();
        Principals::These(Named::read(&value, &mut Vec::new())).is_anybody()
    }

    #[test]
    fn everybody_in_every_form() {
        for json in [
            r#""*""#,
            r#"["*"]"#,
            r#"{"AWS":"*"}"#,
            r#"{"aws":"*"}"#,
            r#"{"AWS":["arn:aws:iam::123456789012:root","*"]}"#,
            r#"{"Federated":"*"}"#,
            r#"{"Service":"*.amazonaws.com"}"#,
            r#"{"*":"*"}"#,
            r#"{"AWS":"arn:aws:iam::*:root"}"#,
            r#"{"AWS":"arn:aws:iam:*"}"#,
        ] {
            assert_eq!(anybody(json), Truth::True, "{json}");
        }
        for json in [
            r#"{"AWS":"arn:aws:iam::123456789012:root"}"#,
            r#"{"AWS":123456789012}"#,
            r#"{"AWS":"arn:aws:iam::123456789012:user/*"}"#,
            r#"{"Service":"ec2.amazonaws.com"}"#,
            r#"{"CanonicalUser":"79a59df900b949e5"}"#,
            r#"{"AWS":[]}"#,
        ] {
            assert_eq!(anybody(json), Truth::False, "{json}");
        }
    }

    #[test]
    fn doubt_stays() {
        let why = || Unknown::because("w");
        let one = |value| Principals::These(Named { entries: vec![("AWS", value)], rest: None });
        assert!(one(Value::Unknown(why())).is_anybody().unknown().is_some());
        assert!(one(Value::Unknown(why().plain())).is_anybody().is_false());
        assert_eq!(Principals::AllBut(Named::default()).is_anybody(), Truth::True);
    }
}
