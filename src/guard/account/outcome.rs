//! What became of a plan: what was done, or why it was not, and which guard is in force now. Somebody
//! reads it who must decide what to do next, so it says no more than is known.

use std::fmt;

use super::Fault;

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether anything had to be done.
    pub changed: bool,
    /// Whether an earlier run had begun.
    pub resumed: bool,
    /// Policies made.
    pub created: usize,
    /// Policies that say something else now.
    pub switched: usize,
    /// Policies deleted.
    pub deleted: usize,
    /// How often a policy was put on somebody.
    pub attached: usize,
    /// How often one was taken off.
    pub detached: usize,
    /// Whom it could not be put on or taken off, and why.
    pub failed: Vec<(String, String)>,
}

/// Which guard is in force after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InForce {
    /// What was: this run did nothing.
    Untouched,
    /// The old one.
    Old,
    /// The old one, and parts of the new one, or the old one on more.
    OldOnMore,
    /// Parts of the old one and of the new one: an earlier run was interrupted in the middle.
    Both,
    /// The new one was written, and nobody could look whether it stands there.
    Written,
    /// The new one; something is left over.
    New,
    /// It could not be put back, or somebody else changes it.
    Unknown,
}

/// Why a plan was not carried out to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Why; for people.
    pub message: String,
    /// What to do.
    pub help: String,
    /// What is in force now.
    pub in_force: InForce,
}

impl Failure {
    pub(super) fn of(fault: &Fault, in_force: InForce) -> Self {
        Self { message: fault.message.clone(), help: fault.help().to_owned(), in_force }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.in_force {
            InForce::Untouched => "this run changed nothing",
            InForce::Old => "the old guard is in force",
            InForce::OldOnMore => "the old guard is in force, and part of the new one",
            InForce::Both => "parts of the old guard and parts of the new one are in force",
            InForce::Written => {
                "the new guard was written but could not be read back, and nothing was removed"
            }
            InForce::New => "the new guard is in force, and part of the old one remains",
            InForce::Unknown => "cannot tell which guard is in force",
        };
        write!(f, "{}; {state}", self.message)
    }
}

impl std::error::Error for Failure {}
