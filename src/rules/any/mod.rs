//! Rules that name no cloud: one file each, named like the rule.
//!
//! A new rule is a new file, a `mod` line and an entry in [`DECLARED`]; a test walks the folder
//! and refuses a file that is missing here.

pub mod module_source_unpinned;
pub mod provider_credentials;
pub mod provider_version_unpinned;
pub mod secret_in_output;
pub mod secret_in_plain_text;

use super::declare::Declared;

/// The rules of this folder.
pub static DECLARED: &[&Declared] = &[
    &module_source_unpinned::RULE,
    &provider_credentials::RULE,
    &provider_version_unpinned::RULE,
    &secret_in_output::RULE,
    &secret_in_plain_text::RULE,
];
