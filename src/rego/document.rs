//! What policies judge: one input, and what holdpoint knows of it.

use std::sync::Arc;

use regorus::Value;

use super::fault::Fault;
use super::value::{from_json, object, of_json, to_json};

/// What is judged.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its name, as the user gave it.
    pub name: String,
    /// What the policies see as `input`.
    pub(super) value: Value,
    /// What they see as `data.holdpoint`.
    pub(super) facts: Option<Value>,
    /// Whether a list at the root is one document; otherwise its elements are judged one by one.
    pub(super) whole: bool,
    /// Lists of resources, one after the other, in place of the one that `value` leaves out.
    pub(super) parts: Option<Arc<Vec<String>>>,
}

impl Document {
    /// A document; a list at its root stands for many, as conftest has it.
    #[must_use]
    pub fn new(name: impl Into<String>, value: &serde_json::Value) -> Self {
        Self { name: name.into(), value: of_json(value), facts: None, whole: false, parts: None }
    }

    /// Reads JSON strictly: a key that stands twice in one object is an error.
    ///
    /// # Errors
    /// A [`Fault`] when it is no JSON.
    pub fn json(name: impl Into<String>, text: &str) -> Result<Self, Box<Fault>> {
        let name = name.into();
        match from_json(text) {
            Ok(value) => Ok(Self { name, value, facts: None, whole: false, parts: None }),
            Err(why) => Err(Self::no_json(&name, &why)),
        }
    }

    /// The fault of an input that cannot be read.
    pub(super) fn no_json(name: &str, why: &str) -> Box<Fault> {
        Box::new(
            Fault::new("rego::bad-input", format!("not valid JSON: {why}"))
                .in_file(name)
                .with_help("check that the file is complete"),
        )
    }

    /// Many documents as one: a list of `{"path": .., "contents": ..}`, as `--combine` gives it; none
    /// are `null`, as in conftest.
    #[must_use]
    pub fn combined(name: impl Into<String>, parts: &[Self]) -> Self {
        let part = |part: &Self| {
            object([
                ("path".to_owned(), Value::from(part.name.as_str())),
                ("contents".to_owned(), part.value.clone()),
            ])
        };
        let list: Vec<Value> = parts.iter().map(part).collect();
        let value = if list.is_empty() { Value::Null } else { Value::from(list) };
        Self { name: name.into(), value, facts: None, whole: true, parts: None }
    }

    /// What is judged one by one: the elements of a list at the root, else the document itself.
    #[must_use]
    pub fn parts(&self) -> Vec<Self> {
        let document = |value: &Value| Self {
            name: self.name.clone(),
            value: value.clone(),
            facts: self.facts.clone(),
            whole: true,
            parts: None,
        };
        match &self.value {
            Value::Array(items) if !self.whole => items.iter().map(document).collect(),
            whole => vec![document(whole)],
        }
    }

    /// Whether it is a list that stands for many documents.
    #[must_use]
    pub fn is_list(&self) -> bool {
        !self.whole && matches!(self.value, Value::Array(_))
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// What it is when it has no parts, so that no rule finds anything in it.
    #[must_use]
    pub fn scalar(&self) -> Option<&'static str> {
        match self.value {
            Value::Bool(_) => Some("a boolean"),
            Value::Number(_) => Some("a number"),
            Value::String(_) => Some("a string"),
            _ => None,
        }
    }

    /// The same, with what `data.holdpoint` is to say of it.
    #[must_use]
    pub fn with_facts(mut self, facts: &serde_json::Value) -> Self {
        self.facts = Some(of_json(facts));
        self
    }

    /// The input as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        to_json(&self.value)
    }
}
