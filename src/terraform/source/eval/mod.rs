//! Partial evaluation: an expression becomes what can be said of its value now.
//!
//! Recursion is bounded by depth, work by steps. Locals, variables, outputs and `for_each` are
//! worked out once for each module instance, each with steps of its own, so that what one
//! resource costs does not depend on what was asked before.

mod body;
mod collect;
mod files;
mod operate;
mod refs;
mod template;
mod traverse;

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey};
use hcl_edit::structure::Body;

use super::functions::{self, Halt};
use super::module::{Instance, Layers, resource_key};
use super::number::{self, Parsed};
use super::val::{Res, Resource, Stop, Val, together, unordered};
use super::{Memo, Scope, Source, lock};
use crate::model::subject::Key;
use crate::model::value::Unknown;

/// Most steps of one evaluation.
const MAX_STEPS: u64 = 400_000;
/// Most steps of all evaluations of a source.
pub(super) const MAX_STEPS_IN_ALL: u64 = 100_000_000;
/// Deepest recursion of expressions, through locals, modules and resources.
const MAX_DEPTH: u32 = 160;

/// What is being worked out for a module instance.
#[derive(Debug, PartialEq, Eq)]
struct MemoKey {
    instance: String,
    slot: Slot,
    name: String,
}

/// What kind of thing is worked out once for a module instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    Attribute,
    ForEach,
    Local,
    Output,
    Variable,
}

/// A name that an expression binds: of `for`, of a dynamic block, of `templatefile`.
#[derive(Clone, Copy)]
pub(super) struct Names<'f> {
    name: &'f str,
    value: &'f Val,
    next: Option<&'f Names<'f>>,
}

/// The resource or module call whose `each` and `count` are meant.
#[derive(Clone, Copy)]
pub(super) struct Owner<'f> {
    layers: &'f Layers,
    /// `aws_eip.e` or `module.m`, to name its `for_each`.
    label: &'f str,
    key: Option<&'f Key>,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Frame<'f> {
    instance: &'f Arc<Instance>,
    owner: Option<Owner<'f>>,
    names: Option<&'f Names<'f>>,
}

impl<'f> Frame<'f> {
    fn of(instance: &'f Arc<Instance>) -> Self {
        Frame { instance, owner: None, names: None }
    }

    fn with(self, names: &'f Names<'f>) -> Self {
        Frame { names: Some(names), ..self }
    }

    fn bound(&self, name: &str) -> Option<&'f Val> {
        let mut here = self.names;
        while let Some(names) = here {
            if names.name == name {
                return Some(names.value);
            }
            here = names.next;
        }
        None
    }
}

/// One evaluation.
pub(super) struct Eval<'s> {
    source: &'s Source,
    scope: &'s dyn Scope,
    depth: u32,
    steps: u64,
    /// What is being worked out right now, to notice a circle.
    pending: Vec<MemoKey>,
    /// What an argument of `try` or `can` met that is not known, and may yet fail.
    met: Option<Unknown>,
}

impl<'s> Eval<'s> {
    pub(super) fn new(source: &'s Source, scope: &'s dyn Scope) -> Self {
        Self { source, scope, depth: 0, steps: 0, pending: Vec::new(), met: None }
    }

    fn charge(&mut self, steps: u64) -> Res<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS { Err(Stop::TooMuch) } else { Ok(()) }
    }

    /// Looks a value up, or works it out with steps of its own and keeps it.
    fn memo(
        &mut self,
        instance: &Instance,
        slot: Slot,
        name: &str,
        work: impl FnOnce(&mut Self) -> Res,
    ) -> Val {
        let known = |memo: &Memo| memo.get(&instance.address)?.get(&slot)?.get(name).cloned();
        if let Some(known) = known(&lock(&self.source.memo)) {
            return known;
        }
        let key = MemoKey { instance: instance.address.clone(), slot, name: name.to_owned() };
        if self.pending.contains(&key) {
            return Val::unknown(format!("`{name}` refers to itself"));
        }
        if self.depth >= MAX_DEPTH || !self.source.spend(0) {
            return too_much();
        }
        self.pending.push(key);
        let steps = std::mem::take(&mut self.steps);
        // What fails inside a named value fails by itself: `try` does not reach into it.
        let met = self.met.take();
        let value = settle(work(self));
        self.met = met;
        let spent = std::mem::replace(&mut self.steps, steps);
        self.source.spend(spent);
        self.pending.pop();
        let mut memo = lock(&self.source.memo);
        let own = memo.entry(instance.address.clone()).or_default().entry(slot).or_default();
        own.entry(name.to_owned()).or_insert(value).clone()
    }

    /// Evaluates an expression.
    pub(super) fn eval(&mut self, frame: Frame<'_>, expr: &Expression) -> Res {
        self.charge(1)?;
        if self.depth >= MAX_DEPTH {
            return Err(Stop::TooMuch);
        }
        self.depth += 1;
        let value = self.dispatch(frame, expr);
        self.depth -= 1;
        if let Ok(doubtful @ (Val::Unknown(_) | Val::Template(_))) = &value
            && self.met.is_none()
        {
            self.met = doubtful.doubt();
        }
        value
    }

    /// Notes that what is evaluated may yet fail.
    fn meets(&mut self, why: &str) {
        if self.met.is_none() {
            self.met = Some(Unknown::because(why));
        }
    }

    /// Evaluates an argument that may fail, and tells what it met that is not known: even where
    /// the value does not depend on it, whether it fails may.
    fn attempt(&mut self, frame: Frame<'_>, arg: &Expression) -> (Res, Option<Unknown>) {
        let outer = self.met.take();
        let value = self.eval(frame, arg);
        let met = std::mem::replace(&mut self.met, outer);
        if self.met.is_none() {
            self.met.clone_from(&met);
        }
        (value, met)
    }

    fn dispatch(&mut self, frame: Frame<'_>, expr: &Expression) -> Res {
        match expr {
            Expression::Null(_) => Ok(Val::NULL),
            Expression::Bool(value) => Ok(Val::Bool(*value.value())),
            Expression::Number(value) => {
                // As it is written: what was parsed may have lost digits.
                let written = value.as_repr().map(|written| written.to_string());
                Ok(number(written.unwrap_or_else(|| value.value().to_string()).trim()))
            }
            Expression::String(text) => Ok(Val::text(text.as_str())),
            Expression::Array(array) => {
                let items =
                    array.iter().map(|item| self.eval(frame, item)).collect::<Res<Vec<_>>>()?;
                Val::tuple(items)
            }
            Expression::Object(object) => self.object(frame, object),
            Expression::StringTemplate(template) => self.template(frame, template),
            Expression::HeredocTemplate(heredoc) => self.template(frame, &heredoc.template),
            Expression::Parenthesis(inner) => self.eval(frame, inner.inner()),
            Expression::Variable(name) => self.traverse(frame, Some(name.as_str()), None, &[]),
            Expression::Conditional(conditional) => self.conditional(frame, conditional),
            Expression::FuncCall(call) => self.call(frame, call),
            Expression::Traversal(traversal) => {
                self.traverse_expr(frame, &traversal.expr, &traversal.operators)
            }
            Expression::UnaryOp(op) => self.unary(frame, op),
            Expression::BinaryOp(op) => self.binary(frame, op),
            Expression::ForExpr(expr) => self.for_expr(frame, expr),
        }
    }

    fn object(&mut self, frame: Frame<'_>, object: &Object) -> Res {
        let mut entries = BTreeMap::new();
        let mut rest: Option<Unknown> = None;
        for (key, value) in object.iter() {
            let key = match key {
                ObjectKey::Ident(name) => Val::text(name.as_str()),
                ObjectKey::Expression(expr) => self.eval(frame, expr)?.to_text()?,
            };
            let value = self.eval(frame, value.expr())?;
            match key {
                Val::String(key) => {
                    entries.insert(key.to_string(), value);
                }
                Val::Null(_) => return Err(Stop::Fails),
                other => {
                    // It may be one of the keys before, and then its value counts.
                    let why = other.doubt().unwrap_or_else(Unknown::after_apply);
                    for entry in entries.values_mut() {
                        *entry = Val::Unknown(why.clone());
                    }
                    rest = rest.or(Some(why));
                }
            }
        }
        self.charge(entries.len() as u64)?;
        Val::object(entries, rest)
    }

    fn call(&mut self, frame: Frame<'_>, call: &FuncCall) -> Res {
        let name = call.name.name.as_str();
        let core = match call.name.namespace.as_slice() {
            [] => true,
            [only] => only.as_str() == "core",
            _ => false,
        };
        if !core {
            let path: Vec<&str> =
                call.name.namespace.iter().map(|part| part.as_str()).chain([name]).collect();
            return Ok(not_evaluated(&path.join("::")));
        }
        match name {
            "try" => return self.try_each(frame, call),
            "can" => return self.can(frame, call),
            "file" | "fileexists" | "templatefile" | "filebase64" => {
                return self.file_function(frame, name, call);
            }
            _ => {}
        }
        let mut args = Vec::with_capacity(call.args.len());
        for arg in call.args.iter() {
            args.push(self.eval(frame, arg)?);
        }
        if call.args.expand_final() {
            match args.pop() {
                Some(Val::List(seq)) => {
                    args.extend(seq.items.iter().cloned());
                    if seq.unordered {
                        return Ok(Val::Unknown(unordered()));
                    }
                    match (&seq.rest, name) {
                        (None, _) => {}
                        (Some(why), "concat" | "merge" | "flatten" | "setunion") => {
                            args.push(Val::Unknown(why.clone()));
                        }
                        (Some(why), _) => return Ok(Val::Unknown(why.clone())),
                    }
                }
                Some(Val::Unknown(why)) if matches!(name, "concat" | "merge" | "setunion") => {
                    args.push(Val::Unknown(why));
                }
                Some(other) => {
                    return other.doubt().map_or(Err(Stop::Fails), |why| Ok(Val::Unknown(why)));
                }
                None => return Err(Stop::Fails),
            }
        }
        let work: u64 = args.iter().map(functions::work).sum();
        self.charge(1 + work)?;
        // What is refused for a set, a list may do.
        if name != "jsonencode" && !args.iter().all(Val::is_sure) {
            self.meets("depends on the types of what the plan shows");
        }
        let value = match functions::call(name, &args) {
            Ok(value) => value,
            Err(Halt::Unknown(why)) => Val::Unknown(why.derived()),
            Err(Halt::Stop(stop)) => return Err(stop),
            Err(Halt::NoSuchFunction) => not_evaluated(name),
        };
        self.charge(functions::work(&value))?;
        Ok(value)
    }

    /// `try`: the first argument that does not fail. One that is not wholly known may still fail.
    fn try_each(&mut self, frame: Frame<'_>, call: &FuncCall) -> Res {
        for arg in call.args.iter() {
            let (value, met) = self.attempt(frame, arg);
            match value {
                Ok(value @ (Val::Resource(_) | Val::Module(_))) => return Ok(value),
                Ok(value) => {
                    return Ok(match value.doubt().or(met) {
                        Some(why) => Val::Unknown(why),
                        None => value,
                    });
                }
                Err(Stop::Fails) => {}
                Err(stop) => return Err(stop),
            }
        }
        Err(Stop::Fails)
    }

    fn can(&mut self, frame: Frame<'_>, call: &FuncCall) -> Res {
        let Some(arg) = call.args.get(0) else {
            return Err(Stop::Fails);
        };
        let (value, met) = self.attempt(frame, arg);
        match value {
            Ok(value) => Ok(match value.doubt().or(met) {
                Some(why) => Val::Unknown(why),
                None => Val::Bool(true),
            }),
            Err(Stop::Fails) => Ok(Val::Bool(false)),
            Err(stop) => Err(stop),
        }
    }

    /// An attribute or the blocks of a resource instance, from the source. `None` when not set.
    pub(super) fn own_attribute(&mut self, resource: &Resource, attribute: &str) -> Option<Val> {
        let instance = Arc::clone(&resource.instance);
        let key = resource_key(resource.mode, &resource.kind, &resource.name);
        let layers = instance.module.block(&key)?;
        let part = layers.layer(attribute)?;
        let fits = self.source.module_is_of_plan(self.scope, &instance)
            && self.source.declaration_is_of_plan(self.scope, &instance, &key);
        if !fits {
            return None;
        }
        let name = format!("{}.{attribute}", resource.reference());
        Some(self.memo(&instance, Slot::Attribute, &name, |eval| {
            let label = resource.label();
            let owner = Owner { layers, label: &label, key: resource.key.as_ref() };
            let frame = Frame { instance: &resource.instance, owner: Some(owner), names: None };
            eval.named(frame, &part.block.body, attribute)
        }))
    }

    /// The blocks of one name of a resource, each with the position of what makes it.
    pub(super) fn own_blocks(
        &mut self,
        resource: &Resource,
        layers: &Layers,
        body: &Body,
        name: &str,
    ) -> Vec<(usize, Val)> {
        let label = resource.label();
        let owner = Owner { layers, label: &label, key: resource.key.as_ref() };
        let frame = Frame { instance: &resource.instance, owner: Some(owner), names: None };
        self.expanded(frame, body, name).map(|expanded| expanded.blocks).unwrap_or_default()
    }
}

fn not_evaluated(function: &str) -> Val {
    Val::unknown(format!("calls `{function}`, which holdpoint does not evaluate"))
}

fn too_much() -> Val {
    Val::unknown("its expression is too large to evaluate")
}

/// What is left of an evaluation that gave no value.
fn settle(outcome: Res) -> Val {
    match outcome {
        Ok(value) => value,
        Err(Stop::Fails) => Val::unknown("its expression cannot be evaluated from the source"),
        Err(Stop::TooMuch) => too_much(),
    }
}

/// A number of the source.
fn number(written: &str) -> Val {
    match number::parse(written) {
        Parsed::Exact(number) => Val::Number(number),
        Parsed::Refused | Parsed::Doubt => Val::Unknown(number::imprecision()),
    }
}

/// One doubt about a value that depends on both.
fn either(a: &Val, b: &Val) -> Unknown {
    let doubts: Vec<Unknown> = [a, b].into_iter().filter_map(Val::doubt).collect();
    if doubts.is_empty() { Unknown::after_apply() } else { together(&doubts) }
}
