//! Errors of the evaluator without the values of the input: those may be secrets.

use regorus::Value;

/// Texts that are shorter stand in every message.
const SHORTEST: usize = 4;

/// An error without what it quotes, unless the policy itself says it: the rest may be values of
/// the input, and those may be secrets.
pub(super) fn without_values(message: &str, policy: Option<&str>, input: &Value) -> String {
    let mut values = Vec::new();
    texts(input, &mut values);
    values.retain(|value| value.len() >= SHORTEST && message.contains(value));
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let message = values
        .into_iter()
        .filter(|value| policy.is_none_or(|policy| !policy.contains(value)))
        .fold(message.to_owned(), |message, value| message.replace(value, "(a value)"));
    let message = message.as_str();
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find(['`', '"']) {
        let (before, quoted) = rest.split_at(at);
        out.push_str(before);
        let mark = if quoted.starts_with('`') { '`' } else { '"' };
        // To the last mark of its kind: a value may hold the mark itself.
        let inside = quoted.get(1..).unwrap_or_default();
        let closed = inside.find(mark).map(|end| inside.split_at(end));
        match closed {
            Some((word, tail))
                if policy.is_some_and(|policy| !word.is_empty() && policy.contains(word)) =>
            {
                out.push(mark);
                out.push_str(word);
                out.push(mark);
                rest = tail.get(1..).unwrap_or_default();
            }
            _ => {
                let end = inside.rfind(mark).unwrap_or(inside.len());
                out.push_str("(a value)");
                rest = inside.get(end + 1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// The texts of a document; the reader bounds how deep it is.
fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Set(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(entries) => entries.iter().for_each(|(_, value)| texts(value, found)),
        _ => {}
    }
}
