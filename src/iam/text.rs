//! From the text of a policy document to its value, also when the text has holes.
//!
//! A template such as `{"Resource": "${aws_s3_bucket.b.arn}/*"}` is parsed with a marker in place
//! of each hole; then the markers become holes again. The marker holds a hash of the text, so no
//! text can hold its own marker. A hole inside a JSON string is taken to stay inside it. A hole
//! outside can bring anything, so everything around it is open.

use sha2::{Digest, Sha256};

use super::element::Fault;
use crate::model::value::{List, Object, Piece, Unknown, Value};

const EDGE: char = '\u{F8FD}';

/// What a policy attribute holds.
#[derive(Debug)]
pub enum Parsed {
    /// Not set: null, or an empty text.
    NotSet,
    /// A value, known at least in part.
    Value(Value),
    /// Text that is no JSON.
    Broken(Fault),
}

/// Parses the value of a policy attribute.
#[must_use]
pub fn parse(value: &Value) -> Parsed {
    match value {
        Value::Null => Parsed::NotSet,
        Value::String(text) if text.trim().is_empty() => Parsed::NotSet,
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(Value::Null) => Parsed::NotSet,
            Ok(value) => Parsed::Value(value),
            Err(error) => {
                let error = error.to_string();
                let what = if error.starts_with("duplicate key") {
                    "an object has a duplicate key"
                } else {
                    "it is not JSON"
                };
                Parsed::Broken(Fault::new(what, error))
            }
        },
        Value::Template(pieces) => Parsed::Value(parse_pieces(pieces)),
        Value::Json(inner) => Parsed::Value((**inner).clone()),
        Value::Base64(inner) => {
            Parsed::Value(inner.doubt().cloned().map_or(Value::Null, Value::Unknown))
        }
        other => Parsed::Value(other.clone()),
    }
}

struct Hole<'h> {
    why: &'h Unknown,
    inside_string: bool,
}

fn parse_pieces(pieces: &[Piece]) -> Value {
    let mut hash = Sha256::new();
    for piece in pieces {
        if let Piece::Known(text) = piece {
            hash.update(text);
        }
    }
    let nonce: String = hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let mut text = String::new();
    let mut holes: Vec<Hole<'_>> = Vec::new();
    let (mut inside_string, mut escaped) = (false, false);
    for piece in pieces {
        match piece {
            Piece::Known(known) => {
                for c in known.chars() {
                    match c {
                        _ if escaped => escaped = false,
                        '\\' if inside_string => escaped = true,
                        '"' => inside_string = !inside_string,
                        _ => {}
                    }
                }
                text.push_str(known);
            }
            Piece::Hole(why) => {
                let quote = if inside_string { "" } else { "\"" };
                text.push_str(&format!("{quote}{EDGE}{nonce}.{}{EDGE}{quote}", holes.len()));
                holes.push(Hole { why, inside_string });
            }
        }
    }
    let first = holes.first().map_or_else(Unknown::after_apply, |hole| hole.why.clone());
    match serde_json::from_str::<Value>(&text) {
        Ok(value) => restore(value, &nonce, &holes).0,
        Err(_) => Value::Unknown(first),
    }
}

/// The value with its holes, and a doubt when a hole may reach out of it.
fn restore(value: Value, nonce: &str, holes: &[Hole<'_>]) -> (Value, Option<Unknown>) {
    match value {
        Value::String(text) => {
            let pieces = split(&text, nonce, holes);
            match pieces.as_slice() {
                [] | [Piece2::Known(_)] => (Value::String(text), None),
                [Piece2::Hole(hole)] => {
                    let leak = (!hole.inside_string).then(|| hole.why.clone());
                    (Value::Unknown(hole.why.clone()), leak)
                }
                many => {
                    let pieces = many
                        .iter()
                        .map(|piece| match piece {
                            Piece2::Known(text) => Piece::Known((*text).to_owned()),
                            Piece2::Hole(hole) => Piece::Hole(hole.why.clone()),
                        })
                        .collect();
                    (Value::Template(pieces), None)
                }
            }
        }
        Value::List(list) => {
            let mut open = list.rest;
            let mut items = Vec::with_capacity(list.items.len());
            for item in list.items {
                let (item, leak) = restore(item, nonce, holes);
                open = open.or(leak);
                items.push(item);
            }
            (Value::List(List { items, rest: open.clone() }), open)
        }
        Value::Object(object) => {
            let mut rest = object.rest;
            let mut reaches_out = None;
            let mut entries = Vec::with_capacity(object.entries.len());
            for (key, value) in object.entries {
                let (value, leak) = restore(value, nonce, holes);
                reaches_out = reaches_out.or(leak);
                let in_key = split(&key, nonce, holes).iter().find_map(|piece| match piece {
                    Piece2::Hole(hole) => Some(hole.why.clone()),
                    Piece2::Known(_) => None,
                });
                match in_key {
                    Some(why) => rest = rest.or(Some(why)),
                    None => entries.push((key, value)),
                }
            }
            let rest = rest.or_else(|| reaches_out.clone());
            (Value::Object(Object { entries, rest }), reaches_out)
        }
        other => (other, None),
    }
}

enum Piece2<'p, 'h> {
    Known(&'p str),
    Hole(&'p Hole<'h>),
}

fn split<'p, 'h>(text: &'p str, nonce: &str, holes: &'p [Hole<'h>]) -> Vec<Piece2<'p, 'h>> {
    let mut pieces = Vec::new();
    let mut known = 0;
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|tail| tail.find(EDGE)).map(|at| from + at) {
        let inside = text.get(at + EDGE.len_utf8()..).unwrap_or_default();
        let hole = inside
            .strip_prefix(nonce)
            .and_then(|tail| tail.strip_prefix('.'))
            .map(|tail| tail.chars().take_while(char::is_ascii_digit).collect::<String>())
            .and_then(|digits| Some((digits.parse::<usize>().ok()?, digits.len())))
            .and_then(|(index, len)| Some((holes.get(index)?, nonce.len() + 1 + len)));
        from = at + EDGE.len_utf8();
        if let Some((hole, len)) = hole {
            if let Some(before) = text.get(known..at).filter(|text| !text.is_empty()) {
                pieces.push(Piece2::Known(before));
            }
            pieces.push(Piece2::Hole(hole));
            from += len + EDGE.len_utf8();
            known = from;
        }
    }
    if let Some(tail) = text.get(known..).filter(|tail| !tail.is_empty()) {
        pieces.push(Piece2::Known(tail));
    }
    pieces
}
