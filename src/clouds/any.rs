//! What holds for every provider.

use super::Cloud;
use super::blocks::Blocks;
use super::keys::Keys;
use super::secrets::{Place, Secrets};

static BLOCKS: Blocks = Blocks::new("");

/// What is known of a provider that has no folder.
pub(super) static CLOUD: Cloud = Cloud {
    families: &[],
    generated: &[],
    identifiers: &[],
    surroundings: &[],
    ids: &["id"],
    names: &["id", "name"],
    repeats: &[],
    parts: &[],
    wholes: &[],
    hashed: &[],
    default_tags: None,
    documents: &[],
    blocks: &BLOCKS,
    keys: Keys { customer: &[], lookups: &[], names: &[], reserved: &[], by_id: &[] },
    secrets: Secrets {
        places: &[Place {
            kinds: &["null_resource", "terraform_data"],
            carriers: &["provisioner"],
            secrets: &[],
            encrypted: None,
        }],
        environments: &[],
        holders: &["environment", "variables"],
        leads: &[
            "/",
            "./",
            "~",
            "$",
            "{{",
            "%",
            "`",
            "<",
            "@",
            "vault:",
            "file:",
            "http://",
            "https://",
            "projects/",
            "ENC[",
            "**",
        ],
        about: &[],
        is_credential: None,
    },
};
