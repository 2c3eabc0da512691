//! `data.holdpoint`: what the gate knows of a plan, for the user's own policies.
//!
//! docs/rego.md describes it; what is written here is a contract.

use serde_json::{Map, Value as Json, json};

use crate::iam::element::{Clause, Texts, shown};
use crate::iam::principal::{Named, Principals};
use crate::iam::{Document, Statement};
use crate::model::subject::{Action, Key, Mode, Side, Subject};
use crate::model::truth::Truth;
use crate::model::value::{Piece, Value};
use crate::model::view::{Attributes, Resources};

/// How deep documents are looked into.
const DEEPEST: usize = 64;

/// The facts of a plan, as it will stand or as it stands.
pub(super) fn facts(plan: &dyn Resources, side: Side) -> Json {
    let mut resources = Vec::new();
    let mut unknown = Map::new();
    for subject in plan.subjects().iter().filter(|subject| subject.is_resource()) {
        let (facts, paths) = resource(plan, subject, side);
        resources.push(facts);
        unknown.insert(subject.address.clone(), paths);
    }
    json!({ "resources": resources, "unknown": unknown })
}

fn resource(plan: &dyn Resources, subject: &Subject, side: Side) -> (Json, Json) {
    let mut paths = Vec::new();
    let mut references = Map::new();
    let mut documents = Vec::new();
    let values = subject.exists(side).then(|| {
        let attributes = plan.open(subject, side);
        let mut values = Map::new();
        for name in attributes.names() {
            let value = attributes.get(&name);
            read_documents(&name, &value, 0, &mut documents);
            let named = plan.follow(subject, side, &name);
            let named: Vec<&str> = named.certain.iter().map(|s| s.address.as_str()).collect();
            if !named.is_empty() {
                references.insert(name.clone(), json!(named));
            }
            values.insert(name.clone(), known(&value, &name, 0, &mut paths));
        }
        values
    });
    let facts = json!({
        "address": subject.address,
        "module": subject.module(),
        "mode": if subject.mode() == Some(Mode::Data) { "data" } else { "managed" },
        "type": subject.kind.strip_prefix("data.").unwrap_or(&subject.kind),
        "name": subject.name,
        "index": match subject.key() {
            Some(Key::Index(index)) => json!(index),
            Some(Key::Name(name)) => json!(name),
            None => Json::Null,
        },
        "provider": subject.provider(),
        "change": change(subject),
        "previous_address": subject.plan().and_then(|plan| plan.previous_address.as_ref()),
        "values": values,
        "unknown": paths,
        "references": references,
        "policies": documents,
    });
    (facts, json!(paths))
}

/// One word for what is done.
fn change(subject: &Subject) -> &'static str {
    let actions = subject.actions();
    match () {
        () if actions.is_replace() => "replace",
        () if actions.has(Action::Create) => "create",
        () if actions.has(Action::Delete) => "delete",
        () if actions.has(Action::Update) => "update",
        () if actions.has(Action::Forget) => "forget",
        () if actions.has(Action::Read) => "read",
        () => "no-op",
    }
}

/// The value as JSON. What is not known is null, and its path is noted.
fn known(value: &Value, path: &str, depth: usize, unknown: &mut Vec<String>) -> Json {
    if depth > DEEPEST {
        unknown.push(path.to_owned());
        return Json::Null;
    }
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Number(number) => Json::Number(number.clone()),
        Value::String(text) => json!(text),
        Value::Template(_) | Value::Json(_) | Value::Base64(_) | Value::Unknown(_) => {
            unknown.push(path.to_owned());
            Json::Null
        }
        Value::List(list) => {
            let items = list.items.iter().enumerate();
            let items: Vec<Json> = items
                .map(|(i, item)| known(item, &format!("{path}[{i}]"), depth + 1, unknown))
                .collect();
            if list.rest.is_some() {
                unknown.push(path.to_owned());
            }
            Json::Array(items)
        }
        Value::Object(object) => {
            if object.rest.is_some() {
                unknown.push(path.to_owned());
            }
            let entry = |(key, value): &(String, Value)| {
                (key.clone(), known(value, &format!("{path}.{key}"), depth + 1, unknown))
            };
            Json::Object(object.entries.iter().map(entry).collect())
        }
    }
}

/// IAM policy documents in a value, normalised.
fn read_documents(path: &str, value: &Value, depth: usize, found: &mut Vec<Json>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::String(text) if text.contains("\"Statement\"") => document(path, value, found),
        Value::Template(pieces)
            if pieces.iter().any(
                |piece| matches!(piece, Piece::Known(text) if text.contains("\"Statement\"")),
            ) =>
        {
            document(path, value, found);
        }
        Value::Json(inner) => match inner.as_ref() {
            Value::Object(object) if object.find("Statement").is_some() => {
                document(path, value, found);
            }
            _ => {}
        },
        Value::List(list) => {
            for (i, item) in list.items.iter().enumerate() {
                read_documents(&format!("{path}[{i}]"), item, depth + 1, found);
            }
        }
        Value::Object(object) => {
            for (key, value) in &object.entries {
                read_documents(&format!("{path}.{key}"), value, depth + 1, found);
            }
        }
        _ => {}
    }
}

fn document(path: &str, value: &Value, found: &mut Vec<Json>) {
    let Some(document) = Document::read(value) else { return };
    let statements: Vec<Json> = document.statements.iter().map(statement).collect();
    found.push(json!({
        "path": path,
        "complete": document.doubt().is_none(),
        "statements": statements,
    }));
}

fn statement(own: &Statement) -> Json {
    let (actions, not_actions) = clause(&own.action);
    let (resources, not_resources) = clause(&own.resource);
    let (principals, not_principals) = match &own.principal {
        Principals::Missing => (Json::Null, Json::Null),
        Principals::These(named) => (principals(named), Json::Null),
        Principals::AllBut(named) => (Json::Null, principals(named)),
        Principals::Unknown(_) => (json!(["(unknown)"]), Json::Null),
    };
    let conditions = own.conditions.entries.iter().map(|condition| {
        json!({
            "operator": condition.operator,
            "key": condition.key,
            "values": texts(&condition.values),
        })
    });
    json!({
        "sid": own.sid.as_str(),
        "effect": match (&own.allows, &own.denies) {
            (Truth::True, _) => "Allow",
            (_, Truth::True) => "Deny",
            _ => "(unknown)",
        },
        "actions": actions,
        "not_actions": not_actions,
        "resources": resources,
        "not_resources": not_resources,
        "principals": principals,
        "not_principals": not_principals,
        "conditions": conditions.collect::<Vec<Json>>(),
        "allows_all": match own.grants_everything() {
            Truth::True => json!(true),
            Truth::False => json!(false),
            Truth::Unknown(_) => Json::Null,
        },
    })
}

fn clause(clause: &Clause) -> (Json, Json) {
    match clause {
        Clause::Missing => (Json::Null, Json::Null),
        Clause::These(list) => (texts(list), Json::Null),
        Clause::AllBut(list) => (Json::Null, texts(list)),
        Clause::Unknown(_) => (json!(["(unknown)"]), Json::Null),
    }
}

/// Always a list; what is unknown in it is `(unknown)`.
fn texts(list: &Texts) -> Json {
    let items = list.items.iter().map(shown);
    let rest = list.rest.iter().map(|_| "(unknown)".to_owned());
    items.chain(rest).collect::<Vec<String>>().into()
}

/// `AWS:arn:...`, `Service:...`, `*`.
fn principals(named: &Named) -> Json {
    let entry = |(kind, id): &(&str, Value)| match *kind {
        "*" => shown(id),
        kind => format!("{kind}:{}", shown(id)),
    };
    let rest = named.rest.iter().map(|_| "(unknown)".to_owned());
    named.entries.iter().map(entry).chain(rest).collect::<Vec<String>>().into()
}

/// Texts that the plan marks as sensitive: no result may repeat them.
pub(super) fn secrets(plan: &dyn Resources) -> Vec<String> {
    let mut found = Vec::new();
    for subject in plan.subjects().iter().filter(|subject| subject.is_resource()) {
        for side in [Side::Before, Side::After] {
            if !subject.exists(side) {
                continue;
            }
            let attributes = plan.open(subject, side);
            for name in attributes.names() {
                if attributes.is_sensitive(&name) {
                    sensitive(attributes.as_ref(), &name, &attributes.get(&name), 0, &mut found);
                }
            }
        }
    }
    found
}

fn sensitive(
    attributes: &dyn Attributes,
    path: &str,
    value: &Value,
    depth: usize,
    found: &mut Vec<String>,
) {
    if depth > DEEPEST || !attributes.is_sensitive(path) {
        return;
    }
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Template(pieces) => found.extend(pieces.iter().filter_map(|piece| match piece {
            Piece::Known(text) => Some(text.clone()),
            Piece::Hole(_) => None,
        })),
        Value::List(list) => {
            for (i, item) in list.items.iter().enumerate() {
                sensitive(attributes, &format!("{path}[{i}]"), item, depth + 1, found);
            }
        }
        Value::Object(object) => {
            for (key, value) in &object.entries {
                sensitive(attributes, &format!("{path}.{key}"), value, depth + 1, found);
            }
        }
        _ => {}
    }
}
