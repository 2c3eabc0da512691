//! Type constraints of variables: `set(string)` makes a set of a list, `optional` fills gaps.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey};

use super::eval::{Eval, Frame};
use super::ty::{Attr, Ty};
use super::val::{Form, Kind, Res, Stop, Val};

/// Deepest constraint that is followed.
const MAX_DEPTH: u32 = 32;

/// The type that a constraint describes.
fn parse(constraint: &Expression, depth: u32) -> Res<Ty> {
    if depth > MAX_DEPTH {
        return Err(Stop::TooMuch);
    }
    let name = match constraint {
        Expression::Variable(name) => name.as_str(),
        Expression::String(name) => name.as_str(),
        Expression::Parenthesis(inner) => return parse(inner.inner(), depth + 1),
        Expression::FuncCall(call) => return parse_call(call, depth),
        _ => return Err(Stop::Fails),
    };
    Ok(match name {
        "string" => Ty::String,
        "number" => Ty::Number,
        "bool" => Ty::Bool,
        "any" => Ty::Any,
        // As they were written before Terraform 0.12.
        "list" => Ty::list(Ty::Any),
        "map" => Ty::map(Ty::Any),
        _ => return Err(Stop::Fails),
    })
}

fn parse_call(call: &FuncCall, depth: u32) -> Res<Ty> {
    let inner = call.args.get(0).ok_or(Stop::Fails)?;
    Ok(match call.name.name.as_str() {
        "list" => Ty::list(parse(inner, depth + 1)?),
        "set" => Ty::set(parse(inner, depth + 1)?),
        "map" => Ty::map(parse(inner, depth + 1)?),
        "tuple" => {
            let types = inner.as_array().ok_or(Stop::Fails)?;
            let types = types.iter().map(|ty| parse(ty, depth + 1)).collect::<Res<Vec<_>>>()?;
            Ty::Tuple(types.into())
        }
        "object" => {
            let mut attrs = BTreeMap::new();
            for (name, constraint) in attributes(inner.as_object().ok_or(Stop::Fails)?)? {
                let attr = match optional(constraint) {
                    Some(call) => Attr {
                        ty: parse(call.args.get(0).ok_or(Stop::Fails)?, depth + 1)?,
                        optional: true,
                    },
                    None => Attr::required(parse(constraint, depth + 1)?),
                };
                attrs.insert(name.to_owned(), attr);
            }
            Ty::Object(Arc::new(attrs))
        }
        _ => return Err(Stop::Fails),
    })
}

/// The attributes of an object type, by name.
fn attributes(object: &Object) -> Res<Vec<(&str, &Expression)>> {
    object
        .iter()
        .map(|(key, constraint)| {
            let name = match key {
                ObjectKey::Ident(name) => name.as_str(),
                ObjectKey::Expression(expr) => expr.as_str().ok_or(Stop::Fails)?,
            };
            Ok((name, constraint.expr()))
        })
        .collect()
}

fn optional(constraint: &Expression) -> Option<&FuncCall> {
    constraint.as_func_call().filter(|call| call.name.name.as_str() == "optional")
}

impl Eval<'_> {
    /// Converts a value to a type constraint.
    pub(super) fn convert(&mut self, frame: Frame<'_>, value: Val, constraint: &Expression) -> Res {
        // A constraint that is no such thing, Terraform would have refused.
        let ty = match parse(constraint, 0) {
            Ok(ty) => ty,
            Err(Stop::Fails) => {
                return Ok(Val::unknown("is of a type that holdpoint does not read"));
            }
            Err(stop) => return Err(stop),
        };
        let value = self.with_defaults(frame, value, constraint, 0)?;
        value.convert(&ty)
    }

    /// Fills in what `optional` says of objects, anywhere inside.
    fn with_defaults(
        &mut self,
        frame: Frame<'_>,
        value: Val,
        constraint: &Expression,
        depth: u32,
    ) -> Res {
        if depth > MAX_DEPTH {
            return Err(Stop::TooMuch);
        }
        let call = match constraint {
            Expression::Parenthesis(inner) => {
                return self.with_defaults(frame, value, inner.inner(), depth + 1);
            }
            Expression::FuncCall(call) => call,
            _ => return Ok(value),
        };
        let inner = call.args.get(0).ok_or(Stop::Fails)?;
        match (call.name.name.as_str(), &value) {
            ("list" | "set" | "map", Val::List(seq)) => {
                let items = seq.items.iter();
                let items =
                    items.map(|item| self.with_defaults(frame, item.clone(), inner, depth + 1));
                let items = items.collect::<Res<Vec<_>>>()?;
                if items.iter().zip(&seq.items).all(|(new, old)| new.ty() == old.ty()) {
                    let kind = seq.kind.clone();
                    return Val::perhaps_ordered(items, seq.rest.clone(), kind, seq.unordered);
                }
                let rest = seq.rest.clone();
                let tuple = Val::perhaps_ordered(items, rest, Kind::Tuple, seq.unordered)?;
                match &seq.kind {
                    Kind::Set(_) => tuple.convert(&Ty::set(Ty::Any)),
                    Kind::List(_) => tuple.convert(&Ty::list(Ty::Any)),
                    _ => Ok(tuple),
                }
            }
            ("tuple", Val::List(seq)) => {
                let types = inner.as_array().ok_or(Stop::Fails)?;
                let mut items = seq.items.clone();
                for (item, ty) in items.iter_mut().zip(types.iter()) {
                    *item = self.with_defaults(frame, item.clone(), ty, depth + 1)?;
                }
                Val::perhaps_ordered(items, seq.rest.clone(), Kind::Tuple, seq.unordered)
            }
            ("map", Val::Object(map)) => {
                let mut entries = map.entries.clone();
                for entry in entries.values_mut() {
                    *entry = self.with_defaults(frame, entry.clone(), inner, depth + 1)?;
                }
                Val::object(entries, map.rest.clone())
            }
            ("object", Val::Object(_) | Val::Resource(_) | Val::Module(_)) => {
                self.object_with_defaults(frame, &value, inner, depth)
            }
            _ => Ok(value),
        }
    }

    fn object_with_defaults(
        &mut self,
        frame: Frame<'_>,
        value: &Val,
        constraint: &Expression,
        depth: u32,
    ) -> Res {
        let types = attributes(constraint.as_object().ok_or(Stop::Fails)?)?;
        let (mut entries, rest) = match value {
            Val::Object(map) => (map.entries.clone(), map.rest.clone()),
            _ => (BTreeMap::new(), None),
        };
        let whole = !matches!(value, Val::Object(_));
        for (name, constraint) in types {
            if whole {
                entries.insert(name.to_owned(), self.get_attr(value, name)?);
            }
            let (inner, default) = match optional(constraint) {
                Some(call) => (call.args.get(0).ok_or(Stop::Fails)?, call.args.get(1)),
                None => (constraint, None),
            };
            let entry = match (entries.get(name), default) {
                (None, Some(_)) if rest.is_some() => continue,
                (None | Some(Val::Null(_)), Some(default)) => {
                    let default = self.eval(frame, default)?;
                    let default = self.with_defaults(frame, default, inner, depth + 1)?;
                    default.convert(&parse(inner, depth + 1)?)?
                }
                (None, None) => continue,
                (Some(entry), _) => {
                    let entry = entry.clone();
                    self.with_defaults(frame, entry, inner, depth + 1)?
                }
            };
            entries.insert(name.to_owned(), entry);
        }
        let form = match value {
            Val::Object(map) if map.form == Form::Unsure => Form::Unsure,
            _ => Form::Object,
        };
        Val::map(entries, rest, form)
    }
}
