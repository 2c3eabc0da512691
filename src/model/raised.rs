//! What the rules raised: the evaluation hands it over, the decision takes it up.

use super::finding::{Answer, Change};
use super::subject::SubjectId;

/// An answer, with the rule and the subject that it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Raised {
    /// Position in the list of selected rules.
    pub rule: usize,
    /// The subject.
    pub subject: SubjectId,
    /// Relation to the change.
    pub change: Change,
    /// The rule's answer.
    pub answer: Answer,
}

/// Everything that was raised for one input, and how many checks were made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// In the order of subjects, then rules.
    pub raised: Vec<Raised>,
    /// Pairs of a rule and a subject that it claims.
    pub checks: usize,
}

/// A path without its indexes: AWS ignores the order of blocks.
#[must_use]
pub fn stem(path: &str) -> String {
    let mut stem = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => stem.push(c),
            _ => {}
        }
    }
    stem
}
