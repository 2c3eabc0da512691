//! What tests let evaluation know of a plan.

use std::collections::BTreeMap;

use super::super::{Scope, address};
use crate::model::subject::{Key, Mode};
use crate::model::value::{List, Unknown, Value};

/// One instance of a plan.
pub(super) struct Planned {
    pub(super) module: String,
    pub(super) mode: Mode,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) key: Option<Key>,
    pub(super) after: Value,
}

/// A plan, as far as evaluation may see it.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) resources: Vec<Planned>,
    pub(super) outputs: Vec<(String, Value)>,
    /// Hides all values, not which instances there are.
    pub(super) blind: bool,
}

impl Plan {
    /// One managed resource in the root module.
    pub(super) fn with(mut self, kind: &str, name: &str, after: Value) -> Plan {
        self.resources.push(Planned {
            module: String::new(),
            mode: Mode::Managed,
            kind: kind.to_owned(),
            name: name.to_owned(),
            key: None,
            after,
        });
        self
    }

    /// Reads the plan JSON of a fixture, as simply as can be.
    pub(super) fn read(text: &str) -> Plan {
        let document: Value = serde_json::from_str(text).unwrap();
        let mut plan = Plan::default();
        if let Value::Object(variables) = &*document.get("variables") {
            for (name, variable) in &variables.entries {
                plan.variables.insert(name.clone(), variable.get("value").into_owned());
            }
        }
        for change in document.get("resource_changes").elements() {
            let actions = change.at("change.actions").into_owned();
            if actions.elements().iter().any(|action| action.as_str() == Some("delete"))
                && actions.elements().len() == 1
            {
                continue;
            }
            let after = change.at("change.after").into_owned();
            let unknown = change.at("change.after_unknown").into_owned();
            let address = change.get("address").as_str().unwrap().to_owned();
            plan.resources.push(Planned {
                module: change.get("module_address").as_str().unwrap_or_default().to_owned(),
                mode: match change.get("mode").as_str() {
                    Some("data") => Mode::Data,
                    _ => Mode::Managed,
                },
                kind: change.get("type").as_str().unwrap().to_owned(),
                name: change.get("name").as_str().unwrap().to_owned(),
                key: match &*change.get("index") {
                    Value::Number(number) => Some(Key::Index(number.as_u64().unwrap())),
                    Value::String(name) => Some(Key::Name(name.clone())),
                    _ => None,
                },
                after: with_unknowns(&after, &unknown, &address),
            });
        }
        if let Value::Object(outputs) = &*document.get("output_changes") {
            for (name, change) in &outputs.entries {
                if change.get("after_unknown").as_bool() == Some(false) {
                    plan.outputs.push((name.clone(), change.get("after").into_owned()));
                }
            }
        }
        plan
    }
}

/// Puts the unknowns into a planned value.
fn with_unknowns(after: &Value, unknown: &Value, path: &str) -> Value {
    match (after, unknown) {
        (_, Value::Bool(true)) => Value::Unknown(Unknown::waits_for([path])),
        (Value::List(list), Value::List(marks)) => Value::List(List {
            items: list
                .items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    let mark = marks.items.get(at).cloned().unwrap_or(Value::Null);
                    with_unknowns(item, &mark, path)
                })
                .collect(),
            rest: None,
        }),
        (Value::Object(object), Value::Object(marks)) => {
            let mut object = object.clone();
            for (name, mark) in &marks.entries {
                let below = format!("{path}.{name}");
                let value = with_unknowns(&object.get(name), mark, &below);
                if !value.is_null() || object.find(name).is_some() {
                    object.insert(name.clone(), value);
                }
            }
            Value::Object(object)
        }
        _ => after.clone(),
    }
}

impl Scope for Plan {
    fn root_variable(&self, name: &str) -> Option<Value> {
        if self.blind {
            return Some(Value::Unknown(Unknown::waits_for([format!("var.{name}")])));
        }
        self.variables.get(name).cloned()
    }

    fn resource(
        &self,
        module: &str,
        mode: Mode,
        kind: &str,
        name: &str,
        key: Option<&Key>,
        attribute: &str,
    ) -> Option<Value> {
        let found = self.resources.iter().find(|own| {
            own.module == module
                && own.mode == mode
                && own.kind == kind
                && own.name == name
                && own.key.as_ref() == key
        })?;
        if self.blind {
            return Some(Value::Unknown(Unknown::waits_for([format!("{kind}.{name}")])));
        }
        Some(found.after.get(attribute).into_owned())
    }

    fn instance_keys(&self, module: &str, mode: Mode, kind: &str, name: &str) -> Vec<Option<Key>> {
        self.resources
            .iter()
            .filter(|own| {
                own.module == module && own.mode == mode && own.kind == kind && own.name == name
            })
            .map(|own| own.key.clone())
            .collect()
    }

    fn module_keys(&self, module: &str, call: &str) -> Vec<Option<Key>> {
        let depth = address::module_steps(module).unwrap().len();
        let mut keys = Vec::new();
        for own in &self.resources {
            let steps = address::module_steps(&own.module).unwrap();
            if let Some((name, key)) = steps.get(depth)
                && name == call
                && own.module.starts_with(module)
                && !keys.contains(key)
            {
                keys.push(key.clone());
            }
        }
        keys
    }
}
