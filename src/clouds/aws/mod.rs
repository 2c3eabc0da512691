//! What is known of AWS and of the providers that speak to it.

mod account;
pub(crate) mod holds;
mod identifiers;
mod keys;
pub(crate) mod managed;
pub(crate) mod network;
mod policy_document;
pub(crate) mod protections;
mod relations;
mod secret_places;
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
    account: account::ACCOUNT,
    blocks: &BLOCKS,
    documents: &[policy_document::POLICY_DOCUMENT],
    // By name or ARN, with the text of the policy; see the data source's page.
    lookups: &["aws_iam_policy"],
    keys: keys::KEYS,
    secrets: secrets::SECRETS,
};
