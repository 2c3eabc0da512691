//! A way in that closes by itself: a principal is exempt, and a twin of each Deny denies it the same
//! again from a moment on. Nobody has to come back and close it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::document::{self, statements, texts};
use crate::iam::pattern::{Case, Pattern};

/// The statements that an unlock opens: not those that protect the guard itself, Terraform's role and
/// the tag.
const OPENED: [&str; 3] = ["Drift", "ByArn", "Settings"];

/// The beginning of the names of twins.
const TWIN: &str = "Unlocked";

/// An unlock that stands in a guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlock {
    /// Whom.
    pub principal: String,
    /// Until when, `2026-11-24T10:00:00Z`.
    pub until: String,
}

/// The unlocks in a guard's documents, each once.
#[must_use]
pub fn unlocks(documents: &[&Value]) -> Vec<Unlock> {
    let mut unlocks = Vec::new();
    for statement in documents.iter().flat_map(|document| statements(document)) {
        unlocks.extend(twin(statement));
    }
    unlocks.sort_by(|a, b| (&a.until, &a.principal).cmp(&(&b.until, &b.principal)));
    unlocks.dedup();
    unlocks
}

fn twin(statement: &Value) -> Option<Unlock> {
    let sid = statement.get("Sid")?.as_str()?;
    if !sid.starts_with(TWIN) {
        return None;
    }
    let value = |operator: &str, key: &str| -> Option<String> {
        let keys = statement.get("Condition")?.get(operator)?;
        texts(keys, key).first().map(|text| (*text).to_owned())
    };
    Some(Unlock {
        principal: value("ArnLike", "aws:PrincipalArn")?,
        until: value("DateGreaterThan", "aws:CurrentTime")?,
    })
}

/// The documents without the unlocks that `over` means: the twins go, and so do the exemptions.
#[must_use]
pub fn close(documents: &[&Value], over: impl Fn(&Unlock) -> bool) -> Vec<Value> {
    let ended: Vec<String> =
        unlocks(documents).into_iter().filter(&over).map(|unlock| unlock.principal).collect();
    let mut documents_left = Vec::new();
    for document in documents {
        let mut kept = Vec::new();
        for statement in statements(document) {
            match twin(statement) {
                Some(unlock) if over(&unlock) => {}
                Some(_) => kept.push(statement.clone()),
                None => kept.push(exempting(statement, |list| {
                    if is_opened(statement) {
                        list.retain(|arn| !ended.contains(arn));
                    }
                })),
            }
        }
        documents_left.push(with(document, kept));
    }
    documents_left.retain(|document| !statements(document).is_empty());
    documents_left
}

/// The documents with a principal unlocked until a moment; the twins come in separate documents,
/// for the caller to find room for.
///
/// # Errors
/// The guard does not bind the principal anyway.
pub fn open(documents: &[&Value], unlock: &Unlock) -> Result<(Vec<Value>, Vec<Value>), String> {
    // One that is there already is replaced, whichever ends later.
    let closed = close(documents, |other| other.principal == unlock.principal);
    let (mut opened, mut twins) = (Vec::new(), Vec::new());
    // Of an unlock of somebody else until the same second: no name may stand twice in a policy.
    let taken: HashSet<&str> = closed
        .iter()
        .flat_map(statements)
        .filter_map(|statement| statement.get("Sid")?.as_str())
        .collect();
    let mut names = (1..).map(|number| name(unlock, number));
    let mut free = || names.by_ref().find(|name| !taken.contains(name.as_str()));
    for document in &closed {
        let mut all = Vec::new();
        for statement in statements(document) {
            if !is_opened(statement) {
                all.push(statement.clone());
                continue;
            }
            let bound = statement.pointer("/Condition/ArnLike");
            let bound = bound.map(|keys| texts(keys, "aws:PrincipalArn")).unwrap_or_default();
            let is_bound = |arn: &str| Pattern::new(arn, Case::Kept).matches(&unlock.principal);
            if !bound.is_empty() && !bound.into_iter().any(is_bound) {
                return Err(format!("the guard does not apply to `{}`", unlock.principal));
            }
            let mut was_exempt = false;
            all.push(exempting(statement, |list| {
                was_exempt = list.contains(&unlock.principal);
                list.push(unlock.principal.clone());
            }));
            if was_exempt {
                return Err(format!("`{}` is already permanently exempt", unlock.principal));
            }
            twins.push(make_twin(statement, unlock, free().unwrap_or_default()));
        }
        opened.push(with(document, all));
    }
    if twins.is_empty() {
        return Err("the guard has no statement to add the exemption to".to_owned());
    }
    Ok((opened, twins))
}

/// Whether an unlock opens a statement.
pub(super) fn is_opened(statement: &Value) -> bool {
    let sid = statement.get("Sid").and_then(Value::as_str).unwrap_or_default();
    OPENED.iter().any(|opened| sid.starts_with(opened))
        && statement.get("Effect").and_then(Value::as_str) == Some("Deny")
}

fn with(document: &Value, list: Vec<Value>) -> Value {
    let mut copy = document.clone();
    if let Some(fields) = copy.as_object_mut() {
        fields.insert("Statement".to_owned(), Value::Array(list));
    }
    document::canonical(&copy.to_string()).unwrap_or(copy)
}

/// A statement with its list of exempt principals changed.
fn exempting(statement: &Value, change: impl FnOnce(&mut Vec<String>)) -> Value {
    let mut copy = statement.clone();
    let pointer = "/Condition/ArnNotLike";
    let mut list: Vec<String> = copy
        .pointer(pointer)
        .map(|keys| texts(keys, "aws:PrincipalArn"))
        .unwrap_or_default()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let before = list.clone();
    change(&mut list);
    if list == before {
        return copy;
    }
    if let Some(fields) = copy.as_object_mut() {
        let condition = fields.entry("Condition").or_insert_with(|| json!({}));
        let keys = condition
            .as_object_mut()
            .map(|operators| operators.entry("ArnNotLike").or_insert(json!({})));
        if let Some(keys) = keys.and_then(Value::as_object_mut) {
            keys.insert("aws:PrincipalArn".to_owned(), json!(list));
        }
    }
    copy
}

/// What a twin is called.
fn name(unlock: &Unlock, number: usize) -> String {
    let at: String = unlock.until.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{TWIN}{number}Until{at}")
}

/// The same Deny for the principal alone, from the moment on.
fn make_twin(statement: &Value, unlock: &Unlock, name: String) -> Value {
    let mut copy = statement.clone();
    if let Some(fields) = copy.as_object_mut() {
        fields.insert("Sid".to_owned(), json!(name));
        let condition = fields.entry("Condition").or_insert_with(|| json!({}));
        if let Some(condition) = condition.as_object_mut() {
            condition.remove("ArnNotLike");
            condition.insert("ArnLike".into(), json!({"aws:PrincipalArn": unlock.principal}));
            condition.insert("DateGreaterThan".into(), json!({"aws:CurrentTime": unlock.until}));
        }
    }
    copy
}
