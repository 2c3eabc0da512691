//! Numbers: whole ones exactly, fractions only as far as they are short.

use hcl_edit::expr::BinaryOperator;
use serde_json::Number;

use super::super::val::{Res, Stop, Val};
use super::{FAILS, Halt, Out, arg, closed, known};
use crate::model::value::Unknown;

pub(super) fn call(name: &str, args: &[Val]) -> Out {
    match name {
        "abs" => rounded(args, f64::abs),
        "ceil" => rounded(args, f64::ceil),
        "floor" => rounded(args, f64::floor),
        "max" => extreme(args, |a, b| a > b),
        "min" => extreme(args, |a, b| a < b),
        "parseint" => {
            let base =
                u32::try_from(super::int(args, 1)?).ok().filter(|base| (2..=36).contains(base));
            let base = base.ok_or(FAILS)?;
            let number = i64::from_str_radix(&super::text(args, 0)?, base).map_err(|_| FAILS)?;
            Ok(Val::int(number))
        }
        "pow" => {
            let (base, exponent) = (super::int(args, 0)?, super::int(args, 1)?);
            match u32::try_from(exponent).ok().and_then(|exponent| base.checked_pow(exponent)) {
                Some(number) => Ok(Val::int(number)),
                None => Err(imprecise()),
            }
        }
        "signum" => Ok(Val::int(super::int(args, 0)?.signum())),
        "sum" => {
            let seq = closed(known(arg(args, 0)?)?)?;
            let mut total = Val::int(0);
            for item in &seq.items {
                let (Val::Number(a), Val::Number(b)) = (total, item.to_number()?) else {
                    return Err(FAILS);
                };
                total = arithmetic(BinaryOperator::Plus, &a, &b)?;
                if let Val::Unknown(why) = total {
                    return Err(Halt::Unknown(why));
                }
            }
            Ok(total)
        }
        _ => Err(Halt::NoSuchFunction),
    }
}

fn imprecise() -> Halt {
    Halt::Unknown(imprecision())
}

fn imprecision() -> Unknown {
    Unknown::because("is a number that holdpoint cannot compute exactly")
}

/// A number without a fraction that fits.
pub(in super::super) fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        let whole = float as i64;
        (float.fract() == 0.0 && float.abs() < 9e15).then_some(whole)
    })
}

fn number(args: &[Val], at: usize) -> Out<Number> {
    match known(arg(args, at)?)?.to_number()? {
        Val::Number(number) => Ok(number),
        _ => Err(FAILS),
    }
}

fn rounded(args: &[Val], change: fn(f64) -> f64) -> Out {
    let number = number(args, 0)?;
    let float = change(number.as_f64().ok_or(FAILS)?);
    if float.abs() >= 9e15 {
        return Err(imprecise());
    }
    Ok(from_float(float))
}

fn extreme(args: &[Val], better: fn(f64, f64) -> bool) -> Out {
    let mut best = number(args, 0)?;
    for at in 1..args.len() {
        let next = number(args, at)?;
        let (Some(a), Some(b)) = (next.as_f64(), best.as_f64()) else {
            return Err(FAILS);
        };
        if better(a, b) {
            best = next;
        }
    }
    Ok(Val::Number(best))
}

/// A float as a number; Terraform computes in 512 bits, so a long fraction is not to be trusted.
fn from_float(float: f64) -> Val {
    if float.fract() == 0.0 && float.abs() < 9e15 {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        return Val::int(float as i64);
    }
    let short: Option<f64> = format!("{float:.9}").parse().ok();
    match short {
        Some(short) if (short - float).abs() <= float.abs() * 1e-14 => {
            Number::from_f64(short).map_or_else(|| Val::Unknown(imprecision()), Val::Number)
        }
        _ => Val::Unknown(imprecision()),
    }
}

pub(in super::super) fn arithmetic(operator: BinaryOperator, a: &Number, b: &Number) -> Res {
    if let (Some(a), Some(b)) = (whole(a), whole(b)) {
        let exact = match operator {
            BinaryOperator::Plus => a.checked_add(b),
            BinaryOperator::Minus => a.checked_sub(b),
            BinaryOperator::Mul => a.checked_mul(b),
            BinaryOperator::Mod if b == 0 => return Err(Stop::Fails),
            BinaryOperator::Mod => a.checked_rem(b),
            BinaryOperator::Div if b == 0 => return Err(Stop::Fails),
            BinaryOperator::Div if a.checked_rem(b) == Some(0) => a.checked_div(b),
            _ => None,
        };
        match exact {
            Some(number) => return Ok(Val::int(number)),
            None if operator != BinaryOperator::Div => return Ok(Val::Unknown(imprecision())),
            None => {}
        }
    }
    let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) else {
        return Err(Stop::Fails);
    };
    let float = match operator {
        BinaryOperator::Plus => a + b,
        BinaryOperator::Minus => a - b,
        BinaryOperator::Mul => a * b,
        BinaryOperator::Div if b != 0.0 => a / b,
        BinaryOperator::Mod if b != 0.0 => a % b,
        _ => return Err(Stop::Fails),
    };
    if float.is_finite() && float.abs() < 9e15 {
        Ok(from_float(float))
    } else {
        Ok(Val::Unknown(imprecision()))
    }
}

pub(in super::super) fn compare(operator: BinaryOperator, a: &Number, b: &Number) -> Res {
    let order = match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64().partial_cmp(&b.as_f64()),
    };
    let order = order.ok_or(Stop::Fails)?;
    Ok(Val::Bool(match operator {
        BinaryOperator::Less => order.is_lt(),
        BinaryOperator::LessEq => order.is_le(),
        BinaryOperator::Greater => order.is_gt(),
        _ => order.is_ge(),
    }))
}
