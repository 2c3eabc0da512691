//! Functions over lists and maps.

use std::collections::BTreeMap;

use super::super::convert::{is_not_empty, to_one_type};
use super::super::text::is_countable;
use super::super::ty::{Ty, Unified, unify};
use super::super::val::{Form, Kind, Stop, Val};
use super::{
    FAILS, Halt, Out, arg, boolean, closed, first_doubt, in_order, int, known, like, seq, text,
    unknown_or_fail,
};
use crate::model::value::Unknown;

pub(super) fn call(name: &str, args: &[Val]) -> Out {
    match name {
        "alltrue" => all_true(args, false),
        "anytrue" => all_true(args, true),
        "chunklist" => chunklist(args),
        "coalesce" => coalesce(args),
        "coalescelist" => coalescelist(args),
        "compact" => compact(arg(args, 0)?),
        "concat" => concat(args),
        "contains" => contains(args),
        "element" => element(args),
        "flatten" => flatten(args),
        "index" => index(args),
        "keys" => keys(arg(args, 0)?),
        "length" => length(arg(args, 0)?),
        "lookup" => lookup(args),
        "merge" => merge(args),
        "one" => one(arg(args, 0)?),
        "range" => range(args),
        "reverse" => reverse(arg(args, 0)?),
        "slice" => slice(args),
        "values" => values(arg(args, 0)?),
        "zipmap" => zipmap(args),
        _ => Err(Halt::NoSuchFunction),
    }
}

/// Lists of types that unify make a list; everything else makes a tuple of the elements as they are.
fn concat(args: &[Val]) -> Out {
    if args.is_empty() {
        return Err(FAILS);
    }
    let mut items = Vec::new();
    let mut rest: Option<Unknown> = None;
    let mut unordered = false;
    for value in args {
        match value {
            Val::List(_) => {
                let seq = in_order(value)?;
                items.extend(seq.items.iter().cloned());
                unordered |= seq.unordered;
                rest = rest.or_else(|| seq.rest.clone());
            }
            other => match unknown_or_fail(other) {
                Halt::Unknown(why) => rest = rest.or(Some(why)),
                halt => return Err(halt),
            },
        }
    }
    let tuple = |value: &Val| matches!(value, Val::List(seq) if seq.kind == Kind::Tuple);
    if args.iter().any(tuple) {
        return Ok(Val::perhaps_ordered(items, rest, Kind::Tuple, unordered)?);
    }
    let types: Vec<Ty> = args.iter().map(Val::ty).collect();
    let (items, kind) = match unify(&types.iter().collect::<Vec<_>>()) {
        Unified::To(Ty::List(element)) => {
            let items = items.iter().map(|item| item.convert(&element));
            (items.collect::<Result<Vec<_>, _>>()?, Kind::List(element.as_ref().clone()))
        }
        Unified::Doubt => {
            let items = items.iter().map(Val::softened);
            (items.collect::<Result<Vec<_>, _>>()?, Kind::Unsure)
        }
        _ => (items, Kind::Tuple),
    };
    Ok(Val::perhaps_ordered(items, rest, kind, unordered)?)
}

fn merge(args: &[Val]) -> Out {
    let mut entries: BTreeMap<String, Val> = BTreeMap::new();
    let mut rest: Option<Unknown> = None;
    let mut forms: Vec<Form> = Vec::new();
    for value in args {
        let open = match value {
            Val::Null(Ty::Any | Ty::Unsure | Ty::Map(_) | Ty::Object(_)) => {
                forms.push(Form::Unsure);
                continue;
            }
            Val::Object(map) => {
                let open = map.rest.clone();
                if let Some(why) = &open {
                    doubt_all(&mut entries, why);
                }
                entries.extend(map.entries.iter().map(|(key, value)| (key.clone(), value.clone())));
                forms.push(map.form.clone());
                open
            }
            other => match unknown_or_fail(other) {
                Halt::Unknown(why) => {
                    doubt_all(&mut entries, &why);
                    forms.push(Form::Unsure);
                    Some(why)
                }
                halt => return Err(halt),
            },
        };
        rest = rest.or(open);
    }
    // Maps of one type make a map; everything else makes an object.
    let form = match forms.split_first() {
        Some((Form::Map(element), others))
            if others.iter().all(|form| *form == Form::Map(element.clone())) =>
        {
            if element.is_sure() { Form::Map(element.clone()) } else { Form::Unsure }
        }
        _ if forms.contains(&Form::Object) || forms.is_empty() => Form::Object,
        _ if forms.contains(&Form::Unsure) => Form::Unsure,
        _ => Form::Object,
    };
    Ok(Val::map(entries, rest, form)?)
}

/// A later map that is not known may hold each of these keys, and then its value counts.
fn doubt_all(entries: &mut BTreeMap<String, Val>, why: &Unknown) {
    for entry in entries.values_mut() {
        *entry = Val::Unknown(why.clone());
    }
}

fn flatten(args: &[Val]) -> Out {
    fn collect(
        value: &Val,
        items: &mut Vec<Val>,
        rest: &mut Option<Unknown>,
        unordered: &mut bool,
        deep: u32,
    ) -> Out<()> {
        if deep > 64 || items.len() > 100_000 {
            return Err(Halt::Stop(Stop::TooMuch));
        }
        match value {
            Val::List(seq) => {
                *unordered |= seq.unordered;
                for item in &seq.items {
                    collect(item, items, rest, unordered, deep + 1)?;
                }
                if let Some(why) = &seq.rest {
                    rest.get_or_insert_with(|| why.clone());
                }
            }
            // It may be a list itself; an identifier is none.
            Val::Unknown(why) if !why.is_plain() => {
                rest.get_or_insert_with(|| why.clone());
            }
            other => items.push(other.clone()),
        }
        Ok(())
    }
    let mut items = Vec::new();
    let (mut rest, mut unordered) = (None, false);
    for value in args {
        match value {
            Val::List(_) | Val::Unknown(_) => {
                collect(value, &mut items, &mut rest, &mut unordered, 0)?;
            }
            other => return Err(unknown_or_fail(other)),
        }
    }
    Ok(Val::perhaps_ordered(items, rest, Kind::Tuple, unordered)?)
}

fn compact(value: &Val) -> Out {
    let seq = seq(value)?;
    let mut items = Vec::new();
    let mut rest = seq.rest.clone();
    for item in &seq.items {
        match item {
            Val::Null(_) => {}
            Val::String(text) if text.is_empty() => {}
            Val::Template(pieces) if !is_not_empty(pieces) => {
                rest = rest.or_else(|| item.doubt());
            }
            // It may be empty; an identifier is not.
            Val::Unknown(why) if !why.is_plain() => {
                rest.get_or_insert_with(|| why.clone());
            }
            other => items.push(other.clone()),
        }
    }
    like(seq, items, rest)
}

fn contains(args: &[Val]) -> Out {
    let wanted = arg(args, 1)?;
    let seq = seq(arg(args, 0)?)?;
    let mut doubt = seq.rest.clone();
    for item in &seq.items {
        match item.equal(wanted) {
            Ok(true) => return boolean(true),
            Ok(false) => {}
            Err(why) => doubt = doubt.or(Some(why)),
        }
    }
    match doubt {
        Some(why) => Err(Halt::Unknown(why)),
        None => boolean(false),
    }
}

fn index(args: &[Val]) -> Out {
    let seq = closed(in_order(known(arg(args, 0)?)?)?)?;
    let wanted = known(arg(args, 1)?)?;
    for (at, item) in seq.items.iter().enumerate() {
        match item.equal(wanted) {
            Ok(true) => return Ok(Val::int(i64::try_from(at).map_err(|_| FAILS)?)),
            Ok(false) => {}
            Err(why) => return Err(Halt::Unknown(why)),
        }
    }
    Err(FAILS)
}

fn element(args: &[Val]) -> Out {
    let seq = closed(in_order(arg(args, 0)?)?)?;
    let length = i64::try_from(seq.items.len()).map_err(|_| FAILS)?;
    let at = int(args, 1)?;
    if at < 0 && length > 0 {
        return Err(Halt::Unknown(Unknown::because(
            "calls `element` with a negative index, which only some versions accept",
        )));
    }
    let at = at.checked_rem_euclid(length).ok_or(FAILS)?;
    usize::try_from(at).ok().and_then(|at| seq.items.get(at)).cloned().ok_or(FAILS)
}

fn lookup(args: &[Val]) -> Out {
    let Val::Object(map) = arg(args, 0)? else {
        return Err(unknown_or_fail(arg(args, 0)?));
    };
    if args.len() > 3 {
        return Err(FAILS);
    }
    let key = text(args, 1)?;
    // The default of a map is one of its elements.
    let default = match (args.get(2), &map.form) {
        (Some(default), Form::Map(element)) if element.is_sure() => Some(default.convert(element)?),
        (Some(default), Form::Map(_) | Form::Unsure) => Some(default.softened()?),
        (default, _) => default.cloned(),
    };
    match (map.entries.get(&*key), &map.rest) {
        (Some(value), _) => Ok(value.clone()),
        (None, Some(why)) => Err(Halt::Unknown(why.clone())),
        (None, None) => default.ok_or(FAILS),
    }
}

fn length(value: &Val) -> Out {
    let length = match value {
        Val::List(seq) => {
            // In a set, an unknown element may be the same as another one.
            if seq.kind == Kind::Unsure
                && let Some(why) = first_doubt(&seq.items)
            {
                return Err(Halt::Unknown(why));
            }
            if seq.unordered && seq.kind == Kind::Unsure {
                closed(seq)?;
            }
            match &seq.rest {
                Some(why) => return Err(Halt::Unknown(why.clone())),
                None => seq.items.len(),
            }
        }
        Val::Object(map) => match &map.rest {
            Some(why) => return Err(Halt::Unknown(why.clone())),
            None => map.entries.len(),
        },
        Val::String(text) if is_countable(text) => text.chars().count(),
        Val::String(_) => {
            return Err(Halt::Unknown(Unknown::because("takes the length of non-ASCII text")));
        }
        other => return Err(unknown_or_fail(other)),
    };
    Ok(Val::int(i64::try_from(length).map_err(|_| FAILS)?))
}

/// A list for a map, a tuple for an object.
fn of_entries(form: &Form, items: Vec<Val>, rest: Option<Unknown>, element: &Ty) -> Out {
    let kind = match form {
        Form::Map(_) => Kind::List(element.clone()),
        Form::Object => Kind::Tuple,
        Form::Unsure => Kind::Unsure,
    };
    Ok(Val::seq(items, rest, kind)?)
}

fn keys(value: &Val) -> Out {
    let Val::Object(map) = value else {
        return Err(unknown_or_fail(value));
    };
    let keys = map.entries.keys().map(|key| Val::text(key.as_str())).collect();
    of_entries(&map.form, keys, map.rest.clone(), &Ty::String)
}

fn values(value: &Val) -> Out {
    let Val::Object(map) = value else {
        return Err(unknown_or_fail(value));
    };
    let element = if let Form::Map(element) = &map.form { element } else { &Ty::Any };
    of_entries(&map.form, map.entries.values().cloned().collect(), map.rest.clone(), element)
}

fn zipmap(args: &[Val]) -> Out {
    let (keys, values) = (closed(seq(arg(args, 0)?)?)?, closed(in_order(arg(args, 1)?)?)?);
    if keys.items.len() != values.items.len() {
        return Err(FAILS);
    }
    let mut entries = BTreeMap::new();
    for (key, value) in keys.items.iter().zip(&values.items) {
        match key {
            Val::String(key) => entries.insert(key.to_string(), value.clone()),
            other => return Err(unknown_or_fail(other)),
        };
    }
    let form = match &values.kind {
        Kind::List(element) => Form::Map(element.clone()),
        Kind::Unsure => Form::Unsure,
        _ => Form::Object,
    };
    Ok(Val::map(entries, None, form)?)
}

fn coalesce(args: &[Val]) -> Out {
    // Terraform converts only as many as it looks at, so one that cannot be converted may not matter.
    let unconverted = || Halt::Unknown(Unknown::because("has arguments of types that do not meet"));
    let (args, ty) = to_one_type(args).map_err(|stop| match stop {
        Stop::Fails => unconverted(),
        stop => stop.into(),
    })?;
    for value in &args {
        match value {
            Val::Null(_) => {}
            Val::String(text) if text.is_empty() => {}
            Val::Unknown(why) => return Err(Halt::Unknown(why.clone())),
            Val::Template(pieces) if !is_not_empty(pieces) => {
                // Empty if all of it is holes; then the next argument counts.
                return Err(unknown_or_fail(value));
            }
            other if matches!(ty, Ty::Unsure) => return Ok(other.softened()?),
            other => return Ok(other.clone()),
        }
    }
    Err(FAILS)
}

fn coalescelist(args: &[Val]) -> Out {
    let refused = |value: &Val| match value {
        Val::List(seq) => matches!(seq.kind, Kind::Set(_)),
        Val::Null(ty) => !matches!(ty, Ty::List(_) | Ty::Tuple(_) | Ty::Unsure),
        other => other.doubt().is_none(),
    };
    // What stands behind one that is not known is not looked at by all versions.
    if args.iter().any(refused) {
        return Err(args.iter().find_map(Val::doubt).map_or(FAILS, Halt::Unknown));
    }
    for value in args {
        match value {
            Val::Null(_) => {}
            Val::List(seq) if !seq.items.is_empty() => return Ok(value.clone()),
            Val::List(seq) => {
                if let Some(why) = &seq.rest {
                    return Err(Halt::Unknown(why.clone()));
                }
            }
            other => return Err(unknown_or_fail(other)),
        }
    }
    Err(FAILS)
}

fn one(value: &Val) -> Out {
    let seq = seq(value)?;
    match (seq.items.as_slice(), &seq.rest) {
        ([], None) => Ok(match &seq.kind {
            Kind::List(element) | Kind::Set(element) => Val::Null(element.clone()),
            Kind::Tuple => Val::NULL,
            Kind::Unsure => Val::Null(Ty::Unsure),
        }),
        // More than one would be an error, so this is it.
        ([only], _) => Ok(only.clone()),
        ([], Some(why)) => Err(Halt::Unknown(why.clone())),
        // Elements of a set that are not known may be one.
        (_, Some(why)) if seq.kind != Kind::Tuple => Err(Halt::Unknown(why.clone())),
        _ => Err(FAILS),
    }
}

fn range(args: &[Val]) -> Out {
    for value in args {
        if let Val::Number(number) = value
            && super::number::whole(number).is_none()
        {
            return Err(Halt::Unknown(super::number::imprecision()));
        }
    }
    let (start, end, step) = match args.len() {
        1 => (0, int(args, 0)?, None),
        2 => (int(args, 0)?, int(args, 1)?, None),
        3 => (int(args, 0)?, int(args, 1)?, Some(int(args, 2)?)),
        _ => return Err(FAILS),
    };
    let step = step.unwrap_or(if end < start { -1 } else { 1 });
    let wrong_way = if step < 0 { end > start } else { end < start };
    if wrong_way || (step == 0 && end != start) {
        return Err(FAILS);
    }
    let mut items = Vec::new();
    let mut here = start;
    while if step < 0 { here > end } else { here < end } {
        // Terraform itself stops at 1024.
        if items.len() >= 1024 {
            return Err(FAILS);
        }
        items.push(Val::int(here));
        here = here.checked_add(step).ok_or(FAILS)?;
    }
    Ok(Val::seq(items, None, Kind::List(Ty::Number))?)
}

fn reverse(value: &Val) -> Out {
    let seq = seq(value)?;
    like(seq, seq.items.iter().rev().cloned().collect(), seq.rest.clone())
}

fn slice(args: &[Val]) -> Out {
    let seq = closed(in_order(arg(args, 0)?)?)?;
    let start = usize::try_from(int(args, 1)?).map_err(|_| FAILS)?;
    let end = usize::try_from(int(args, 2)?).map_err(|_| FAILS)?;
    like(seq, seq.items.get(start..end).ok_or(FAILS)?.to_vec(), None)
}

fn chunklist(args: &[Val]) -> Out {
    let seq = closed(seq(arg(args, 0)?)?)?;
    let size = usize::try_from(int(args, 1)?).map_err(|_| FAILS)?;
    // A size of zero gives one chunk of everything.
    let size = if size == 0 { seq.items.len().max(1) } else { size };
    let chunks = seq.items.chunks(size).map(|chunk| like(seq, chunk.to_vec(), None));
    let kind = Kind::List(arg(args, 0)?.ty());
    Ok(Val::seq(chunks.collect::<Out<Vec<_>>>()?, None, kind)?)
}

/// `alltrue`, and `anytrue` when `decided` is true.
fn all_true(args: &[Val], decided: bool) -> Out {
    let seq = seq(arg(args, 0)?)?;
    let mut doubt = seq.rest.clone();
    for item in &seq.items {
        match item {
            Val::Bool(value) if *value == decided => return boolean(decided),
            Val::Bool(_) => {}
            Val::Null(_) if !decided => return boolean(false),
            Val::Null(_) => {}
            other => doubt = doubt.or_else(|| other.doubt()),
        }
    }
    match doubt {
        Some(why) => Err(Halt::Unknown(why)),
        None => boolean(!decided),
    }
}
