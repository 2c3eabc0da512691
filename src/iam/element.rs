//! Parts that elements of a policy document are made of: lists of texts, and faults.

use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

/// Something that AWS does not accept in a policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it is, without any value of the input; lower case, no full stop.
    pub what: &'static str,
    /// The values that show it; masked with the attribute.
    pub detail: String,
    /// What was read in spite of it is the widest that the author can have meant, so that it casts
    /// no doubt on what the document does not say.
    pub settled: bool,
}

impl Fault {
    pub(crate) fn new(what: &'static str, detail: impl Into<String>) -> Self {
        Self { what, detail: detail.into(), settled: false }
    }

    pub(crate) fn settled(what: &'static str, detail: impl Into<String>) -> Self {
        Self { settled: true, ..Self::new(what, detail) }
    }
}

/// A text, or a list of texts: IAM does not tell `"a"` from `["a"]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Texts {
    /// Those that are known to be there; each may be unknown or have holes.
    pub items: Vec<Value>,
    /// Why there may be more.
    pub rest: Option<Unknown>,
}

impl Texts {
    /// Reads a text or a list of texts; what is neither is a fault.
    #[must_use]
    pub fn read(value: &Value, faults: &mut Vec<Fault>) -> Self {
        let mut texts = Self::default();
        match value {
            Value::List(list) => {
                for item in &list.items {
                    texts.push(item, faults);
                }
                texts.rest.clone_from(&list.rest);
            }
            single => texts.push(single, faults),
        }
        texts
    }

    fn push(&mut self, item: &Value, faults: &mut Vec<Fault>) {
        match item {
            Value::String(_)
            | Value::Template(_)
            | Value::Json(_)
            | Value::Base64(_)
            | Value::Unknown(_)
            | Value::Number(_)
            | Value::Bool(_) => self.items.push(item.clone()),
            Value::Null | Value::List(_) | Value::Object(_) => {
                faults.push(Fault::new(
                    "an element is neither a string nor a list of strings",
                    item.kind(),
                ));
            }
        }
    }

    /// Whether one of them is so; an open end may be.
    #[must_use]
    pub fn any(&self, question: impl Fn(&Value) -> Truth) -> Truth {
        let known = Truth::any(self.items.iter().map(question));
        match &self.rest {
            Some(why) => known.or(Truth::Unknown(why.clone())),
            None => known,
        }
    }

    /// Whether there is at least one and each of them is so; an open end may not be.
    #[must_use]
    pub fn all(&self, question: impl Fn(&Value) -> Truth) -> Truth {
        let known = Truth::all(self.items.iter().map(question));
        match &self.rest {
            Some(why) => known.and(Truth::Unknown(why.clone())),
            None => known.and(Truth::from(!self.items.is_empty())),
        }
    }
}

/// An element that comes in two forms: `Action` and `NotAction`, `Resource` and `NotResource`.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// Neither form is there.
    Missing,
    /// These.
    These(Texts),
    /// All but these.
    AllBut(Texts),
    /// Nothing is known of it.
    Unknown(Unknown),
}

/// A value as it may stand in the detail of a finding; unknown parts as `(unknown)`.
#[must_use]
pub fn shown(value: &Value) -> String {
    use crate::model::value::Piece;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Template(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Known(text) => text.as_str(),
                Piece::Hole(_) => "(unknown)",
            })
            .collect(),
        _ => "(unknown)".to_owned(),
    };
    match text.char_indices().nth(120) {
        Some((cut, _)) => format!("{}...", text.get(..cut).unwrap_or_default()),
        None => text,
    }
}

/// The element's right name. Names are case-sensitive in IAM: a wrongly cased one is read, and is
/// a fault; one that IAM does not know is a fault and `None`.
pub(super) fn element(
    key: &str,
    known: &[&'static str],
    faults: &mut Vec<Fault>,
) -> Option<&'static str> {
    if let Some(name) = known.iter().find(|name| **name == key) {
        return Some(name);
    }
    let lenient = known.iter().find(|name| name.eq_ignore_ascii_case(key)).copied();
    faults.push(Fault::new(
        if lenient.is_some() {
            "an element name has the wrong case"
        } else {
            "it has an element that IAM does not support"
        },
        format!("`{key}`"),
    ));
    lenient
}
