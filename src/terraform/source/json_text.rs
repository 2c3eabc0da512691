//! JSON as Terraform writes it, with holes: `jsonencode` of a value that is known in part, and
//! reading a document whose text has holes (`{"Resource": "${aws_s3_bucket.b.arn}/*"}`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Number;

use super::number;
use super::val::{Kind, Val, unordered};
use crate::model::value::{Piece, Unknown, Value};

/// Frame the number of a hole while a document is parsed; text that holds them is not parsed.
const OPEN: char = '\u{F0000}';
const CLOSE: char = '\u{F0001}';
/// Stands before the number when the hole is outside of any JSON string.
const BARE: char = '!';

/// A number as Terraform writes it: never with an exponent.
pub(super) fn number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => format!("{float}"),
        _ => number.to_string(),
    }
}

/// The JSON text of a value, with holes where it is not known.
pub(super) fn encode(value: &Val) -> Vec<Piece> {
    let mut writer = Writer::default();
    writer.value(value);
    writer.finish()
}

#[derive(Default)]
struct Writer {
    done: Vec<Piece>,
    text: String,
}

impl Writer {
    fn finish(mut self) -> Vec<Piece> {
        if !self.text.is_empty() {
            self.done.push(Piece::Known(self.text));
        }
        self.done
    }

    fn hole(&mut self, why: Unknown) {
        if !self.text.is_empty() {
            self.done.push(Piece::Known(std::mem::take(&mut self.text)));
        }
        self.done.push(Piece::Hole(why));
    }

    fn value(&mut self, value: &Val) {
        match value {
            Val::Null(_) => self.text.push_str("null"),
            Val::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Val::Number(value) => self.text.push_str(&number(value)),
            Val::String(text) => {
                self.text.push('"');
                self.escaped(text);
                self.text.push('"');
            }
            Val::Template(pieces) => self.quoted(pieces),
            Val::Json(inner) => self.quoted(&encode(inner)),
            Val::Base64(inner) => {
                self.quoted(&inner.doubt().map(Piece::Hole).into_iter().collect::<Vec<_>>());
            }
            Val::List(seq) => match &seq.rest {
                Some(why) => self.hole(why.clone()),
                None if seq.unordered => self.hole(unordered()),
                None => {
                    self.text.push('[');
                    for (i, item) in seq.items.iter().enumerate() {
                        if i > 0 {
                            self.text.push(',');
                        }
                        self.value(item);
                    }
                    self.text.push(']');
                }
            },
            Val::Object(map) => match &map.rest {
                Some(why) => self.hole(why.clone()),
                None => {
                    self.text.push('{');
                    for (i, (key, item)) in map.entries.iter().enumerate() {
                        if i > 0 {
                            self.text.push(',');
                        }
                        self.text.push('"');
                        self.escaped(key);
                        self.text.push_str("\":");
                        self.value(item);
                    }
                    self.text.push('}');
                }
            },
            // The text of an identifier, between quotation marks.
            Val::Unknown(why) => self.hole(why.clone()),
            Val::Resource(_) | Val::Module(_) => {
                self.hole(value.doubt().unwrap_or_else(Unknown::after_apply));
            }
        }
    }

    fn quoted(&mut self, pieces: &[Piece]) {
        self.text.push('"');
        for piece in pieces {
            match piece {
                Piece::Known(text) => self.escaped(text),
                Piece::Hole(why) => self.hole(why.clone()),
            }
        }
        self.text.push('"');
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                    // Writing to a text cannot fail.
                    let _ = write!(self.text, "\\u{:04x}", u32::from(c));
                }
                c => self.text.push(c),
            }
        }
    }
}

/// Reads a text with holes as a JSON object or list. `None` when it is not one, or when a hole
/// stands where it could change the form of the document.
///
/// A hole inside a JSON string is taken for text of that string: what AWS hands out there (an ARN,
/// an id) holds no quotation mark.
pub(super) fn decode(pieces: &[Piece]) -> Option<Val> {
    let first = pieces.iter().find_map(|piece| match piece {
        Piece::Known(text) => text.trim_start().chars().next(),
        Piece::Hole(_) => Some(' '),
    });
    if !matches!(first, Some('{' | '[')) {
        return None;
    }
    let mut text = String::new();
    let mut holes: Vec<&Unknown> = Vec::new();
    let (mut quoted, mut escaped) = (false, false);
    for piece in pieces {
        match piece {
            Piece::Known(known) => {
                for c in known.chars() {
                    match c {
                        OPEN | CLOSE => return None,
                        _ if escaped => escaped = false,
                        '\\' if quoted => escaped = true,
                        '"' => quoted = !quoted,
                        _ => {}
                    }
                }
                text.push_str(known);
            }
            Piece::Hole(_) if escaped => return None,
            Piece::Hole(why) => {
                let _ = match quoted {
                    true => write!(text, "{OPEN}{}{CLOSE}", holes.len()),
                    false => write!(text, "\"{OPEN}{BARE}{}{CLOSE}\"", holes.len()),
                };
                holes.push(why);
            }
        }
    }
    if !number::all_exact(&text) {
        return None;
    }
    let document: Value = serde_json::from_str(&text).ok()?;
    fill(&document, &holes)
}

/// A parsed document with its holes put back.
fn fill(value: &Value, holes: &[&Unknown]) -> Option<Val> {
    match value {
        Value::String(text) if text.contains(OPEN) => {
            let mut pieces = Vec::new();
            for part in text.split(OPEN) {
                let Some((index, tail)) = part.split_once(CLOSE) else {
                    pieces.push(Piece::Known(part.to_owned()));
                    continue;
                };
                let index = index.trim_start_matches(BARE);
                let hole = holes.get(index.parse::<usize>().ok()?)?;
                pieces.push(Piece::Hole((*hole).clone()));
                pieces.push(Piece::Known(tail.to_owned()));
            }
            pieces.retain(|piece| !matches!(piece, Piece::Known(text) if text.is_empty()));
            match pieces.as_slice() {
                [Piece::Hole(why)] => Some(Val::Unknown(why.clone())),
                _ => Val::pieces(pieces).ok(),
            }
        }
        Value::List(list) => {
            let mut items = Vec::with_capacity(list.items.len());
            let mut rest = None;
            for item in &list.items {
                let filled = fill(item, holes)?;
                // A bare hole between brackets may be any number of elements.
                match (item.as_str().is_some_and(is_bare), filled) {
                    (true, Val::Unknown(why)) => rest = rest.or(Some(why)),
                    (_, filled) => items.push(filled),
                }
            }
            Val::seq(items, rest, Kind::Tuple).ok()
        }
        Value::Object(object) => {
            let mut entries = BTreeMap::new();
            for (key, value) in &object.entries {
                if key.contains(OPEN) {
                    return None;
                }
                let Val::String(key) = Val::text(key.as_str()) else {
                    return None;
                };
                // Which of two entries of a name counts is a matter of the reader.
                if entries.insert(key.to_string(), fill(value, holes)?).is_some() {
                    return None;
                }
            }
            Val::object(entries, None).ok()
        }
        Value::Null => Some(Val::NULL),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => number::from_float(float).map(Val::Number),
            _ => number.as_i64().map(Val::int),
        },
        other => Val::from_value(other).ok(),
    }
}

fn is_bare(text: &str) -> bool {
    text.strip_prefix(OPEN).is_some_and(|tail| tail.starts_with(BARE))
}

/// The value of a JSON text that is wholly known. `None` when it is not JSON, or when Go may read it
/// otherwise.
pub(super) fn parse(text: &str) -> Option<Val> {
    if !number::all_exact(text) {
        return None;
    }
    let document: Value = serde_json::from_str(text).ok()?;
    fill(&document, &[])
}
