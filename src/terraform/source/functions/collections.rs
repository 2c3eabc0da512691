//! Functions over lists and maps.

use std::collections::BTreeMap;

use super::super::val::{Kind, Stop, Val};
use super::{
    FAILS, Halt, Out, arg, boolean, closed, first_doubt, int, known, list, seq, text,
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

fn concat(args: &[Val]) -> Out {
    let mut items = Vec::new();
    let mut rest: Option<Unknown> = None;
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
    list(items, rest)
}

fn merge(args: &[Val]) -> Out {
    let mut entries: BTreeMap<String, Val> = BTreeMap::new();
    let mut rest: Option<Unknown> = None;
    for value in args {
        let open = match value {
            Val::Null => continue,
            Val::Object(map) => {
                let open = map.rest.clone();
                if let Some(why) = &open {
                    doubt_all(&mut entries, why);
                }
                entries.extend(map.entries.iter().map(|(key, value)| (key.clone(), value.clone())));
                open
            }
            other => match unknown_or_fail(other) {
                Halt::Unknown(why) => {
                    doubt_all(&mut entries, &why);
                    Some(why)
                }
                halt => return Err(halt),
            },
        };
        rest = rest.or(open);
    }
    Ok(Val::map(entries, rest)?)
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
        deep: u32,
    ) -> Out<()> {
        if deep > 64 || items.len() > 100_000 {
            return Err(Halt::Stop(Stop::TooMuch));
        }
        match value {
            Val::List(seq) => {
                for item in &seq.items {
                    collect(item, items, rest, deep + 1)?;
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
    let mut rest = None;
    for value in args {
        match value {
            Val::List(_) | Val::Unknown(_) => collect(value, &mut items, &mut rest, 0)?,
            other => return Err(unknown_or_fail(other)),
        }
    }
    list(items, rest)
}

fn compact(value: &Val) -> Out {
    let seq = seq(value)?;
    let mut items = Vec::new();
    let mut rest = seq.rest.clone();
    for item in &seq.items {
        match item {
            Val::Null => {}
            Val::String(text) if text.is_empty() => {}
            // It may be empty; an identifier is not.
            Val::Unknown(why) if !why.is_plain() => {
                rest.get_or_insert_with(|| why.clone());
            }
            other => items.push(other.clone()),
        }
    }
    list(items, rest)
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
    let seq = closed(known(arg(args, 0)?)?)?;
    let wanted = known(arg(args, 1)?)?;
    let at = seq.items.iter().position(|item| item.equal(wanted) == Ok(true)).ok_or(FAILS)?;
    Ok(Val::int(i64::try_from(at).map_err(|_| FAILS)?))
}

fn element(args: &[Val]) -> Out {
    let seq = closed(arg(args, 0)?)?;
    if seq.kind == Kind::Set {
        return Err(FAILS);
    }
    let length = i64::try_from(seq.items.len()).map_err(|_| FAILS)?;
    let at = int(args, 1)?.checked_rem_euclid(length).ok_or(FAILS)?;
    usize::try_from(at).ok().and_then(|at| seq.items.get(at)).cloned().ok_or(FAILS)
}

fn lookup(args: &[Val]) -> Out {
    let Val::Object(map) = arg(args, 0)? else {
        return Err(unknown_or_fail(arg(args, 0)?));
    };
    let key = text(args, 1)?;
    match (map.entries.get(&*key), &map.rest) {
        (Some(value), _) => Ok(value.clone()),
        (None, Some(why)) => Err(Halt::Unknown(why.clone())),
        (None, None) => args.get(2).cloned().ok_or(FAILS),
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
            closed(value)?.items.len()
        }
        Val::Object(map) => match &map.rest {
            Some(why) => return Err(Halt::Unknown(why.clone())),
            None => map.entries.len(),
        },
        Val::String(text) if text.is_ascii() => text.len(),
        Val::String(_) => {
            return Err(Halt::Unknown(Unknown::because("takes the length of non-ASCII text")));
        }
        other => return Err(unknown_or_fail(other)),
    };
    Ok(Val::int(i64::try_from(length).map_err(|_| FAILS)?))
}

fn keys(value: &Val) -> Out {
    let Val::Object(map) = value else {
        return Err(unknown_or_fail(value));
    };
    list(map.entries.keys().map(|key| Val::text(key.as_str())).collect(), map.rest.clone())
}

fn values(value: &Val) -> Out {
    let Val::Object(map) = value else {
        return Err(unknown_or_fail(value));
    };
    list(map.entries.values().cloned().collect(), map.rest.clone())
}

fn zipmap(args: &[Val]) -> Out {
    let (keys, values) = (closed(arg(args, 0)?)?, closed(arg(args, 1)?)?);
    if keys.items.len() != values.items.len() {
        return Err(FAILS);
    }
    let mut entries = BTreeMap::new();
    for (key, value) in keys.items.iter().zip(&values.items) {
        match key.to_text()? {
            Val::String(key) => entries.insert(key.to_string(), value.clone()),
            other => return Err(unknown_or_fail(&other)),
        };
    }
    Ok(Val::map(entries, None)?)
}

fn coalesce(args: &[Val]) -> Out {
    for value in args {
        match value {
            Val::Null => {}
            Val::String(text) if text.is_empty() => {}
            Val::Unknown(why) => return Err(Halt::Unknown(why.clone())),
            Val::Template(_) if value.equal(&Val::text("")).is_err() => {
                // Empty only if all of it is holes; then the next argument counts.
                let known = match value {
                    Val::Template(pieces) => pieces.iter().any(|piece| {
                        matches!(piece, crate::model::value::Piece::Known(text) if !text.is_empty())
                    }),
                    _ => false,
                };
                return if known { Ok(value.clone()) } else { Err(unknown_or_fail(value)) };
            }
            other => return Ok(other.clone()),
        }
    }
    Err(FAILS)
}

fn coalescelist(args: &[Val]) -> Out {
    for value in args {
        match value {
            Val::Null => {}
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
    match value {
        Val::Null => Ok(Val::Null),
        Val::List(seq) => match (seq.items.as_slice(), &seq.rest) {
            ([], None) => Ok(Val::Null),
            // More than one would be an error, so this is it.
            ([only], _) => Ok(only.clone()),
            ([], Some(why)) => Err(Halt::Unknown(why.clone())),
            _ => Err(FAILS),
        },
        other => Err(unknown_or_fail(other)),
    }
}

fn range(args: &[Val]) -> Out {
    let (start, end, step) = match args.len() {
        1 => (0, int(args, 0)?, None),
        2 => (int(args, 0)?, int(args, 1)?, None),
        3 => (int(args, 0)?, int(args, 1)?, Some(int(args, 2)?)),
        _ => return Err(FAILS),
    };
    let step = step.unwrap_or(if end < start { -1 } else { 1 });
    if step == 0 || (step > 0) != (end >= start) && end != start {
        return Err(FAILS);
    }
    let mut items = Vec::new();
    let mut here = start;
    while if step > 0 { here < end } else { here > end } {
        // Terraform itself stops at 1024.
        if items.len() >= 1024 {
            return Err(FAILS);
        }
        items.push(Val::int(here));
        here = here.checked_add(step).ok_or(FAILS)?;
    }
    list(items, None)
}

fn reverse(value: &Val) -> Out {
    let seq = seq(value)?;
    list(seq.items.iter().rev().cloned().collect(), seq.rest.clone())
}

fn slice(args: &[Val]) -> Out {
    let seq = closed(arg(args, 0)?)?;
    let start = usize::try_from(int(args, 1)?).map_err(|_| FAILS)?;
    let end = usize::try_from(int(args, 2)?).map_err(|_| FAILS)?;
    list(seq.items.get(start..end).ok_or(FAILS)?.to_vec(), None)
}

fn chunklist(args: &[Val]) -> Out {
    let seq = closed(arg(args, 0)?)?;
    let size = usize::try_from(int(args, 1)?).ok().filter(|size| *size > 0).ok_or(FAILS)?;
    let chunks = seq.items.chunks(size).map(|chunk| Ok(Val::list(chunk.to_vec())?));
    list(chunks.collect::<Out<Vec<_>>>()?, None)
}

/// `alltrue`, and `anytrue` when `decided` is true.
fn all_true(args: &[Val], decided: bool) -> Out {
    let seq = seq(arg(args, 0)?)?;
    let mut doubt = seq.rest.clone();
    for item in &seq.items {
        match item.to_bool()? {
            Val::Bool(value) if value == decided => return boolean(decided),
            Val::Bool(_) => {}
            Val::Null if !decided => return boolean(false),
            Val::Null => {}
            other => doubt = doubt.or_else(|| other.doubt()),
        }
    }
    match doubt {
        Some(why) => Err(Halt::Unknown(why)),
        None => boolean(!decided),
    }
}
