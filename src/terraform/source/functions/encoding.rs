//! JSON and Base64.

use std::sync::Arc;

use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};

use super::super::json_text;
use super::super::val::Val;
use super::{FAILS, Halt, Out, arg, long_text, text, unknown_or_fail};
use crate::model::value::Unknown;

/// As Go reads and writes it: bits that are left over at the end mean nothing.
const GO: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

pub(super) fn call(name: &str, args: &[Val]) -> Out {
    match name {
        "base64decode" => {
            if let Val::Base64(inner) = arg(args, 0)? {
                return Ok(inner.as_ref().clone());
            }
            // Go skips the ends of lines.
            let text: String =
                text(args, 0)?.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            let bytes = unbase64(&text).ok_or(FAILS)?;
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
        Val::Json(inner) => Ok(inner.as_literal()?),
        Val::String(text) => json_text::parse(text).ok_or_else(|| {
            let starts = |c: char| c == '-' || c.is_ascii_digit() || "{[\"tfn".contains(c);
            match text.trim_matches([' ', '\t', '\r', '\n']).starts_with(starts) {
                // Go may read what is refused here: half a character, a number of many digits.
                true => Halt::Unknown(Unknown::because("decodes JSON that is unusual")),
                false => FAILS,
            }
        }),
        Val::Template(pieces) => json_text::decode(pieces).ok_or_else(|| unknown_or_fail(value)),
        Val::Unknown(why) => Err(Halt::Unknown(why.clone())),
        _ => Err(Halt::Unknown(Unknown::because("decodes text that is not JSON"))),
    }
}

/// Standard Base64 with padding.
pub(in super::super) fn base64(bytes: &[u8]) -> String {
    GO.encode(bytes)
}

pub(in super::super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    GO.decode(text).ok()
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
        assert_eq!(unbase64("Zh==").unwrap(), b"f");
        assert!(unbase64("Zg=").is_none());
        assert!(unbase64("Zg").is_none());
        assert!(unbase64("Z===").is_none());
        assert!(unbase64("Zg==Zg==").is_none());
        assert!(unbase64("====").is_none());
    }
}
