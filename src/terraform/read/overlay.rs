//! NORMALISE: `after` and `after_unknown` become one value with holes.

use std::borrow::Cow;

use serde::de::Error as _;
use serde_json::value::RawValue;

use crate::model::value::{List, Object, Unknown, Value};
use crate::terraform::read::skim;

/// The top-level entries of an object, unparsed. A key that stands twice is an error.
#[derive(Default)]
pub(in crate::terraform) struct Fields<'p>(Vec<(Cow<'p, str>, &'p str)>);

impl<'p> Fields<'p> {
    /// Reads an object. `null` and `false`, as a mark that nothing is unknown, have no fields; whatever
    /// else is no object is an error, since what it says would be lost.
    pub(in crate::terraform) fn read(raw: Option<&'p RawValue>) -> Result<Self, serde_json::Error> {
        let Some(raw) = raw else { return Ok(Self::default()) };
        if !raw.get().starts_with('{') && !matches!(raw.get(), "null" | "false") {
            return Err(serde_json::Error::custom("no object"));
        }
        let mut fields: Vec<(Cow<'p, str>, &'p str)> = Vec::new();
        let mut sorted = true;
        for (key, value) in skim::entries(raw) {
            if fields.is_empty() {
                fields.reserve(24);
            }
            let Some(name) = key.text() else {
                return Err(serde_json::Error::custom("a key that cannot be parsed"));
            };
            sorted &= fields.last().is_none_or(|(last, _)| *last < name);
            fields.push((name, value));
        }
        // Terraform sorts them: then none stands twice.
        if !sorted && stands_twice(&fields) {
            return Err(serde_json::Error::custom("duplicate field"));
        }
        Ok(Self(fields))
    }

    pub(in crate::terraform) fn get(&self, name: &str) -> Option<&'p str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, raw)| *raw)
    }

    pub(in crate::terraform) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}

fn stands_twice(fields: &[(Cow<'_, str>, &str)]) -> bool {
    let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair.first() == pair.last())
}

/// Lays what is unknown over what is known. `unknown` holds `true` where a value is not known.
pub(in crate::terraform) fn overlay(value: Value, unknown: &Value, why: &Unknown) -> Value {
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
pub(in crate::terraform) fn has_mark(marks: &Value) -> bool {
    match marks {
        Value::Bool(mark) => *mark,
        Value::List(list) => list.items.iter().any(has_mark),
        Value::Object(object) => object.entries.iter().any(|(_, mark)| has_mark(mark)),
        _ => false,
    }
}

/// Whether a tree of marks holds `true` at, above or below a path.
pub(in crate::terraform) fn marked_at(marks: &Value, path: &str) -> bool {
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
