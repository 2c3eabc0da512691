//! holdpoint holds a change until it has been proved.
//!
//! ```text
//! read  ->  normalise  ->  evaluate  ->  decide  ->  report
//! bytes     Subjects       Findings      Verdict     text, JSON, SARIF, ...
//! ```
//!
//! [`model`] is what the stages speak in; no stage knows another. [`gate`] joins them.

pub mod cli;
pub mod clouds;
pub mod conftest;
pub mod decide;
pub mod error;
pub mod gate;
pub mod guard;
pub mod iam;
pub mod manifest;
pub mod model;
pub mod receipt;
pub mod rego;
pub mod report;
pub mod rules;
#[cfg(feature = "serve")]
pub mod serve;
pub mod terraform;
