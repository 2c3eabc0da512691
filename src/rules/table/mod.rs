//! The engine of rules that are tables: `policies/aws/<id>.yaml`, embedded by `build.rs`.
//!
//! `language.rs` is the words of a rule file, `compile.rs` checks them, `judge.rs` asks them of a
//! resource, `test.rs` of one value, `key.rs` whether a key is the customer's own. A rule that needs a word that is missing here gets the word,
//! not a Rust file, when a second rule could use it.

pub mod compile;
pub mod judge;
mod key;
pub mod language;
pub mod path;
pub mod test;

use super::{Check, Rule};

/// Every rule file of `policies/aws`, as one JSON list.
pub(super) const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/policies_aws.json"));

/// The rules of `policies/aws`.
#[must_use]
#[expect(clippy::expect_used, reason = "the build made this text and checked it the same way")]
pub fn rules() -> Vec<Rule> {
    let documents: Vec<language::Document> =
        serde_json::from_str(EMBEDDED).expect("the embedded rules are readable");
    documents
        .into_iter()
        .map(|document| {
            let (meta, table) = compile::compile(document).expect("the embedded rules are sound");
            Rule { meta, check: Check::Table(table) }
        })
        .collect()
}
