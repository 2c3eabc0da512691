//! Terraform's functions over values that may be unknown.
//!
//! A function that is not here is an unknown with its name; a call that Terraform refuses fails.

mod collections;
mod encoding;
mod network;
mod numbers;
mod sets;
mod signatures;
mod strings;

use std::sync::Arc;

use super::number;
use super::val::{Kind, Seq, Stop, Val, unordered};
use crate::model::value::Unknown;

pub(super) use encoding::base64;
#[cfg(test)]
pub(super) use encoding::unbase64;

/// Why a call gives no value.
#[derive(Debug)]
pub(super) enum Halt {
    Unknown(Unknown),
    Stop(Stop),
    NoSuchFunction,
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        Halt::Stop(stop)
    }
}

/// The outcome of a call.
type Out<T = Val> = Result<T, Halt>;

const FAILS: Halt = Halt::Stop(Stop::Fails);

/// Calls a function by name.
pub(super) fn call(name: &str, args: &[Val]) -> Out {
    let args = signatures::prepared(name, args)?;
    for family in
        [collections::call, sets::call, strings::call, encoding::call, numbers::call, network::call]
    {
        match family(name, &args) {
            Err(Halt::NoSuchFunction) => {}
            other => return other,
        }
    }
    Err(Halt::NoSuchFunction)
}

/// What it costs to go over a value once, one level deep.
pub(super) fn work(value: &Val) -> u64 {
    match value {
        Val::List(seq) => seq.items.len() as u64,
        Val::Object(map) => map.entries.len() as u64,
        Val::String(text) => (text.len() / 64) as u64,
        Val::Template(_) | Val::Json(_) | Val::Base64(_) => u64::from(value.size()),
        _ => 0,
    }
}

fn arg(args: &[Val], at: usize) -> Out<&Val> {
    args.get(at).ok_or(FAILS)
}

/// An argument that must be known as a whole.
fn known(value: &Val) -> Out<&Val> {
    match value.doubt() {
        Some(why) => Err(Halt::Unknown(why)),
        None => Ok(value),
    }
}

fn text(args: &[Val], at: usize) -> Out<Arc<str>> {
    match known(arg(args, at)?)?.to_text()? {
        Val::String(text) => Ok(text),
        Val::Unknown(why) => Err(Halt::Unknown(why)),
        _ => Err(FAILS),
    }
}

/// A whole number. One of more than 64 bits is not known here in the first place.
fn int(args: &[Val], at: usize) -> Out<i64> {
    match known(arg(args, at)?)?.to_number()? {
        Val::Number(number) => number::whole(&number).ok_or(FAILS),
        Val::Unknown(why) => Err(Halt::Unknown(why)),
        _ => Err(FAILS),
    }
}

/// A list, set or tuple, perhaps with unknown elements.
fn seq(value: &Val) -> Out<&Seq> {
    match value {
        Val::List(seq) => Ok(seq),
        other => Err(unknown_or_fail(other)),
    }
}

/// A list or tuple: Terraform refuses a set here.
fn in_order(value: &Val) -> Out<&Seq> {
    let seq = seq(value)?;
    if matches!(seq.kind, Kind::Set(_)) { Err(FAILS) } else { Ok(seq) }
}

/// A sequence whose elements are all there, in their order; each may be unknown.
fn closed(seq: &Seq) -> Out<&Seq> {
    match &seq.rest {
        Some(why) => Err(Halt::Unknown(why.clone())),
        None if seq.unordered => Err(Halt::Unknown(unordered())),
        None => Ok(seq),
    }
}

fn unknown_or_fail(value: &Val) -> Halt {
    match value.doubt() {
        Some(why) => Halt::Unknown(why),
        None => FAILS,
    }
}

/// A sequence of another's kind.
fn like(of: &Seq, items: Vec<Val>, rest: Option<Unknown>) -> Out {
    let kind = match &of.kind {
        Kind::Set(element) => Kind::List(element.clone()),
        other => other.clone(),
    };
    Ok(Val::perhaps_ordered(items, rest, kind, of.unordered)?)
}

fn long_text(text: String) -> Out {
    Ok(Val::long_text(text)?)
}

fn first_doubt<'v>(values: impl IntoIterator<Item = &'v Val>) -> Option<Unknown> {
    values.into_iter().find_map(Val::doubt)
}

#[expect(clippy::unnecessary_wraps, reason = "has the form of the other conversions")]
fn boolean(value: bool) -> Out {
    Ok(Val::Bool(value))
}
