//! Conversions of values between types, equality, and the order of sets, as go-cty does them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::number;
use super::ty::{Attr, Converts, Ty, Unified, unify};
use super::val::{Form, Kind, Map, Res, Seq, Stop, Val, unordered};
use crate::model::truth::Truth;
use crate::model::value::{Piece, Unknown, Value};

impl Val {
    /// The type of the value.
    pub(super) fn ty(&self) -> Ty {
        match self {
            Val::Null(ty) => ty.clone(),
            Val::Bool(_) => Ty::Bool,
            Val::Number(_) => Ty::Number,
            Val::String(_) | Val::Template(_) | Val::Json(_) | Val::Base64(_) => Ty::String,
            Val::List(seq) => match &seq.kind {
                Kind::List(element) => Ty::list(element.clone()),
                Kind::Set(element) => Ty::set(element.clone()),
                Kind::Tuple if seq.rest.is_none() => {
                    Ty::Tuple(seq.items.iter().map(Val::ty).collect())
                }
                _ => Ty::Unsure,
            },
            Val::Object(map) => match &map.form {
                Form::Map(element) => Ty::map(element.clone()),
                Form::Object if map.rest.is_none() => Ty::Object(Arc::new(
                    map.entries
                        .iter()
                        .map(|(name, value)| (name.clone(), Attr::required(value.ty())))
                        .collect(),
                )),
                _ => Ty::Unsure,
            },
            Val::Resource(_) | Val::Module(_) | Val::Unknown(_) => Ty::Unsure,
        }
    }

    /// The value as one of a type, where Terraform converts it.
    pub(super) fn convert(&self, to: &Ty) -> Res {
        if matches!(to, Ty::Any) || matches!(self, Val::Unknown(_)) {
            return Ok(self.clone());
        }
        let from = self.ty();
        if from == *to {
            return Ok(self.clone());
        }
        if from.converts(to) == Converts::No {
            return Err(Stop::Fails);
        }
        match (self, to) {
            (Val::Null(Ty::Any), to) => Ok(Val::Null(to.of_values())),
            (Val::Null(_), to) if to.has_any() => Ok(Val::Null(Ty::Unsure)),
            (Val::Null(_), to) => Ok(Val::Null(to.of_values())),
            (Val::Resource(_) | Val::Module(_), _) => Ok(self.as_unknown()),
            (_, Ty::String) => self.to_text(),
            (_, Ty::Number) => self.to_number(),
            (_, Ty::Bool) => self.to_bool(),
            (Val::List(seq), Ty::List(element)) => {
                let (items, element) = elements(seq, element)?;
                let kind = Kind::List(element);
                Val::perhaps_ordered(items, seq.rest.clone(), kind, seq.unordered)
            }
            (Val::List(seq), Ty::Set(element)) => {
                let (items, element) = elements(seq, element)?;
                to_set(items, seq.rest.clone(), element)
            }
            (Val::List(seq), Ty::Tuple(types)) => {
                let items = seq.items.iter().zip(types.iter()).map(|(item, ty)| item.convert(ty));
                Val::seq(items.collect::<Res<Vec<_>>>()?, seq.rest.clone(), Kind::Tuple)
            }
            (Val::Object(map), Ty::Map(element)) => to_map(map, element),
            (Val::Object(map), Ty::Object(attrs)) => to_object(map, attrs),
            _ => Err(Stop::Fails),
        }
    }

    /// What is left of the value when it may be converted to a type that is not known: texts stay
    /// what they are, numbers and booleans may become texts, and a list a set.
    pub(super) fn softened(&self) -> Res {
        let reason = "may be converted to another type";
        Ok(match self {
            Val::Bool(_) | Val::Number(_) => Val::unknown(reason),
            Val::Null(_) => Val::Null(Ty::Unsure),
            Val::List(seq) => {
                let items = seq.items.iter().map(Val::softened).collect::<Res<Vec<_>>>()?;
                Val::perhaps_ordered(items, seq.rest.clone(), Kind::Unsure, true)?
            }
            Val::Object(map) => {
                let entries = map
                    .entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), value.softened()?)))
                    .collect::<Res<BTreeMap<_, _>>>()?;
                Val::map(entries, map.rest.clone(), Form::Unsure)?
            }
            other => other.clone(),
        })
    }

    /// A value of a plan, or of a JSON document, as a literal in the source would be: tuples and
    /// objects.
    pub(super) fn as_literal(&self) -> Res {
        match self {
            Val::Null(_) => Ok(Val::NULL),
            Val::List(seq) => {
                let items = seq.items.iter().map(Val::as_literal).collect::<Res<Vec<_>>>()?;
                Val::perhaps_ordered(items, seq.rest.clone(), Kind::Tuple, seq.unordered)
            }
            Val::Object(map) => {
                let entries = map
                    .entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), value.as_literal()?)))
                    .collect::<Res<BTreeMap<_, _>>>()?;
                Val::object(entries, map.rest.clone())
            }
            other => Ok(other.clone()),
        }
    }

    /// Whether two values are equal; a doubt where it matters.
    pub(super) fn equal(&self, other: &Val) -> Result<bool, Unknown> {
        match (self, other) {
            (Val::Unknown(why), _) | (_, Val::Unknown(why)) => return Err(why.derived()),
            (Val::Null(_), Val::Null(_)) => return Ok(true),
            // What is known in part is something.
            (Val::Null(_), some) | (some, Val::Null(_)) => {
                return match some {
                    Val::Resource(_) | Val::Module(_) => {
                        Err(some.doubt().unwrap_or_else(Unknown::after_apply))
                    }
                    _ => Ok(false),
                };
            }
            _ => {}
        }
        let (a, b) = (self.ty(), other.ty());
        let sure = a.is_sure() && b.is_sure();
        if sure && a != b {
            return Ok(false);
        }
        match self.same_content(other) {
            Ok(true) if !sure => Err(Unknown::because("compares collections of unknown types")),
            other => other,
        }
    }

    fn same_content(&self, other: &Val) -> Result<bool, Unknown> {
        match (self, other) {
            (Val::Unknown(why), _) | (_, Val::Unknown(why)) => Err(why.derived()),
            (Val::Null(_), Val::Null(_)) => Ok(true),
            (Val::Bool(a), Val::Bool(b)) => Ok(a == b),
            (Val::Number(a), Val::Number(b)) => number::equal(a, b).ok_or_else(number::imprecision),
            (Val::String(a), Val::String(b)) => Ok(a == b),
            (Val::Template(pieces), Val::String(text))
            | (Val::String(text), Val::Template(pieces)) => {
                match Value::Template(pieces.to_vec()).equals(text) {
                    Truth::True => Ok(true),
                    Truth::False => Ok(false),
                    Truth::Unknown(why) => Err(why),
                }
            }
            (Val::List(a), Val::List(b)) => {
                if let Some(why) = a.rest.as_ref().or(b.rest.as_ref()) {
                    return Err(why.clone());
                }
                if a.unordered || b.unordered {
                    return Err(unordered());
                }
                if a.items.len() != b.items.len() {
                    return Ok(false);
                }
                all_equal(a.items.iter().zip(&b.items))
            }
            (Val::Object(a), Val::Object(b)) => {
                if let Some(why) = a.rest.as_ref().or(b.rest.as_ref()) {
                    return Err(why.clone());
                }
                if !a.entries.keys().eq(b.entries.keys()) {
                    return Ok(false);
                }
                all_equal(a.entries.values().zip(b.entries.values()))
            }
            _ => match self.doubt().or_else(|| other.doubt()) {
                Some(why) => Err(why),
                None => Ok(false),
            },
        }
    }
}

fn all_equal<'v>(pairs: impl Iterator<Item = (&'v Val, &'v Val)>) -> Result<bool, Unknown> {
    let mut doubt = None;
    for (a, b) in pairs {
        match a.same_content(b) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(why) => doubt = doubt.or(Some(why)),
        }
    }
    doubt.map_or(Ok(true), Err)
}

/// Several values as values of one type, and that type.
pub(super) fn to_one_type(values: &[Val]) -> Res<(Vec<Val>, Ty)> {
    let types: Vec<Ty> = values.iter().map(Val::ty).collect();
    match unify(&types.iter().collect::<Vec<_>>()) {
        Unified::To(ty) => {
            Ok((values.iter().map(|value| value.convert(&ty)).collect::<Res<_>>()?, ty))
        }
        Unified::Never => Err(Stop::Fails),
        Unified::Doubt => Ok((values.iter().map(Val::softened).collect::<Res<_>>()?, Ty::Unsure)),
    }
}

/// The elements of a sequence as those of a collection of `wanted`.
fn elements(seq: &Seq, wanted: &Ty) -> Res<(Vec<Val>, Ty)> {
    if *wanted == Ty::Any {
        if let Kind::List(element) | Kind::Set(element) = &seq.kind {
            return Ok((seq.items.clone(), element.clone()));
        }
        if seq.items.is_empty() {
            return Ok((Vec::new(), if seq.rest.is_some() { Ty::Unsure } else { Ty::Any }));
        }
        return settled(&seq.items, seq.rest.is_some());
    }
    let items = seq.items.iter().map(|item| item.convert(wanted)).collect::<Res<Vec<_>>>()?;
    match wanted.has_any() && !items.is_empty() {
        true => settled(&items, seq.rest.is_some()),
        false => Ok((items, wanted.of_values())),
    }
}

/// Elements of one type that is found from them; with more that may follow, it is not known.
fn settled(items: &[Val], open: bool) -> Res<(Vec<Val>, Ty)> {
    let (items, ty) = match open {
        true => {
            let (mut items, ty) =
                to_one_type(&[items, &[Val::unknown("may be of any type")]].concat())?;
            items.pop();
            (items, ty)
        }
        false => to_one_type(items)?,
    };
    if ty == Ty::Any && !items.iter().all(nulls) {
        return Ok((items.iter().map(Val::softened).collect::<Res<_>>()?, Ty::Unsure));
    }
    // Conversion may leave elements of different types behind a type that is half known.
    match ty.has_any() && ty != Ty::Any {
        true => to_one_type(&items),
        false => Ok((items, ty)),
    }
}

fn to_map(map: &Map, wanted: &Ty) -> Res {
    if let (Form::Map(element), Ty::Any) = (&map.form, wanted) {
        return Val::map(map.entries.clone(), map.rest.clone(), Form::Map(element.clone()));
    }
    let values: Vec<Val> = map.entries.values().cloned().collect();
    let kind = if matches!(map.form, Form::Map(_)) { Kind::List(Ty::Unsure) } else { Kind::Tuple };
    let Val::List(seq) = Val::seq(values, map.rest.clone(), kind)? else {
        return Err(Stop::Fails);
    };
    let (values, element) = elements(&seq, wanted)?;
    let entries = map.entries.keys().cloned().zip(values).collect();
    Val::map(entries, map.rest.clone(), Form::Map(element))
}

fn to_object(map: &Map, attrs: &BTreeMap<String, Attr>) -> Res {
    let mut entries = BTreeMap::new();
    for (name, attr) in attrs {
        let entry = match (map.entries.get(name), &map.rest) {
            (Some(entry), _) => entry.convert(&attr.ty)?,
            (None, Some(why)) => Val::Unknown(why.clone()),
            (None, None) if attr.optional => Val::Null(attr.ty.of_values()),
            (None, None) => return Err(Stop::Fails),
        };
        entries.insert(name.clone(), entry);
    }
    Val::object(entries, None)
}

/// Without repetitions, in the order in which Terraform goes over a set. An element that is not
/// wholly known may repeat another, so the set is open then.
pub(super) fn to_set(items: Vec<Val>, rest: Option<Unknown>, element: Ty) -> Res {
    let mut seen = FxHashSet::default();
    let mut rest = rest;
    let mut unique: Vec<Val> = Vec::with_capacity(items.len());
    for item in items {
        match item.identity() {
            Some(identity) => {
                if seen.insert(identity) {
                    unique.push(item);
                }
            }
            None => {
                rest = rest.or_else(|| item.doubt()).or_else(|| Some(unordered()));
                unique.push(item);
            }
        }
    }
    if unique.len() < 2 || unique.iter().all(is_scalar) {
        unique.sort_by(order);
        return Val::seq(unique, rest, Kind::Set(element));
    }
    let keys: Option<Vec<Vec<u8>>> = unique.iter().map(sort_key).collect();
    let Some(keys) = keys else {
        return Val::perhaps_ordered(unique, rest, Kind::Set(element), true);
    };
    let mut both: Vec<(Vec<u8>, Val)> = keys.into_iter().zip(unique).collect();
    both.sort_by(|(a, x), (b, y)| nulls(x).cmp(&nulls(y)).then_with(|| a.cmp(b)));
    Val::seq(both.into_iter().map(|(_, item)| item).collect(), rest, Kind::Set(element))
}

fn is_scalar(value: &Val) -> bool {
    !matches!(value, Val::List(_) | Val::Object(_) | Val::Resource(_) | Val::Module(_))
}

fn nulls(value: &Val) -> bool {
    matches!(value, Val::Null(_))
}

/// Order of scalars of one type, null at the end; everything else stays where it is.
fn order(a: &Val, b: &Val) -> Ordering {
    match (a, b) {
        (Val::String(a), Val::String(b)) => a.cmp(b),
        (Val::Number(a), Val::Number(b)) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Val::Bool(a), Val::Bool(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Keeps the order total.
fn rank(value: &Val) -> u8 {
    match value {
        Val::Bool(_) | Val::Number(_) | Val::String(_) => 0,
        Val::Null(_) => 2,
        _ => 1,
    }
}

/// The bytes by which go-cty sorts a set of collections (`makeSetHashBytes`). `None` where they are
/// not certain.
fn sort_key(value: &Val) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    write_key(value, &mut key)?;
    Some(key)
}

fn write_key(value: &Val, key: &mut Vec<u8>) -> Option<()> {
    match value {
        Val::Null(_) => key.push(b'~'),
        Val::Bool(value) => key.push(if *value { b'T' } else { b'F' }),
        // Ten digits are written; more, and it is another notation.
        Val::Number(number) => {
            let whole = number.as_i64().filter(|whole| whole.abs() < 1_000_000_000)?;
            key.extend(whole.to_string().bytes());
        }
        Val::String(text) => write_text_key(text, key)?,
        Val::List(seq) => {
            if seq.rest.is_some() || seq.unordered || seq.kind == Kind::Unsure {
                return None;
            }
            let (open, close) = if seq.kind == Kind::Tuple { (b'<', b'>') } else { (b'[', b']') };
            key.push(open);
            for item in &seq.items {
                write_key(item, key)?;
                key.push(b';');
            }
            key.push(close);
        }
        Val::Object(map) => {
            if map.rest.is_some() || map.form == Form::Unsure {
                return None;
            }
            let is_map = matches!(map.form, Form::Map(_));
            key.push(if is_map { b'{' } else { b'<' });
            for (name, item) in &map.entries {
                if is_map {
                    write_text_key(name, key)?;
                    key.push(b':');
                }
                write_key(item, key)?;
                key.push(b';');
            }
            key.push(if is_map { b'}' } else { b'>' });
        }
        _ => return None,
    }
    Some(())
}

fn write_text_key(text: &str, key: &mut Vec<u8>) -> Option<()> {
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    key.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            key.push(b'\\');
        }
        key.push(byte);
    }
    key.push(b'"');
    Some(())
}

/// Whether a text with holes is certainly not empty.
pub(super) fn is_not_empty(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| match piece {
        Piece::Known(text) => !text.is_empty(),
        Piece::Hole(why) => why.is_plain(),
    })
}
