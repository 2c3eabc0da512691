//! Whether a policy opens its resource, or its role, to everybody.

use super::condition::Purpose;
use super::document::Document;
use super::element::{Clause, Texts};
use super::pattern::{Case, Pattern, extremes};
use super::resource;
use super::statement::Statement;
use crate::model::truth::Truth;
use crate::model::value::Value;

/// Whether a statement gives something to everybody, and neither its conditions nor a `Deny` of
/// the same document take it back.
#[must_use]
pub fn is_open(document: &Document, statement: &Statement, purpose: Purpose) -> Truth {
    let open = statement
        .allows
        .clone()
        .and(statement.principal.is_anybody())
        .and(statement.conditions.narrow(purpose).not());
    if open.is_false() {
        return open;
    }
    let taken_back =
        Truth::any(document.statements.iter().map(|deny| takes_back(deny, statement, purpose)));
    open.and(taken_back.not())
}

/// Whether a document gives something to everybody; its doubts included.
#[must_use]
pub fn opens(document: &Document, purpose: Purpose) -> Truth {
    let known = Truth::any(document.statements.iter().map(|s| is_open(document, s, purpose)));
    match document.doubt() {
        Some(why) => known.or(Truth::Unknown(why)),
        None => known,
    }
}

/// Whether a `Deny` leaves of another statement only what callers of ours may do.
fn takes_back(deny: &Statement, allow: &Statement, purpose: Purpose) -> Truth {
    if deny.denies.is_false() || deny.principal.is_anybody().is_false() {
        return Truth::False;
    }
    let everybody = match &deny.principal {
        super::principal::Principals::AllBut(_) => Truth::False,
        other => other.is_anybody(),
    };
    deny.denies
        .clone()
        .and(everybody)
        .and(deny.conditions.deny_all_but_ours(purpose))
        .and(covers(&deny.action, &allow.action, Case::Ignored))
        .and(covers(&deny.resource, &allow.resource, Case::Kept))
}

/// How many pairs of patterns are compared at most; what is not compared is not covered.
const PAIRS: usize = 10_000;
/// Longer patterns are not compared: no ARN is that long.
const LENGTH: usize = 2048;

fn covers(wide: &Clause, narrow: &Clause, case: Case) -> Truth {
    match (wide, narrow) {
        (Clause::Missing, _) => Truth::True,
        (Clause::Unknown(why), _) | (_, Clause::Unknown(why)) => Truth::Unknown(why.clone()),
        (Clause::AllBut(_), _) => Truth::False,
        (Clause::These(wide), Clause::These(narrow)) => all_covered(wide, narrow, case),
        (Clause::These(wide), Clause::AllBut(_) | Clause::Missing) => {
            wide.any(|value| match case {
                Case::Ignored => super::action::is_every_action(value),
                Case::Kept => resource::is_everything(value),
            })
        }
    }
}

fn all_covered(wide: &Texts, narrow: &Texts, case: Case) -> Truth {
    if wide.items.len().saturating_mul(narrow.items.len()) > PAIRS {
        return Truth::False;
    }
    let pattern = |text: &str| Some(Pattern::new(text, case)).filter(|p| p.len() <= LENGTH);
    let known = |value: &Value| value.as_str().and_then(pattern);
    let wide_known: Vec<Pattern> = wide.items.iter().filter_map(known).collect();
    let doubt = wide.items.iter().find_map(Value::doubt).or(wide.rest.as_ref());
    let narrow_covered = narrow.all(|value| {
        let narrowest = extremes(value)
            .map(|e| e.any_text.map_or(e.narrowest, |(text, _)| text))
            .and_then(|text| pattern(&text));
        let covered = narrowest.is_some_and(|n| wide_known.iter().any(|w| w.covers(&n)));
        match doubt {
            _ if covered => Truth::True,
            Some(why) => Truth::Unknown(why.clone()),
            None => match value.doubt() {
                Some(why) => Truth::Unknown(why.clone()),
                None => Truth::False,
            },
        }
    });
    // A narrow side with an open end is covered all the same by a pattern for everything.
    if narrow_covered.is_true() || !wide_known.iter().any(|w| w.covers(&Pattern::new("*", case))) {
        return narrow_covered;
    }
    Truth::True
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Unknown;

    fn open(statements: &str) -> Truth {
        let text = format!(r#"{{"Statement":[{statements}]}}"#);
        opens(&Document::read(&text.as_str().into()).unwrap(), Purpose::Resource)
    }

    const ALLOW: &str = r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;

    #[test]
    fn everybody() {
        assert_eq!(open(ALLOW), Truth::True);
        assert_eq!(
            open(r#"{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"s3:*","Resource":"*"}"#),
            Truth::True
        );
        assert_eq!(
            open(r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#),
            Truth::False
        );
    }

    #[test]
    fn a_deny_takes_back() {
        let deny = |action: &str, resource: &str, condition: &str| {
            format!(
                r#"{ALLOW},{{"Effect":"Deny","Principal":"*","Action":"{action}",
                "Resource":["arn:aws:s3:::b","{resource}"],"Condition":{{{condition}}}}}"#
            )
        };
        let org = r#""StringNotEquals":{"aws:PrincipalOrgID":"o-abc"}"#;
        let tls = r#""Bool":{"aws:SecureTransport":"false"}"#;
        assert_eq!(open(&deny("s3:*", "arn:aws:s3:::b/*", org)), Truth::False);
        assert_eq!(open(&deny("S3:Get*", "*", org)), Truth::False);
        assert_eq!(open(&deny("s3:Put*", "arn:aws:s3:::b/*", org)), Truth::True);
        assert_eq!(open(&deny("s3:*", "arn:aws:s3:::b/private/*", org)), Truth::True);
        assert_eq!(open(&deny("s3:*", "*", tls)), Truth::True);
    }

    #[test]
    fn an_unknown_resource_changes_nothing_for_everybody() {
        let text = format!(r#"{{"Statement":[{ALLOW}]}}"#);
        let mut document = Document::read(&text.as_str().into()).unwrap();
        document.statements[0].resource = Clause::Unknown(Unknown::because("w"));
        assert_eq!(opens(&document, Purpose::Resource), Truth::True);
        document.statements[0].conditions.rest = Some(Unknown::because("w"));
        assert!(opens(&document, Purpose::Resource).unknown().is_some());
    }
}
