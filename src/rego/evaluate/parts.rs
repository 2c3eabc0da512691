//! A plan as policies see it, read no further than they look: only the keys that they name, and,
//! where they judge one resource at a time, the resources in parts that are read when their turn
//! comes.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use regorus::Value;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::rego::document::Document;
use crate::rego::fault::Fault;
use crate::rego::reach::{CHANGES, Reach};
use crate::rego::value::{from_json, object};

/// Resources in one part: enough that asking costs little beside reading, few enough that two parts
/// are little beside the file.
const TOGETHER: usize = if cfg!(test) { 3 } else { 128 };

/// The keys at the root of a plan, unread.
struct Root<'t> {
    keys: Vec<(Cow<'t, str>, &'t RawValue)>,
}

impl Document {
    /// A plan, or any other JSON, for policies that look so far.
    pub(in crate::rego) fn reaching(
        name: &str,
        text: &str,
        reach: &Reach,
    ) -> Result<Self, Box<Fault>> {
        let Some(wanted) = &reach.keys else { return Self::json(name, text) };
        // What is no object has no keys: it is for the strict reader to say what it is.
        let Ok(root) = Root::read(text) else { return Self::json(name, text) };
        let mut entries = Vec::new();
        let mut parts = None;
        for (key, value) in root.keys {
            if !wanted.contains(key.as_ref()) {
                continue;
            }
            if reach.in_parts
                && key == CHANGES
                && let Ok(changes) = serde_json::from_str::<Vec<&RawValue>>(value.get())
            {
                parts = Some(changes.chunks(TOGETHER).map(join).collect::<Vec<String>>());
                continue;
            }
            let value = from_json(value.get()).map_err(|why| Self::no_json(name, &why))?;
            entries.push((key.into_owned(), value));
        }
        if let Some(parts) = parts.as_mut().filter(|parts: &&mut Vec<String>| parts.is_empty()) {
            parts.push("[]".to_owned());
        }
        let (name, value) = (name.to_owned(), object(entries));
        Ok(Self { name, value, facts: None, whole: false, parts: parts.map(Arc::new) })
    }
}

/// One part as a separate list.
fn join(changes: &[&RawValue]) -> String {
    let long: usize = changes.iter().map(|change| change.get().len() + 1).sum();
    let mut text = String::with_capacity(long + 1);
    for change in changes {
        text.push(if text.is_empty() { '[' } else { ',' });
        text.push_str(change.get());
    }
    text.push(']');
    text
}

/// The input with the resources of one part.
pub(super) fn with_part(head: &Value, part: &str) -> Result<Value, String> {
    let mut input = head.clone();
    let changes = from_json(part)?;
    if let Value::Object(entries) = &mut input {
        regorus::Rc::make_mut(entries).insert(Value::from(CHANGES), changes);
    }
    Ok(input)
}

impl<'t> Root<'t> {
    fn read(text: &'t str) -> Result<Self, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let root = deserializer.deserialize_map(Keys)?;
        deserializer.end()?;
        Ok(root)
    }
}

struct Keys;

impl<'t> Visitor<'t> for Keys {
    type Value = Root<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Root<'t>, A::Error> {
        let mut keys: Vec<(Cow<'t, str>, &'t RawValue)> = Vec::new();
        while let Some(key) = map.next_key::<Key<'t>>()? {
            if keys.iter().any(|(seen, _)| *seen == key.0) {
                return Err(A::Error::custom("duplicate key in one object"));
            }
            keys.push((key.0, map.next_value()?));
        }
        Ok(Root { keys })
    }
}

/// A key, borrowed where nothing in it is escaped.
#[derive(serde::Deserialize)]
struct Key<'t>(#[serde(borrow)] Cow<'t, str>);
