//! What evaluation of the source asks of the plan.

use std::collections::BTreeSet;

use crate::model::subject::{Key, Mode, Side};
use crate::model::value::{Unknown, Value};
use crate::terraform::Plan;
use crate::terraform::attributes::PlannedAttributes;
use crate::terraform::source::{Expected, Scope};

impl Plan<'_> {
    fn prior(&self, module: &str, kind: &str, name: &str, key: Option<&Key>) -> Option<&Value> {
        let mut address = crate::terraform::configuration::address::child(module, "", None);
        address.truncate(module.len() + usize::from(!module.is_empty()));
        address.push_str(&format!("data.{kind}.{name}"));
        if let Some(key) = key {
            address.push_str(&format!("[{key}]"));
        }
        self.prior_data().get(&address)
    }
}

impl Scope for Plan<'_> {
    fn root_variable(&self, name: &str) -> Option<Value> {
        let variable = self.variables().find(name)?;
        Some(variable.get("value").into_owned())
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
        let full = match mode {
            Mode::Managed | Mode::Provider | Mode::Module | Mode::Output => kind.to_owned(),
            Mode::Data => format!("data.{kind}"),
        };
        let found = self
            .instances(module, &full, name)
            .iter()
            .filter_map(|id| self.subject(*id))
            .find(|subject| subject.key() == key && subject.exists(Side::After));
        let Some(subject) = found else {
            return match mode {
                Mode::Data => {
                    Some(self.prior(module, kind, name, key)?.get(attribute).into_owned())
                }
                Mode::Managed | Mode::Provider | Mode::Module | Mode::Output => None,
            };
        };
        if matches!(attribute, "json" | "minified_json")
            && let Some(document) = self.document_of(subject)
        {
            return Some(document);
        }
        let planned = PlannedAttributes::open(self, subject, Side::After).planned(attribute);
        Some(match planned {
            Value::Unknown(_) => {
                let reference = format!("{}.{attribute}", subject.address);
                Value::Unknown(Unknown::waits_for([reference]))
            }
            known => known,
        })
    }

    fn instance_keys(&self, module: &str, mode: Mode, kind: &str, name: &str) -> Vec<Option<Key>> {
        let full = match mode {
            Mode::Managed | Mode::Provider | Mode::Module | Mode::Output => kind.to_owned(),
            Mode::Data => format!("data.{kind}"),
        };
        self.instances(module, &full, name)
            .iter()
            .filter_map(|id| self.subject(*id))
            .filter(|subject| subject.exists(Side::After))
            .map(|subject| subject.key().cloned())
            .collect()
    }

    fn module_keys(&self, module: &str, call: &str) -> Vec<Option<Key>> {
        Plan::module_keys(self, module, call).to_vec()
    }

    fn declared(&self, route: &str) -> Option<BTreeSet<String>> {
        Some(self.configuration.declared(route))
    }

    fn expected(&self, route: &str, declaration: &str) -> Option<Expected> {
        self.configuration.expected(route, declaration)
    }
}
