//! What is known of providers: one folder each, and the questions that the rest asks of it.

pub(crate) mod aws;
