//! Policy documents that were read while planning: subjects of their own, and which of them are
//! nobody's in this plan.
//!
//! `resource_changes` holds only the data sources that are read during apply; the others stand in
//! `prior_state`. A document that a resource of the plan holds is judged there.

use rustc_hash::FxHashSet;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Plan;
use super::overlay::Fields;
use super::subjects::Slices;
use crate::model::subject::{Action, Actions, Key, Mode, Side, Subject, SubjectId};

const KIND: &str = "aws_iam_policy_document";

#[derive(Deserialize)]
struct State<'p> {
    #[serde(borrow, default)]
    values: Option<Values<'p>>,
}

#[derive(Deserialize)]
struct Values<'p> {
    #[serde(borrow, default)]
    root_module: Option<Module<'p>>,
}

#[derive(Deserialize)]
struct Module<'p> {
    #[serde(default)]
    address: String,
    #[serde(borrow, default)]
    resources: Vec<Resource<'p>>,
    #[serde(borrow, default)]
    child_modules: Vec<Module<'p>>,
}

#[derive(Deserialize)]
struct Resource<'p> {
    #[serde(default)]
    address: String,
    #[serde(default)]
    mode: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    index: Option<serde_json::Value>,
    #[serde(default)]
    provider_name: String,
    #[serde(borrow, default)]
    values: Option<&'p RawValue>,
    #[serde(borrow, default)]
    sensitive_values: Option<&'p RawValue>,
}

/// The policy documents of `prior_state`. It is optional knowledge: none when it cannot be read.
pub(super) fn read<'p>(
    raw: Option<&'p RawValue>,
    first: usize,
    known: &FxHashSet<&str>,
) -> Vec<(Subject, Slices<'p>)> {
    // Most of a large state is of no interest here, and reading it costs.
    let Some(raw) = raw.filter(|raw| raw.get().contains(KIND)) else { return Vec::new() };
    let root = serde_json::from_str::<State<'_>>(raw.get())
        .ok()
        .and_then(|state| state.values)
        .and_then(|values| values.root_module);
    let mut found = Vec::new();
    let mut open: Vec<Module<'_>> = root.into_iter().collect();
    while let Some(module) = open.pop() {
        for resource in module.resources {
            let wanted = resource.mode == "data" && resource.kind == KIND;
            if !wanted || known.contains(resource.address.as_str()) || resource.address.is_empty() {
                continue;
            }
            let id = SubjectId(u32::try_from(first + found.len()).unwrap_or(u32::MAX));
            found.push((subject(id, &module.address, &resource), slices(&resource)));
        }
        open.extend(module.child_modules);
    }
    found
}

fn slices<'p>(resource: &Resource<'p>) -> Slices<'p> {
    Slices {
        before: resource.values,
        after: resource.values,
        after_unknown: None,
        before_sensitive: resource.sensitive_values,
        after_sensitive: resource.sensitive_values,
    }
}

fn subject(id: SubjectId, module: &str, resource: &Resource<'_>) -> Subject {
    let key = match &resource.index {
        Some(serde_json::Value::String(name)) => Some(Key::Name(name.clone())),
        Some(serde_json::Value::Number(number)) => number.as_u64().map(Key::Index),
        _ => None,
    };
    Subject {
        id,
        address: resource.address.clone(),
        module: module.to_owned(),
        mode: Mode::Data,
        kind: format!("data.{KIND}"),
        name: resource.name.clone(),
        key,
        provider: resource.provider_name.clone(),
        actions: Actions(vec![Action::NoOp]),
        previous_address: None,
        deposed: None,
        imported: false,
        replace_paths: Vec::new(),
        action_reason: None,
        exists_before: true,
        exists_after: true,
    }
}

impl Plan<'_> {
    /// Whether a resource holds this JSON document, or another document is made of it.
    pub(super) fn is_held(&self, text: &str) -> bool {
        let held = self.held.get_or_init(|| self.collect_held());
        canonical(text).is_some_and(|text| held.contains(&text))
    }

    fn collect_held(&self) -> FxHashSet<String> {
        let mut held = FxHashSet::default();
        for subject in self.subjects.iter().filter(|s| s.is_resource() && s.exists(Side::After)) {
            let document = subject.kind.ends_with(KIND);
            let Some(slices) = self.slices(subject.id) else { continue };
            let Ok(fields) = Fields::read(slices.after) else { continue };
            for name in fields.names() {
                let source = name.starts_with("source_") || name.starts_with("override_");
                let Some(raw) = fields
                    .get(name)
                    .filter(|raw| (!document || source) && raw.get().contains("Statement"))
                else {
                    continue;
                };
                if let Ok(value) = serde_json::from_str(raw.get()) {
                    texts(&value, &mut held);
                }
            }
        }
        held
    }
}

fn texts(value: &serde_json::Value, held: &mut FxHashSet<String>) {
    match value {
        serde_json::Value::String(text) => held.extend(canonical(text)),
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, held)),
        serde_json::Value::Object(entries) => entries.values().for_each(|item| texts(item, held)),
        _ => {}
    }
}

/// A JSON text without regard to white space and, where the provider has sorted it, to order.
fn canonical(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.is_object().then(|| value.to_string())
}
