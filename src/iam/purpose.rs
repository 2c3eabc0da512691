//! What a policy stands on.

/// What a policy stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A role: who may assume it.
    Trust,
    /// A resource: who may use it.
    Resource,
}
