//! DECIDE: what was raised, against the configuration and its waivers, becomes a verdict.
//!
//! Pure: no file, no clock. Today's date is an argument, so the same inputs give the same verdict.

mod choose;
mod config;
mod fault;
mod fingerprint;
mod glob;
mod inline;
mod parse;
mod parse_rules;
mod parse_waivers;
mod table;
mod verdict;
mod waiver;

pub use choose::Chosen;
pub use config::{
    Config, Existing, Gate, GuardConfig, ManifestsConfig, RegoConfig, RuleConfig, SingleReference,
    Undetermined, Unjudged, UnjudgedConfig,
};
pub use fault::{Fault, nearest};
pub use glob::fits;
pub use inline::{Inline, inline};
pub use parse::manifest_rules;
pub use verdict::{Extent, Gap, Input, Judged, conclude, decide, undecided};
pub use waiver::Waiver;

#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod verdict_tests;
