//! `regex.*` with Go's syntax: which texts a pattern is about decides verdicts.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use regorus::Value;

use super::pattern::translated;
use super::{Answer, argument, text, unfit};

/// Why a pattern is refused whose machine would be too large. Go would take it, so this is never
/// silence.
pub(super) const TOO_LARGE: &str = "the pattern is too large";

/// The largest machine of a pattern, in bytes.
const LARGEST: usize = 4 << 20;
/// How many patterns are kept; policies use few.
const KEPT: usize = 256;

thread_local! {
    static KNOWN: RefCell<HashMap<String, Result<Regex, String>>> = RefCell::default();
}

fn compiled(pattern: &str) -> Result<Regex, String> {
    KNOWN.with_borrow_mut(|known| {
        if let Some(regex) = known.get(pattern) {
            return regex.clone();
        }
        if known.len() >= KEPT {
            known.clear();
        }
        let new = translated(pattern).and_then(|text| {
            RegexBuilder::new(&text).size_limit(LARGEST).build().map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => TOO_LARGE.to_owned(),
                _ => "the pattern is not a valid regular expression".to_owned(),
            })
        });
        known.insert(pattern.to_owned(), new.clone());
        new
    })
}

/// The patterns of a `*_n` function: how many results are wanted, all of them where it is negative.
fn number(arguments: &[Value]) -> Result<usize, String> {
    let value = argument(arguments, 2)?;
    let number = value.as_i64().map_err(|_| unfit("number", value))?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

fn list(texts: impl Iterator<Item = Value>) -> Value {
    Value::from(texts.collect::<Vec<Value>>())
}

pub(super) fn matches(arguments: &[Value]) -> Answer {
    Ok(Value::Bool(compiled(text(arguments, 0)?)?.is_match(text(arguments, 1)?)))
}

pub(super) fn is_valid(arguments: &[Value]) -> Answer {
    match text(arguments, 0).map(compiled) {
        Ok(Err(why)) if why == TOO_LARGE => Err(why),
        Ok(found) => Ok(Value::Bool(found.is_ok())),
        Err(_) => Ok(Value::Bool(false)),
    }
}

pub(super) fn find_n(arguments: &[Value]) -> Answer {
    let (pattern, most) = (compiled(text(arguments, 0)?)?, number(arguments)?);
    let found = pattern.find_iter(text(arguments, 1)?).take(most);
    Ok(list(found.map(|found| Value::from(found.as_str()))))
}

pub(super) fn find_all_string_submatch_n(arguments: &[Value]) -> Answer {
    let (pattern, most) = (compiled(text(arguments, 0)?)?, number(arguments)?);
    let found = pattern.captures_iter(text(arguments, 1)?).take(most);
    Ok(list(found.map(|groups| {
        list(groups.iter().map(|group| Value::from(group.map_or("", |group| group.as_str()))))
    })))
}

pub(super) fn replace(arguments: &[Value]) -> Answer {
    let whole = text(arguments, 0)?;
    let pattern = compiled(text(arguments, 1)?)?;
    Ok(Value::from(pattern.replace_all(whole, text(arguments, 2)?).as_ref()))
}

pub(super) fn split(arguments: &[Value]) -> Answer {
    let pattern = compiled(text(arguments, 0)?)?;
    let whole = text(arguments, 1)?;
    if whole.is_empty() {
        return Ok(list(std::iter::once(Value::from(""))));
    }
    let (mut parts, mut begin, mut end) = (Vec::new(), 0, 0);
    // As Go does: an empty match at the beginning parts nothing.
    for found in pattern.find_iter(whole) {
        end = found.start();
        if found.end() != 0 {
            parts.push(Value::from(whole.get(begin..end).unwrap_or_default()));
        }
        begin = found.end();
    }
    if end != whole.len() {
        parts.push(Value::from(whole.get(begin..).unwrap_or_default()));
    }
    Ok(Value::from(parts))
}

/// A text with patterns between delimiters, `urn:{.*}`.
pub(super) fn template_match(arguments: &[Value]) -> Answer {
    let (template, whole) = (text(arguments, 0)?, text(arguments, 1)?);
    let delimiter = |at: usize| {
        let mut chars = text(arguments, at)?.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => Ok(c),
            _ => Err("a delimiter must be one character".to_owned()),
        }
    };
    let (open, close) = (delimiter(2)?, delimiter(3)?);
    let unbalanced = || "the delimiters of the template are not balanced".to_owned();
    let mut pattern = "^".to_owned();
    let (mut literal, mut inside, mut depth) = (String::new(), String::new(), 0_usize);
    for c in template.chars() {
        match (c, depth) {
            (c, _) if c == open => {
                if depth > 0 {
                    inside.push(c);
                }
                depth += 1;
            }
            (c, 0) if c == close => return Err(unbalanced()),
            (c, 1) if c == close => {
                pattern.push_str(&format!("\\Q{literal}\\E({inside})"));
                literal.clear();
                inside.clear();
                depth = 0;
            }
            (c, 0) => literal.push(c),
            (c, _) => {
                if c == close {
                    depth -= 1;
                }
                inside.push(c);
            }
        }
    }
    if depth > 0 || literal.contains("\\E") {
        return Err(unbalanced());
    }
    pattern.push_str(&format!("\\Q{literal}\\E$"));
    Ok(Value::Bool(compiled(&pattern)?.is_match(whole)))
}
