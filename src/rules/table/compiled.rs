//! A rule that is a table, as `judge.rs` runs it.

use serde::{Deserialize, Serialize};

use super::language::{Bound, Levels, Literal, Unset};
use super::path::Path;

/// A rule that is a table.
#[derive(Debug, Serialize, Deserialize)]
pub struct Table {
    /// What must hold, entry by entry.
    pub entries: Vec<Entry>,
}

/// What must hold of some resource types; see [`language::Entry`](super::language::Entry).
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The resource types.
    pub types: Vec<String>,
    /// The resources that it is about.
    pub when: Option<Cond>,
    /// The blocks whose elements it judges one by one.
    pub each: Vec<Path>,
    /// Whether an element is demanded.
    pub demanded: bool,
    /// What tells one element from another.
    pub identity: Vec<Path>,
    /// What must hold.
    pub require: Cond,
    /// Whether a change that creates the resource is judged, too.
    pub created: bool,
    /// The attribute to blame.
    pub path: Path,
    /// Whether the blamed text may be shown: only one that is compared with known texts.
    pub show_text: bool,
    /// What is wrong.
    pub message: String,
}

/// A condition.
#[derive(Debug, Serialize, Deserialize)]
pub enum Cond {
    /// Each holds.
    All(Vec<Cond>),
    /// One holds.
    Any(Vec<Cond>),
    /// It does not hold.
    Not(Box<Cond>),
    /// One element is so.
    Some(Path, Box<Cond>),
    /// Every element is so.
    Every(Path, Box<Cond>),
    /// A resource of these types names this one by this attribute, and is so.
    Linked(Vec<String>, String, Option<Box<Cond>>),
    /// The resource that the attribute refers to is so.
    Follow {
        /// The attribute.
        path: String,
        /// The types that count.
        types: Vec<String>,
        /// What it must be.
        require: Option<Box<Cond>>,
        /// What it means when the plan has none.
        none: Unset,
    },
    /// The JSON document is so.
    Json(Path, Box<Cond>, Unset),
    /// The attribute names a KMS key of the customer's own.
    CustomerKey(Path),
    /// The plan cannot tell.
    Unknown(String),
    /// A test of one attribute.
    Leaf(Leaf),
    /// A comparison of one attribute with what it was before the change.
    Compare(Path, Comparison),
    /// As many elements are so as before the change.
    NotFewer(Path, Option<Box<Cond>>),
    /// Each element is still there, told by this attribute, and compares with what it was.
    EachKept(Path, Path, Box<Cond>),
}

/// How the values after a change compare with those before it.
#[derive(Debug, Serialize, Deserialize)]
pub enum Comparison {
    /// Each that stood still stands.
    Kept,
    /// None stands that did not.
    NothingNew,
    /// See [`language::Condition::not_lower`](super::language::Condition::not_lower).
    NotLower(Bound, Vec<(Path, f64)>),
    /// See [`language::Condition::not_higher`](super::language::Condition::not_higher).
    NotHigher(Bound, Vec<(Path, f64)>),
    /// See [`language::Condition::not_weaker`](super::language::Condition::not_weaker).
    NotWeaker(Levels),
}

/// A test of one attribute.
#[derive(Debug, Serialize, Deserialize)]
pub struct Leaf {
    /// The attribute.
    pub path: Path,
    /// The path as it is written.
    pub written: String,
    /// The test.
    pub test: Test,
    /// Whether the test must fail, for each element.
    pub negate: bool,
    /// Texts are compared without regard to case.
    pub ci: bool,
    /// What *not set* means.
    pub unset: Unset,
}

/// A test of a value.
#[derive(Debug, Serialize, Deserialize)]
pub enum Test {
    /// Equals one of these.
    OneOf(Vec<Literal>),
    /// Is not smaller.
    AtLeast(Literal),
    /// Is not greater.
    AtMost(Literal),
    /// Holds a version that is not smaller.
    Version(Vec<u64>),
    /// Fits one of these patterns.
    Matches(Vec<String>),
    /// The list holds all of these.
    Contains(Vec<Literal>),
    /// The list holds one of these.
    ContainsAny(Vec<Literal>),
    /// Is set to something that is not empty.
    Set,
}

/// The numbers of the first version in a text: `TLSv1.2_2021` is 1, 2; a year ends it.
#[must_use]
pub fn version(text: &str) -> Option<Vec<u64>> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let tail = text.get(start..)?;
    let mut numbers = Vec::new();
    for part in tail.split(['.', '_', '-']) {
        match part.parse::<u64>() {
            Ok(1000..) if !numbers.is_empty() => break,
            Ok(number) => numbers.push(number),
            Err(_) => {
                let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
                if let Some(number) = part.get(..digits).and_then(|p| p.parse().ok()) {
                    numbers.push(number);
                }
                break;
            }
        }
    }
    (!numbers.is_empty()).then_some(numbers)
}
