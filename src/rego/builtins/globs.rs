//! `regex.globs_match`: whether two patterns have a text in common.
//!
//! The patterns know `.`, `*`, `+`, `[a-z]` and `\`, and nothing else. Both are walked at once, by
//! pairs of places that some text leads to.

use regorus::Value;

use super::{Answer, text};

/// Pairs of places that are looked at; patterns that need more are no patterns.
const MOST: usize = 1 << 20;

/// The characters that one step takes: ranges, both ends included.
type Class = Vec<(char, char)>;

/// One step of a pattern, and whether it may be taken any number of times, or never.
#[derive(Debug)]
struct Step {
    class: Class,
    star: bool,
}

pub(super) fn globs_match(arguments: &[Value]) -> Answer {
    let (left, right) = (parse(text(arguments, 0)?)?, parse(text(arguments, 1)?)?);
    if (left.len() + 1).saturating_mul(right.len() + 1) > MOST {
        return Err("the patterns are too long".to_owned());
    }
    Ok(Value::Bool(meet(&left, &right)))
}

fn parse(pattern: &str) -> Result<Vec<Step>, String> {
    let bad = |what: &str| Err(format!("{what} in the pattern"));
    let mut steps: Vec<Step> = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let class = match c {
            '.' => vec![('\0', char::MAX)],
            '[' => set(&mut chars)?,
            '\\' => match chars.next() {
                Some(c) => vec![(c, c)],
                None => return bad("trailing `\\`"),
            },
            '*' | '+' => return bad("nothing to repeat before `*` or `+`"),
            ']' => return bad("unmatched `]`"),
            c => vec![(c, c)],
        };
        match chars.next_if(|c| matches!(c, '*' | '+')) {
            Some('+') => {
                steps.push(Step { class: class.clone(), star: false });
                steps.push(Step { class, star: true });
            }
            star => steps.push(Step { class, star: star.is_some() }),
        }
    }
    Ok(steps)
}

/// What stands behind `[`, to its `]`.
fn set(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Class, String> {
    let mut class = Class::new();
    let unclosed = || "`[` is not closed in the pattern".to_owned();
    loop {
        let first = match chars.next().ok_or_else(unclosed)? {
            ']' if class.is_empty() => return Err("`[]` is empty in the pattern".to_owned()),
            ']' => return Ok(class),
            '\\' => chars.next().ok_or_else(unclosed)?,
            '-' => return Err("incomplete range before `-` in the pattern".to_owned()),
            c => c,
        };
        let mut last = first;
        if chars.next_if_eq(&'-').is_some() {
            last = match chars.next().ok_or_else(unclosed)? {
                ']' => return Err("incomplete range after `-` in the pattern".to_owned()),
                '\\' => chars.next().ok_or_else(unclosed)?,
                c => c,
            };
        }
        if last < first {
            return Err("a range in the pattern is reversed".to_owned());
        }
        class.push((first, last));
    }
}

/// Whether a text of at least one character fits both.
fn meet(left: &[Step], right: &[Step]) -> bool {
    let width = right.len() + 1;
    // For each pair: reached by no character, reached by one or more.
    let mut seen = vec![[false; 2]; (left.len() + 1) * width];
    let mut open = vec![(0_usize, 0_usize, false)];
    while let Some((i, j, some)) = open.pop() {
        let Some(place) = seen.get_mut(i * width + j) else { continue };
        let place = if some { &mut place[1] } else { &mut place[0] };
        if std::mem::replace(place, true) {
            continue;
        }
        let (left_step, right_step) = (left.get(i), right.get(j));
        if some && left_step.is_none() && right_step.is_none() {
            return true;
        }
        if left_step.is_some_and(|step| step.star) {
            open.push((i + 1, j, some));
        }
        if right_step.is_some_and(|step| step.star) {
            open.push((i, j + 1, some));
        }
        if let (Some(left_step), Some(right_step)) = (left_step, right_step)
            && common(&left_step.class, &right_step.class)
        {
            let next = |at: usize, step: &Step| if step.star { at } else { at + 1 };
            open.push((next(i, left_step), next(j, right_step), true));
        }
    }
    false
}

fn common(left: &Class, right: &Class) -> bool {
    left.iter().any(|a| right.iter().any(|b| a.0 <= b.1 && b.0 <= a.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_meet_where_a_text_fits_both() {
        let meets = |a: &str, b: &str| globs_match(&[Value::from(a), Value::from(b)]);
        for (a, b, want) in [
            ("a.a.[0-9]+z", "b.b.[0-9]*z", false),
            ("[a-z]+", "[0-9]*", false),
            ("a.*", ".*b", true),
            ("a+", "aaa", true),
            ("a+", "", false),
            ("a*", "b*", false),
            ("a\\.b", "a.b", true),
            ("a\\.b", "axb", false),
            ("[a-cx]y", "xy", true),
            ("foo/.*", "foo/bar/[a-z]*", true),
        ] {
            assert_eq!(meets(a, b), Ok(Value::Bool(want)), "{a} {b}");
            assert_eq!(meets(b, a), Ok(Value::Bool(want)), "{b} {a}");
        }
        for bad in ["*a", "[", "[]", "[a-]", "]", "\\", "[z-a]", "a**"] {
            assert!(meets(bad, "a").is_err(), "{bad}");
        }
        let long = "a*".repeat(5000);
        assert!(meets(&long, &long).is_err());
    }
}
