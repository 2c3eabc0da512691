//! The drift guard: a Deny that keeps everybody but Terraform from changing what Terraform manages,
//! generated, proved and measured.
//!
//! ```text
//! catalogue + verbs + terraform  ->  scope  ->  statements  ->  pack  ->  render
//!                                                   |
//!                                                 prove (with iam::evaluate)
//! ```
//!
//! [`catalogue`] holds AWS's facts, [`verbs`] and [`terraform`] our reviewed reading of them,
//! [`coverage`] says how much of a state or plan it holds, [`audit`] what is wrong with others;
//! [`scope`] what a state or plan needs, [`statements`] the policy, [`pack`] its split under the
//! size limits, [`render`] its formats, [`prove`] the matrix, [`question`] single requests.
//! [`account`] brings it into an account and keeps it there; `aws` makes the calls.

pub(crate) mod account;
pub(crate) mod action_patterns;
pub(crate) mod audit;
#[cfg(feature = "aws")]
pub(crate) mod aws;
pub(crate) mod catalogue;
pub(crate) mod coverage;
pub(crate) mod hcl;
pub(crate) mod input;
pub(crate) mod pack;
pub(crate) mod prove;
pub(crate) mod question;
pub(crate) mod render;
pub(crate) mod resources;
pub(crate) mod scope;
pub(crate) mod statements;
pub(crate) mod terraform;
pub(crate) mod verbs;

pub use account::document::canonical;
