//! The algebra of IAM policies: documents, patterns, principals and conditions that may be known
//! only in part. Pure: it knows no plan, no account and no rule.
//!
//! Every question is answered in three values, and a document that AWS would refuse is never
//! answered with *no*: see [`document::Document::doubt`].

pub(crate) mod accounts;
pub(crate) mod action;
pub mod classes;
pub mod condition;
pub(crate) mod denies;
mod document;
pub(crate) mod element;
pub mod escalation;
pub mod evaluate;
pub mod exposing;
pub mod exposure;
pub mod federation;
pub mod holder;
mod ours;
pub mod paths;
pub(crate) mod pattern;
pub(crate) mod principal;
mod purpose;
pub mod resource;
pub mod services;
mod statement;
pub(crate) mod text;
mod union;
pub(crate) mod unlimited;
pub(crate) mod web_identity;

#[cfg(test)]
mod properties;

pub use document::Document;
pub use statement::Statement;
