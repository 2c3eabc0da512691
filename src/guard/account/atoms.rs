//! A document taken apart as far as it goes: one verb, one resource, one set of conditions each. Two
//! documents say the same of a verb exactly where they share its atom, whatever patterns, statements
//! and policies it stands in.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::document;
use crate::guard::catalogue::catalogue;
use crate::guard::scope::full;
use crate::iam::pattern::{Case, Pattern, is_wild};

/// One verb on one resource under one set of conditions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Atom {
    /// The rest of the statement: effect, principal, conditions.
    rest: Arc<str>,
    resource: Arc<str>,
    pub(super) verb: Arc<str>,
}

impl Atom {
    /// What it is done to, an ARN with wildcards.
    pub(super) fn resource(&self) -> &str {
        &self.resource
    }
}

/// The atoms of a document.
pub(super) fn atoms(document: &Value) -> BTreeSet<Atom> {
    let mut atoms = BTreeSet::new();
    for statement in document::statements(document) {
        let mut rest = statement.clone();
        if let Some(fields) = rest.as_object_mut() {
            fields.remove("Sid");
        }
        let actions = document::texts(statement, "Action");
        let resources = document::texts(statement, "Resource");
        if actions.is_empty() || resources.is_empty() {
            // NotAction and NotResource stay whole.
            let whole = Arc::from(document::minified(&rest));
            atoms.insert(Atom { rest: whole, resource: Arc::from(""), verb: Arc::from("") });
            continue;
        }
        if let Some(fields) = rest.as_object_mut() {
            fields.remove("Action");
            fields.remove("Resource");
        }
        let rest: Arc<str> = Arc::from(document::minified(&rest));
        let verbs: BTreeSet<Arc<str>> =
            actions.iter().flat_map(|pattern| verbs(pattern)).map(Arc::from).collect();
        for resource in resources {
            let resource: Arc<str> = Arc::from(resource);
            atoms.extend(verbs.iter().map(|verb| Atom {
                rest: Arc::clone(&rest),
                resource: Arc::clone(&resource),
                verb: Arc::clone(verb),
            }));
        }
    }
    atoms
}

/// The verbs that a pattern means today; `*`, and what the catalogue does not know, as they are.
pub(super) fn verbs(pattern: &str) -> Vec<String> {
    let known = || {
        let (service, verb) = pattern.split_once(':')?;
        let service = catalogue().service(&service.to_ascii_lowercase())?;
        if !is_wild(verb) {
            return Some(vec![full(service, service.actions.get(&verb.to_ascii_lowercase())?)]);
        }
        let wanted = Pattern::new(&verb.to_ascii_lowercase(), Case::Kept);
        let found = service.actions.iter().filter(|(name, _)| wanted.matches(name));
        Some(found.map(|(_, action)| full(service, action)).collect::<Vec<_>>())
    };
    match known() {
        Some(found) if !found.is_empty() => found,
        _ => vec![pattern.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> BTreeSet<Atom> {
        atoms(&document::canonical(text).unwrap())
    }

    #[test]
    fn a_pattern_is_its_verbs() {
        let deleted = verbs("sqs:Delete*");
        assert!(deleted.contains(&"sqs:DeleteQueue".to_owned()), "{deleted:?}");
        assert_eq!(verbs("SQS:deletequeue"), ["sqs:DeleteQueue"]);
        assert_eq!(verbs("*"), ["*"]);
        assert_eq!(verbs("nosuch:Verb"), ["nosuch:Verb"]);
    }

    #[test]
    fn how_it_is_cut_does_not_matter() {
        let together = of(
            r#"{"Statement":[{"Sid":"A","Effect":"Deny","Action":["sqs:DeleteQueue","sqs:TagQueue"],"Resource":["a","b"]}]}"#,
        );
        let apart = of(
            r#"{"Statement":[{"Sid":"B","Effect":"Deny","Action":"sqs:DeleteQueue","Resource":["a","b"]},
            {"Effect":"Deny","Action":"sqs:TagQueue","Resource":"a"},{"Effect":"Deny","Action":"sqs:TagQueue","Resource":"b"}]}"#,
        );
        assert_eq!(together, apart);
        assert_eq!(together.len(), 4);
        let other = of(
            r#"{"Statement":[{"Effect":"Deny","Action":"sqs:DeleteQueue","Resource":"a","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}"#,
        );
        assert!(together.is_disjoint(&other));
    }
}
