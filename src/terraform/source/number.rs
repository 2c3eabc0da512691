//! Numbers that are certain: Terraform computes with 512 bits, and here a number is a whole one of
//! 64 bits or a short decimal. Everything else is a doubt.

use serde_json::Number;

use crate::model::value::Unknown;

/// Digits of a decimal that survive the way through a binary float of 64 bits (`DBL_DIG` of C).
const SHORT: usize = 15;
/// Whole floats below this are exact.
const WHOLE: f64 = 9e15;

/// What a text says as a number.
#[derive(Debug, PartialEq)]
pub(super) enum Parsed {
    Exact(Number),
    /// Terraform takes it for no number.
    Refused,
    /// It may be a number that is not certain here.
    Doubt,
}

/// Why a number is not computed.
pub(super) fn imprecision() -> Unknown {
    Unknown::because("is a number that holdpoint cannot compute exactly")
}

/// Reads a number as Go's `big.ParseFloat` does in base 10.
pub(super) fn parse(text: &str) -> Parsed {
    let may_be = |c: char| c.is_ascii_digit() || "+-.eEpPinfINF".contains(c);
    if text.is_empty() || !text.chars().all(may_be) {
        return Parsed::Refused;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_decimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_decimal(whole) || !is_decimal(fraction) {
        return Parsed::Doubt;
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || digits.len() > 3 || !is_decimal(digits) {
            return Parsed::Doubt;
        }
    } else if fraction.is_empty()
        && let Ok(number) = text.parse::<i64>()
    {
        return match number == 0 && text.starts_with('-') {
            true => Parsed::Doubt,
            false => Parsed::Exact(number.into()),
        };
    }
    let all: String = [whole, fraction].concat();
    if all.trim_matches('0').len() > SHORT {
        return Parsed::Doubt;
    }
    match text.parse::<f64>().ok().and_then(from_float) {
        Some(number) => Parsed::Exact(number),
        None => Parsed::Doubt,
    }
}

/// A float whose decimal form is short enough to be the number that was meant. Never minus zero,
/// which Terraform tells from zero.
pub(super) fn from_float(float: f64) -> Option<Number> {
    if !float.is_finite() || (float == 0.0 && float.is_sign_negative()) {
        return None;
    }
    if float.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        return (float.abs() < WHOLE).then(|| (float as i64).into());
    }
    let digits = format!("{:e}", float.abs());
    let mantissa = digits.split('e').next().unwrap_or_default();
    let short = mantissa.len() <= SHORT + 1 && float.abs() > 1e-30;
    if short { Number::from_f64(float) } else { None }
}

/// A number without a fraction.
pub(super) fn whole(number: &Number) -> Option<i64> {
    number.as_i64()
}

/// Numerator over 2^20, when that is exact: sums, differences and products of such numbers are.
fn scaled(number: &Number) -> Option<i128> {
    if let Some(whole) = number.as_i64() {
        return Some(i128::from(whole) << 20);
    }
    let float = number.as_f64()?;
    let scaled = float * f64::from(1 << 20);
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    (scaled.fract() == 0.0 && scaled.abs() < WHOLE).then_some(scaled as i128)
}

/// Whether equal decimals are equal numbers, however they came about: whole ones and those whose
/// fraction is a sum of powers of two.
pub(super) fn is_exact(number: &Number) -> bool {
    scaled(number).is_some()
}

/// Whether two numbers are equal; `None` when that depends on the bits of a fraction.
pub(super) fn equal(a: &Number, b: &Number) -> Option<bool> {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a == b),
        (None, None) if a.as_f64() == b.as_f64() => is_exact(a).then_some(true),
        (None, None) => Some(false),
        _ => Some(false),
    }
}

/// The operations of arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// What an operation gives.
#[derive(Debug, PartialEq)]
pub(super) enum Computed {
    Exact(Number),
    /// Terraform refuses it.
    Refused,
    Doubt,
}

/// Computes where the result is certain.
pub(super) fn compute(operation: Operation, a: &Number, b: &Number) -> Computed {
    let (Some(x), Some(y)) = (scaled(a), scaled(b)) else {
        return Computed::Doubt;
    };
    let one = 1_i128 << 20;
    let exact = match operation {
        Operation::Add => x.checked_add(y),
        Operation::Subtract => x.checked_sub(y),
        // Minus zero is told from zero.
        Operation::Multiply if (x == 0) != (y == 0) && (x < 0 || y < 0) => None,
        Operation::Multiply => {
            x.checked_mul(y).and_then(|product| (product % one == 0).then_some(product / one))
        }
        // Zero over zero is refused, all else over zero is infinite.
        Operation::Divide if y == 0 => {
            return if x == 0 { Computed::Refused } else { Computed::Doubt };
        }
        Operation::Divide if x == 0 && y < 0 => None,
        Operation::Divide => return divide(x, y),
        Operation::Modulo if x % one != 0 || y % one != 0 || x <= 0 || y <= 0 => None,
        Operation::Modulo => x.checked_rem(y),
    };
    match exact.and_then(from_scaled) {
        Some(number) => Computed::Exact(number),
        None => Computed::Doubt,
    }
}

/// A quotient is rounded once, and so is a decimal that is read: equal decimals are equal then.
fn divide(x: i128, y: i128) -> Computed {
    let exact = match x % y == 0 {
        true => i64::try_from(x / y).ok().map(Number::from),
        false => [10_i128, 100, 1_000, 10_000, 100_000, 1_000_000].iter().find_map(|power| {
            let scaled = x.checked_mul(*power)?;
            let digits = (scaled % y == 0).then_some(scaled / y)?;
            let digits = i64::try_from(digits).ok().filter(|digits| digits.abs() < 1 << 50)?;
            #[expect(clippy::cast_precision_loss, reason = "below 2^50")]
            from_float(digits as f64 / *power as f64)
        }),
    };
    exact.map_or(Computed::Doubt, Computed::Exact)
}

fn from_scaled(scaled: i128) -> Option<Number> {
    let one = 1_i128 << 20;
    if scaled % one == 0 {
        return i64::try_from(scaled / one).ok().map(Number::from);
    }
    let scaled = i64::try_from(scaled).ok().filter(|scaled| scaled.abs() < 1 << 50)?;
    #[expect(clippy::cast_precision_loss, reason = "below 2^50")]
    from_float(scaled as f64 / f64::from(1 << 20))
}

/// Whether all numbers of a JSON text are certain.
pub(super) fn all_exact(json: &str) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    let mut token = String::new();
    let done = |token: &mut String| {
        let exact = token.is_empty() || matches!(parse(token), Parsed::Exact(_));
        token.clear();
        exact
    };
    for c in json.chars() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        let part = c.is_ascii_digit() || matches!(c, '+' | '-' | '.');
        let exponent = matches!(c, 'e' | 'E') && !token.is_empty();
        if part || exponent {
            token.push(c);
        } else if !done(&mut token) {
            return false;
        }
        quoted = c == '"';
    }
    done(&mut token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_certain_or_a_doubt() {
        for text in ["0", "7", "-7", "+7", "1.5", "0.1", "1e3", "123456789012", "1.50", ".5", "5."]
        {
            assert!(matches!(parse(text), Parsed::Exact(_)), "{text}");
        }
        for text in ["-0", "100000000000000000000", "0.10000000000000000001", "1p3", "inf", "1e400"]
        {
            assert_eq!(parse(text), Parsed::Doubt, "{text}");
        }
        for text in ["", "x", "0x10", "1_000", " 1"] {
            assert_eq!(parse(text), Parsed::Refused, "{text}");
        }
        assert!(all_exact(r#"{"a": [1, 2.5], "b": "0.10000000000000000001", "c\"": 3}"#));
        assert!(!all_exact(r#"{"a": [0.10000000000000000001]}"#));
        assert!(!all_exact("-0"));
    }
}
