//! Attribute access, indexes and splats.

use std::collections::BTreeMap;

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, TraversalOperator};

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
                    let attributes = tail
                        .iter()
                        .take_while(|next| matches!(next.value(), TraversalOperator::GetAttr(_)))
                        .count();
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
        let (items, rest, kind) = match value {
            Val::Null => return Val::list(Vec::new()),
            Val::Unknown(why) => return Ok(Val::Unknown(why.derived())),
            Val::List(seq) => {
                let kind = if seq.kind == Kind::Unsure { Kind::Unsure } else { Kind::List };
                (seq.items.clone(), seq.rest.clone(), kind)
            }
            single => (vec![single.clone()], None, Kind::List),
        };
        if self.depth >= super::MAX_DEPTH {
            return Err(Stop::TooMuch);
        }
        self.depth += 1;
        let items =
            items.into_iter().map(|item| self.apply(frame, item, each)).collect::<Res<Vec<_>>>();
        self.depth -= 1;
        Val::seq(items?, rest, kind)
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
                if seq.rest.is_some() || seq.kind == Kind::Set {
                    let why = seq
                        .rest
                        .clone()
                        .unwrap_or_else(|| Unknown::because("depends on the order of a set"));
                    return Ok(Val::Unknown(why));
                }
                let at = match index.to_number()? {
                    Val::Number(number) => super::super::functions::whole(&number),
                    other => {
                        return other.doubt().map_or(Err(Stop::Fails), |w| Ok(Val::Unknown(w)));
                    }
                };
                at.and_then(|at| usize::try_from(at).ok())
                    .and_then(|at| seq.items.get(at))
                    .cloned()
                    .ok_or(Stop::Fails)
            }
            Val::Null => Err(Stop::Fails),
            _ => match index.to_text()? {
                Val::String(key) => self.get_attr(value, &key),
                other => other.doubt().map_or(Err(Stop::Fails), |why| Ok(Val::Unknown(why))),
            },
        }
    }
}

/// A map by key.
pub(super) fn keyed(entries: Vec<(String, Val)>, rest: Option<Unknown>) -> Res {
    Val::map(entries.into_iter().collect::<BTreeMap<_, _>>(), rest)
}
