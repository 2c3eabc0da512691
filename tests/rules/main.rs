//! The built-in rules about plans: each is proved, asks for what exists, and agrees with its peers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;

mod escalation;
mod frameworks;
mod iam;
mod iam_peer;
mod managed;
mod proofs;
mod schemas;
