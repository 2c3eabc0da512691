//! What is known of AWS and of the providers that speak to it.

pub(crate) mod identifiers;
pub(crate) mod policy_document;
pub(crate) mod secrets;
