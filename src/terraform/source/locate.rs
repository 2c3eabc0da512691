//! Where an attribute stands in the source.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};

use super::address::{Step, path_steps};
use super::compare::contradicts;
use super::eval::Eval;
use super::module::{Instance, Layers, name_of};
use super::{Scope, Source, bare, val};
use crate::model::location::Location;
use crate::model::subject::{Key, Mode};
use crate::model::value::Value;

/// Functions whose result has the parts of their argument in its order.
const TRANSPARENT: [&str; 8] =
    ["jsonencode", "nonsensitive", "sensitive", "tolist", "tomap", "toset", "try", "one"];

/// Something that is declared at the top level of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declaration<'n> {
    /// `module "name"`
    Module(&'n str),
    /// `provider "name"`; with an alias, `name.alias`.
    Provider(&'n str),
    /// `output "name"`
    Output(&'n str),
}

/// The element that a path means among repeated blocks, when the plan shows it.
struct Planned<'p> {
    scope: &'p dyn Scope,
    key: Option<&'p Key>,
    value: &'p Value,
}

impl Source {
    /// The place of an attribute path such as `ingress[1].cidr_blocks`, or of the deepest part of
    /// it that is found; the head of the resource when the path is empty or nothing of it is
    /// found. `None` when the resource is not in the source.
    ///
    /// Indexes count as the source does. Those of a planned set do not; see
    /// [`Source::locate_planned`]. The snippet shows the range only; drop it when the attribute
    /// is sensitive.
    #[cfg(test)]
    pub(super) fn locate(
        &self,
        module: &str,
        mode: Mode,
        kind: &str,
        name: &str,
        path: &str,
    ) -> Option<Location> {
        self.place(module, mode, bare(kind), name, path, None)
    }

    /// Like [`Source::locate`] for a path whose index counts in `planned`, the planned value of
    /// its first name: a plan sorts the blocks of a set. The block is the one that gives this
    /// element.
    #[expect(clippy::too_many_arguments, reason = "the parts of an address, as a subject has them")]
    #[must_use]
    pub fn locate_planned(
        &self,
        scope: &dyn Scope,
        module: &str,
        mode: Mode,
        kind: &str,
        name: &str,
        key: Option<&Key>,
        path: &str,
        planned: &Value,
    ) -> Option<Location> {
        let planned = Planned { scope, key, value: planned };
        self.place(module, mode, bare(kind), name, path, Some(&planned))
    }

    /// The head of a declaration in a module.
    #[must_use]
    pub fn locate_declaration(&self, module: &str, what: Declaration<'_>) -> Option<Location> {
        let instance = self.instance(module)?;
        let (keyword, name) = match what {
            Declaration::Module(name) => ("module", name),
            Declaration::Provider(name) => ("provider", name),
            Declaration::Output(name) => ("output", name),
        };
        let layers = instance.module.block(&format!("{keyword}.{name}"))?;
        head(&instance, layers, &[keyword, name])
    }

    fn place(
        &self,
        module: &str,
        mode: Mode,
        kind: &str,
        name: &str,
        path: &str,
        planned: Option<&Planned<'_>>,
    ) -> Option<Location> {
        let instance = self.instance(module)?;
        let layers = instance.module.resource(mode, kind, name)?;
        let steps = path_steps(path);
        let deep = match steps.split_first() {
            Some((Step::Name(first), tail)) => {
                self.inside(&instance, layers, (mode, kind, name), first, tail, planned)
            }
            _ => None,
        };
        deep.or_else(|| head(&instance, layers, &[keyword(mode), kind, name]))
    }

    fn inside(
        &self,
        instance: &Arc<Instance>,
        layers: &Layers,
        (mode, kind, name): (Mode, &str, &str),
        first: &str,
        tail: &[Step],
        planned: Option<&Planned<'_>>,
    ) -> Option<Location> {
        let part = layers.layer(first)?;
        let file = instance.module.files.get(part.file)?;
        let body = &part.block.body;
        let mut tail = tail.to_vec();
        let mut chosen = None;
        if let (Some(planned), Some(Step::Index(index))) = (planned, tail.first()) {
            let resource = val::Resource {
                instance: Arc::clone(instance),
                mode,
                kind: kind.to_owned(),
                name: name.to_owned(),
                key: planned.key.cloned(),
            };
            let wanted = planned.value.index(*index);
            let mut eval = Eval::new(self, planned.scope);
            match body.get_attribute(first).map(|attribute| &attribute.value) {
                None => {
                    let fits = |block: val::Val| !contradicts(&block.into_value(), &wanted);
                    chosen = eval
                        .own_blocks(&resource, layers, body, first)
                        .into_iter()
                        .find(|(_, block)| fits(block.clone()))
                        .map(|(at, _)| at);
                }
                Some(Expression::Array(_)) => {
                    let own = eval
                        .own_attribute(&resource, first)
                        .map_or(Value::Null, val::Val::into_value);
                    let fits = |item: &Value| !contradicts(item, &wanted);
                    match own.elements().iter().position(fits) {
                        Some(at) => tail.splice(..1, [Step::Index(at)]).for_each(drop),
                        None => tail.clear(),
                    }
                }
                // Where the parts of anything else stand is not known.
                Some(_) => tail.clear(),
            }
        }
        if file.is_json() {
            let names = [keyword(mode), kind, name];
            let start = names.map(|name| Step::Name(name.to_owned())).to_vec();
            let name = |name: &str| Step::Name(name.to_owned());
            let inner = tail.get(1..).unwrap_or_default();
            let path = match body.has_attribute(first) {
                true => [&start, [name(first)].as_slice(), &tail].concat(),
                false => {
                    let made = [name("dynamic"), name(first), name("content")];
                    [&start, made.as_slice(), inner].concat()
                }
            };
            return file.json_place(&path);
        }
        let range = named(body, first, &tail, chosen)?;
        Some(file.place(&range))
    }
}

fn keyword(mode: Mode) -> &'static str {
    if mode == Mode::Data { "data" } else { "resource" }
}

/// The head of a block: its keyword and labels.
fn head(instance: &Instance, layers: &Layers, names: &[&str]) -> Option<Location> {
    let part = layers.0.first()?;
    let file = instance.module.files.get(part.file)?;
    if file.is_json() {
        let path: Vec<Step> = names.iter().map(|name| Step::Name((*name).to_owned())).collect();
        return file.json_place(&path);
    }
    Some(file.place(&block_head(&part.block)?))
}

fn block_head(block: &Block) -> Option<Range<usize>> {
    let start = block.ident.span().or_else(|| block.span())?;
    let end = block.labels.last().and_then(|label| label.span()).unwrap_or_else(|| start.clone());
    Some(start.start..end.end.max(start.end))
}

/// The range of a name in a body, and of the steps behind it.
fn named(body: &Body, name: &str, tail: &[Step], chosen: Option<usize>) -> Option<Range<usize>> {
    if let Some(attribute) = body.get_attribute(name) {
        let whole = attribute.span()?;
        return Some(within(&attribute.value, tail).unwrap_or(whole));
    }
    let structures: Vec<(usize, &Structure)> =
        body.iter().enumerate().filter(|(_, own)| name_of(own) == Some(name)).collect();
    let (index, tail) = match tail.split_first() {
        Some((Step::Index(index), tail)) => (*index, tail),
        _ => (0, tail),
    };
    let found = match chosen {
        Some(at) => structures.iter().find(|(own, _)| *own == at),
        // A dynamic block may stand for any number, so counting ends there.
        None => structures
            .iter()
            .enumerate()
            .find(|(count, (_, own))| *count == index || is_dynamic(own))
            .map(|(_, found)| found)
            .or_else(|| structures.last()),
    };
    let Structure::Block(block) = found?.1 else {
        return None;
    };
    let content = if block.has_ident("dynamic") {
        block.body.get_blocks("content").next().map(|content| &content.body)
    } else {
        Some(&block.body)
    };
    let deeper = match (content, tail.split_first()) {
        (Some(content), Some((Step::Name(next), tail))) => named(content, next, tail, None),
        _ => None,
    };
    deeper.or_else(|| block_head(block))
}

fn is_dynamic(structure: &Structure) -> bool {
    matches!(structure, Structure::Block(block) if block.has_ident("dynamic"))
}

/// The range of the part of an expression that the steps lead to; `None` when not even the first
/// is found.
fn within(expr: &Expression, steps: &[Step]) -> Option<Range<usize>> {
    let mut here = expr;
    let mut steps = steps;
    let mut found = None;
    while let Some((step, tail)) = steps.split_first() {
        here = match (here, step) {
            (Expression::Parenthesis(inner), _) => inner.inner(),
            (Expression::FuncCall(call), _) if TRANSPARENT.contains(&call.name.name.as_str()) => {
                match call.args.get(0) {
                    Some(arg) => arg,
                    None => break,
                }
            }
            (Expression::Array(array), Step::Index(index)) => {
                let Some(item) = array.get(*index) else { break };
                steps = tail;
                found = item.span().or(found);
                item
            }
            (Expression::Array(array), Step::Name(_)) if array.len() == 1 => {
                let Some(item) = array.get(0) else { break };
                item
            }
            (Expression::Object(_), Step::Index(0)) => {
                steps = tail;
                here
            }
            (Expression::Object(object), Step::Name(name)) => {
                let Some((range, value)) = member(object, name) else {
                    break;
                };
                steps = tail;
                found = range.or(found);
                value
            }
            _ => break,
        };
    }
    found
}

fn member<'e>(object: &'e Object, name: &str) -> Option<(Option<Range<usize>>, &'e Expression)> {
    object.iter().find_map(|(key, value)| {
        let own = match key {
            ObjectKey::Ident(ident) => ident.as_str(),
            ObjectKey::Expression(expr) => expr.as_str()?,
        };
        if own != name {
            return None;
        }
        let range = match (key.span(), value.expr().span()) {
            (Some(key), Some(value)) => Some(key.start..value.end),
            (_, value) => value,
        };
        Some((range, value.expr()))
    })
}
