//! Rules about AWS that need logic: one file each, named like the rule.
//!
//! A new rule is a new file, a `mod` line and an entry in [`DECLARED`]; a test walks the folder
//! and refuses a file that is missing here.

use super::declare::Declared;

pub mod managed_by_tag_missing;
pub mod stateful_resource_destroyed;

/// The rules of this folder.
pub static DECLARED: &[&Declared] = &[
    &managed_by_tag_missing::RULE,
    &stateful_resource_destroyed::RULE,
];
