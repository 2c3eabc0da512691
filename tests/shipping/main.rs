//! What leaves the house and what guards it: the packages of a release, its notes, CI that is strict
//! about the peers it promises, and what those peers report on the README's plan.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;
mod packages;
mod release;
mod side_by_side;
mod strict;
