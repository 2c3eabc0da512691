//! The words of rule files that are tables, as they are written; `compile.rs` turns them into what runs.
//!
//! `build.rs` includes this file and its two neighbours, so that a rule file with a mistake fails
//! the build and names the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::rule::ParamSpec;
use crate::model::severity::Severity;

/// One rule file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// See [`Meta::id`](crate::model::rule::Meta::id); equals the file stem.
    pub id: String,
    /// One line, no full stop: what is wrong when the rule fires.
    pub title: String,
    /// Default severity.
    pub severity: Severity,
    /// The service heading in the documentation.
    pub service: String,
    /// What it checks, exactly; Markdown.
    pub what: String,
    /// Why it matters, with the argument for the severity; Markdown.
    pub why: String,
    /// How to fix it, with an example; Markdown.
    pub fix: String,
    /// Pages that the facts come from.
    pub references: Vec<String>,
    /// Control ids by framework.
    #[serde(default)]
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// Whether it runs when the configuration does not name it.
    #[serde(default = "yes")]
    pub on_by_default: bool,
    /// See [`Meta::yields_to`](crate::model::rule::Meta::yields_to).
    #[serde(default)]
    pub yields_to: Vec<String>,
    /// What the configuration may set.
    #[serde(default)]
    pub params: Vec<ParamSpec>,
    /// What its entries are about.
    #[serde(default)]
    pub judges: Judges,
    /// What must hold of which resource types; each entry is judged by itself.
    pub resources: Vec<Entry>,
}

fn yes() -> bool {
    true
}

/// What the entries of a rule file are about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judges {
    /// How a resource stands: `require` must hold.
    #[default]
    State,
    /// What a change takes away: a `require` that held before must still hold. Only here may a
    /// condition compare with the state before the change.
    Change,
}

/// What must hold of some resource types.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The resource types; `data.TYPE` for data sources, `*` for all.
    pub types: Vec<String>,
    /// The first provider version that has all that the entry reads of its types; documentation,
    /// which tests/schemas holds to be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The first provider version that no longer has it; documentation, held alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The entry is about those resources only of which this holds. Always asked of the element
    /// when there is an `each`; paths that start with `/` are the resource's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Judges every element of these blocks or attributes by itself; paths are then the element's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<OneOrMany<String>>,
    /// What it means when there is no element at all; *satisfied* unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none: Option<None>,
    /// Attributes that tell one element from another, whatever their order (`device_name`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<OneOrMany<String>>,
    /// What must hold.
    pub require: Condition,
    /// Of a rule that judges changes: judges a resource that the change creates as well. For settings
    /// of an account or a bucket, which have a value whether or not Terraform knows them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub created: bool,
    /// The attribute to blame; by default the one path that `require` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What is wrong when it does not hold: lower case, no full stop, no value of the input.
    pub message: String,
}

/// What an entry with `each` means by no element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum None {
    /// Nothing to judge.
    Satisfied,
    /// The element is demanded.
    Violated,
}

/// What an attribute that is not set means to a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unset {
    /// The condition holds: the default is good.
    Holds,
    /// The condition does not hold.
    Fails,
    /// The default depends on something that the plan does not show.
    Unknown,
}

/// One of something, or a list of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// As a list.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A parameter of the rule; one that is a list stands for its elements.
    Param {
        /// Its name.
        param: String,
    },
    /// A boolean; equals the text `true` or `false` too, as Terraform converts it.
    Bool(bool),
    /// A number; equals its text too.
    Number(f64),
    /// A text.
    Text(String),
}

/// As a rule file writes it: the value tells its type.
#[derive(Serialize, Deserialize)]
#[serde(untagged, remote = "Literal")]
enum WrittenLiteral {
    Param { param: String },
    Bool(bool),
    Number(f64),
    Text(String),
}

/// As it is embedded, in a form that tells no types.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Literal")]
enum PackedLiteral {
    Param { param: String },
    Bool(bool),
    Number(f64),
    Text(String),
}

impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            WrittenLiteral::serialize(self, serializer)
        } else {
            PackedLiteral::serialize(self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            WrittenLiteral::deserialize(deserializer)
        } else {
            PackedLiteral::deserialize(deserializer)
        }
    }
}

/// A condition as it is written: exactly one word of the second group, or a `path` and exactly one
/// word of the third.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// The attribute: `a.b.c` goes through nested blocks, and through *every* block of a repeated
    /// one; `/a` starts at the resource, `.` is the element itself, `a["k.l"]` a key with dots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Compares texts without regard to case.
    #[serde(skip_serializing_if = "is_false")]
    pub ci: bool,
    /// What *not set* means; must be said where a value that is not set could be meant to pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unset: Option<Unset>,

    /// Each of these holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Vec<Condition>>,
    /// One of these holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<Condition>>,
    /// This does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Condition>>,
    /// One element of these blocks is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub some: Option<Within>,
    /// Every element of these blocks is so; holds for none at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Within>,
    /// Another resource names this one, and is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linked: Option<Linked>,
    /// The resource that an attribute refers to is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow: Option<Follow>,
    /// A JSON document in a text is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Json>,
    /// The attribute at this path names an encryption key of the customer's own: set, and not a
    /// key that the provider manages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_key: Option<String>,
    /// The plan cannot tell, for this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// As many elements of these blocks are so as before the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_fewer: Option<Counted>,
    /// Every element of these blocks is still there, and compares with what it was. Elements are the
    /// same that have the same `by`; those that are left over, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each_kept: Option<EachKept>,

    /// Equals. Like every comparison it is asked of each element of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Literal>,
    /// Does not equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_not: Option<Literal>,
    /// Equals one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_of: Option<OneOrMany<Literal>>,
    /// Equals none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none_of: Option<OneOrMany<Literal>>,
    /// A number that is not smaller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Literal>,
    /// A number that is not greater.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Literal>,
    /// A text that holds a version (`TLSv1.2_2021`, `TLS_1_2`, `8.0.36`) that is not smaller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_at_least: Option<String>,
    /// Fits one of these patterns; `*` is any text, `?` any one character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<OneOrMany<String>>,
    /// Fits none of these patterns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_matches: Option<OneOrMany<String>>,
    /// A list that holds all of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<OneOrMany<Literal>>,
    /// A list that holds one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains_any: Option<OneOrMany<Literal>>,
    /// A list that holds none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<OneOrMany<Literal>>,
    /// `true`: set to something that is not empty; `false`: not set, or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<bool>,

    /// `true`: every element that stood before the change still stands; for a single value, the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<bool>,
    /// `true`: no element stands that did not stand before the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nothing_new: Option<bool>,
    /// A number that is not lower than before the change; of several, the lowest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_lower: Option<Bound>,
    /// A number that is not higher than before the change; of several, the highest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_higher: Option<Bound>,
    /// One of these levels, and not a weaker one than before the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_weaker: Option<Levels>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// How numbers from before and after a change are compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bound {
    /// The number that *not set* stands for. Where it is left out, a value that was not set demanded
    /// nothing, and one that is no longer set is a loss.
    pub unset: Option<f64>,
    /// The number that stands for no limit at all.
    pub unlimited: Option<f64>,
    /// A number that is good enough, whatever stood before.
    pub enough: Option<f64>,
    /// Attributes that are added, and how much one of theirs is: years to days.
    pub plus: BTreeMap<String, f64>,
}

/// Values in the order of their strength.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// The weakest first.
    pub order: Vec<String>,
    /// The one that *not set* stands for; where it is left out, weaker than all of them.
    #[serde(default)]
    pub unset: Option<String>,
}

/// Elements of repeated blocks or of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// The blocks.
    #[serde(rename = "in")]
    pub within: String,
    /// What an element must be.
    pub require: Box<Condition>,
}

/// Elements of repeated blocks that are counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The blocks.
    #[serde(rename = "in")]
    pub within: String,
    /// What an element must be to count; every element counts unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require: Option<Box<Condition>>,
}

/// Elements of repeated blocks that are compared with what they were.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EachKept {
    /// The blocks.
    #[serde(rename = "in")]
    pub within: String,
    /// The attribute that tells one element from another.
    pub by: String,
    /// What an element must be.
    pub require: Box<Condition>,
}

/// Other resources that name this one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// Their types.
    pub types: OneOrMany<String>,
    /// Their attribute that names this resource.
    pub via: String,
    /// What one of them must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require: Option<Box<Condition>>,
}

/// The resource that an attribute refers to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    /// The attribute, `launch_template[0].id`.
    pub path: String,
    /// The types that count.
    pub types: OneOrMany<String>,
    /// What one of them must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require: Option<Box<Condition>>,
    /// What it means when the plan has no such resource.
    pub none: Unset,
}

/// A JSON document in a text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Json {
    /// The attribute.
    pub path: String,
    /// What the document must be.
    pub require: Box<Condition>,
    /// What it means when the attribute is not set.
    pub unset: Unset,
}
