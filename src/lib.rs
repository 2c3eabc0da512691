//! holdpoint holds a change until it has been proved.
//!
//! ```text
//! read  ->  normalise  ->  evaluate  ->  decide  ->  report
//! bytes     Subjects       Findings      Verdict     text, JSON, SARIF, ...
//! ```
//!
//! [`model`] is what the stages speak in; no stage knows another. [`gate`] joins them.
//!
//! This is the library of one program, not one for others: what is public here is what the binary,
//! `tests/` and `benches/` name, and no more. A module is private unless another room needs it, so
//! that the compiler names what nobody uses. Public for the tests alone are [`admission`], the
//! questions of [`iam`] (measured against other readers of policies), [`manifest::read`] (against
//! `kubectl`), the words of a table in [`rules`] (against the providers' schemas), and
//! [`guard::canonical`]: a test that compares with a program from outside is no unit test.

pub mod admission;
pub mod cli;
mod clouds;
mod conftest;
pub mod decide;
mod error;
pub mod gate;
pub mod guard;
pub mod iam;
mod images;
pub mod manifest;
pub mod model;
pub mod receipt;
pub mod rego;
pub mod report;
pub mod rules;
#[cfg(feature = "serve")]
pub mod serve;
pub mod terraform;
