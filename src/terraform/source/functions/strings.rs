//! Functions over texts; what has holes keeps its known ends where that is right.

use super::super::json_text;
use super::super::text::{cased, doubt as text_doubt, is_countable, titled};
use super::super::ty::Ty;
use super::super::val::{Kind, Val};
use super::{FAILS, Halt, Out, arg, boolean, closed, int, long_text, seq, text, unknown_or_fail};
use crate::model::value::{Piece, Unknown};

pub(super) fn call(name: &str, args: &[Val]) -> Out {
    let whole = |change: fn(&str) -> String| long_text(change(&text(args, 0)?));
    match name {
        "basename" => whole(|path| {
            let kept = path.trim_end_matches('/');
            let root = if path.is_empty() { "." } else { "/" };
            let base = kept.rsplit('/').next().unwrap_or_default();
            if base.is_empty() { root.to_owned() } else { base.to_owned() }
        }),
        "chomp" => whole(|text| text.trim_end_matches(['\n', '\r']).to_owned()),
        "endswith" => ends(args, true),
        "format" => format(args),
        "formatlist" => formatlist(args),
        "indent" => indent(args),
        "join" => join(args),
        "lower" => each_piece(arg(args, 0)?, |text| cased(text, false)),
        "replace" => replace(args),
        "split" => split(args),
        "startswith" => ends(args, false),
        "strcontains" => boolean(text(args, 0)?.contains(&*text(args, 1)?)),
        "strrev" => {
            let text = text(args, 0)?;
            match is_countable(&text) {
                true => long_text(text.chars().rev().collect()),
                false => Err(Halt::Unknown(text_doubt())),
            }
        }
        "substr" => substr(args),
        "title" => titled(&text(args, 0)?).map_or(Err(Halt::Unknown(text_doubt())), long_text),
        "trim" => {
            let cut: Vec<char> = text(args, 1)?.chars().collect();
            long_text(text(args, 0)?.trim_matches(cut.as_slice()).to_owned())
        }
        "trimprefix" => {
            let (text, prefix) = (text(args, 0)?, text(args, 1)?);
            long_text(text.strip_prefix(&*prefix).unwrap_or(&text).to_owned())
        }
        "trimspace" => whole(|text| text.trim().to_owned()),
        "trimsuffix" => {
            let (text, suffix) = (text(args, 0)?, text(args, 1)?);
            long_text(text.strip_suffix(&*suffix).unwrap_or(&text).to_owned())
        }
        "upper" => each_piece(arg(args, 0)?, |text| cased(text, true)),
        _ => Err(Halt::NoSuchFunction),
    }
}

/// Applies a change that looks at one character at a time, and knows not all.
fn each_piece(value: &Val, change: fn(&str) -> Option<String>) -> Out {
    if !matches!(value, Val::Template(_)) {
        let text = text(std::slice::from_ref(value), 0)?;
        return change(&text).map_or(Err(Halt::Unknown(text_doubt())), long_text);
    }
    let pieces = value.clone().into_pieces()?.into_iter().map(|piece| match piece {
        Piece::Known(text) => change(&text).map_or_else(|| Piece::Hole(text_doubt()), Piece::Known),
        hole @ Piece::Hole(_) => hole,
    });
    Ok(Val::pieces(pieces.collect())?)
}

/// `startswith` and `endswith`; the known end of a template can decide.
fn ends(args: &[Val], at_end: bool) -> Out {
    let value = arg(args, 0)?;
    let wanted = text(args, 1)?;
    let has = |text: &str| {
        if at_end { text.ends_with(&*wanted) } else { text.starts_with(&*wanted) }
    };
    if let Val::Template(pieces) = value {
        let edge = if at_end { pieces.last() } else { pieces.first() };
        return match edge {
            Some(Piece::Known(text)) if text.len() >= wanted.len() => boolean(has(text)),
            _ => Err(unknown_or_fail(value)),
        };
    }
    boolean(has(&text(args, 0)?))
}

fn join(args: &[Val]) -> Out {
    let separator = text(args, 0)?;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut first = true;
    if args.len() < 2 {
        return Err(FAILS);
    }
    // `join("", aws_x.y.*.name)` is how modules name the one instance that there may be.
    if let [_, list] = args
        && let [only] = closed(seq(list)?)?.items.as_slice()
        && !matches!(only, Val::Null(_))
    {
        return Ok(only.to_text()?);
    }
    for value in args.iter().skip(1) {
        for item in &closed(seq(value)?)?.items {
            if !first {
                pieces.push(Piece::Known(separator.to_string()));
            }
            first = false;
            if matches!(item, Val::Null(_)) {
                return Err(FAILS);
            }
            pieces.extend(item.clone().into_pieces()?);
        }
    }
    Ok(Val::pieces(pieces)?)
}

fn texts(items: Vec<Val>, rest: Option<Unknown>) -> Out {
    Ok(Val::seq(items, rest, Kind::List(Ty::String))?)
}

fn split(args: &[Val]) -> Out {
    let (separator, text) = (text(args, 0)?, text(args, 1)?);
    if separator.is_empty() {
        return texts(text.chars().map(|c| Val::text(c.to_string())).collect(), None);
    }
    texts(text.split(&*separator).map(Val::text).collect(), None)
}

fn replace(args: &[Val]) -> Out {
    let (wanted, with) = (text(args, 1)?, text(args, 2)?);
    if wanted.len() > 1 && wanted.starts_with('/') && wanted.ends_with('/') {
        return Err(Halt::Unknown(Unknown::because(
            "calls `replace` with a regular expression, which holdpoint does not evaluate",
        )));
    }
    let text = text(args, 0)?;
    // Every character may become a copy of `with`.
    if text.len().saturating_add(1).saturating_mul(with.len().saturating_add(1)) > 1 << 24 {
        return Err(Halt::Stop(super::Stop::TooMuch));
    }
    long_text(text.replace(&*wanted, &with))
}

/// Parts of a text. Counting from the end, a length of zero takes everything.
fn substr(args: &[Val]) -> Out {
    let text = text(args, 0)?;
    if !is_countable(&text) {
        return Err(Halt::Unknown(Unknown::because("takes a substring of non-ASCII text")));
    }
    let (offset, length) = (int(args, 1)?, int(args, 2)?);
    if offset >= 0 && length == 0 {
        return long_text(String::new());
    }
    let size = i64::try_from(text.chars().count()).map_err(|_| FAILS)?;
    let start = if offset < 0 { size.saturating_add(offset) } else { offset };
    let start = usize::try_from(start.max(0)).map_err(|_| FAILS)?;
    let length =
        if length <= 0 { usize::MAX } else { usize::try_from(length).unwrap_or(usize::MAX) };
    long_text(text.chars().skip(start).take(length).collect())
}

fn indent(args: &[Val]) -> Out {
    let width = usize::try_from(int(args, 0)?).map_err(|_| FAILS)?;
    let text = text(args, 1)?;
    let lines = text.matches('\n').count();
    if text.len().saturating_add(lines.saturating_mul(width)) > 1 << 22 {
        return Err(Halt::Stop(super::Stop::TooMuch));
    }
    long_text(text.replace('\n', &format!("\n{}", " ".repeat(width))))
}

fn format(args: &[Val]) -> Out {
    let spec = text(args, 0)?;
    formatted(&spec, args.get(1..).unwrap_or_default())
}

fn formatlist(args: &[Val]) -> Out {
    let spec = text(args, 0)?;
    let given = args.get(1..).unwrap_or_default();
    let mut length: Option<usize> = None;
    let mut open: Option<Unknown> = None;
    let mut lists = 0;
    for value in given {
        match value {
            Val::List(seq) => {
                lists += 1;
                if seq.rest.is_some() {
                    open = open.or_else(|| seq.rest.clone());
                } else if length.is_some_and(|length| length != seq.items.len()) {
                    return Err(FAILS);
                }
                length = Some(seq.items.len());
            }
            // It may be a list or a scalar.
            Val::Unknown(why) => return Err(Halt::Unknown(why.clone())),
            // Some versions do not know the result then.
            Val::Null(_) => {
                return Err(Halt::Unknown(Unknown::because("calls `formatlist` with null")));
            }
            _ => {}
        }
    }
    let Some(length) = length else {
        return texts(vec![formatted(&spec, given)?], None);
    };
    if let (Some(why), true) = (&open, lists > 1) {
        return Err(Halt::Unknown(why.clone()));
    }
    if let Some(why) = given.iter().find_map(|value| match value {
        Val::List(seq) if seq.unordered => Some(super::super::val::unordered()),
        _ => None,
    }) {
        return Err(Halt::Unknown(why));
    }
    let mut items = Vec::with_capacity(length);
    for at in 0..length {
        let row = given
            .iter()
            .map(|value| match value {
                Val::List(seq) => seq.items.get(at).cloned().ok_or(FAILS),
                other => Ok(other.clone()),
            })
            .collect::<Out<Vec<_>>>()?;
        items.push(formatted(&spec, &row)?);
    }
    texts(items, open)
}

/// `%s`, `%v`, `%d` and `%%`; other verbs only over values that need no care.
fn formatted(spec: &str, args: &[Val]) -> Out {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut given = args.iter();
    let mut parts = spec.split('%');
    pieces.push(Piece::Known(parts.next().unwrap_or_default().to_owned()));
    while let Some(part) = parts.next() {
        if part.is_empty() {
            // `%%`: the next part follows the sign as it is.
            let tail = parts.next().ok_or(FAILS)?;
            pieces.push(Piece::Known(format!("%{tail}")));
            continue;
        }
        let at = part.find(|c: char| c.is_ascii_alphabetic()).ok_or(FAILS)?;
        let (flags, tail) = part.split_at(at);
        let (verb, tail) = tail.split_at(1);
        if flags.contains('[') || flags.contains('*') {
            return Err(Halt::Unknown(Unknown::because(
                "calls `format` with a verb that holdpoint does not evaluate",
            )));
        }
        let value = given.next().ok_or(FAILS)?;
        verb_pieces(flags, verb, value, &mut pieces)?;
        pieces.push(Piece::Known(tail.to_owned()));
    }
    if given.next().is_some() {
        return Err(FAILS);
    }
    Ok(Val::pieces(pieces)?)
}

fn verb_pieces(flags: &str, verb: &str, value: &Val, pieces: &mut Vec<Piece>) -> Out<()> {
    let value = match value {
        Val::Resource(_) | Val::Module(_) => &value.as_unknown(),
        other => other,
    };
    match (verb, flags) {
        ("v", "") => match value {
            Val::Null(_) | Val::List(_) | Val::Object(_) => pieces.extend(json_text::encode(value)),
            // From a million on, a number is written with an exponent.
            Val::Number(number)
                if number.as_f64().is_none_or(|f| f.abs() >= 1e6 || f.abs() < 1e-3 && f != 0.0) =>
            {
                return Err(other_verb(value));
            }
            other => pieces.extend(other.clone().into_pieces()?),
        },
        ("s", "") => match value {
            Val::Null(_) => return Err(FAILS),
            other => pieces.extend(other.clone().into_pieces()?),
        },
        ("d", flags) => {
            let number = match value.to_number()? {
                Val::Number(number) => super::number::whole(&number).ok_or(FAILS)?,
                other => match unknown_or_fail(&other) {
                    Halt::Unknown(why) => {
                        pieces.push(Piece::Hole(why));
                        return Ok(());
                    }
                    halt => return Err(halt),
                },
            };
            let text = match flags.strip_prefix('0').unwrap_or(flags).parse::<usize>() {
                _ if flags.is_empty() => number.to_string(),
                _ if !flags.bytes().all(|byte| byte.is_ascii_digit()) => {
                    return Err(other_verb(value));
                }
                Ok(width) if width <= 64 && flags.starts_with('0') => format!("{number:0width$}"),
                Ok(width) if width <= 64 => format!("{number:width$}"),
                _ => return Err(other_verb(value)),
            };
            pieces.push(Piece::Known(text));
        }
        ("q", "") => match value.to_text()? {
            Val::Null(_) => return Err(FAILS),
            text @ Val::String(_) => pieces.extend(json_text::encode(&text)),
            _ => return Err(other_verb(value)),
        },
        _ => return Err(other_verb(value)),
    }
    Ok(())
}

fn other_verb(value: &Val) -> Halt {
    Halt::Unknown(value.doubt().unwrap_or_else(|| {
        Unknown::because("calls `format` with a verb that holdpoint does not evaluate")
    }))
}
