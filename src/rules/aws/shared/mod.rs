//! What several rules have in common; no rule itself.

pub(crate) mod extent;
pub(crate) mod identities;
pub(crate) mod policies;
pub(crate) mod resource_policies;
pub(crate) mod risky;
