//! What several rules have in common; no rule itself.

pub(crate) mod policies;
