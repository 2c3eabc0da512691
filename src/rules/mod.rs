//! EVALUATE: asks every selected rule about every subject that it claims.
//!
//! A rule is either a Rust file under `any/` or a folder for its cloud (semantics, arithmetic,
//! references) or a YAML file under `policies/` (a table: this attribute must have that value). Both
//! end up as a
//! [`Rule`]; nothing downstream can tell them apart.

#[macro_use]
mod declare;
mod answers;
mod any;
mod aws;
pub mod catalogue;
mod classes;
pub mod evaluate;
pub mod kubernetes;
mod net;
mod secrets;
pub mod table;
mod target;
#[cfg(test)]
mod testing;
mod yields;

use std::sync::Arc;

use crate::model::rule::{Meta, Params};
use crate::model::severity::Severity;
use crate::model::view::View;

pub use answers::Answers;

/// A rule: what it says of itself, and how it judges.
pub struct Rule {
    /// Name, severity, documentation.
    pub meta: Meta,
    /// How it judges.
    pub check: Check,
}

/// How a rule judges a subject.
pub enum Check {
    /// Judges a state; asked once about the state after the change and once about the one before,
    /// which tells what the change introduces.
    State(fn(&View<'_>, &mut Answers)),
    /// Judges the change itself; asked once, and what it finds is introduced by the change.
    Change(fn(&Transition<'_>, &mut Answers)),
    /// Judges a state by a table, like [`Check::State`].
    Table(table::Lazy),
    /// Judges the change by a table, like [`Check::Change`].
    ChangeTable(table::Lazy),
}

/// Both sides of a change.
pub struct Transition<'v> {
    /// The subject as it stands, if it does.
    pub before: Option<View<'v>>,
    /// The subject as it will stand, if it will.
    pub after: Option<View<'v>>,
}

/// A rule as the configuration wants it to run.
#[derive(Clone)]
pub struct Selected {
    /// The rule.
    pub rule: &'static Rule,
    /// Its parameters, defaults filled in.
    pub params: Arc<Params>,
    /// The severity that counts.
    pub severity: Severity,
    /// Whether some of its findings may be waived.
    pub waived: bool,
}
