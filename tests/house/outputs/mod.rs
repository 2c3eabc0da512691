//! All formats, from outside: they agree on every verdict, keep to their schemas, and nothing
//! that a plan holds can make them say something else.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop at what they do not expect, as tests do"
)]

mod agree;
mod hostile;
mod parse;
mod sample;
mod schemas;
mod snapshots;
