//! JSON and Base64.

use std::sync::Arc;

use super::super::json_text;
use super::super::val::Val;
use super::{FAILS, Halt, Out, arg, long_text, text, unknown_or_fail};
use crate::model::value::Unknown;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn call(name: &str, args: &[Val]) -> Out {
    match name {
        "base64decode" => {
            if let Val::Base64(inner) = arg(args, 0)? {
                return Ok(inner.as_ref().clone());
            }
            let bytes = unbase64(&text(args, 0)?).ok_or(FAILS)?;
            long_text(String::from_utf8(bytes).map_err(|_| FAILS)?)
        }
        "base64encode" => match arg(args, 0)? {
            // User data is mostly such a text: a script with an address that is not known yet.
            partly @ (Val::Template(_) | Val::Json(_)) => Ok(Val::Base64(Arc::new(partly.clone()))),
            _ => long_text(base64(text(args, 0)?.as_bytes())),
        },
        "jsondecode" => jsondecode(arg(args, 0)?),
        "jsonencode" => jsonencode(arg(args, 0)?),
        _ => Err(Halt::NoSuchFunction),
    }
}

fn jsonencode(value: &Val) -> Out {
    match value {
        Val::Unknown(why) => Err(Halt::Unknown(why.clone())),
        Val::Resource(_) | Val::Module(_) => Err(unknown_or_fail(value)),
        value if value.doubt().is_some() => Ok(Val::Json(Arc::new(value.clone()))),
        value => Ok(Val::pieces(json_text::encode(value))?),
    }
}

fn jsondecode(value: &Val) -> Out {
    match value {
        Val::Json(inner) => Ok(inner.as_ref().clone()),
        Val::String(text) => json_text::parse(text).ok_or(FAILS),
        Val::Template(pieces) => json_text::decode(pieces).ok_or_else(|| unknown_or_fail(value)),
        Val::Unknown(why) => Err(Halt::Unknown(why.clone())),
        _ => Err(Halt::Unknown(Unknown::because("decodes text that is not JSON"))),
    }
}

/// Standard Base64 with padding.
pub(in super::super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit) & 63) as usize;
            text.push(match ALPHABET.get(index) {
                Some(letter) if digit <= chunk.len() => char::from(*letter),
                _ => '=',
            });
        }
    }
    text
}

pub(in super::super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in digits.bytes() {
        let value = ALPHABET.iter().position(|own| *own == letter)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 255).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            assert_eq!(base64(plain.as_bytes()), coded);
            assert_eq!(unbase64(coded).unwrap(), plain.as_bytes());
        }
        assert!(unbase64("Zg=").is_none());
        assert!(unbase64("====").is_none());
    }
}
