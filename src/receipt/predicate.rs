//! What a receipt says, field by field; unknown fields are refused when it is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An in-toto statement about plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`super::STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// The plan files: for a binary plan the file and, beside it, the JSON that was shown of it.
    pub subject: Vec<Subject>,
    /// [`super::PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// The verdict and what made it.
    pub predicate: Predicate,
}

/// A file and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// As the user named it; the JSON of a binary plan ends in `#json`.
    pub name: String,
    /// By algorithm.
    pub digest: Digest,
}

/// Digests by algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digest {
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

/// The verdict and what made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// When it was written, RFC 3339 in UTC.
    pub created: String,
    /// `pass`, `block` or `undecided`.
    pub verdict: String,
    /// How much was evaluated and found.
    pub counts: Counts,
    /// What it was evaluated with.
    pub policy: Policy,
    /// Waivers that were needed.
    pub waivers: Vec<UsedWaiver>,
    /// The pipeline run, as far as its environment tells.
    pub run: Run,
}

/// How much was evaluated and found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Plans.
    pub inputs: usize,
    /// Resource instances and data sources.
    pub subjects: usize,
    /// Those that the change touches.
    pub changed: usize,
    /// Rules that ran.
    pub rules: usize,
    /// Pairs of a rule and a subject.
    pub checks: usize,
    /// Findings in all.
    pub findings: usize,
    /// Findings that hold the change up.
    pub blocking: usize,
    /// Findings that are undetermined.
    pub undetermined: usize,
    /// Findings that a waiver covers.
    pub waived: usize,
}

/// What the plans were evaluated with: equal digests mean that the same plan gets the same verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// holdpoint's version.
    pub holdpoint: String,
    /// SHA-256 over the built-in rules that ran, their severities and parameters.
    pub rules: String,
    /// SHA-256 over the user's policies and their data, by folder; empty without any.
    pub policies: BTreeMap<String, String>,
    /// SHA-256 of holdpoint.toml; none without one.
    pub config: Option<String>,
    /// SHA-256 over all waivers, used or not.
    pub waivers: String,
    /// What decides, after the command line had its say.
    pub settings: Settings,
}

/// What decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `block` or `warn`.
    pub undetermined: String,
    /// `report` or `block`.
    pub existing: String,
    /// `block` or `report`; then, for each provider with its own word, `; google = report`.
    pub unjudged: String,
    /// The lowest severity that blocks.
    pub fail_on: String,
    /// Whether a plan counted that Terraform calls incomplete.
    pub allow_partial: bool,
}

/// A waiver that was needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedWaiver {
    /// The rule's id.
    pub rule: String,
    /// The resource that it was needed for.
    pub address: String,
    /// The ticket that records the decision.
    pub ticket: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it counts.
    pub expires: String,
}

/// The pipeline run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Where to look it up.
    pub url: Option<String>,
    /// The commit that was checked out.
    pub commit: Option<String>,
}

impl Run {
    /// From the variables that CI systems set; no other part of the environment is read.
    #[must_use]
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let github = || {
            let (server, repository) = (get("GITHUB_SERVER_URL")?, get("GITHUB_REPOSITORY")?);
            Some(format!("{server}/{repository}/actions/runs/{}", get("GITHUB_RUN_ID")?))
        };
        let azure = || {
            let (server, project) = (get("SYSTEM_COLLECTIONURI")?, get("SYSTEM_TEAMPROJECT")?);
            let server = server.trim_end_matches('/').to_owned();
            Some(format!("{server}/{project}/_build/results?buildId={}", get("BUILD_BUILDID")?))
        };
        let commits =
            ["GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "GIT_COMMIT", "HEAD_COMMIT"];
        Self {
            url: github()
                .or_else(|| get("CI_JOB_URL"))
                .or_else(azure)
                .or_else(|| get("BUILD_URL"))
                .or_else(|| get("PULL_URL")),
            commit: commits.into_iter().find_map(get),
        }
    }
}
