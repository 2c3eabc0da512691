//! What a policy stands on.

/// What a policy stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A role that names no account: an outsider may write whatever condition key they choose
    /// themselves, the external id too.
    Trust,
    /// A role that names an account, which keeps an external id for its customer.
    Account,
    /// A resource: who may use it.
    Resource,
}
