//! Plain data that every stage speaks in; no input or output happens here.

pub mod finding;
pub mod location;
pub mod node;
pub mod object;
pub mod raised;
pub mod rule;
pub mod severity;
pub mod subject;
pub mod truth;
pub mod value;
mod value_json;
pub mod verdict;
pub mod view;
