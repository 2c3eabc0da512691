//! EVALUATE: asks every selected rule about every subject that it claims.
//!
//! A rule is either a Rust file under `aws/` (semantics, arithmetic, references) or a YAML file
//! under `policies/aws/` (a table: this attribute must have that value). Both end up as a
//! [`Rule`]; nothing downstream can tell them apart.

#[macro_use]
pub mod declare;
pub mod answers;
pub mod any;
pub mod aws;
pub mod catalogue;
mod classes;
pub mod evaluate;
pub mod kubernetes;
pub mod net;
pub mod secrets;
pub mod table;
mod target;
#[cfg(test)]
pub(crate) mod testing;
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
}

/// Both sides of a change.
pub struct Transition<'v> {
    /// The subject as it stands, if it does.
    pub before: Option<View<'v>>,
    /// The subject as it will stand, if it will.
    pub after: Option<View<'v>>,
}

impl<'v> Transition<'v> {
    /// The subject of the change.
    #[must_use]
    pub fn subject(&self) -> Option<&'v crate::model::subject::Subject> {
        self.after.as_ref().or(self.before.as_ref()).map(|view| view.subject)
    }
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
