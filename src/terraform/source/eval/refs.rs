//! What a name stands for: variables, locals, module outputs, `each`, and what the plan knows of
//! resources.

use std::sync::Arc;

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, TraversalOperator};

use super::super::module::{Instance, Layers, resource_key};
use super::super::number::whole;
use super::super::ty::Ty;
use super::super::val::{Kind, Res, Resource, Stop, Val};
use super::{Eval, Frame, Owner, Slot, collect, traverse};
use crate::clouds;
use crate::model::subject::{Key, Mode};
use crate::model::value::{Unknown, Value};

/// Most instances of one resource or module that are named at once.
const MAX_INSTANCES: i64 = 20_000;

/// Which instances there are of a resource or module call.
enum Keys {
    /// Neither `count` nor `for_each`.
    Single,
    Count(i64),
    Names(Vec<String>),
    /// The source does not tell; the plan's keys are some of them.
    Open(Unknown),
}

fn waits_for(instance: &Instance, reference: &str) -> Unknown {
    Unknown::waits_for([instance.inside(reference)])
}

/// The name that an operator selects.
fn selected(operator: Option<&Decorated<TraversalOperator>>) -> Option<&str> {
    match operator?.value() {
        TraversalOperator::GetAttr(name) => Some(name.as_str()),
        TraversalOperator::Index(Expression::String(name)) => Some(name.as_str()),
        _ => None,
    }
}

impl Eval<'_> {
    /// What the start of a traversal stands for, and how many operators belong to it.
    pub(super) fn root(
        &mut self,
        frame: Frame<'_>,
        root: &str,
        operators: &[Decorated<TraversalOperator>],
    ) -> Res<(Val, usize)> {
        if let Some(value) = frame.bound(root) {
            return Ok((value.clone(), 0));
        }
        let instance = frame.instance;
        let Some(first) = selected(operators.first()) else {
            return Ok((Val::Unknown(waits_for(instance, root)), operators.len()));
        };
        let second = selected(operators.get(1));
        Ok(match root {
            "var" => (self.variable(instance, first), 1),
            "local" => (self.local(instance, first), 1),
            "module" => (self.module_value(instance, first)?, 1),
            "path" => (path(instance, first), 1),
            "each" => (self.each(frame, first)?, 1),
            "count" => (count_index(frame), 1),
            "terraform" | "self" | "ephemeral" => {
                (Val::Unknown(Unknown::waits_for([format!("{root}.{first}")])), operators.len())
            }
            "data" | "resource" => {
                let mode = if root == "data" { Mode::Data } else { Mode::Managed };
                match second {
                    Some(second) => (self.resources(instance, mode, first, second)?, 2),
                    None => (Val::Unknown(waits_for(instance, root)), operators.len()),
                }
            }
            kind => (self.resources(instance, Mode::Managed, kind, first)?, 1),
        })
    }

    pub(super) fn variable(&mut self, instance: &Arc<Instance>, name: &str) -> Val {
        self.memo(instance, Slot::Variable, name, |eval| {
            let unknown = || Ok(Val::Unknown(waits_for(instance, &format!("var.{name}"))));
            let Some(layers) = instance.module.variable(name) else {
                return unknown();
            };
            if !eval.source.module_is_of_plan(eval.scope, instance) {
                return unknown();
            }
            let own = Frame::of(instance);
            let given = match &instance.call {
                // The plan shows every root variable, with its default where nobody set it; what it
                // leaves out (an ephemeral one) may have any value.
                None => match eval.scope.root_variable(name) {
                    Some(value) => Some(Val::from_value(&value)?.as_literal()?),
                    None => return unknown(),
                },
                Some(call) => {
                    let Some(block) = call.parent.module.call(&call.name) else {
                        return unknown();
                    };
                    match block.attribute(name) {
                        Some(argument) => {
                            let label = format!("module.{}", call.name);
                            let key = call.key.as_ref();
                            let owner = Owner { layers: block, label: &label, key };
                            let frame =
                                Frame { instance: &call.parent, owner: Some(owner), names: None };
                            Some(eval.eval(frame, &argument.value)?)
                        }
                        None => None,
                    }
                }
            };
            let nullable = layers.attribute("nullable").and_then(|own| own.value.as_bool());
            let value = match given {
                Some(Val::Null(_)) if nullable == Some(false) => None,
                other => other,
            };
            let value = match (value, layers.attribute("default")) {
                (Some(value), _) => value,
                (None, Some(default)) => {
                    let value = eval.eval(own, &default.value)?;
                    let key = format!("variable.{name}");
                    match eval.scope.expected(&instance.route, &key).map(|own| own.default) {
                        // The plan holds the default too, after conversion to its type.
                        Some(Some(planned)) => Val::from_value(&planned)?.as_literal()?,
                        Some(None) if !matches!(value, Val::Null(_)) => return unknown(),
                        _ => value,
                    }
                }
                (None, None) => return unknown(),
            };
            match layers.attribute("type") {
                Some(constraint) => eval.convert(own, value, &constraint.value),
                None => Ok(value),
            }
        })
    }

    fn local(&mut self, instance: &Arc<Instance>, name: &str) -> Val {
        self.memo(instance, Slot::Local, name, |eval| match instance.module.local(name) {
            Some(expr) if eval.source.module_is_of_plan(eval.scope, instance) => {
                eval.eval(Frame::of(instance), expr)
            }
            _ => Ok(Val::Unknown(waits_for(instance, &format!("local.{name}")))),
        })
    }

    pub(in super::super) fn module_output(&mut self, child: &Arc<Instance>, name: &str) -> Val {
        self.memo(child, Slot::Output, name, |eval| {
            let key = format!("output.{name}");
            let fits = eval.source.module_is_of_plan(eval.scope, child)
                && eval.source.declaration_is_of_plan(eval.scope, child, &key);
            match child.module.output(name).and_then(|output| output.attribute("value")) {
                Some(value) if fits => eval.eval(Frame::of(child), &value.value),
                _ => Ok(Val::Unknown(waits_for(child, name))),
            }
        })
    }

    fn module_value(&mut self, instance: &Arc<Instance>, name: &str) -> Res {
        let label = format!("module.{name}");
        let Some(layers) = instance.module.call(name) else {
            return Ok(Val::Unknown(waits_for(instance, &label)));
        };
        let source = self.source;
        if !source.declaration_is_of_plan(self.scope, instance, &label) {
            return Ok(Val::Unknown(waits_for(instance, &label)));
        }
        let make = |key: Option<&Key>| match source.child(instance, name, key) {
            Some(child) => Val::Module(child),
            None => {
                let key = key.map(|key| format!("[{key}]")).unwrap_or_default();
                Val::Unknown(waits_for(instance, &format!("{label}{key}")))
            }
        };
        let planned = self.scope.module_keys(&instance.address, name);
        self.instances(instance, layers, &label, &planned, &make)
    }

    /// A resource as it is named: one instance, a list of them, or a map.
    fn resources(&mut self, instance: &Arc<Instance>, mode: Mode, kind: &str, name: &str) -> Res {
        let make = |key: Option<&Key>| {
            Val::Resource(Arc::new(Resource {
                instance: Arc::clone(instance),
                mode,
                kind: kind.to_owned(),
                name: name.to_owned(),
                key: key.cloned(),
            }))
        };
        let label = format!("{}{kind}.{name}", if mode == Mode::Data { "data." } else { "" });
        let key = resource_key(mode, kind, name);
        let fits = self.source.declaration_is_of_plan(self.scope, instance, &key);
        let Some(layers) = instance.module.block(&key).filter(|_| fits) else {
            return Ok(Val::Unknown(waits_for(instance, &label)));
        };
        if layers.attribute("count").is_none() && layers.attribute("for_each").is_none() {
            return Ok(make(None));
        }
        let planned = self.scope.instance_keys(&instance.address, mode, kind, name);
        self.instances(instance, layers, &label, &planned, &make)
    }

    fn instances(
        &mut self,
        instance: &Arc<Instance>,
        layers: &Layers,
        label: &str,
        planned: &[Option<Key>],
        make: &dyn Fn(Option<&Key>) -> Val,
    ) -> Res {
        let rest = match self.keys(instance, layers, label)? {
            Keys::Single => return Ok(make(None)),
            Keys::Count(count) => {
                self.charge(count.unsigned_abs())?;
                let keys = (0..count).map(|index| Key::Index(index.unsigned_abs()));
                return Val::tuple(keys.map(|key| make(Some(&key))).collect());
            }
            Keys::Names(names) => {
                self.charge(names.len() as u64)?;
                let named = |name: String| {
                    let value = make(Some(&Key::Name(name.clone())));
                    (name, value)
                };
                return traverse::keyed(names.into_iter().map(named).collect(), None);
            }
            Keys::Open(why) => why,
        };
        self.charge(planned.len() as u64)?;
        let names: Vec<(String, Val)> = planned
            .iter()
            .flatten()
            .filter_map(|key| match key {
                Key::Name(name) => Some((name.clone(), make(Some(key)))),
                Key::Index(_) => None,
            })
            .collect();
        if layers.attribute("for_each").is_some() {
            return traverse::keyed(names, Some(rest));
        }
        let mut indexed: Vec<(u64, Val)> = planned
            .iter()
            .flatten()
            .filter_map(|key| match key {
                Key::Index(index) => Some((*index, make(Some(key)))),
                Key::Name(_) => None,
            })
            .collect();
        indexed.sort_by_key(|(index, _)| *index);
        Val::seq(indexed.into_iter().map(|(_, value)| value).collect(), Some(rest), Kind::Tuple)
    }

    fn keys(&mut self, instance: &Arc<Instance>, layers: &Layers, label: &str) -> Res<Keys> {
        if let Some(count) = layers.attribute("count") {
            let name = format!("{label}.count");
            let value = self.memo(instance, Slot::ForEach, &name, |eval| {
                eval.eval(Frame::of(instance), &count.value)
            });
            let number = match value.to_number() {
                Ok(Val::Number(number)) => whole(&number),
                _ => None,
            };
            return match number {
                Some(count @ 0..=MAX_INSTANCES) => Ok(Keys::Count(count)),
                Some(_) => Err(Stop::TooMuch),
                None => Ok(Keys::Open(value.doubt().unwrap_or_else(Unknown::after_apply))),
            };
        }
        if layers.attribute("for_each").is_none() {
            return Ok(Keys::Single);
        }
        let value = self.for_each(instance, layers, label);
        let walk = collect::entries(&value)?;
        if let Some(why) = walk.rest {
            return Ok(Keys::Open(why));
        }
        let mut names = Vec::with_capacity(walk.entries.len());
        for (key, _) in &walk.entries {
            match key.to_text()? {
                Val::String(key) => names.push(key.to_string()),
                other => {
                    let why = other.doubt().unwrap_or_else(Unknown::after_apply);
                    return Ok(Keys::Open(why));
                }
            }
        }
        Ok(Keys::Names(names))
    }

    fn for_each(&mut self, instance: &Arc<Instance>, layers: &Layers, label: &str) -> Val {
        self.memo(instance, Slot::ForEach, label, |eval| {
            match layers.attribute("for_each") {
                // What is given to `for_each` is a map or a set: a plan shows both as they are.
                Some(for_each) => match eval.eval(Frame::of(instance), &for_each.value)? {
                    Val::List(seq) => Val::perhaps_ordered(
                        seq.items.clone(),
                        seq.rest.clone(),
                        Kind::Set(Ty::String),
                        seq.unordered,
                    ),
                    other => Ok(other),
                },
                None => Err(Stop::Fails),
            }
        })
    }

    fn each(&mut self, frame: Frame<'_>, part: &str) -> Res {
        let unknown = Val::Unknown(Unknown::waits_for([format!("each.{part}")]));
        let Some(Owner { layers, label, key: Some(Key::Name(key)) }) = frame.owner else {
            return Ok(unknown);
        };
        if part == "key" {
            return Ok(Val::text(key.as_str()));
        }
        match self.for_each(frame.instance, layers, label) {
            Val::Object(map) => Ok(match (map.entries.get(key), &map.rest) {
                (Some(value), _) => value.clone(),
                (None, Some(why)) => Val::Unknown(why.clone()),
                (None, None) => unknown,
            }),
            Val::List(_) => Ok(Val::text(key.as_str())),
            other => Ok(other.doubt().map_or(unknown, Val::Unknown)),
        }
    }

    /// An attribute of a resource: what the plan knows, and where that is nothing, the source.
    pub(super) fn resource_attribute(&mut self, resource: &Resource, attribute: &str) -> Val {
        let planned = self.scope.resource(
            &resource.instance.address,
            resource.mode,
            &resource.kind,
            &resource.name,
            resource.key.as_ref(),
            attribute,
        );
        let why = match planned {
            Some(Value::Unknown(why)) => why,
            Some(value) => {
                return Val::from_value(&value).unwrap_or_else(|_| super::too_much());
            }
            None => {
                let reference = format!("{}.{attribute}", resource.reference());
                return Val::Unknown(waits_for(&resource.instance, &reference));
            }
        };
        match self.own_attribute(resource, attribute) {
            None if self.is_made_up(resource, attribute) => Val::Unknown(why.plain()),
            // Null leaves the value to the provider.
            None | Some(Val::Null(_) | Val::Unknown(_)) => Val::Unknown(why),
            Some(value) => value,
        }
    }

    /// Whether an unknown attribute is an identifier that is made up at apply. The author must not
    /// set it, in a source that is the plan's: what an author may write can be `*`.
    fn is_made_up(&self, resource: &Resource, attribute: &str) -> bool {
        let Resource { instance, mode, kind, name, .. } = resource;
        clouds::of(kind).is_identifier(*mode, kind, attribute)
            && self.source.is_of_plan(self.scope, instance, *mode, kind, name)
            && instance
                .module
                .resource(*mode, kind, name)
                .is_some_and(|layers| layers.layer(attribute).is_none())
    }
}

fn count_index(frame: Frame<'_>) -> Val {
    match frame.owner.and_then(|owner| owner.key) {
        Some(Key::Index(index)) => Val::int(i64::try_from(*index).unwrap_or(i64::MAX)),
        _ => Val::Unknown(Unknown::waits_for(["count.index"])),
    }
}

fn path(instance: &Instance, part: &str) -> Val {
    match part {
        "module" if instance.module.path.is_empty() => Val::text("."),
        "module" => Val::text(instance.module.path.as_str()),
        "root" => Val::text("."),
        other => Val::Unknown(Unknown::waits_for([format!("path.{other}")])),
    }
}
