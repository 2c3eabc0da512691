//! How far a policy violation reaches, as lines of its key: a policy that was too wide before is no
//! excuse for one that is wider.

use std::collections::BTreeSet;

use crate::iam::element::{Clause, Texts, shown};
use crate::iam::principal::Principals;
use crate::iam::{Document, Statement};
use crate::model::truth::Truth;
use crate::rules::classes::{LIMIT, REACH, WIDTH};

/// Beyond this many lines, they are not compared one by one.
const MANY: usize = 512;

/// The lines about the statements for which the answer is certainly yes: what they allow, and the
/// conditions and denials that limit it.
pub(crate) fn extent(document: &Document, question: impl Fn(&Statement) -> Truth) -> String {
    let mut lines = BTreeSet::new();
    let mut conditions: Option<BTreeSet<String>> = None;
    for statement in document.statements.iter().filter(|statement| question(statement).is_true()) {
        reach("action", &statement.action, &mut lines);
        reach("resource", &statement.resource, &mut lines);
        let limits = limits(statement);
        conditions = Some(match conditions {
            // A condition limits only if every statement has it.
            Some(all) => all.intersection(&limits).cloned().collect(),
            None => limits,
        });
    }
    if conditions.is_none() {
        return String::new();
    }
    lines.extend(conditions.into_iter().flatten());
    lines.extend(deny_lines(document));
    if lines.len() > MANY {
        // Counts as new, whatever it was before.
        return format!("{WIDTH}{} lines {lines:?}", lines.len()).replace('\n', " ");
    }
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

/// The same of the statements that allow one of these patterns of actions, in lower case.
pub(crate) fn extent_of(document: &Document, patterns: &[String]) -> String {
    extent(document, |statement| {
        let named = match &statement.action {
            Clause::These(texts) => each(texts).any(|action| patterns.contains(&action)),
            Clause::AllBut(_) => true,
            Clause::Missing | Clause::Unknown(_) => false,
        };
        statement.allows.clone().and(Truth::from(named))
    })
}

/// What a document denies, each action on each resource as a line.
pub(crate) fn deny_lines(document: &Document) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for deny in document.statements.iter().filter(|statement| statement.denies.is_true()) {
        denials(deny, &mut lines);
    }
    lines
}

fn reach(what: &str, clause: &Clause, lines: &mut BTreeSet<String>) {
    match clause {
        Clause::Missing => _ = lines.insert(format!("{REACH}{what} *")),
        Clause::Unknown(_) => _ = lines.insert(format!("{WIDTH}{what} not known")),
        Clause::These(texts) => {
            lines.extend(each(texts).map(|text| format!("{REACH}{what} {text}")));
            if texts.rest.is_some() || texts.items.iter().any(|text| text.doubt().is_some()) {
                lines.insert(format!("{WIDTH}{what} not known"));
            }
        }
        Clause::AllBut(texts) => {
            lines.insert(format!("{REACH}{what} *"));
            lines.extend(each(texts).map(|text| format!("{LIMIT}not {what} {text}")));
        }
    }
}

/// On one line and in lower case: IAM ignores the case of actions, and the case of other texts
/// does not widen anything.
fn each(texts: &Texts) -> impl Iterator<Item = String> {
    texts.items.iter().map(|text| flat(&shown(text).to_ascii_lowercase()))
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn limits(statement: &Statement) -> BTreeSet<String> {
    let entry = |condition: &crate::iam::condition::Condition| {
        let mut values: Vec<String> = each(&condition.values).collect();
        values.sort_unstable();
        let (operator, key) =
            (flat(&condition.operator), flat(&condition.key.to_ascii_lowercase()));
        format!("{LIMIT}if {operator} {key} {values:?}")
    };
    statement.conditions.entries.iter().map(entry).collect()
}

/// Each denial of one action on one resource is a separate limit, so that adding another to the
/// list does not look like removing one.
fn denials(deny: &Statement, lines: &mut BTreeSet<String>) {
    let whole = |clause: &Clause| match clause {
        Clause::These(texts) => each(texts).collect(),
        Clause::AllBut(texts) => vec![format!("not {:?}", each(texts).collect::<Vec<_>>())],
        Clause::Missing | Clause::Unknown(_) => vec!["*".to_owned()],
    };
    let (actions, resources) = (whole(&deny.action), whole(&deny.resource));
    if actions.len().saturating_mul(resources.len()) > MANY {
        let text = format!("{LIMIT}deny {actions:?} on {resources:?}");
        lines.insert(text);
        return;
    }
    let who = match &deny.principal {
        Principals::Missing => String::new(),
        other => flat(&format!(" to {other:?}")),
    };
    let when: Vec<String> = limits(deny).into_iter().collect();
    for action in &actions {
        for resource in &resources {
            lines.insert(format!("{LIMIT}deny {action} on {resource}{who} {when:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Value;

    fn lines(text: &str) -> Vec<String> {
        let document = Document::read(&Value::from(text)).unwrap();
        extent(&document, |statement| statement.allows.clone()).lines().map(str::to_owned).collect()
    }

    #[test]
    fn limits_count_where_every_statement_has_them() {
        let with = r#"{"Effect":"Allow","Action":"S3:Get*","Resource":"*",
            "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
        let without = r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#;
        let deny = r#"{"Effect":"Deny","Action":["a:b","a:c"],"Resource":"*"}"#;
        let one = lines(&format!(r#"{{"Statement":[{with},{deny}]}}"#));
        assert!(one.contains(&"~ action s3:get*".to_owned()), "{one:?}");
        assert_eq!(one.iter().filter(|line| line.starts_with("- if ")).count(), 1);
        assert_eq!(one.iter().filter(|line| line.starts_with("- deny ")).count(), 2);
        let two = lines(&format!(r#"{{"Statement":[{with},{without}]}}"#));
        assert!(two.contains(&"- not action iam:*".to_owned()), "{two:?}");
        assert!(!two.iter().any(|line| line.starts_with("- if ")), "{two:?}");
    }

    #[test]
    fn no_text_of_a_policy_makes_a_line_of_its_own() {
        let text = r#"{"Statement":{"Effect":"Allow","Action":"a\n- deny x","Resource":"b\n~ *"}}"#;
        assert_eq!(lines(text), ["~ action a - deny x", "~ resource b ~ *"]);
    }
}
