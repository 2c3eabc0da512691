//! NORMALISE: `after` and `after_unknown` become one value with holes.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

use crate::model::value::{List, Object, Unknown, Value};

/// The top-level entries of an object, unparsed. A key that stands twice is an error.
#[derive(Default)]
pub(super) struct Fields<'p>(Vec<(Cow<'p, str>, &'p RawValue)>);

impl<'p> Fields<'p> {
    /// Reads an object; anything else has no fields.
    pub(super) fn read(raw: Option<&'p RawValue>) -> Result<Self, serde_json::Error> {
        match raw {
            Some(raw) if raw.get().starts_with('{') => serde_json::from_str(raw.get()),
            _ => Ok(Self::default()),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'p RawValue> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, raw)| *raw)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}

impl<'de: 'p, 'p> Deserialize<'de> for Fields<'p> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::with_capacity(24);
                let mut sorted = true;
                while let Some(Name(name)) = map.next_key()? {
                    sorted &= fields.last().is_none_or(|(last, _)| *last < name);
                    fields.push((name, map.next_value()?));
                }
                // Terraform sorts them: then none stands twice.
                if !sorted && stands_twice(&fields) {
                    return Err(serde::de::Error::custom("duplicate field"));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

fn stands_twice(fields: &[(Cow<'_, str>, &RawValue)]) -> bool {
    let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair.first() == pair.last())
}

/// A key, borrowed where it holds no escape.
struct Name<'p>(Cow<'p, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// Lays what is unknown over what is known. `unknown` holds `true` where a value is not known.
pub(super) fn overlay(value: Value, unknown: &Value, why: &Unknown) -> Value {
    match (value, unknown) {
        (_, Value::Bool(true)) => Value::Unknown(why.clone()),
        (Value::Object(mut object), Value::Object(marks)) => {
            for (key, mark) in &marks.entries {
                if !has_mark(mark) {
                    continue;
                }
                let own = object.find(key).cloned().unwrap_or(Value::Null);
                object.insert(key.clone(), overlay(own, mark, why));
            }
            Value::Object(object)
        }
        (Value::List(mut list), Value::List(marks)) => {
            for (i, mark) in marks.items.iter().enumerate() {
                if !has_mark(mark) {
                    continue;
                }
                match list.items.get_mut(i) {
                    Some(item) => *item = overlay(std::mem::replace(item, Value::Null), mark, why),
                    None => list.items.push(overlay(Value::Null, mark, why)),
                }
            }
            Value::List(list)
        }
        (Value::Null, Value::Object(marks)) if has_mark(unknown) => {
            overlay(Value::Object(Object::default()), &Value::Object(marks.clone()), why)
        }
        (Value::Null, Value::List(marks)) if has_mark(unknown) => {
            overlay(Value::List(List::default()), &Value::List(marks.clone()), why)
        }
        (value, _) => value,
    }
}

/// Whether a tree of marks holds `true` anywhere.
pub(super) fn has_mark(marks: &Value) -> bool {
    match marks {
        Value::Bool(mark) => *mark,
        Value::List(list) => list.items.iter().any(has_mark),
        Value::Object(object) => object.entries.iter().any(|(_, mark)| has_mark(mark)),
        _ => false,
    }
}

/// Whether a tree of marks holds `true` at, above or below a path.
pub(super) fn marked_at(marks: &Value, path: &str) -> bool {
    let mut here = marks;
    for step in path.split(['.', '[']).map(|step| step.trim_end_matches(']')) {
        if step.is_empty() {
            continue;
        }
        here = match here {
            Value::Bool(mark) => return *mark,
            Value::Object(object) => match object.find(step) {
                Some(next) => next,
                None => return false,
            },
            Value::List(list) => match step.parse().ok().and_then(|i: usize| list.items.get(i)) {
                Some(next) => next,
                None => return has_mark(here),
            },
            _ => return false,
        };
    }
    has_mark(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn unknown_leaves_replace_what_stands_there() {
        let after = json(r#"{"a": [1, null], "b": {"c": "x"}}"#);
        let marks = json(r#"{"a": [false, true], "b": {"d": true}, "e": [{"f": true}]}"#);
        let value = overlay(after, &marks, &Unknown::after_apply());
        assert_eq!(value.at("a[0]").as_i64(), Some(1));
        assert!(matches!(*value.at("a[1]"), Value::Unknown(_)));
        assert_eq!(value.at("b.c").as_str(), Some("x"));
        assert!(matches!(*value.at("b.d"), Value::Unknown(_)));
        assert!(matches!(*value.at("e[0].f"), Value::Unknown(_)));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_at_every_level() {
        let raw = RawValue::from_string(r#"{"a": 1, "b": 2, "\u0061": 3}"#.into()).unwrap();
        assert!(Fields::read(Some(&raw)).is_err());
        assert!(serde_json::from_str::<Value>(r#"{"a": {"b": 1, "b": 2}}"#).is_err());
    }

    #[test]
    fn sensitive_marks_are_found_above_and_below() {
        let marks = json(r#"{"ingress": true, "tags": {}, "policy": [{"x": true}]}"#);
        assert!(marked_at(&marks, "ingress[0].cidr_blocks"));
        assert!(marked_at(&marks, "policy"));
        assert!(!marked_at(&marks, "tags.a"));
        assert!(!marked_at(&marks, "name"));
    }
}
