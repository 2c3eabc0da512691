//! All formats, from outside: they agree on every verdict, keep to their schemas, and nothing
//! that a plan holds can make them say something else.

mod agree;
mod hostile;
mod parse;
mod sample;
mod schemas;
mod snapshots;
