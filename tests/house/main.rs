//! What spans all gates: the layers, the command line, the outputs, the pages, and what is deployed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;

mod cli;
mod deploy;
mod docs;
mod integrations;
mod layers;
mod outputs;
mod receipt;
mod run_task;
mod stories;
