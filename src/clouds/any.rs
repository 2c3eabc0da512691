//! What holds for every provider.

use super::Cloud;
use super::account::Account;
use super::blocks::Blocks;
use super::keys::Keys;
use super::secrets::Secrets;

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
    account: Account { only: &[], unchecked: &[], roles: &[], beside: &[] },
    documents: &[],
    lookups: &[],
    blocks: &BLOCKS,
    keys: Keys { customer: &[], lookups: &[], names: &[], reserved: &[], by_id: &[] },
    secrets: Secrets {
        carriers: &[(&["null_resource", "terraform_data"], &["provisioner"])],
        attributes: &[],
        encrypted: &[],
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
