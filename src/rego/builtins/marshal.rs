//! JSON and YAML as text, as the Go libraries of OPA write and read them.

use regorus::Value;

use super::{Answer, argument, text};
use crate::rego::value::{from_yaml, to_json};

/// Compact; `<`, `>`, `&` and two separators of lines are escaped, as Go does for HTML's sake.
pub(super) fn json_marshal(arguments: &[Value]) -> Answer {
    let plain = to_json(argument(arguments, 0)?).to_string();
    let mut escaped = String::with_capacity(plain.len());
    for c in plain.chars() {
        // None of them stands outside of a text.
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => escaped.push(c),
        }
    }
    Ok(Value::from(escaped))
}

pub(super) fn yaml_unmarshal(arguments: &[Value]) -> Answer {
    from_yaml(text(arguments, 0)?)
}

pub(super) fn yaml_is_valid(arguments: &[Value]) -> Answer {
    let valid = text(arguments, 0).is_ok_and(|text| from_yaml(text).is_ok());
    Ok(Value::from(valid))
}
