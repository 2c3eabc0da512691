//! Whether an attribute names an encryption key of the customer's own: many rules ask it, and a key that is
//! made in the same plan has no name yet.

use super::judge::Scope;
use super::path::{Path, Step};
use crate::clouds::{self, keys::Keys};
use crate::model::subject::Subject;
use crate::model::truth::Truth;
use crate::model::value::{Piece, Unknown, Value};

impl Scope<'_, '_> {
    /// Whether every value that the path leads to names a key of the customer; see
    /// [`Condition::customer_key`](super::language::Condition::customer_key).
    pub(super) fn customer_key(&self, path: &Path) -> Truth {
        self.reach(path, |value, steps, name| {
            each(value, steps, name, &mut |at, value| self.key(path.from_root, at, value))
        })
    }

    fn key(&self, from_root: bool, at: &str, value: &Value) -> Truth {
        let keys = &clouds::of(&self.view.subject.kind).keys;
        match value {
            Value::String(text) if !text.is_empty() => Truth::from(!self.is_managed(keys, text)),
            Value::Template(pieces) => {
                let known = || {
                    pieces.iter().filter_map(|piece| match piece {
                        Piece::Known(text) => Some(text),
                        Piece::Hole(_) => None,
                    })
                };
                let by_id = |text: &String| keys.by_id.iter().any(|part| text.contains(part));
                match value.doubt() {
                    _ if known().any(|text| keys.holds_reserved(text)) => Truth::False,
                    Some(why) if !known().any(by_id) => Truth::Unknown(why.clone()),
                    _ => Truth::True,
                }
            }
            Value::Unknown(why) => {
                let place = self.place(from_root, at);
                place.map_or(Truth::Unknown(why.clone()), |place| self.key_to_come(&place, why))
            }
            _ => Truth::False,
        }
    }

    /// Whether this id, full name or alias names a key that the provider manages, as far as the
    /// input tells.
    fn is_managed(&self, keys: &Keys, name: &str) -> bool {
        keys.is_reserved(name) || self.view.is_managed_key(name)
    }

    /// Whether what will stand there is a key of the customer, by the resource that it comes from.
    fn key_to_come(&self, place: &str, why: &Unknown) -> Truth {
        let links = self.view.follow(place);
        if links.certain.is_empty() || !links.possible.is_empty() {
            return Truth::Unknown(why.clone());
        }
        Truth::all(links.certain.iter().map(|other| self.is_own(other, why)))
    }

    fn is_own(&self, other: &Subject, why: &Unknown) -> Truth {
        let keys = &clouds::of(&other.kind).keys;
        if keys.customer.contains(&other.kind.as_str()) {
            return Truth::True;
        }
        let Some(asked) = keys.asked_by(&other.kind) else { return Truth::Unknown(why.clone()) };
        let resource = self.view.all_subjects().iter().find(|one| one.id == other.id);
        let name = resource.map(|own| self.view.look_at(own).attribute(asked));
        match name.as_deref().and_then(Value::as_str) {
            Some(name) => Truth::from(!self.is_managed(keys, name)),
            None => Truth::Unknown(why.clone()),
        }
    }
}

/// Asks about the values at the end of the steps, each with its path; it must be so for each.
fn each(
    value: &Value,
    steps: &[Step],
    at: &str,
    ask: &mut dyn FnMut(&str, &Value) -> Truth,
) -> Truth {
    let (step, tail) = match (steps.split_first(), value) {
        (None, _) | (Some(_), Value::Unknown(_)) => return ask(at, value),
        (Some(found), _) => found,
    };
    match (step, value) {
        (Step::Index(index), Value::List(_)) => {
            each(&value.index(*index), tail, &format!("{at}[{index}]"), ask)
        }
        (Step::Index(0), _) => each(value, tail, at, ask),
        (Step::Name(_), Value::List(list)) if list.items.is_empty() => match &list.rest {
            Some(why) => ask(at, &Value::Unknown(why.clone())),
            None => ask(at, &Value::Null),
        },
        (Step::Name(_), Value::List(list)) => {
            let items = list.items.iter().enumerate();
            let known =
                Truth::all(items.map(|(i, item)| each(item, steps, &format!("{at}[{i}]"), ask)));
            match &list.rest {
                Some(why) => known.and(Truth::Unknown(why.clone())),
                None => known,
            }
        }
        (Step::Name(name), Value::Object(object)) => {
            let mut at = at.to_owned();
            Path::show(step, &mut at);
            each(&object.get(name), tail, &at, ask)
        }
        _ => ask(at, &Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use crate::rules::table::compile::compile;
    use crate::rules::table::language::Document;
    use crate::rules::testing::Fake;
    use crate::rules::{Check, Rule};

    fn rule(entry: Json) -> Rule {
        let document = json!({
            "id": "x-default-key", "title": "X", "severity": "low", "service": "X",
            "what": "what", "why": "why", "fix": "fix", "references": ["https://example.com"],
            "resources": [entry],
        });
        let document: Document = serde_json::from_value(document).expect("a document");
        let (meta, table) = compile(document).expect("a sound rule");
        Rule { meta, check: Check::Table(table.into()) }
    }

    fn said(rule: &Rule, attributes: Json) -> Vec<&'static str> {
        let fake = Fake::new([
            ("aws_x.x", attributes),
            ("aws_kms_key.own", json!({})),
            ("data.aws_kms_alias.own", json!({"name": "alias/mine"})),
            ("data.aws_kms_alias.aws", json!({"name": "alias/aws/x"})),
        ]);
        fake.ask(rule, "aws_x.x").iter().map(|answer| answer.outcome.name()).collect()
    }

    #[test]
    fn a_key_is_the_customers_own_unless_aws_manages_it() {
        let rule = rule(json!({
            "types": ["aws_x"], "require": {"customer_key": "key"}, "message": "no key",
        }));
        let cases: [(Json, &[&str]); 9] = [
            (json!({"key": null}), &["violated"]),
            (json!({"key": ""}), &["violated"]),
            (json!({"key": "alias/aws/x"}), &["violated"]),
            (json!({"key": "arn:aws:kms:us-east-1:111122223333:alias/aws/x"}), &["violated"]),
            (json!({"key": "arn:aws:kms:us-east-1:111122223333:key/1"}), &[]),
            (json!({"key": "?aws_kms_key.own.arn"}), &[]),
            (json!({"key": "?data.aws_kms_alias.own.target_key_arn"}), &[]),
            (json!({"key": "?data.aws_kms_alias.aws.target_key_arn"}), &["violated"]),
            (json!({"key": "?"}), &["undetermined"]),
        ];
        for (attributes, wanted) in cases {
            assert_eq!(said(&rule, attributes.clone()), wanted, "{attributes}");
        }
    }

    #[test]
    fn keys_in_repeated_blocks_are_asked_one_by_one() {
        let rule = rule(json!({
            "types": ["aws_x"], "each": "disk", "require": {"customer_key": "ebs.key"},
            "message": "no key",
        }));
        let disks = json!({"disk": [
            {"ebs": [{"key": "arn:aws:kms:us-east-1:111122223333:key/1"}]},
            {"ebs": [{"key": null}]},
            {"ebs": []},
        ]});
        assert_eq!(said(&rule, disks), ["violated", "violated"]);
    }
}
