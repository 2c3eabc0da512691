//! Whether what the source says can be what the plan holds.

use crate::model::truth::Truth;
use crate::model::value::Value;

/// Most pairs of list elements that are compared.
const MAX_PAIRS: usize = 250_000;

/// Whether a known part of a value from the source contradicts the planned value of the same
/// attribute. Then the source is not the one that the plan was made from.
///
/// What providers do to a value on its way into the plan is no contradiction: conversions between
/// texts and numbers, another order, another spelling of a JSON document, another case, a hash in
/// place of a long text, computed members. Attributes that are write-only (`*_wo`) are never in a
/// plan; do not ask for them.
#[must_use]
pub fn contradicts(source: &Value, planned: &Value) -> bool {
    match (source, planned) {
        (Value::Null | Value::Unknown(_), _) | (_, Value::Unknown(_)) => false,
        (_, Value::Null) => !is_empty(source),
        (Value::Json(source), Value::Json(planned)) => contradicts(source, planned),
        (Value::Json(source), Value::String(text)) => {
            document(text).is_none_or(|planned| contradicts(source, &planned))
        }
        // What is known of it lies behind the encoding.
        (Value::Base64(_), Value::String(_)) => false,
        (Value::Template(_), Value::String(text)) => {
            source.equals(text) == Truth::False && !is_hash(text)
        }
        (Value::Object(source), Value::Object(planned)) => source
            .entries
            .iter()
            .filter(|(name, _)| !name.ends_with("_wo"))
            .any(|(name, value)| contradicts(value, &planned.get(name))),
        (Value::List(_), Value::List(_) | Value::Object(_))
        | (Value::Object(_), Value::List(_)) => lists_contradict(source, planned),
        _ => match (scalar(source), scalar(planned)) {
            (Some(source), Some(planned)) => texts_contradict(&source, &planned),
            // A template or a document that is partly unknown on the side of the plan.
            _ => source.doubt().is_none() && planned.doubt().is_none(),
        },
    }
}

/// What providers show as null when it is set to nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Unknown(_) => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::List(list) => list.items.is_empty(),
        Value::Object(object) => object.entries.iter().all(|(_, value)| is_empty(value)),
        Value::Template(_) | Value::Json(_) | Value::Base64(_) => false,
    }
}

fn lists_contradict(source: &Value, planned: &Value) -> bool {
    let (own, theirs) = (source.elements(), planned.elements());
    if own.len().saturating_mul(theirs.len()) > MAX_PAIRS {
        return false;
    }
    if planned.rest().is_none() {
        let missing = |item: &Value| {
            !is_empty(item) && theirs.iter().all(|planned| contradicts(item, planned))
        };
        if own.iter().any(missing) {
            return true;
        }
    }
    source.rest().is_none() && theirs.len() > own.len()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn texts_contradict(source: &str, planned: &str) -> bool {
    if source == planned || is_hash(planned) {
        return false;
    }
    if let (Ok(source), Ok(planned)) = (source.parse::<f64>(), planned.parse::<f64>()) {
        return (source - planned).abs() > planned.abs() * 1e-12;
    }
    let plain = |text: &str| text.trim().trim_end_matches('.').to_ascii_lowercase();
    if plain(source) == plain(planned) || same_protocol(source, planned) {
        return false;
    }
    match (document(source), document(planned)) {
        (Some(source), Some(planned)) => contradicts(&source, &planned),
        _ => true,
    }
}

/// Whether two texts name one IP protocol: the provider of AWS writes `6` as `tcp`, `all` as `-1`.
fn same_protocol(a: &str, b: &str) -> bool {
    const NAMES: [[&str; 2]; 5] =
        [["all", "-1"], ["icmp", "1"], ["tcp", "6"], ["udp", "17"], ["icmpv6", "58"]];
    let known = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        NAMES.iter().position(|names| names.contains(&text.as_str()))
    };
    known(a).is_some() && known(a) == known(b)
}

fn document(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// A SHA-1 in hexadecimal, which stands for long texts such as user data.
fn is_hash(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{List, Piece, Unknown};

    fn value(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_providers_do_to_values_is_no_contradiction() {
        for (source, planned) in [
            (r#""22""#, "22"),
            ("null", r#""computed""#),
            (r#"["b","a"]"#, r#"["a","b"]"#),
            (r#"["a","a"]"#, r#"["a"]"#),
            (r#"[{"from_port":22}]"#, r#"[{"from_port":22,"self":false}]"#),
            (r#""{\"a\": [1, 2]}""#, r#""{\"a\":[1,2]}""#),
            (r#""Name""#, r#""name""#),
            ("false", "null"),
            (r#"{"a":"b"}"#, r#"[{"a":"b"}]"#),
            (r#"{"protocol":"6"}"#, r#"{"protocol":"tcp"}"#),
            (r#"{"protocol":"ALL"}"#, r#"{"protocol":"-1"}"#),
        ] {
            assert!(!contradicts(&value(source), &value(planned)), "{source} {planned}");
        }
    }

    #[test]
    fn other_values_are() {
        for (source, planned) in [
            (r#""22""#, "23"),
            (r#""a""#, "null"),
            (r#"["a"]"#, r#"["a","b"]"#),
            (r#"["c"]"#, r#"["a"]"#),
            (r#"[{"from_port":22}]"#, r#"[{"from_port":23}]"#),
            (r#""{\"a\": 1}""#, r#""{\"a\":2}""#),
            ("true", r#"["a"]"#),
            (r#"{"protocol":"6"}"#, r#"{"protocol":"udp"}"#),
        ] {
            assert!(contradicts(&value(source), &value(planned)), "{source} {planned}");
        }
    }

    #[test]
    fn only_what_is_known_contradicts() {
        let hole = || Unknown::because("test");
        let template = Value::Template(vec![Piece::Hole(hole()), Piece::Known("/32".into())]);
        assert!(!contradicts(&template, &value(r#""10.0.0.1/32""#)));
        assert!(contradicts(&template, &value(r#""0.0.0.0/0""#)));
        let open = Value::List(List { items: vec![value("1")], rest: Some(hole()) });
        assert!(!contradicts(&open, &value("[1,2]")));
        assert!(contradicts(&open, &value("[2]")));
        let json = Value::Json(Box::new(Value::object([
            ("Action".to_owned(), Value::from("*")),
            ("Resource".to_owned(), Value::Unknown(hole())),
        ])));
        assert!(!contradicts(&json, &value(r#""{\"Action\":\"*\",\"Resource\":\"x\"}""#)));
        assert!(contradicts(&json, &value(r#""{\"Action\":\"s3:Get\"}""#)));
    }
}
