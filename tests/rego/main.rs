//! The user's policies in Rego: `--policy`, `holdpoint policy`, `holdpoint test`, and the packs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;

mod conftest;
mod fuzz;
mod hostile;
mod packs;
mod policies;
mod policy_verb;
mod sets;
