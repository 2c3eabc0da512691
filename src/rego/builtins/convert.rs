//! Functions of Rego before 1.0: casts, `any`, `all`, `set_diff`.

use regorus::Value;
use regorus::value::{Array, Set};

use super::{Answer, argument, unfit};

/// Passes a collection on; anything else is no collection to look into.
pub(super) fn iterable(arguments: &[Value]) -> Answer {
    Ok(match argument(arguments, 0)? {
        value @ (Value::Array(_) | Value::Set(_) | Value::Object(_)) => value.clone(),
        _ => Value::Undefined,
    })
}

/// As in OPA: zeros may lead, as in `08`, which the evaluator takes for no number.
pub(super) fn to_number(arguments: &[Value]) -> Answer {
    match argument(arguments, 0)? {
        Value::Null => Ok(Value::from(0_u64)),
        Value::Bool(flag) => Ok(Value::from(u64::from(*flag))),
        value @ Value::Number(_) => Ok(value.clone()),
        Value::String(text) => {
            let (sign, digits) = match text.strip_prefix('-') {
                Some(digits) => ("-", digits),
                None => ("", text.strip_prefix('+').unwrap_or(text)),
            };
            let zeros = digits.len() - digits.trim_start_matches('0').len();
            let digits = match digits.get(zeros..) {
                Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest.to_owned(),
                // `0`, `0.5` and `.5` keep one, or get one.
                Some(rest) if zeros > 0 || rest.starts_with('.') => format!("0{rest}"),
                _ => digits.to_owned(),
            };
            super::super::value::from_json(&format!("{sign}{digits}"))
                .ok()
                .filter(|value| matches!(value, Value::Number(_)))
                .ok_or_else(|| "the string is not a number".to_owned())
        }
        other => Err(unfit("number, string, boolean or null", other)),
    }
}

pub(super) fn any(arguments: &[Value]) -> Answer {
    let is_true = |value: &Value| *value == Value::Bool(true);
    Ok(Value::Bool(match argument(arguments, 0)? {
        Value::Array(items) => items.iter().any(is_true),
        Value::Set(items) => items.iter().any(is_true),
        other => return Err(unfit("array or set", other)),
    }))
}

pub(super) fn all(arguments: &[Value]) -> Answer {
    let is_true = |value: &Value| *value == Value::Bool(true);
    Ok(Value::Bool(match argument(arguments, 0)? {
        Value::Array(items) => items.iter().all(is_true),
        Value::Set(items) => items.iter().all(is_true),
        other => return Err(unfit("array or set", other)),
    }))
}

pub(super) fn cast_array(arguments: &[Value]) -> Answer {
    match argument(arguments, 0)? {
        value @ Value::Array(_) => Ok(value.clone()),
        Value::Set(items) => Ok(items.iter().cloned().collect::<Array>().into()),
        other => Err(unfit("array or set", other)),
    }
}

pub(super) fn cast_set(arguments: &[Value]) -> Answer {
    match argument(arguments, 0)? {
        value @ Value::Set(_) => Ok(value.clone()),
        Value::Array(items) => Ok(items.iter().cloned().collect::<Set>().into()),
        other => Err(unfit("array or set", other)),
    }
}

pub(super) fn cast_boolean(arguments: &[Value]) -> Answer {
    only(arguments, "boolean", |value| matches!(value, Value::Bool(_)))
}

pub(super) fn cast_null(arguments: &[Value]) -> Answer {
    only(arguments, "null", |value| matches!(value, Value::Null))
}

pub(super) fn cast_object(arguments: &[Value]) -> Answer {
    only(arguments, "object", |value| matches!(value, Value::Object(_)))
}

pub(super) fn cast_string(arguments: &[Value]) -> Answer {
    only(arguments, "string", |value| matches!(value, Value::String(_)))
}

fn only(arguments: &[Value], what: &str, is: fn(&Value) -> bool) -> Answer {
    let value = argument(arguments, 0)?;
    if is(value) { Ok(value.clone()) } else { Err(unfit(what, value)) }
}

pub(super) fn set_diff(arguments: &[Value]) -> Answer {
    match (argument(arguments, 0)?, argument(arguments, 1)?) {
        (Value::Set(a), Value::Set(b)) => {
            Ok(a.iter().filter(|item| !b.contains(item)).cloned().collect::<Set>().into())
        }
        (Value::Set(_), other) | (other, _) => Err(unfit("set", other)),
    }
}
/// The value itself.
pub(super) fn same(arguments: &[Value]) -> Answer {
    argument(arguments, 0).cloned()
}
