//! The guard as it stands in an account, or as it is to stand there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A policy of the guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its ARN or id; empty as long as it is not there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// The version in force, where policies have versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The document in force, in the form of [`super::document::canonical`].
    pub document: Value,
    /// Whom or what it is on.
    #[serde(default)]
    pub attached: BTreeSet<String>,
}

/// All policies of the guard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// In the order of their numbers.
    pub parts: Vec<Part>,
}

impl State {
    /// A part by its name.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }

    /// The documents in force.
    #[must_use]
    pub fn documents(&self) -> Vec<&Value> {
        self.parts.iter().map(|part| &part.document).collect()
    }

    /// Whom or what any part is on.
    #[must_use]
    pub fn attached(&self) -> BTreeSet<&str> {
        self.parts.iter().flat_map(|part| &part.attached).map(String::as_str).collect()
    }

    /// What it says and whom it binds, in one number: `sha256:…`.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        for part in &self.parts {
            add(&part.name);
            add(&super::document::minified(&part.document));
            add(&part.attached.len().to_string());
            part.attached.iter().for_each(|target| add(target));
        }
        sha256(hash)
    }
}

pub(super) fn sha256(hash: Sha256) -> String {
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digest}")
}

/// A user or a role of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Its ARN, with its path.
    pub arn: String,
    /// How many managed policies are on it, those of the guard too.
    pub policies: usize,
    /// Its permissions boundary.
    pub boundary: Option<String>,
}

/// What an account says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    /// The guard.
    pub state: State,
    /// Users and roles; none where the guard is not put on them.
    pub principals: Vec<Principal>,
    /// How many policies a role, a user or a target takes.
    pub most: usize,
    /// How many characters a policy takes.
    pub limit: usize,
    /// How many policies are on each target already, those of the guard too.
    pub targets: Vec<(String, usize)>,
}

/// The name of the nth part, from 0, of a guard: it never changes when parts are added.
#[must_use]
pub fn part_name(base: &str, n: usize) -> String {
    if n == 0 { base.to_owned() } else { format!("{base}-{}", n + 1) }
}

/// The number of a part, from 0; none for the name of another policy.
#[must_use]
pub fn part_number(base: &str, name: &str) -> Option<usize> {
    let tail = name.strip_prefix(base)?;
    if tail.is_empty() {
        return Some(0);
    }
    let number = tail.strip_prefix('-')?;
    // `guard-02` and `guard-1` are other policies.
    let is_plain = !number.starts_with('0') && number.chars().all(|c| c.is_ascii_digit());
    number.parse::<usize>().ok().filter(|n| is_plain && *n > 1).map(|n| n - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_go_together() {
        for n in [0, 1, 7, 12] {
            assert_eq!(part_number("g", &part_name("g", n)), Some(n));
        }
        for other in ["g-1", "g-02", "g-x", "gg", "h", "g-", "g-2-2", "g-0"] {
            assert_eq!(part_number("g", other), None, "{other}");
        }
    }
}
