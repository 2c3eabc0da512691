//! The values of evaluation: the model's, with sets told from lists, and cheap to share.
//!
//! A local that is named a thousand times is built once. Every collection carries its size and
//! depth, so that a chain of doublings is stopped before it fills the memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Number;

use super::json_text;
use super::module::Instance;
use super::number::{self, Parsed};
use super::text::{self, Normal};
use super::ty::Ty;
use crate::model::subject::{Key, Mode};
use crate::model::value::{List, Object, Piece, Unknown, Value};

/// Largest value that is built, in nodes; a text counts one more for every 32 bytes.
const MAX_SIZE: u32 = 200_000;
/// Deepest value that is built.
const MAX_DEPTH: u16 = 96;
/// Most references that one doubt names.
const MAX_NAMES: usize = 32;
/// Longest text that is built, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// Why an evaluation gives no value at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// Terraform would refuse the expression too; `try` goes on to its next argument.
    Fails,
    /// It takes more steps or more memory than an evaluation may.
    TooMuch,
}

/// The outcome of an evaluation.
pub(super) type Res<T = Val> = Result<T, Stop>;

/// What kind of sequence a [`Seq`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Tuple,
    /// A list of elements of one type.
    List(Ty),
    /// A set of elements of one type.
    Set(Ty),
    /// Read from a plan, which shows lists, sets and tuples alike.
    Unsure,
}

/// What kind of mapping a [`Map`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Object,
    /// A map to elements of one type.
    Map(Ty),
    /// Read from a plan, which shows objects and maps alike.
    Unsure,
}

/// A list, set or tuple.
#[derive(Debug)]
pub(super) struct Seq {
    pub(super) items: Vec<Val>,
    /// Set when there may be more elements, anywhere between these.
    pub(super) rest: Option<Unknown>,
    pub(super) kind: Kind,
    /// The elements stand in another order, perhaps.
    pub(super) unordered: bool,
    /// Whether its type is known.
    sure: bool,
    size: u32,
    depth: u16,
}

/// An object or map.
#[derive(Debug)]
pub(super) struct Map {
    pub(super) entries: BTreeMap<String, Val>,
    /// Set when there may be more entries.
    pub(super) rest: Option<Unknown>,
    pub(super) form: Form,
    /// Whether its type is known.
    sure: bool,
    size: u32,
    depth: u16,
}

/// One resource instance that is named as a whole; its attributes are looked up when asked for.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) instance: Arc<Instance>,
    pub(super) mode: Mode,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) key: Option<Key>,
}

/// A value of evaluation.
#[derive(Debug, Clone)]
pub(super) enum Val {
    /// Null of a type.
    Null(Ty),
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    /// Text with at least one hole.
    Template(Arc<[Piece]>),
    /// The JSON text of a value that is known in part.
    Json(Arc<Val>),
    /// The Base64 text of a text that is known in part.
    Base64(Arc<Val>),
    List(Arc<Seq>),
    Object(Arc<Map>),
    Resource(Arc<Resource>),
    /// A module instance that is named as a whole; its outputs are looked up when asked for.
    Module(Arc<Instance>),
    Unknown(Unknown),
}

impl Resource {
    /// `aws_eip.e`, relative to its module.
    pub(super) fn label(&self) -> String {
        let data = if self.mode == Mode::Data { "data." } else { "" };
        format!("{data}{}.{}", self.kind, self.name)
    }

    /// `aws_eip.e["a"]`, relative to its module.
    pub(super) fn reference(&self) -> String {
        let key = self.key.as_ref().map(|key| format!("[{key}]")).unwrap_or_default();
        format!("{}{key}", self.label())
    }
}

impl Val {
    /// A text in the normal form in which Terraform keeps it.
    pub(super) fn text<'t>(text: impl Into<Cow<'t, str>>) -> Val {
        match text::normal(text.into()) {
            Normal::Text(text) => Val::String(text.into()),
            Normal::Doubt => Val::Unknown(text::doubt()),
        }
    }

    /// A text that may have grown too long.
    pub(super) fn long_text(text: String) -> Res {
        if text.len() > MAX_TEXT { Err(Stop::TooMuch) } else { Ok(Val::text(text)) }
    }

    /// A literal `null`.
    pub(super) const NULL: Val = Val::Null(Ty::Any);

    pub(super) fn unknown(reason: impl Into<String>) -> Val {
        Val::Unknown(Unknown::because(reason))
    }

    pub(super) fn int(number: i64) -> Val {
        Val::Number(number.into())
    }

    /// A closed tuple.
    pub(super) fn tuple(items: Vec<Val>) -> Res {
        Val::seq(items, None, Kind::Tuple)
    }

    pub(super) fn seq(items: Vec<Val>, rest: Option<Unknown>, kind: Kind) -> Res {
        Val::perhaps_ordered(items, rest, kind, false)
    }

    pub(super) fn perhaps_ordered(
        items: Vec<Val>,
        rest: Option<Unknown>,
        kind: Kind,
        unordered: bool,
    ) -> Res {
        let (size, depth) = measure(items.iter())?;
        let unordered = unordered && items.len() > 1;
        let sure = match &kind {
            Kind::List(element) | Kind::Set(element) => element.is_sure(),
            Kind::Tuple => rest.is_none() && items.iter().all(Val::is_sure),
            Kind::Unsure => false,
        };
        Ok(Val::List(Arc::new(Seq { items, rest, kind, unordered, sure, size, depth })))
    }

    pub(super) fn object(entries: BTreeMap<String, Val>, rest: Option<Unknown>) -> Res {
        Val::map(entries, rest, Form::Object)
    }

    pub(super) fn map(entries: BTreeMap<String, Val>, rest: Option<Unknown>, form: Form) -> Res {
        let (size, depth) = measure(entries.values())?;
        let sure = match &form {
            Form::Map(element) => element.is_sure(),
            Form::Object => rest.is_none() && entries.values().all(Val::is_sure),
            Form::Unsure => false,
        };
        Ok(Val::Object(Arc::new(Map { entries, rest, form, sure, size, depth })))
    }

    /// A text from its pieces; neighbours are joined.
    pub(super) fn pieces(pieces: Vec<Piece>) -> Res {
        let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
        let mut length = 0;
        for piece in pieces {
            match (joined.last_mut(), piece) {
                (_, Piece::Known(text)) if text.is_empty() => {}
                (Some(Piece::Known(last)), Piece::Known(text)) => {
                    length += text.len();
                    last.push_str(&text);
                }
                (_, piece) => {
                    if let Piece::Known(text) = &piece {
                        length += text.len();
                    }
                    length += 1;
                    joined.push(piece);
                }
            }
            if length > MAX_TEXT {
                return Err(Stop::TooMuch);
            }
        }
        Ok(match joined.as_slice() {
            [] => Val::text(""),
            [Piece::Known(text)] => Val::text(text.as_str()),
            _ => Val::Template(joined.into_iter().map(normal_piece).collect()),
        })
    }

    /// Nodes in the value, as a tree.
    pub(super) fn size(&self) -> u32 {
        match self {
            Val::List(seq) => seq.size,
            Val::Object(map) => map.size,
            Val::Json(inner) | Val::Base64(inner) => inner.size().saturating_add(1),
            Val::String(text) => 1 + u32::try_from(text.len() / 32).unwrap_or(u32::MAX - 1),
            Val::Template(pieces) => pieces.iter().fold(1, |size: u32, piece| {
                size.saturating_add(match piece {
                    Piece::Known(text) => 1 + u32::try_from(text.len() / 32).unwrap_or(MAX_SIZE),
                    Piece::Hole(_) => 1,
                })
            }),
            _ => 1,
        }
    }

    fn depth(&self) -> u16 {
        match self {
            Val::List(seq) => seq.depth,
            Val::Object(map) => map.depth,
            Val::Json(inner) | Val::Base64(inner) => inner.depth().saturating_add(1),
            _ => 0,
        }
    }

    /// The first doubt anywhere inside. Whoever asks makes something else of the value, so that it
    /// is no longer plain.
    pub(super) fn doubt(&self) -> Option<Unknown> {
        match self {
            Val::Unknown(why) => Some(why.derived()),
            Val::Template(pieces) => pieces.iter().find_map(|piece| match piece {
                Piece::Hole(why) => Some(why.derived()),
                Piece::Known(_) => None,
            }),
            Val::Json(inner) | Val::Base64(inner) => inner.doubt(),
            Val::List(seq) => seq.items.iter().find_map(Val::doubt).or_else(|| seq.rest.clone()),
            Val::Object(map) => {
                map.entries.values().find_map(Val::doubt).or_else(|| map.rest.clone())
            }
            Val::Resource(resource) => Some(Unknown::waits_for([resource.reference()])),
            Val::Module(instance) => Some(Unknown::waits_for([&instance.address])),
            Val::Null(_) | Val::Bool(_) | Val::Number(_) | Val::String(_) => None,
        }
    }

    /// The value as a text, where Terraform converts it.
    pub(super) fn to_text(&self) -> Res {
        Ok(match self {
            Val::String(_) | Val::Template(_) | Val::Json(_) | Val::Base64(_) | Val::Unknown(_) => {
                self.clone()
            }
            Val::Null(_) => Val::Null(Ty::String),
            Val::Bool(value) => Val::text(if *value { "true" } else { "false" }),
            Val::Number(number) => Val::text(json_text::number(number)),
            _ => return Err(Stop::Fails),
        })
    }

    /// The value as a number, where Terraform converts it.
    pub(super) fn to_number(&self) -> Res {
        Ok(match self {
            Val::Number(_) | Val::Unknown(_) => self.clone(),
            Val::Null(ty) if *ty != Ty::Bool => Val::Null(Ty::Number),
            Val::String(text) => match number::parse(text) {
                Parsed::Exact(number) => Val::Number(number),
                Parsed::Refused => return Err(Stop::Fails),
                Parsed::Doubt => Val::Unknown(number::imprecision()),
            },
            Val::Template(_) | Val::Json(_) | Val::Base64(_) => self.as_unknown(),
            _ => return Err(Stop::Fails),
        })
    }

    /// The value as a boolean, where Terraform converts it.
    pub(super) fn to_bool(&self) -> Res {
        Ok(match self {
            Val::Bool(_) | Val::Unknown(_) => self.clone(),
            Val::Null(ty) if *ty != Ty::Number => Val::Null(Ty::Bool),
            Val::String(text) => match &**text {
                "true" | "1" => Val::Bool(true),
                "false" | "0" => Val::Bool(false),
                _ => return Err(Stop::Fails),
            },
            Val::Template(_) | Val::Json(_) | Val::Base64(_) => self.as_unknown(),
            _ => return Err(Stop::Fails),
        })
    }

    /// The first doubt inside, as a value.
    pub(super) fn as_unknown(&self) -> Val {
        Val::Unknown(self.doubt().unwrap_or_else(Unknown::after_apply))
    }

    /// The pieces of a text.
    pub(super) fn into_pieces(self) -> Res<Vec<Piece>> {
        Ok(match self.to_text()? {
            Val::String(text) => vec![Piece::Known(text.to_string())],
            Val::Template(pieces) => pieces.to_vec(),
            Val::Json(inner) => json_text::encode(&inner),
            Val::Base64(inner) => inner.doubt().map(Piece::Hole).into_iter().collect(),
            Val::Unknown(why) => vec![Piece::Hole(why)],
            _ => return Err(Stop::Fails),
        })
    }

    /// What a rule sees. Text with holes that reads as a JSON document becomes one.
    pub(super) fn into_value(self) -> Value {
        match self {
            Val::Null(_) => Value::Null,
            Val::Bool(value) => Value::Bool(value),
            Val::Number(number) => Value::Number(number),
            Val::String(text) => Value::String(text.to_string()),
            Val::Template(pieces) => match json_text::decode(&pieces) {
                Some(document) => Value::Json(Box::new(document.into_value())),
                None => Value::Template(pieces.to_vec()),
            },
            Val::Json(inner) => Value::Json(Box::new(inner.as_ref().clone().into_value())),
            Val::Base64(inner) => Value::Base64(Box::new(inner.as_ref().clone().into_value())),
            Val::List(seq) => Value::List(List {
                items: seq.items.iter().map(|item| item.clone().into_value()).collect(),
                rest: seq.rest.clone(),
            }),
            Val::Object(map) => Value::Object(Object {
                entries: map
                    .entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone().into_value()))
                    .collect(),
                rest: map.rest.clone(),
            }),
            Val::Unknown(why) => Value::Unknown(why),
            whole @ (Val::Resource(_) | Val::Module(_)) => {
                Value::Unknown(whole.doubt().unwrap_or_else(Unknown::after_apply))
            }
        }
    }

    /// A value that the plan holds.
    pub(super) fn from_value(value: &Value) -> Res {
        Ok(match value {
            Value::Null => Val::Null(Ty::Unsure),
            Value::Bool(value) => Val::Bool(*value),
            // The plan may show more digits of a fraction than were read.
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Val::int(whole),
                None => Val::Unknown(number::imprecision()),
            },
            Value::String(text) => Val::text(text.as_str()),
            Value::Template(pieces) => Val::Template(pieces.clone().into()),
            Value::Json(inner) => Val::Json(Arc::new(Val::from_value(inner)?)),
            Value::Base64(inner) => Val::Base64(Arc::new(Val::from_value(inner)?)),
            Value::List(list) => {
                let items = list.items.iter().map(Val::from_value).collect::<Res<Vec<_>>>()?;
                Val::seq(items, list.rest.clone(), Kind::Unsure)?
            }
            Value::Object(object) => {
                let entries = object
                    .entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), Val::from_value(value)?)))
                    .collect::<Res<BTreeMap<_, _>>>()?;
                Val::map(entries, object.rest.clone(), Form::Unsure)?
            }
            Value::Unknown(why) => Val::Unknown(why.clone()),
        })
    }

    /// Whether its type is known, with all parts.
    pub(super) fn is_sure(&self) -> bool {
        match self {
            Val::Null(ty) => ty.is_sure(),
            Val::List(seq) => seq.sure,
            Val::Object(map) => map.sure,
            Val::Resource(_) | Val::Module(_) | Val::Unknown(_) => false,
            _ => true,
        }
    }

    /// Whether equal texts of the value are equal values.
    fn is_exact(&self) -> bool {
        match self {
            Val::Number(number) => number::is_exact(number),
            Val::List(seq) => seq.items.iter().all(Val::is_exact),
            Val::Object(map) => map.entries.values().all(Val::is_exact),
            _ => true,
        }
    }

    /// A text that is the same for equal known values; `None` when the value is not wholly known.
    pub(super) fn identity(&self) -> Option<String> {
        if self.doubt().is_some() || !self.is_exact() {
            return None;
        }
        match json_text::encode(self).as_slice() {
            [Piece::Known(text)] => Some(text.clone()),
            _ => None,
        }
    }
}

fn measure<'v>(parts: impl Iterator<Item = &'v Val>) -> Res<(u32, u16)> {
    let (mut size, mut depth) = (1_u32, 0_u16);
    for part in parts {
        size = size.saturating_add(part.size());
        depth = depth.max(part.depth());
    }
    let depth = depth.saturating_add(1);
    if size > MAX_SIZE || depth > MAX_DEPTH { Err(Stop::TooMuch) } else { Ok((size, depth)) }
}

/// A known piece beside a hole: it keeps its form whatever the hole turns out to be, or is a doubt.
fn normal_piece(piece: Piece) -> Piece {
    match piece {
        Piece::Known(text) => match text::normal(Cow::Owned(text)) {
            Normal::Text(text) if !text::may_join(&text) => Piece::Known(text),
            _ => Piece::Hole(text::doubt()),
        },
        hole @ Piece::Hole(_) => hole,
    }
}

/// Why elements may stand in another order.
pub(super) fn unordered() -> Unknown {
    Unknown::because("depends on the order of a set")
}

/// One doubt from several: all that they wait for, or the first that waits for nothing.
pub(super) fn together<'u>(doubts: impl IntoIterator<Item = &'u Unknown>) -> Unknown {
    let mut names: Vec<&str> = Vec::new();
    for doubt in doubts {
        if doubt.references().is_empty() {
            return doubt.clone();
        }
        names.extend(doubt.references().iter().map(String::as_str));
    }
    Unknown::waits_for(names.into_iter().take(MAX_NAMES))
}
