//! The type of a scalar, as Kubernetes finds it: YAML 1.1 by go-yaml v2, then through JSON.
//!
//! Measured with kubectl; `tests/manifests/kubectl.rs` compares. `yes` is true, `0644` is 420,
//! `1e3` is 1000.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};

use crate::model::node::Content;

/// The type of a plain scalar, or of one with the tag of a scalar. `None` for what JSON has no
/// number for (`.inf`): Kubernetes refuses it.
pub(super) fn plain(text: &str) -> Option<Content> {
    let Some(first) = text.bytes().next() else {
        return Some(Content::Null);
    };
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Some(Content::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Some(Content::Bool(false));
        }
        "~" | "null" | "Null" | "NULL" => return Some(Content::Null),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => return None,
        _ => {}
    }
    match first {
        b'.' => match go_float(text) {
            Some(number) => float(number),
            None => Some(self::text(text)),
        },
        b'0'..=b'9' | b'+' | b'-' => number(text),
        _ => Some(self::text(text)),
    }
}

/// A text.
pub(super) fn text(text: &str) -> Content {
    Content::Text(text.into())
}

fn number(text: &str) -> Option<Content> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    if let Some(number) = integer(&digits) {
        return Some(number);
    }
    if is_float(&digits)
        && let Some(number) = digits.parse::<f64>().ok().filter(|number| number.is_finite())
    {
        return float(number);
    }
    Some(self::text(text))
}

/// As Go's `ParseInt` and `ParseUint` with base 0 read it.
fn integer(digits: &str) -> Option<Content> {
    let (negative, signed, body) = match digits.as_bytes().first()? {
        b'-' => (true, true, digits.get(1..)?),
        b'+' => (false, true, digits.get(1..)?),
        _ => (false, false, digits),
    };
    let (radix, body) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, body.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, body.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, body.get(2..)?),
        [b'0', _, ..] => (8, body.get(1..)?),
        _ => (10, body),
    };
    if body.is_empty() || !body.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let size = u64::from_str_radix(body, radix).ok()?;
    let number = i128::from(size) * if negative { -1 } else { 1 };
    match i64::try_from(number) {
        Ok(number) => Some(Content::Int(number)),
        // `ParseUint` takes no sign; what is left is a float, if anything.
        Err(_) if signed => None,
        #[expect(clippy::cast_precision_loss, reason = "as Kubernetes' own JSON reader does")]
        Err(_) => Some(Content::Float(size as f64)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (body, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mantissa = match mantissa.split_once('.') {
        Some(("", tail)) => digits(tail),
        Some((head, tail)) => digits(head) && (tail.is_empty() || digits(tail)),
        None => digits(mantissa),
    };
    mantissa && exponent.is_none_or(|text| digits(text.strip_prefix(['-', '+']).unwrap_or(text)))
}

/// What Go's `ParseFloat` takes of a text that begins with a dot.
fn go_float(text: &str) -> Option<f64> {
    is_float(text).then(|| text.parse::<f64>().ok()).flatten().filter(|number| number.is_finite())
}

/// A float goes through JSON, where a whole number is an integer again.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
pub(super) fn float(number: f64) -> Option<Content> {
    if !number.is_finite() {
        return None;
    }
    let whole = number.fract() == 0.0 && number.abs() < 9.2e18;
    Some(if whole { Content::Int(number as i64) } else { Content::Float(number) })
}

/// A scalar with a tag of YAML's own, `!!int "3"`; the inner `None` is what cannot be decoded so.
pub(super) fn tagged(tag: &str, value: &str) -> Option<Content> {
    match tag {
        "str" => Some(text(value)),
        "binary" => decode(value).map(|text| Content::Text(text.into())),
        "int" => plain(value).filter(|it| matches!(it, Content::Int(_))),
        "float" => plain(value).filter(|it| matches!(it, Content::Int(_) | Content::Float(_))),
        "bool" => plain(value).filter(|it| matches!(it, Content::Bool(_))),
        "null" => plain(value).filter(|it| *it == Content::Null),
        "timestamp" => Some(text(value)),
        _ => Some(text(value)),
    }
}

/// Base64 to a text, with padding or without; bytes that are no text are refused.
fn decode(value: &str) -> Option<String> {
    let value: String = value.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let digits = value.trim_end_matches('=');
    if value.len() - digits.len() > 2 {
        return None;
    }
    // Go puts a mark for each wrong byte, others do not: nobody needs either.
    String::from_utf8(BASE64.decode(digits).ok()?).ok()
}

/// Bits that are left over at the end mean nothing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_have_the_types_that_kubectl_gives_them() {
        let int = |number| Some(Content::Int(number));
        let same = |text: &str| Some(Content::Text(text.into()));
        for (written, read) in [
            ("yes", Some(Content::Bool(true))),
            ("y", Some(Content::Bool(true))),
            ("Off", Some(Content::Bool(false))),
            ("yEs", same("yEs")),
            ("~", Some(Content::Null)),
            ("", Some(Content::Null)),
            ("0644", int(420)),
            ("0o644", int(420)),
            ("0x1F", int(31)),
            ("0x_1F", int(31)),
            ("0b11", int(3)),
            ("-0b11", int(-3)),
            ("1_000", int(1000)),
            ("+5", int(5)),
            ("1e3", int(1000)),
            ("1.", int(1)),
            ("08", int(8)),
            (".5", Some(Content::Float(0.5))),
            ("1e400", same("1e400")),
            ("12:30:45", same("12:30:45")),
            ("2020-01-01", same("2020-01-01")),
            ("9223372036854775807", int(i64::MAX)),
            ("-9223372036854775808", int(i64::MIN)),
            ("9223372036854775808", Some(Content::Float(9_223_372_036_854_775_808.0))),
            (".inf", None),
            ("-", same("-")),
            ("1.2.3", same("1.2.3")),
            ("0x", same("0x")),
        ] {
            assert_eq!(plain(written), read, "{written}");
        }
        assert_eq!(tagged("int", "3"), int(3));
        assert_eq!(tagged("int", "x"), None);
        assert_eq!(tagged("str", "3"), same("3"));
        assert_eq!(tagged("binary", "aGVsbG8="), same("hello"));
        assert_eq!(tagged("binary", "a*b"), None);
    }
}
