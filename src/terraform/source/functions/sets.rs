//! Sets, order, and conversions between types.

use std::cmp::Ordering;

use rustc_hash::FxHashSet;

use super::super::val::{Kind, Res, Stop, Val};
use super::{FAILS, Halt, Out, arg, closed, first_doubt, known, list, seq, unknown_or_fail};
use crate::model::value::Unknown;

pub(super) fn call(name: &str, args: &[Val]) -> Out {
    match name {
        "distinct" => distinct(arg(args, 0)?),
        "nonsensitive" | "sensitive" | "ephemeralasnull" => Ok(arg(args, 0)?.clone()),
        "setintersection" => intersection(args),
        "setproduct" => product(args),
        "setsubtract" => subtract(args),
        "setunion" => union(args),
        "sort" => sort(arg(args, 0)?),
        "tobool" => Ok(arg(args, 0)?.to_bool()?),
        "tolist" => to_list(arg(args, 0)?),
        "tomap" => to_map(arg(args, 0)?),
        "tonumber" => Ok(arg(args, 0)?.to_number()?),
        "toset" => match arg(args, 0)? {
            Val::Null => Ok(Val::Null),
            value => {
                let seq = seq(value)?;
                Ok(to_set(unified(&seq.items)?, seq.rest.clone())?)
            }
        },
        "tostring" => Ok(arg(args, 0)?.to_text()?),
        _ => Err(Halt::NoSuchFunction),
    }
}

/// Without repetitions, in the order in which Terraform goes over a set of scalars. An element
/// that is not wholly known may repeat another, so the set is open then.
pub(in super::super) fn to_set(items: Vec<Val>, rest: Option<Unknown>) -> Res {
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
                rest = rest.or_else(|| item.doubt());
                unique.push(item);
            }
        }
    }
    unique.sort_by(order);
    Val::seq(unique, rest, Kind::Set)
}

/// Order of scalars of one type; everything else stays where it is.
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

/// Keeps the order total when a list holds several types.
fn rank(value: &Val) -> u8 {
    match value {
        Val::Bool(_) => 0,
        Val::Number(_) => 1,
        Val::String(_) => 2,
        _ => 3,
    }
}

/// Elements of one type: texts, as soon as one is a text.
fn unified(items: &[Val]) -> Out<Vec<Val>> {
    let texts = items.iter().any(|item| {
        matches!(item, Val::String(_) | Val::Template(_) | Val::Json(_) | Val::Base64(_))
    });
    if !texts {
        return Ok(items.to_vec());
    }
    items
        .iter()
        .map(|item| match item {
            Val::Number(_) | Val::Bool(_) => Ok(item.to_text()?),
            other => Ok(other.clone()),
        })
        .collect()
}

fn to_list(value: &Val) -> Out {
    match value {
        Val::Null => Ok(Val::Null),
        Val::List(seq) => {
            let items = unified(&seq.items)?;
            let kind = if seq.kind == Kind::Unsure { Kind::Unsure } else { Kind::List };
            let scalars = items.iter().all(|item| !matches!(item, Val::List(_) | Val::Object(_)));
            if seq.kind == Kind::Set && !scalars && items.len() > 1 {
                let why = Unknown::because("depends on the order of a set");
                return Ok(Val::seq(items, Some(why), Kind::List)?);
            }
            Ok(Val::seq(items, seq.rest.clone(), kind)?)
        }
        other => Err(unknown_or_fail(other)),
    }
}

fn to_map(value: &Val) -> Out {
    match value {
        Val::Null | Val::Object(_) => Ok(value.clone()),
        other => Err(unknown_or_fail(other)),
    }
}

fn distinct(value: &Val) -> Out {
    let seq = seq(value)?;
    let mut seen = FxHashSet::default();
    let mut rest = seq.rest.clone();
    let mut items = Vec::new();
    for item in &seq.items {
        match item.identity() {
            Some(identity) if !seen.insert(identity.clone()) => {}
            Some(_) => items.push(item.clone()),
            None => {
                rest = rest.or_else(|| item.doubt());
                items.push(item.clone());
            }
        }
    }
    list(items, rest)
}

fn sort(value: &Val) -> Out {
    let seq = seq(value)?;
    let mut items = seq.items.iter().map(|item| Ok(item.to_text()?)).collect::<Out<Vec<_>>>()?;
    items.sort_by(order);
    // With an unknown element, no place in the order is sure.
    let rest = seq.rest.clone().or_else(|| first_doubt(&items));
    list(items, rest)
}

fn union(args: &[Val]) -> Out {
    let mut items = Vec::new();
    let mut rest = None;
    for value in args {
        match value {
            Val::List(seq) => {
                items.extend(seq.items.iter().cloned());
                rest = rest.or_else(|| seq.rest.clone());
            }
            other => match unknown_or_fail(other) {
                Halt::Unknown(why) => rest = rest.or(Some(why)),
                halt => return Err(halt),
            },
        }
    }
    Ok(to_set(unified(&items)?, rest)?)
}

fn identities(value: &Val) -> Out<FxHashSet<String>> {
    Ok(closed(known(value)?)?.items.iter().filter_map(Val::identity).collect())
}

fn intersection(args: &[Val]) -> Out {
    let mut items = closed(known(arg(args, 0)?)?)?.items.clone();
    for other in args.iter().skip(1) {
        let other = identities(other)?;
        items.retain(|item| item.identity().is_some_and(|identity| other.contains(&identity)));
    }
    Ok(to_set(items, None)?)
}

fn subtract(args: &[Val]) -> Out {
    let from = seq(arg(args, 0)?)?;
    let away = match arg(args, 1)? {
        value @ Val::List(_) => value,
        other => return Err(unknown_or_fail(other)),
    };
    let doubt = away.doubt();
    let away: FxHashSet<String> = seq(away)?.items.iter().filter_map(Val::identity).collect();
    let mut items = Vec::new();
    let mut rest = from.rest.clone();
    for item in &from.items {
        match (item.identity(), &doubt) {
            (Some(identity), _) if away.contains(&identity) => {}
            (Some(_), None) => items.push(item.clone()),
            (_, Some(why)) => rest = rest.or_else(|| Some(why.clone())),
            (None, None) => rest = rest.or_else(|| item.doubt()),
        }
    }
    Ok(to_set(items, rest)?)
}

fn product(args: &[Val]) -> Out {
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    let mut sets = false;
    for value in args {
        let seq = closed(value)?;
        sets |= seq.kind != Kind::List;
        if rows.len().saturating_mul(seq.items.len()) > 20_000 {
            return Err(Halt::Stop(Stop::TooMuch));
        }
        rows = rows
            .iter()
            .flat_map(|row| {
                seq.items
                    .iter()
                    .map(move |item| row.iter().cloned().chain([item.clone()]).collect::<Vec<_>>())
            })
            .collect();
    }
    if args.len() < 2 {
        return Err(FAILS);
    }
    let rows = rows.into_iter().map(Val::list).collect::<Res<Vec<_>>>()?;
    if sets { Ok(to_set(rows, None)?) } else { list(rows, None) }
}
