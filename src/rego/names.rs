//! Names that no policy may use: what rewritten modules and the evaluator's added functions are
//! called.

/// What is put in front of names that no policy may use.
pub(super) const PREFIX: &str = "holdpoint__";

/// Passes collections on and nothing else.
pub(super) const ITERABLE: &str = "holdpoint__iterable";

/// Passes everything on: what is called must have a value.
pub(super) const SAME: &str = "holdpoint__same";
