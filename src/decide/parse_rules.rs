//! Reads `[rules.ID]`: severity, enabled, and the rule's parameters by their types.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::rule::{Meta, Param, ParamSpec, Text};
use crate::model::severity::Severity;

use super::config::{REGO_PREFIX, RuleConfig};
use super::fault::{Fault, nearest};
use super::table::Table;

/// The severities by name.
pub(super) const SEVERITIES: [(&str, Severity); 4] = [
    ("critical", Severity::Critical),
    ("high", Severity::High),
    ("medium", Severity::Medium),
    ("low", Severity::Low),
];

/// All of `[rules]`.
pub(super) fn read(
    table: &Table<'_>,
    rules: &[&Meta],
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, RuleConfig> {
    let mut all = BTreeMap::new();
    for key in table.keys() {
        // Which rules in Rego exist is known once the policies are read.
        if key.value.starts_with(REGO_PREFIX) {
            let value = table.get(key.value);
            let section = value
                .and_then(|value| Table::of(format!("`[rules.\"{}\"]`", key.value), value, faults));
            if let Some(section) = section {
                section.only(&["severity", "enabled"], faults);
                let config = RuleConfig {
                    severity: section.word("severity", &SEVERITIES, faults),
                    enabled: section.flag("enabled", faults),
                    params: BTreeMap::new(),
                };
                all.insert(key.value.to_owned(), config);
            }
            continue;
        }
        let Some(meta) = known(key.value, key.span.clone(), rules, faults) else {
            continue;
        };
        let Some(value) = table.get(key.value) else {
            continue;
        };
        if let Some(section) = Table::of(format!("`[rules.{}]`", key.value), value, faults) {
            all.insert(key.value.to_owned(), rule(&section, meta, faults));
        }
    }
    all
}

/// The rule of this id; a fault when there is none.
pub(super) fn known<'m>(
    id: &str,
    span: std::ops::Range<usize>,
    rules: &[&'m Meta],
    faults: &mut Vec<Fault>,
) -> Option<&'m Meta> {
    let found = rules.iter().find(|meta| meta.id == id).copied();
    if found.is_none() {
        let near = nearest(id, rules.iter().map(|meta| meta.id.as_ref()));
        faults.push(Fault {
            code: "config::unknown-rule",
            message: format!("unknown rule `{id}`"),
            help: Some(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`holdpoint rules` lists all rules".to_owned(),
            }),
            span,
        });
    }
    found
}

fn rule(table: &Table<'_>, meta: &Meta, faults: &mut Vec<Fault>) -> RuleConfig {
    let mut keys = vec!["severity", "enabled"];
    keys.extend(meta.params.iter().map(|spec| spec.name.as_ref()));
    table.only(&keys, faults);
    RuleConfig {
        severity: table.word("severity", &SEVERITIES, faults),
        enabled: table.flag("enabled", faults),
        params: meta
            .params
            .iter()
            .filter_map(|spec| Some((spec.name.to_string(), param(table, spec, faults)?)))
            .collect(),
    }
}

/// A parameter, of the type that its default has.
fn param(table: &Table<'_>, spec: &ParamSpec, faults: &mut Vec<Fault>) -> Option<Param> {
    let name = spec.name.as_ref();
    let text = |text: &str| Text::Owned(text.to_owned());
    Some(match spec.default {
        Param::Bool(_) => Param::Bool(table.flag(name, faults)?),
        Param::Int(_) => Param::Int(table.int(name, faults)?.value),
        Param::Text(_) => Param::Text(text(table.text(name, faults)?.value)),
        Param::Ints(_) => {
            let list = table.ints(name, faults)?;
            Param::Ints(Cow::Owned(list.into_iter().map(|item| item.value).collect()))
        }
        Param::Texts(_) => {
            let list = table.texts(name, faults)?;
            Param::Texts(Cow::Owned(list.into_iter().map(|item| text(item.value)).collect()))
        }
    })
}
