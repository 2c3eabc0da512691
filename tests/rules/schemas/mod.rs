//! What the AWS provider has, by version, and that every rule asks for nothing else: a path that no
//! version knows is always *not set*, and the rule would never fire, or always.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at what they do not expect, as tests do"
)]

mod asked;
mod forms;
mod losses;
mod newer;
mod paths;
mod provider;
mod tables;
