//! Functions over texts; what has holes keeps its known ends where that is right.

use super::super::json_text;
use super::super::val::{Kind, Val};
use super::{FAILS, Halt, Out, arg, boolean, closed, int, list, long_text, text, unknown_or_fail};
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
        "lower" => each_piece(arg(args, 0)?, str::to_lowercase),
        "replace" => replace(args),
        "split" => split(args),
        "startswith" => ends(args, false),
        "strcontains" => boolean(text(args, 0)?.contains(&*text(args, 1)?)),
        "strrev" => whole(|text| text.chars().rev().collect()),
        "substr" => substr(args),
        "title" => whole(title),
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
        "upper" => each_piece(arg(args, 0)?, str::to_uppercase),
        _ => Err(Halt::NoSuchFunction),
    }
}

/// Applies a change that looks at one character at a time.
fn each_piece(value: &Val, change: fn(&str) -> String) -> Out {
    if !matches!(value, Val::Template(_)) {
        return long_text(change(&text(std::slice::from_ref(value), 0)?));
    }
    let pieces = value.clone().into_pieces()?.into_iter().map(|piece| match piece {
        Piece::Known(text) => Piece::Known(change(&text)),
        hole @ Piece::Hole(_) => hole,
    });
    Ok(Val::pieces(pieces.collect())?)
}

fn title(text: &str) -> String {
    let mut start = true;
    text.chars()
        .flat_map(|c| {
            let upper = start && c.is_alphabetic();
            start = !(c.is_alphanumeric() || c == '_' || c == '\'');
            if upper { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] }
        })
        .collect()
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
    // `join("", aws_x.y.*.name)` is how modules name the one instance that there may be.
    if let [_, list] = args
        && let [only] = closed(list)?.items.as_slice()
        && !matches!(only, Val::Null)
    {
        return Ok(only.to_text()?);
    }
    for value in args.iter().skip(1) {
        let seq = closed(value)?;
        if seq.kind == Kind::Set && value.doubt().is_some() {
            return Err(unknown_or_fail(value));
        }
        for item in &seq.items {
            if !first {
                pieces.push(Piece::Known(separator.to_string()));
            }
            first = false;
            if matches!(item, Val::Null) {
                return Err(FAILS);
            }
            pieces.extend(item.clone().into_pieces()?);
        }
    }
    Ok(Val::pieces(pieces)?)
}

fn split(args: &[Val]) -> Out {
    let (separator, text) = (text(args, 0)?, text(args, 1)?);
    if separator.is_empty() {
        return list(text.chars().map(|c| Val::text(c.to_string())).collect(), None);
    }
    list(text.split(&*separator).map(Val::text).collect(), None)
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

fn substr(args: &[Val]) -> Out {
    let text = text(args, 0)?;
    if !text.is_ascii() {
        return Err(Halt::Unknown(Unknown::because("takes a substring of non-ASCII text")));
    }
    let (offset, length) = (int(args, 1)?, int(args, 2)?);
    let size = i64::try_from(text.len()).map_err(|_| FAILS)?;
    let start = if offset < 0 { size.saturating_add(offset).max(0) } else { offset.min(size) };
    let end = if length < 0 { size } else { start.saturating_add(length).min(size) };
    let (start, end) = (usize::try_from(start), usize::try_from(end));
    let (Ok(start), Ok(end)) = (start, end) else {
        return Err(FAILS);
    };
    long_text(text.get(start..end.max(start)).unwrap_or_default().to_owned())
}

fn indent(args: &[Val]) -> Out {
    let width = usize::try_from(int(args, 0)?).ok().filter(|width| *width <= 1024).ok_or(FAILS)?;
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
            _ => {}
        }
    }
    let Some(length) = length else {
        return list(vec![formatted(&spec, given)?], None);
    };
    if let (Some(why), true) = (&open, lists > 1) {
        return Err(Halt::Unknown(why.clone()));
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
    list(items, open)
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
    match (verb, flags) {
        ("s" | "v", "") => match value {
            Val::Null => pieces.push(Piece::Known("null".to_owned())),
            Val::List(_) | Val::Object(_) if verb == "v" => pieces.extend(json_text::encode(value)),
            Val::Resource(_) | Val::Module(_) => {
                pieces.push(Piece::Hole(value.doubt().unwrap_or_else(Unknown::after_apply)));
            }
            other => pieces.extend(other.clone().into_pieces()?),
        },
        ("d", flags) => {
            let number = match value.to_number()? {
                Val::Number(number) => super::whole(&number).ok_or(FAILS)?,
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
                Ok(width) if width <= 64 && flags.starts_with('0') => format!("{number:0width$}"),
                Ok(width) if width <= 64 => format!("{number:width$}"),
                _ => return Err(other_verb(value)),
            };
            pieces.push(Piece::Known(text));
        }
        ("q", "") => match value {
            Val::String(text) => {
                pieces.extend(json_text::encode(&Val::String(text.clone())));
            }
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
