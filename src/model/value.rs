//! Values that may be unknown: what a plan knows of an attribute, and no more.
//!
//! A planned attribute is known, unknown, or known in part: a list with an unknown element, a
//! template with a hole (`"${aws_eip.e.public_ip}/32"`), a JSON document with an unknown field.
//! Every reader here answers in a way that keeps the doubt: looking into something unknown gives
//! something unknown, never nothing.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde_json::Number;

use super::truth::Truth;

/// Why a value is unknown, in words for the report (`depends on `aws_eip.e.public_ip``), and the
/// references that it depends on.
///
/// Cheap to clone; two are equal when they say the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unknown(Arc<Doubt>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Doubt {
    reason: String,
    references: Vec<String>,
    plain: bool,
}

impl Unknown {
    /// An unknown with a given reason. Style: lower case, no full stop, names in backticks.
    #[must_use]
    pub fn because(reason: impl Into<String>) -> Self {
        Self(Arc::new(Doubt { reason: reason.into(), references: Vec::new(), plain: false }))
    }

    /// The same doubt about a text that certainly is an identifier which a provider computes (an
    /// ARN, an id, an account number): not empty, one value, and without a wildcard. An IAM policy
    /// that names such a thing is narrow, although the name is not known yet.
    #[must_use]
    pub fn plain(self) -> Self {
        Self(Arc::new(Doubt { plain: true, ..(*self.0).clone() }))
    }

    /// The same doubt about a value that is made of the first, and no identifier any more.
    #[must_use]
    pub fn derived(&self) -> Self {
        if !self.0.plain {
            return self.clone();
        }
        Self(Arc::new(Doubt { plain: false, ..(*self.0).clone() }))
    }

    /// Whether it certainly is an identifier without wildcards; see [`Unknown::plain`].
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.plain
    }

    /// Known only after apply, and nothing says what it depends on.
    #[must_use]
    pub fn after_apply() -> Self {
        Self::because("known only after apply")
    }

    /// Known only after apply, because the expression depends on these references.
    #[must_use]
    pub fn waits_for<S: AsRef<str>>(references: impl IntoIterator<Item = S>) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut seen = FxHashSet::default();
        for reference in references {
            if seen.insert(reference.as_ref().to_owned()) {
                names.push(reference.as_ref().to_owned());
            }
        }
        if names.is_empty() {
            return Self::after_apply();
        }
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let reason = format!("depends on {}", quoted.join(", "));
        Self(Arc::new(Doubt { reason, references: names, plain: false }))
    }

    /// The reason.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The references that it depends on, as they were given to [`Unknown::waits_for`].
    #[must_use]
    pub fn references(&self) -> &[String] {
        &self.0.references
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.reason)
    }
}

/// One piece of a string with unknown parts.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// A known part.
    Known(String),
    /// An unknown part: any text may be here.
    Hole(Unknown),
}

/// A list, set or tuple, or the repeated blocks of one name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    /// The elements that are known to be there; each may itself be unknown.
    pub items: Vec<Value>,
    /// Set when there may be more elements than these.
    pub rest: Option<Unknown>,
}

/// An object or map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object {
    /// The entries that are known to exist, in the order of the source. Keys are unique.
    pub entries: Vec<(String, Value)>,
    /// Set when there may be more entries than these.
    pub rest: Option<Unknown>,
}

/// What is known of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Null, absent, or not set by the author: Terraform treats the three alike.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A fully known string.
    String(String),
    /// A string with at least one unknown part.
    Template(Vec<Piece>),
    /// The JSON text of a value that is known in part, as `jsonencode` makes it.
    Json(Box<Value>),
    /// The Base64 text of a text that is known in part, as `base64encode` makes it.
    Base64(Box<Value>),
    /// A list.
    List(List),
    /// An object.
    Object(Object),
    /// Nothing about the value is known.
    Unknown(Unknown),
}

impl Value {
    /// A known text.
    #[must_use]
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// A known list.
    #[must_use]
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(List { items, rest: None })
    }

    /// A known object. If a key is repeated, the last entry counts.
    #[must_use]
    pub fn object(entries: impl IntoIterator<Item = (String, Value)>) -> Self {
        let mut object = Object::default();
        for (key, value) in entries {
            object.insert(key, value);
        }
        Self::Object(object)
    }

    /// True for null only; an unknown is not null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if it is wholly known.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is known: a number, or a text that is one, as Terraform converts it.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64().or_else(|| {
                number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 9e15).map(|f| f as i64)
            }),
            Self::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The number, if it is known; texts are converted as Terraform converts them.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            Self::String(text) => text.trim().parse().ok().filter(|f: &f64| f.is_finite()),
            _ => None,
        }
    }

    /// The boolean, if it is known: `true`, or `"true"` as Terraform converts it.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::String(text) => match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value as a condition. Null is false; what is no boolean at all is false too.
    #[must_use]
    pub fn is_true(&self) -> Truth {
        match self {
            Self::Unknown(why) => Truth::Unknown(why.clone()),
            Self::Template(_) | Self::Json(_) | Self::Base64(_) => match self.doubt() {
                Some(why) => Truth::Unknown(why.clone()),
                None => Truth::False,
            },
            other => Truth::from(other.as_bool() == Some(true)),
        }
    }

    /// Whether the value equals a known text, in three values.
    ///
    /// A template answers *false* as soon as its known ends do not fit.
    #[must_use]
    pub fn equals(&self, text: &str) -> Truth {
        match self {
            Self::String(known) => Truth::from(known == text),
            Self::Bool(known) => Truth::from(text == if *known { "true" } else { "false" }),
            Self::Number(known) => Truth::from(known.to_string() == text),
            Self::Template(pieces) => template_fits(pieces, text),
            Self::Json(_) | Self::Base64(_) | Self::Unknown(_) => match self.doubt() {
                Some(why) => Truth::Unknown(why.clone()),
                None => Truth::False,
            },
            Self::Null | Self::List(_) | Self::Object(_) => Truth::False,
        }
    }

    /// The entry of an object. Absent in a known object is null; anything in an unknown is unknown.
    ///
    /// A list of one element is looked into, since Terraform shows nested blocks as lists.
    #[must_use]
    pub fn get(&self, key: &str) -> Cow<'_, Value> {
        match self {
            Self::Object(object) => object.get(key),
            Self::List(list) => match (list.items.as_slice(), &list.rest) {
                ([only], None) => only.get(key),
                ([], Some(why)) => Cow::Owned(Self::Unknown(why.clone())),
                _ => Cow::Owned(Self::Null),
            },
            Self::Unknown(why) => Cow::Owned(Self::Unknown(why.clone())),
            _ => Cow::Owned(Self::Null),
        }
    }

    /// The value at a path such as `rule[0].apply.sse_algorithm`; see [`Value::get`].
    #[must_use]
    pub fn at(&self, path: &str) -> Cow<'_, Value> {
        let mut here = Cow::Borrowed(self);
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let (name, indexes) = match step.find('[') {
                Some(cut) => step.split_at(cut),
                None => (step, ""),
            };
            if !name.is_empty() {
                here = match here {
                    Cow::Borrowed(value) => value.get(name),
                    Cow::Owned(value) => Cow::Owned(value.get(name).into_owned()),
                };
            }
            for index in indexes.split('[').filter_map(|part| part.strip_suffix(']')) {
                let index: usize = index.parse().unwrap_or(usize::MAX);
                here = match here {
                    Cow::Borrowed(value) => value.index(index),
                    Cow::Owned(value) => Cow::Owned(value.index(index).into_owned()),
                };
            }
        }
        here
    }

    /// The element of a list; unknown when the list may be longer than it is known to be.
    #[must_use]
    pub fn index(&self, index: usize) -> Cow<'_, Value> {
        match self {
            Self::List(list) => match (list.items.get(index), &list.rest) {
                (Some(item), _) => Cow::Borrowed(item),
                (None, Some(why)) => Cow::Owned(Self::Unknown(why.clone())),
                (None, None) => Cow::Owned(Self::Null),
            },
            Self::Object(_) if index == 0 => Cow::Borrowed(self),
            Self::Unknown(why) => Cow::Owned(Self::Unknown(why.clone())),
            _ => Cow::Owned(Self::Null),
        }
    }

    /// The elements that are known to be there. A single value counts as a list of one, null as
    /// an empty list, an unknown as an empty list whose [`Value::rest`] is open.
    #[must_use]
    pub fn elements(&self) -> &[Value] {
        match self {
            Self::List(list) => &list.items,
            Self::Null | Self::Unknown(_) => &[],
            single => std::slice::from_ref(single),
        }
    }

    /// Why there may be more elements than [`Value::elements`] shows; `None` when these are all.
    #[must_use]
    pub fn rest(&self) -> Option<&Unknown> {
        match self {
            Self::List(list) => list.rest.as_ref(),
            Self::Unknown(why) => Some(why),
            _ => None,
        }
    }

    /// The first doubt anywhere inside, or `None` when all of it is known.
    #[must_use]
    pub fn doubt(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(why) => Some(why),
            Self::Template(pieces) => pieces.iter().find_map(|piece| match piece {
                Piece::Hole(why) => Some(why),
                Piece::Known(_) => None,
            }),
            Self::Json(inner) | Self::Base64(inner) => inner.doubt(),
            Self::List(list) => list.items.iter().find_map(Value::doubt).or(list.rest.as_ref()),
            Self::Object(object) => {
                object.entries.iter().find_map(|(_, v)| v.doubt()).or(object.rest.as_ref())
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => None,
        }
    }

    /// What kind of value this is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::String(_) | Self::Template(_) | Self::Json(_) | Self::Base64(_) => "string",
            Self::List(_) => "list",
            Self::Object(_) => "object",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// Whether a text with holes can be this text; *true* is never sure while a hole is left.
fn template_fits(pieces: &[Piece], text: &str) -> Truth {
    let mut hole: Option<&Unknown> = None;
    let mut left = text;
    let last = pieces.len().saturating_sub(1);
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Hole(why) => hole = hole.or(Some(why)),
            Piece::Known(known) if hole.is_none() => match left.strip_prefix(known.as_str()) {
                Some(tail) => left = tail,
                None => return Truth::False,
            },
            Piece::Known(known) if i == last => {
                if !left.ends_with(known.as_str()) {
                    return Truth::False;
                }
            }
            Piece::Known(known) => match left.find(known.as_str()) {
                Some(at) => left = left.get(at + known.len()..).unwrap_or_default(),
                None => return Truth::False,
            },
        }
    }
    match hole {
        Some(why) => Truth::Unknown(why.clone()),
        None => Truth::from(left.is_empty()),
    }
}

impl Object {
    /// Sets an entry; one of the same key is replaced.
    pub fn insert(&mut self, key: String, value: Value) {
        match self.entries.iter_mut().find(|(name, _)| *name == key) {
            Some((_, present)) => *present = value,
            None => self.entries.push((key, value)),
        }
    }

    /// The entry, null if it is not there, unknown if it might be.
    #[must_use]
    pub fn get(&self, key: &str) -> Cow<'_, Value> {
        match self.entries.iter().find(|(name, _)| name == key) {
            Some((_, value)) => Cow::Borrowed(value),
            None => Cow::Owned(match &self.rest {
                Some(why) => Value::Unknown(why.clone()),
                None => Value::Null,
            }),
        }
    }

    /// The entry if it is known to be there.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}
