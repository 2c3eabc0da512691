//! The manifests gate: read as Kubernetes reads, every rule proved, hostile files refused.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;

mod attacks;
mod bombs;
mod cli;
mod fuzz;
mod kubectl;
mod pod_security;
mod proofs;
mod reader;
