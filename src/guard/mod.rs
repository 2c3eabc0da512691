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

pub mod account;
pub mod action_patterns;
pub mod audit;
#[cfg(feature = "aws")]
pub mod aws;
pub mod catalogue;
pub mod coverage;
pub mod hcl;
mod input;
pub mod pack;
pub mod prove;
pub mod question;
pub mod render;
pub mod resources;
pub mod scope;
pub mod statements;
pub mod terraform;
pub mod verbs;
