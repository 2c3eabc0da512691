//! The plan gate: what it reads, what it says of real plans, and what must hold of every plan.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;

mod bounds;
mod broken;
mod cases;
mod changes;
mod documents;
mod edges;
mod expressions;
mod innocents;
mod labelled;
mod namesakes;
mod properties;
mod realplans;
mod redteam;
mod secrets;
