//! Numbers: what is not certain is a doubt.

use super::super::number::{self, Computed, Operation};
use super::super::val::Val;
use super::{FAILS, Halt, Out, arg, int, known, seq, text};
use crate::model::value::Unknown;
use serde_json::Number;

pub(super) fn call(name: &str, args: &[Val]) -> Out {
    match name {
        "abs" => rounded(args, f64::abs),
        "ceil" => rounded(args, f64::ceil),
        "floor" => rounded(args, f64::floor),
        "max" => extreme(args, |a, b| a > b),
        "min" => extreme(args, |a, b| a < b),
        "parseint" => parseint(args),
        "pow" => pow(args),
        "signum" => Ok(Val::int(int(args, 0)?.signum())),
        "sum" => sum(arg(args, 0)?),
        _ => Err(Halt::NoSuchFunction),
    }
}

fn imprecise() -> Halt {
    Halt::Unknown(number::imprecision())
}

fn given(value: &Val) -> Out<Number> {
    match known(value)?.to_number()? {
        Val::Number(number) => Ok(number),
        Val::Unknown(why) => Err(Halt::Unknown(why)),
        _ => Err(FAILS),
    }
}

fn rounded(args: &[Val], change: fn(f64) -> f64) -> Out {
    let number = given(arg(args, 0)?)?;
    if let Some(whole) = number::whole(&number) {
        let whole = if change(-1.0) > 0.0 { whole.checked_abs() } else { Some(whole) };
        return whole.map(Val::int).ok_or_else(imprecise);
    }
    // Zero from below is told from zero.
    let float = change(number.as_f64().ok_or(FAILS)?);
    number::from_float(float).map(Val::Number).ok_or_else(imprecise)
}

fn extreme(args: &[Val], better: fn(f64, f64) -> bool) -> Out {
    let mut best = given(arg(args, 0)?)?;
    for value in args.iter().skip(1) {
        let next = given(value)?;
        let (Some(a), Some(b)) = (next.as_f64(), best.as_f64()) else {
            return Err(FAILS);
        };
        if a == b && number::equal(&next, &best) != Some(true) {
            return Err(imprecise());
        }
        if better(a, b) {
            best = next;
        }
    }
    Ok(Val::Number(best))
}

/// Reads a text only, and no number.
fn parseint(args: &[Val]) -> Out {
    let Val::String(_) = known(arg(args, 0)?)? else {
        return Err(FAILS);
    };
    let (digits, base) = (text(args, 0)?, int(args, 1)?);
    if !(2..=62).contains(&base) {
        return Err(FAILS);
    }
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    let base = u32::try_from(base).map_err(|_| FAILS)?;
    let is_digit = |c: char| if base <= 36 { c.is_digit(base) } else { c.is_ascii_alphanumeric() };
    if unsigned.is_empty() || !unsigned.chars().all(is_digit) {
        // Some bases allow what is not refused here.
        let refused = !unsigned.chars().any(|c| c == '_');
        return Err(if refused && base <= 36 { FAILS } else { imprecise() });
    }
    if base > 36 {
        return Err(imprecise());
    }
    i64::from_str_radix(&digits, base).map(Val::int).map_err(|_| imprecise())
}

/// Computed with floats of 64 bits, in which small whole powers are exact.
fn pow(args: &[Val]) -> Out {
    let (base, exponent) = (given(arg(args, 0)?)?, given(arg(args, 1)?)?);
    let (Some(base), Some(exponent)) = (number::whole(&base), number::whole(&exponent)) else {
        return Err(imprecise());
    };
    let exponent = u32::try_from(exponent).map_err(|_| imprecise())?;
    match base.checked_pow(exponent).filter(|power| power.unsigned_abs() < 1 << 53) {
        Some(number) => Ok(Val::int(number)),
        None => Err(imprecise()),
    }
}

fn sum(value: &Val) -> Out {
    let seq = seq(value)?;
    if let Some(why) = &seq.rest {
        return Err(Halt::Unknown(why.clone()));
    }
    let Some((first, others)) = seq.items.split_first() else {
        return Err(FAILS);
    };
    // Each of them is looked at, whether or not the sum is known by then.
    let mut doubt: Option<Unknown> = None;
    let mut total = None;
    for item in std::iter::once(first).chain(others) {
        match (given(item), &total) {
            (Ok(number), None) => total = Some(number),
            (Ok(number), Some(so_far)) => match number::compute(Operation::Add, so_far, &number) {
                Computed::Exact(number) => total = Some(number),
                Computed::Refused => return Err(FAILS),
                Computed::Doubt => doubt = doubt.or_else(|| Some(number::imprecision())),
            },
            (Err(Halt::Unknown(why)), _) => doubt = doubt.or(Some(why)),
            (Err(halt), _) => return Err(halt),
        }
    }
    match (doubt, total) {
        (Some(why), _) => Err(Halt::Unknown(why)),
        (None, Some(total)) => Ok(Val::Number(total)),
        (None, None) => Err(FAILS),
    }
}
