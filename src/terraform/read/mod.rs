//! READ and NORMALISE: from what the user names to subjects whose values have holes.
//!
//! `input` gets the bytes, `recognise` refuses whatever is not one whole plan, `subjects` and
//! `declared` make subjects, and `overlay` lays `after_unknown` over `after`.

pub(super) mod change;
pub(super) mod declared;
mod decode;
pub(super) mod documents;
pub(super) mod envelope;
pub(super) mod error;
pub(super) mod input;
pub(super) mod overlay;
mod pages;
pub(super) mod recognise;
pub(super) mod skim;
pub(super) mod subjects;
