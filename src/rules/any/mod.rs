//! Rules that name no cloud: one file each, named like the rule.
//!
//! A new rule is a new file, a `mod` line and an entry in [`DECLARED`]; a test walks the folder
//! and refuses a file that is missing here.

mod module_source_unpinned;
mod provider_credentials;
mod provider_version_unpinned;
mod secret_in_output;
mod secret_in_plain_text;
mod secret_in_tag;

use super::declare::Declared;

/// The rules of this folder.
pub static DECLARED: &[&Declared] = &[
    &module_source_unpinned::RULE,
    &provider_credentials::RULE,
    &provider_version_unpinned::RULE,
    &secret_in_output::RULE,
    &secret_in_plain_text::RULE,
    &secret_in_tag::RULE,
];
