//! Type constraints of variables: `set(string)` makes a set of a list, `optional` fills gaps.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};

use super::eval::{Eval, Frame};
use super::functions::to_set;
use super::val::{Kind, Res, Stop, Val};

/// Deepest constraint that is followed.
const MAX_DEPTH: u32 = 32;

/// A value whose sequences are lists: so are those of variables, unless their type says else.
pub(super) fn in_order(value: &Val) -> Res {
    match value {
        Val::List(seq) => {
            let items = seq.items.iter().map(in_order).collect::<Res<Vec<_>>>()?;
            Val::seq(items, seq.rest.clone(), Kind::List)
        }
        Val::Object(map) => {
            let entries = map
                .entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), in_order(value)?)))
                .collect::<Res<BTreeMap<_, _>>>()?;
            Val::map(entries, map.rest.clone())
        }
        other => Ok(other.clone()),
    }
}

impl Eval<'_> {
    /// Converts a value to a type constraint.
    pub(super) fn convert(&mut self, frame: Frame<'_>, value: Val, constraint: &Expression) -> Res {
        self.convert_to(frame, value, constraint, 0)
    }

    fn convert_to(
        &mut self,
        frame: Frame<'_>,
        value: Val,
        constraint: &Expression,
        depth: u32,
    ) -> Res {
        if depth > MAX_DEPTH {
            return Err(Stop::TooMuch);
        }
        if matches!(value, Val::Null | Val::Unknown(_)) {
            return Ok(value);
        }
        let name = match constraint {
            Expression::Variable(name) => name.as_str(),
            Expression::String(name) => name.as_str(),
            Expression::Parenthesis(inner) => {
                return self.convert_to(frame, value, inner.inner(), depth + 1);
            }
            Expression::FuncCall(call) => return self.convert_with(frame, value, call, depth),
            _ => return Err(Stop::Fails),
        };
        match name {
            "string" => value.to_text(),
            "number" => value.to_number(),
            "bool" => value.to_bool(),
            _ => Ok(value),
        }
    }

    fn convert_with(&mut self, frame: Frame<'_>, value: Val, call: &FuncCall, depth: u32) -> Res {
        let inner = call.args.get(0).ok_or(Stop::Fails)?;
        match (call.name.name.as_str(), &value) {
            ("list" | "set", Val::List(seq)) => {
                let mut items = Vec::with_capacity(seq.items.len());
                for item in &seq.items {
                    items.push(self.convert_to(frame, item.clone(), inner, depth + 1)?);
                }
                if call.name.name.as_str() == "set" {
                    to_set(items, seq.rest.clone())
                } else {
                    Val::seq(items, seq.rest.clone(), Kind::List)
                }
            }
            ("map", Val::Object(map)) => {
                let mut entries = BTreeMap::new();
                for (key, entry) in &map.entries {
                    let entry = self.convert_to(frame, entry.clone(), inner, depth + 1)?;
                    entries.insert(key.clone(), entry);
                }
                Val::map(entries, map.rest.clone())
            }
            ("tuple", Val::List(seq)) => {
                let types = inner.as_array().ok_or(Stop::Fails)?;
                let mut items = Vec::with_capacity(seq.items.len());
                for (item, constraint) in seq.items.iter().zip(types.iter()) {
                    items.push(self.convert_to(frame, item.clone(), constraint, depth + 1)?);
                }
                Val::seq(items, seq.rest.clone(), Kind::List)
            }
            ("object", Val::Object(map)) => {
                let types = inner.as_object().ok_or(Stop::Fails)?;
                let mut entries = BTreeMap::new();
                for (key, constraint) in types.iter() {
                    let name = match key {
                        ObjectKey::Ident(name) => name.as_str(),
                        ObjectKey::Expression(expr) => expr.as_str().ok_or(Stop::Fails)?,
                    };
                    let entry = match (map.entries.get(name), &map.rest) {
                        (Some(entry), _) => entry.clone(),
                        (None, Some(why)) => Val::Unknown(why.clone()),
                        (None, None) => Val::Null,
                    };
                    let entry = self.member(frame, entry, constraint.expr(), depth + 1)?;
                    entries.insert(name.to_owned(), entry);
                }
                Val::map(entries, None)
            }
            ("object", whole @ (Val::Resource(_) | Val::Module(_))) => {
                let types = inner.as_object().ok_or(Stop::Fails)?;
                let mut entries = BTreeMap::new();
                for (key, constraint) in types.iter() {
                    let Some(name) = key.as_ident() else {
                        return Err(Stop::Fails);
                    };
                    let entry = self.get_attr(whole, name.as_str())?;
                    let entry = self.member(frame, entry, constraint.expr(), depth + 1)?;
                    entries.insert(name.as_str().to_owned(), entry);
                }
                Val::map(entries, None)
            }
            // Conversions between kinds of collections are rare, and not followed.
            (_, other) => other.doubt().map_or_else(
                || Ok(Val::unknown("is converted to a type that holdpoint does not evaluate")),
                |why| Ok(Val::Unknown(why)),
            ),
        }
    }

    /// A member of an object type, `optional(string, "x")` included.
    fn member(&mut self, frame: Frame<'_>, value: Val, constraint: &Expression, depth: u32) -> Res {
        let optional =
            constraint.as_func_call().filter(|call| call.name.name.as_str() == "optional");
        let Some(call) = optional else {
            return self.convert_to(frame, value, constraint, depth);
        };
        let value = match (value, call.args.get(1)) {
            (Val::Null, Some(default)) => self.eval(frame, default)?,
            (value, _) => value,
        };
        let inner = call.args.get(0).ok_or(Stop::Fails)?;
        self.convert_to(frame, value, inner, depth)
    }
}
