//! holdpoint holds a change until it has been proved.
//!
//! ```text
//! read  ->  normalise  ->  evaluate  ->  decide  ->  report
//! bytes     Subjects       Findings      Verdict     text, JSON, SARIF, ...
//! ```
//!
//! [`model`] is what the stages speak in; no stage knows another.

pub mod model;
pub mod plan;
pub mod report;
pub mod rules;
