//! Documents for Rego: strict reading of JSON and YAML, and the way back to JSON.

use std::fmt;

use regorus::Value;
use regorus::value::{Array, Object};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::manifest::read;

/// Reads a JSON document. A key that stands twice in one object is an error: whichever of the two
/// counted, somebody else would have read the other.
pub(super) fn from_json(text: &str) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// Reads one YAML document, typed as OPA types it, which is as Kubernetes does: `yes` is true.
///
/// A key that stands twice in one map is an error.
pub(super) fn from_yaml(text: &str) -> Result<Value, String> {
    let nodes = read::documents(text)
        .map_err(|fault| fault.to_string().split_whitespace().collect::<Vec<_>>().join(" "))?;
    match nodes.as_slice() {
        [] => Ok(Value::Null),
        [node] => Ok(of_json(&node.to_json())),
        several => Err(format!("expected one document, found {}", several.len())),
    }
}

/// The value as JSON: sets become lists in their order, keys that are no text become their JSON.
pub(super) fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null | Value::Undefined => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::String(text) => text.as_ref().into(),
        Value::Number(_) => {
            let text = value.to_json_str().unwrap_or_default();
            serde_json::from_str(&text).unwrap_or_else(|_| text.into())
        }
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Set(items) => items.iter().map(to_json).collect(),
        Value::Object(entries) => entries
            .iter_sorted()
            .map(|(key, value)| (key_text(key), to_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// A JSON value for Rego.
pub(super) fn of_json(value: &serde_json::Value) -> Value {
    Value::from(value.clone())
}

fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.to_string(),
        other => other.to_json_str().unwrap_or_default(),
    }
}

/// An entry of an object.
pub(super) fn entry<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(object) => object.get(&Value::from(key)),
        _ => None,
    }
}

/// An object of these entries.
pub(super) fn object(entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    let object: Object =
        entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect();
    Value::from(object)
}

/// The text, if it is one.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// What kind of value it is, as Rego calls it.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Set(_) => "set",
        Value::Object(_) => "object",
        Value::Undefined => "undefined",
    }
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        if number.is_finite() {
            Ok(Value::from(number))
        } else {
            Err(E::custom("a number is out of range"))
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::with_capacity(list.size_hint().unwrap_or_default().min(4096));
        while let Some(item) = list.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::from(Array::from(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Object::new();
        while let Some(key) = map.next_key_seed(Strict)? {
            let value = map.next_value_seed(Strict)?;
            if entries.insert(key, value).is_some() {
                return Err(A::Error::custom("duplicate key in one object"));
            }
        }
        Ok(Value::from(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_strictly() {
        assert_eq!(
            from_json(r#"{"a":[1,-2,1.5,null,true,"x"]}"#).unwrap().to_string(),
            r#"{"a":[1,-2,1.5,null,true,"x"]}"#
        );
        for bad in ["", "{", "{} {}", r#"{"a":1,"a":2}"#, r#"{"b":{"a":1,"a":1}}"#, "1e999"] {
            assert!(from_json(bad).is_err(), "{bad}");
        }
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(from_json(&deep).is_err());
    }

    #[test]
    fn sets_go_back_as_sorted_lists() {
        let set: std::collections::BTreeSet<Value> = ["b", "a"].map(Value::from).into();
        assert_eq!(to_json(&Value::from(set)), serde_json::json!(["a", "b"]));
        assert_eq!(to_json(&Value::from(12_u64)), serde_json::json!(12));
    }
}
