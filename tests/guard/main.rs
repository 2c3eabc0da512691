//! The guard: rendered and proved, measured, applied to stand-ins for AWS, tried by real callers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;

mod cli;
mod enforced;
mod live;
mod measured;
#[cfg(feature = "aws")]
mod rig;
