//! The algebra of IAM policies: documents, patterns, principals and conditions that may be known
//! only in part. Pure: it knows no plan, no account and no rule.
//!
//! Every question is answered in three values, and a document that AWS would refuse is never
//! answered with *no*: see [`document::Document::doubt`].

pub mod accounts;
pub mod action;
pub mod classes;
pub mod condition;
pub mod document;
pub mod element;
pub mod escalation;
pub mod evaluate;
pub mod exposing;
pub mod exposure;
pub mod federation;
mod ours;
pub mod pattern;
pub mod principal;
pub mod resource;
pub mod statement;
pub mod text;
pub mod unlimited;
pub mod web_identity;

#[cfg(test)]
mod properties;

pub use document::Document;
pub use statement::Statement;
