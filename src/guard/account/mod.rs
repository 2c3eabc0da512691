//! The guard in an account: what stands there, what is to stand there, and how to get from the one
//! to the other without a moment that is neither. Knows no AWS: [`Account`] is all that it asks of
//! one, `guard::aws` answers it, and the tests have an account that fails wherever they like.
//!
//! ```text
//! Account::read -> State --+-> layout -> Plan (diff, effects, order, lockout) -> file
//!                          |                                                      |
//!                          +------------------- apply (journal) <-----------------+
//! ```

mod api;
pub(crate) mod apply;
mod atoms;
pub(crate) mod diff;
pub(crate) mod document;
pub(crate) mod effects;
pub(crate) mod journal;
pub(crate) mod layout;
pub(crate) mod lockout;
mod order;
mod outcome;
pub(crate) mod plan;
pub(crate) mod principals;
pub(crate) mod state;
pub(crate) mod trust;
mod undo;
pub(crate) mod unlock;

pub use api::{Account, Cause, Done, Fault, Pair};

#[cfg(test)]
mod apply_tests;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod plan_tests;
