//! What is known of AWS and of the providers that speak to it.

mod identifiers;
mod keys;
pub(crate) mod network;
mod policy_document;
mod relations;
mod secrets;

use super::Cloud;
use super::blocks::Blocks;

/// Which blocks its types have; `catalogue/blocks.py` asks the provider.
static BLOCKS: Blocks = Blocks::new(include_str!("../../../catalogue/aws-blocks.txt"));

/// AWS.
pub static CLOUD: Cloud = Cloud {
    families: &["aws", "awscc"],
    generated: identifiers::KINDS,
    identifiers: identifiers::ATTRIBUTES,
    surroundings: identifiers::SURROUNDINGS,
    ids: relations::IDS,
    names: relations::NAMES,
    repeats: relations::REPEATS,
    parts: relations::PARTS,
    wholes: relations::WHOLES,
    // Before version 6 the provider shows user data by its hash only.
    hashed: &["user_data"],
    default_tags: Some(("default_tags", "tags")),
    blocks: &BLOCKS,
    documents: &[policy_document::POLICY_DOCUMENT],
    keys: keys::KEYS,
    secrets: secrets::SECRETS,
};
