//! What the author wrote as a constant, and where a value came from that reaches a resource through
//! variables: the module call or the default that sets it.

use crate::model::subject::{Mode, Subject};
use crate::model::value::{Unknown, Value};
use crate::terraform::Plan;
use crate::terraform::configuration::address::{module_path, parts};
use crate::terraform::configuration::constant::HANDS_ON;
use crate::terraform::configuration::{Provider, is_empty_block, is_expression, references};

/// Chains of variables that are longer than this are not followed.
const MAX_CHAIN: u32 = 16;

impl<'p> Plan<'p> {
    /// See [`View::written`](crate::model::view::View::written).
    pub(in crate::terraform) fn written_by_hand(&self, subject: &Subject, name: &str) -> Value {
        let module = module_path(subject.module());
        if subject.mode() == Some(Mode::Module) {
            return self.call_attribute(subject, name);
        }
        if subject.mode() == Some(Mode::Provider) && name == "version_constraint" {
            return self.constraint_of(subject);
        }
        if subject.mode() == Some(Mode::Provider) {
            let node = self.provider(subject).and_then(|provider| provider.expression(name));
            return node.map_or(Value::Null, |node| self.constants(&node, &module, MAX_CHAIN));
        }
        let Some(resource) = self.configuration.resource(&module, &subject.kind, &subject.name)
        else {
            return Value::Null;
        };
        if name == "provisioner" {
            let all = resource.provisioners().unwrap_or(Value::Null);
            return Value::list(
                all.elements().iter().map(|p| self.provisioner(p, &module)).collect(),
            );
        }
        let node = resource.expression(name);
        node.map_or(Value::Null, |node| self.constants(&node, &module, MAX_CHAIN))
    }

    /// The names of the arguments of a provider.
    pub(in crate::terraform) fn provider_arguments(&self, subject: &Subject) -> Vec<String> {
        self.provider(subject).map(Provider::names).unwrap_or_default()
    }

    pub(in crate::terraform) fn provider(&self, subject: &Subject) -> Option<&Provider<'p>> {
        let own = subject.address.strip_prefix(subject.module())?;
        let own = own.trim_start_matches('.').strip_prefix("provider.")?;
        match subject.module() {
            "" => self.configuration.provider(own),
            module => self.configuration.provider(&format!("{module}:{own}")),
        }
    }

    fn provisioner(&self, written: &Value, module: &str) -> Value {
        let expressions = self.constants(&written.get("expressions"), module, MAX_CHAIN);
        let mut object = match expressions {
            Value::Object(object) => object,
            _ => crate::model::value::Object::default(),
        };
        object.insert("type".to_owned(), written.get("type").into_owned());
        Value::Object(object)
    }

    /// The constants of a node of `configuration`.
    fn constants(&self, node: &Value, module: &str, depth: u32) -> Value {
        match node {
            Value::Object(object) if is_expression(object) => {
                if let Some(constant) = object.find("constant_value") {
                    return constant.clone();
                }
                let references = references(node);
                if let [only] = references.as_slice()
                    && let Some(input) = self.handed_on(only, module, depth)
                {
                    return input;
                }
                let variable = match references.as_slice() {
                    [only] => only.strip_prefix("var.").filter(|name| parts(name).len() == 1),
                    _ => None,
                };
                variable
                    .filter(|name| !name.contains('['))
                    .and_then(|name| self.constant_of(name, module, depth.checked_sub(1)?))
                    .unwrap_or_else(|| Value::Unknown(Unknown::waits_for(references)))
            }
            Value::Object(object) => Value::object(
                object.entries.iter().map(|(k, v)| (k.clone(), self.constants(v, module, depth))),
            ),
            Value::List(list) => {
                let constants = |item: &Value| match is_empty_block(item) {
                    true => item.clone(),
                    false => self.constants(item, module, depth),
                };
                Value::list(list.items.iter().map(constants).collect())
            }
            other => other.clone(),
        }
    }

    /// What a resource hands on that makes nothing, if an expression refers to it.
    fn handed_on(&self, reference: &str, module: &str, depth: u32) -> Option<Value> {
        let (kind, output) = HANDS_ON;
        let name = reference.strip_prefix(kind)?.strip_prefix('.')?;
        let (name, attribute) = name.split_once('.')?;
        if ![output, "input"].contains(&attribute) {
            return None;
        }
        let node = self.configuration.resource(module, kind, name)?.expression("input")?;
        Some(self.constants(&node, module, depth.checked_sub(1)?))
    }

    /// The constant that a variable gets: from the module's caller, else its default. At the root
    /// the default counts only while nobody has set another value.
    fn constant_of(&self, variable: &str, module: &str, depth: u32) -> Option<Value> {
        let default = || self.configuration.default_of(module, variable);
        if module.is_empty() {
            let default = default()?;
            let variables = self.variables();
            return (*variables.get(variable).get("value") == default).then_some(default);
        }
        let (caller, call) = module.rsplit_once('.').unwrap_or(("", module));
        match self.configuration.call(caller, call)?.expression(variable) {
            Some(node) => Some(self.constants(&node, caller, depth)),
            None => default(),
        }
    }
}
