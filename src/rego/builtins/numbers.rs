//! `numbers.range`: one call may ask for more than any machine holds.

use regorus::Value;

use super::{Answer, argument, unfit};

/// Why a range is refused that OPA would try to make, so this is never silence.
pub(super) const TOO_MANY: &str = "the range has more than 67,108,864 numbers";

/// The longest range.
const MOST: u64 = 1 << 26;

pub(super) fn range(arguments: &[Value]) -> Answer {
    list(integer(arguments, 0)?, integer(arguments, 1)?, 1)
}

pub(super) fn range_step(arguments: &[Value]) -> Answer {
    let step = integer(arguments, 2)?;
    match u64::try_from(step) {
        Ok(step) if step > 0 => list(integer(arguments, 0)?, integer(arguments, 1)?, step),
        _ => Err("the step must be greater than 0".to_owned()),
    }
}

fn integer(arguments: &[Value], at: usize) -> Result<i64, String> {
    let value = argument(arguments, at)?;
    value.as_i64().map_err(|_| match value {
        Value::Number(_) => "the value must be an integer".to_owned(),
        other => unfit("number", other),
    })
}

fn list(from: i64, to: i64, step: u64) -> Answer {
    let count = from.abs_diff(to) / step;
    if count >= MOST {
        return Err(TOO_MANY.to_owned());
    }
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let mut all = Vec::new();
    let mut at = from;
    for _ in 0..=count {
        all.push(Value::from(at));
        // Beyond the last one nothing is looked at.
        at = if from <= to { at.saturating_add(step) } else { at.saturating_sub(step) };
    }
    Ok(Value::from(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[i64]) -> Answer {
        let values: Vec<Value> = arguments.iter().map(|number| Value::from(*number)).collect();
        if values.len() == 2 { range(&values) } else { range_step(&values) }
    }

    #[test]
    fn ranges_are_those_of_opa() {
        for (arguments, numbers) in [
            (&[1, 3][..], &[1, 2, 3][..]),
            (&[3, 1], &[3, 2, 1]),
            (&[2, 2], &[2]),
            (&[1, 6, 2], &[1, 3, 5]),
            (&[6, 1, 2], &[6, 4, 2]),
            (&[i64::MAX - 1, i64::MAX], &[i64::MAX - 1, i64::MAX]),
        ] {
            let wanted: Vec<Value> = numbers.iter().map(|number| Value::from(*number)).collect();
            assert_eq!(of(arguments), Ok(Value::from(wanted)), "{arguments:?}");
        }
        assert!(of(&[1, 2, 0]).is_err());
        assert_eq!(of(&[i64::MIN, i64::MAX]), Err(TOO_MANY.to_owned()));
        assert!(range(&[Value::from(1.5), Value::from(2)]).is_err());
    }
}
