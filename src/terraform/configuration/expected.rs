//! What the configuration says of the source that the plan was made from.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::model::value::Value;
use crate::terraform::configuration::{Configuration, Module, parsed, references};
use crate::terraform::read::overlay::Fields;
use crate::terraform::source::{Expected, root};

impl Configuration<'_> {
    /// The keys of all that a module declares; nothing for a module that is not of this plan.
    pub(in crate::terraform) fn declared(&self, route: &str) -> BTreeSet<String> {
        let Some(module) = self.module(route) else {
            return BTreeSet::new();
        };
        let resources = module.resources.keys().map(|name| match name.starts_with("data.") {
            true => name.clone(),
            false => format!("resource.{name}"),
        });
        let calls = module.calls.keys().map(|name| format!("module.{name}"));
        let outputs = module.outputs.keys().map(|name| format!("output.{name}"));
        let variables = module.variables.keys().map(|name| format!("variable.{name}"));
        resources.chain(calls).chain(outputs).chain(variables).collect()
    }

    /// What is said of one of these.
    pub(in crate::terraform) fn expected(
        &self,
        route: &str,
        declaration: &str,
    ) -> Option<Expected> {
        expected(self.module(route)?, declaration)
    }
}

fn expected(module: &Module<'_>, declaration: &str) -> Option<Expected> {
    let (keyword, name) = declaration.split_once('.')?;
    Some(match keyword {
        "resource" | "data" => {
            let key = if keyword == "data" { declaration } else { name };
            let resource = module.resources.get(key)?;
            Expected {
                names: names(resource.expressions),
                count: resource.count.map(|raw| roots(raw.get())),
                for_each: resource.for_each.map(|raw| roots(raw.get())),
                ..Expected::default()
            }
        }
        "module" => {
            let call = module.calls.get(name)?;
            Expected {
                names: names(call.expressions),
                count: call.count.map(|raw| roots(raw.get())),
                for_each: call.for_each.map(|raw| roots(raw.get())),
                source: Some(call.source.to_string()).filter(|source| !source.is_empty()),
                ..Expected::default()
            }
        }
        "output" => {
            let value =
                (*module.outputs.get(name)?).map(|raw| ("value".to_owned(), roots(raw.get())));
            Expected { names: value.into_iter().collect(), ..Expected::default() }
        }
        "variable" => {
            let default = (*module.variables.get(name)?).map(parsed_default);
            Expected { default, ..Expected::default() }
        }
        _ => return None,
    })
}

fn names(expressions: Option<&RawValue>) -> Vec<(String, BTreeSet<String>)> {
    let fields = Fields::read(expressions).unwrap_or_default();
    let names = fields.names().filter_map(|name| Some((name.to_owned(), roots(fields.get(name)?))));
    names.collect()
}

fn roots(raw: &str) -> BTreeSet<String> {
    references(&parsed(raw)).iter().map(|reference| root(reference)).collect()
}

fn parsed_default(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or(Value::Null)
}
