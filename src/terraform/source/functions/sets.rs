//! Sets, order, and conversions between types.

use rustc_hash::FxHashSet;

use super::super::convert::{to_one_type, to_set};
use super::super::ty::{Ty, Unified, unify};
use super::super::val::{Kind, Res, Seq, Stop, Val};
use super::{FAILS, Halt, Out, arg, closed, first_doubt, known, like, seq, unknown_or_fail};

pub(super) fn call(name: &str, args: &[Val]) -> Out {
    let converted = |ty: &Ty| Ok(arg(args, 0)?.convert(ty)?);
    match name {
        "distinct" => distinct(arg(args, 0)?),
        "nonsensitive" | "sensitive" | "ephemeralasnull" => Ok(arg(args, 0)?.clone()),
        "setintersection" => intersection(args),
        "setproduct" => product(args),
        "setsubtract" => subtract(args),
        "setunion" => union(args),
        "sort" => sort(arg(args, 0)?),
        "tobool" => converted(&Ty::Bool),
        "tolist" => converted(&Ty::list(Ty::Any)),
        "tomap" => converted(&Ty::map(Ty::Any)),
        "tonumber" => converted(&Ty::Number),
        "toset" => converted(&Ty::set(Ty::Any)),
        "tostring" => converted(&Ty::String),
        _ => Err(Halt::NoSuchFunction),
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
                let why = || super::number::imprecision();
                rest = rest.or_else(|| Some(item.doubt().unwrap_or_else(why)));
                items.push(item.clone());
            }
        }
    }
    like(seq, items, rest)
}

fn sort(value: &Val) -> Out {
    let seq = seq(value)?;
    if seq.items.iter().any(|item| matches!(item, Val::Null(_))) {
        return Err(FAILS);
    }
    let mut items = seq.items.clone();
    items.sort_by(|a, b| match (a, b) {
        (Val::String(a), Val::String(b)) => a.cmp(b),
        (a, b) => matches!(b, Val::String(_)).cmp(&matches!(a, Val::String(_))),
    });
    // With an unknown element, no place in the order is sure.
    let rest = seq.rest.clone().or_else(|| first_doubt(&items));
    Ok(Val::seq(items, rest, Kind::List(Ty::String))?)
}

/// Sets as sets of one type. Those that are empty and of no type do not count.
fn of_one_type(args: &[Val]) -> Out<(Vec<Val>, Ty)> {
    let mut types: Vec<Ty> = Vec::new();
    for value in args {
        match value {
            Val::List(seq) => match &seq.kind {
                Kind::Set(Ty::Any) if seq.items.is_empty() && seq.rest.is_none() => {}
                Kind::Set(element) => types.push(element.clone()),
                _ => types.push(Ty::Unsure),
            },
            other => match unknown_or_fail(other) {
                Halt::Unknown(_) => types.push(Ty::Unsure),
                halt => return Err(halt),
            },
        }
    }
    if types.is_empty() {
        return Ok((args.to_vec(), Ty::Any));
    }
    let element = match unify(&types.iter().collect::<Vec<_>>()) {
        Unified::To(element) => element,
        Unified::Never => return Err(FAILS),
        Unified::Doubt => {
            let softened = args.iter().map(Val::softened).collect::<Res<Vec<_>>>()?;
            return Ok((softened, Ty::Unsure));
        }
    };
    let wanted = Ty::set(element.clone());
    Ok((args.iter().map(|value| value.convert(&wanted)).collect::<Res<Vec<_>>>()?, element))
}

fn union(args: &[Val]) -> Out {
    let (args, element) = of_one_type(args)?;
    let mut items = Vec::new();
    let mut rest = None;
    for value in &args {
        match value {
            Val::List(seq) => {
                items.extend(seq.items.iter().cloned());
                rest = rest.or_else(|| seq.rest.clone());
            }
            other => rest = rest.or_else(|| other.doubt()),
        }
    }
    Ok(to_set(items, rest, element)?)
}

/// The identities of elements that are all there and known.
fn identities(seq: &Seq) -> Out<FxHashSet<String>> {
    if let Some(why) = &seq.rest {
        return Err(Halt::Unknown(why.clone()));
    }
    let why = |item: &Val| Halt::Unknown(item.doubt().unwrap_or_else(super::number::imprecision));
    seq.items.iter().map(|item| item.identity().ok_or_else(|| why(item))).collect()
}

fn intersection(args: &[Val]) -> Out {
    let (args, element) = of_one_type(args)?;
    let first = seq(known(arg(&args, 0)?)?)?;
    identities(first)?;
    let mut items = first.items.clone();
    for other in args.iter().skip(1) {
        let other = identities(seq(known(other)?)?)?;
        items.retain(|item| item.identity().is_some_and(|identity| other.contains(&identity)));
    }
    Ok(to_set(items, None, element)?)
}

fn subtract(args: &[Val]) -> Out {
    let (args, element) = of_one_type(args)?;
    let from = seq(arg(&args, 0)?)?;
    let away = arg(&args, 1)?;
    let doubt = away.doubt();
    let away: FxHashSet<String> = seq(away)?.items.iter().filter_map(Val::identity).collect();
    let mut items = Vec::new();
    let mut rest = from.rest.clone();
    for item in &from.items {
        match (item.identity(), &doubt) {
            (Some(identity), _) if away.contains(&identity) => {}
            (Some(_), None) => items.push(item.clone()),
            (_, Some(why)) => rest = rest.or_else(|| Some(why.clone())),
            (None, None) => {
                let why = || super::number::imprecision();
                rest = rest.or_else(|| Some(item.doubt().unwrap_or_else(why)));
            }
        }
    }
    Ok(to_set(items, rest, element)?)
}

fn product(args: &[Val]) -> Out {
    if args.len() < 2 {
        return Err(FAILS);
    }
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    let mut types: Vec<Ty> = Vec::new();
    let mut sets = false;
    for value in args {
        let seq = closed(seq(value)?)?;
        sets |= !matches!(seq.kind, Kind::List(_) | Kind::Tuple);
        let (items, element) = match &seq.kind {
            Kind::List(element) | Kind::Set(element) => (seq.items.clone(), element.clone()),
            _ if seq.items.is_empty() => (Vec::new(), Ty::Any),
            _ => to_one_type(&seq.items)?,
        };
        types.push(element);
        if rows.len().saturating_mul(items.len()) > 20_000 {
            return Err(Halt::Stop(Stop::TooMuch));
        }
        rows = rows
            .iter()
            .flat_map(|row| {
                items
                    .iter()
                    .map(move |item| row.iter().cloned().chain([item.clone()]).collect::<Vec<_>>())
            })
            .collect();
    }
    let rows = rows.into_iter().map(Val::tuple).collect::<Res<Vec<_>>>()?;
    let element = Ty::Tuple(types.into());
    if sets {
        return Ok(to_set(rows, None, element)?);
    }
    Ok(Val::seq(rows, None, Kind::List(element))?)
}
