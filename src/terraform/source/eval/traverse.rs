//! Attribute access, indexes and splats.

use std::collections::BTreeMap;

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, TraversalOperator};

use super::super::ty::Ty;
use super::super::val::{Kind, Res, Stop, Val};
use super::{Eval, Frame, either};
use crate::model::value::Unknown;

type Operators = [Decorated<TraversalOperator>];

impl Eval<'_> {
    pub(super) fn traverse_expr(
        &mut self,
        frame: Frame<'_>,
        expr: &Expression,
        operators: &Operators,
    ) -> Res {
        match expr {
            Expression::Variable(name) => {
                self.traverse(frame, Some(name.as_str()), None, operators)
            }
            other => self.traverse(frame, None, Some(other), operators),
        }
    }

    pub(super) fn traverse(
        &mut self,
        frame: Frame<'_>,
        root: Option<&str>,
        expr: Option<&Expression>,
        operators: &Operators,
    ) -> Res {
        let (value, used) = match (root, expr) {
            (Some(root), _) => self.root(frame, root, operators)?,
            (None, Some(expr)) => (self.eval(frame, expr)?, 0),
            (None, None) => return Err(Stop::Fails),
        };
        self.apply(frame, value, operators.get(used..).unwrap_or_default())
    }

    fn apply(&mut self, frame: Frame<'_>, mut value: Val, operators: &Operators) -> Res {
        let mut left = operators;
        while let Some((operator, tail)) = left.split_first() {
            self.charge(1)?;
            left = tail;
            value = match operator.value() {
                TraversalOperator::GetAttr(name) => self.get_attr(&value, name.as_str())?,
                TraversalOperator::Index(expr) => {
                    let index = self.eval(frame, expr)?;
                    self.index(&value, &index)?
                }
                TraversalOperator::LegacyIndex(index) => {
                    let index = Val::int(i64::try_from(*index.value()).unwrap_or(i64::MAX));
                    self.index(&value, &index)?
                }
                TraversalOperator::FullSplat(_) => {
                    left = &[];
                    self.splat(frame, &value, tail)?
                }
                TraversalOperator::AttrSplat(_) => {
                    let of_each = |next: &&Decorated<TraversalOperator>| {
                        matches!(
                            next.value(),
                            TraversalOperator::GetAttr(_) | TraversalOperator::LegacyIndex(_)
                        )
                    };
                    let attributes = tail.iter().take_while(of_each).count();
                    let legacy = |at: &Decorated<TraversalOperator>| {
                        matches!(at.value(), TraversalOperator::LegacyIndex(_))
                    };
                    // `.0.1` is one number there, and refused.
                    if tail.windows(2).any(|two| two.iter().all(legacy)) {
                        return Ok(Val::unknown("has two indexes behind a splat"));
                    }
                    let (each, after) = tail.split_at_checked(attributes).unwrap_or((tail, &[]));
                    left = after;
                    self.splat(frame, &value, each)?
                }
            };
        }
        Ok(value)
    }

    /// A splat nests one recursion for each that follows it.
    fn splat(&mut self, frame: Frame<'_>, value: &Val, each: &Operators) -> Res {
        let (items, rest, unordered) = match value {
            Val::Null(Ty::Unsure) => {
                return Ok(Val::unknown("is null of a type that is not known"));
            }
            Val::Null(Ty::List(_) | Ty::Set(_) | Ty::Tuple(_)) => return Err(Stop::Fails),
            Val::Null(_) => return Val::tuple(Vec::new()),
            Val::Unknown(why) => return Ok(Val::Unknown(why.derived())),
            Val::List(seq) => (seq.items.clone(), seq.rest.clone(), seq.unordered),
            single => (vec![single.clone()], None, false),
        };
        if self.depth >= super::MAX_DEPTH {
            return Err(Stop::TooMuch);
        }
        self.depth += 1;
        let items =
            items.into_iter().map(|item| self.apply(frame, item, each)).collect::<Res<Vec<_>>>();
        self.depth -= 1;
        let items = items?;
        // Terraform tries the path on an element that is not there.
        if let (Val::List(seq), [], true) = (value, items.as_slice(), rest.is_none())
            && let Kind::List(element) | Kind::Set(element) = &seq.kind
            && !leads_on(element, each)
        {
            return Ok(Val::unknown("is a path into elements of which there is none"));
        }
        let kind = match value {
            Val::List(seq) => match &seq.kind {
                Kind::List(element) | Kind::Set(element) => of_each(&items, element)?,
                Kind::Tuple => Kind::Tuple,
                Kind::Unsure => Kind::Unsure,
            },
            _ => Kind::Tuple,
        };
        Val::perhaps_ordered(items, rest, kind, unordered)
    }

    pub(in super::super) fn get_attr(&mut self, value: &Val, name: &str) -> Res {
        match value {
            Val::Object(map) => match (map.entries.get(name), &map.rest) {
                (Some(entry), _) => Ok(entry.clone()),
                (None, Some(why)) => Ok(Val::Unknown(why.clone())),
                (None, None) => Err(Stop::Fails),
            },
            Val::Resource(resource) => Ok(self.resource_attribute(resource, name)),
            Val::Module(instance) => Ok(self.module_output(instance, name)),
            Val::Unknown(why) => Ok(Val::Unknown(why.derived())),
            _ => Err(Stop::Fails),
        }
    }

    fn index(&mut self, value: &Val, index: &Val) -> Res {
        if let (Val::Unknown(_), _) | (_, Val::Unknown(_)) = (value, index) {
            return Ok(Val::Unknown(either(value, index)));
        }
        match value {
            Val::List(seq) => {
                if seq.kind == Kind::Unsure {
                    self.meets("depends on whether it is a list or a set");
                }
                if matches!(seq.kind, Kind::Set(_)) {
                    return Err(Stop::Fails);
                }
                if seq.rest.is_some() || seq.unordered {
                    return Ok(Val::Unknown(seq.rest.clone().unwrap_or_else(super::unordered)));
                }
                let at = match index.convert(&Ty::Number)? {
                    Val::Number(number) => super::number::whole(&number),
                    other => {
                        return other.doubt().map_or(Err(Stop::Fails), |w| Ok(Val::Unknown(w)));
                    }
                };
                at.and_then(|at| usize::try_from(at).ok())
                    .and_then(|at| seq.items.get(at))
                    .cloned()
                    .ok_or(Stop::Fails)
            }
            Val::Null(_) => Err(Stop::Fails),
            _ => match index.convert(&Ty::String)? {
                Val::String(key) => self.get_attr(value, &key),
                other => other.doubt().map_or(Err(Stop::Fails), |why| Ok(Val::Unknown(why))),
            },
        }
    }
}

/// Whether a path certainly leads into values of a type.
fn leads_on(ty: &Ty, path: &Operators) -> bool {
    let Some((first, tail)) = path.split_first() else {
        return true;
    };
    match (ty, first.value()) {
        (Ty::Any, _) => true,
        (Ty::Map(inner), TraversalOperator::GetAttr(_)) => leads_on(inner, tail),
        (Ty::Object(attrs), TraversalOperator::GetAttr(name)) => {
            attrs.get(name.as_str()).is_some_and(|attr| leads_on(&attr.ty, tail))
        }
        _ => false,
    }
}

/// The kind of what a splat makes of a list or set: Terraform refuses elements of several types.
fn of_each(items: &[Val], element: &Ty) -> Res<Kind> {
    let types: Vec<Ty> = items.iter().map(Val::ty).collect();
    let mut found = Ty::Any;
    for ty in &types {
        match (&found, ty) {
            (Ty::Unsure, _) | (_, Ty::Any) => {}
            (Ty::Any, ty) => found = ty.clone(),
            (found_so_far, ty) if found_so_far == ty => {}
            (found_so_far, ty) if found_so_far.is_sure() && ty.is_sure() => {
                return Err(Stop::Fails);
            }
            _ => found = Ty::Unsure,
        }
    }
    // Without an element, its type is found from the type of those that could be there.
    let found = match items.is_empty() && *element != Ty::Any {
        true => Ty::Unsure,
        false => found,
    };
    Ok(Kind::List(found))
}

/// An object by key.
pub(super) fn keyed(entries: Vec<(String, Val)>, rest: Option<Unknown>) -> Res {
    Val::object(entries.into_iter().collect::<BTreeMap<_, _>>(), rest)
}
