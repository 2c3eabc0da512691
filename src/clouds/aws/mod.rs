//! What is known of AWS and of the providers that speak to it.

pub mod identifiers;
pub mod policy_document;
pub mod secrets;
