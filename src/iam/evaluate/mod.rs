//! Whether AWS would let a request through: all layers of policies, and the statement that decided.
//!
//! ```text
//! explicit deny  >  RCPs, SCPs (each level)  >  resource policy  >  identity, boundary, session
//! ```
//!
//! The questions elsewhere in [`crate::iam`] ask how wide a document is, and of documents that may
//! be unknown in part. This part answers one request against documents that are wholly known, in
//! AWS's two values. What it does not know (an operator, a condition key, an element) is an
//! error, never a guess.

mod arn;
mod caller;
mod context;
mod decide;
pub(crate) mod keys;
mod operator;
mod policy;
mod test;
mod text;

pub use arn::Arn;
pub use caller::Caller;
pub use context::Context;
pub use decide::{Answer, Decision, Policies, Request, Target, evaluate};
pub use policy::{Kind, Policy, Refusal};

#[cfg(test)]
mod layers_tests;
#[cfg(test)]
mod traps_tests;
