//! Coverage as a verdict, so that it is written as any other: SARIF for code scanning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Cause, Change, Coverage, Row, rule};
use crate::decide;
use crate::model::finding::{self, Finding, Origin, Outcome};
use crate::model::location::Location;
use crate::model::rule::Meta;
use crate::model::severity::Severity;
use crate::model::verdict::{Counted, Counts, Verdict};

/// What a coverage is written with.
#[derive(Debug, Clone, Copy)]
pub struct Report<'r> {
    /// What was measured.
    pub coverage: &'r Coverage,
    /// What a plan does to it.
    pub change: Option<&'r Change>,
    /// The files, as the user gave them.
    pub files: &'r [String],
    /// Whether coverage is below what is asked for.
    pub below: bool,
    /// Whether a plan that lowers coverage blocks.
    pub no_lower: bool,
}

impl Report<'_> {
    /// Whether a gate is shut.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.below || (self.no_lower && self.change.is_some_and(|change| change.lowered))
    }

    /// The coverage as a verdict: a finding for each resource that is not held. What blocks is what
    /// keeps a gate shut.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let lowered = self.change.filter(|change| change.lowered);
        let worse: BTreeSet<&str> = lowered
            .into_iter()
            .flat_map(|change| change.loses.iter().chain(&change.adds))
            .map(String::as_str)
            .collect();
        let is_new = |row: &Row| {
            self.change.is_some_and(|change| {
                change.loses.contains(&row.address) || change.adds.contains(&row.address)
            })
        };
        let file = |row: &Row| self.files.get(row.file).cloned().unwrap_or_default();
        let rules: BTreeMap<Cause, Meta> = Cause::ALL.map(|cause| (cause, meta(cause))).into();
        let findings: Vec<Finding> = self
            .coverage
            .rows
            .iter()
            .filter_map(|row| {
                let meta = rules.get(&row.cause?)?;
                let blocks = self.below || (self.no_lower && worse.contains(row.address.as_str()));
                Some(Finding {
                    rule: meta.id.clone(),
                    title: meta.title.clone(),
                    severity: meta.severity,
                    outcome: Outcome::Violated,
                    change: if is_new(row) {
                        finding::Change::Introduced
                    } else {
                        finding::Change::Existing
                    },
                    blocks,
                    waiver: None,
                    address: row.address.clone(),
                    path: String::new(),
                    message: row.reason.clone(),
                    reason: None,
                    fix: row.fix.clone(),
                    location: Location::start_of(file(row)),
                    container: None,
                    origin: Origin::Plan,
                    fingerprint: fingerprint(&meta.id, &row.address),
                })
            })
            .collect();
        let sums = &self.coverage.sums;
        let notice =
            format!("the guard covers {} % of {} resources", sums.percent(), sums.resources);
        let counts = Counts {
            inputs: self.files.len(),
            subjects: sums.resources,
            changed: 0,
            rules: rules.len(),
            checks: sums.resources,
            counted: Counted::Resources,
        };
        let rules = rules.into_values().map(|meta| (meta.id.to_string(), meta)).collect();
        decide::conclude(findings, vec![notice], Vec::new(), counts, rules, self.files)
    }
}

fn fingerprint(rule: &str, address: &str) -> String {
    let mut text = String::with_capacity(32);
    for byte in Sha256::digest(format!("{rule}\0{address}")).iter().take(16) {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn meta(cause: Cause) -> Meta {
    let (id, title, what, fix) = match cause {
        Cause::Untagged => (
            "guard-untagged",
            "the resource does not have the guard's tag",
            "Whether a resource that Terraform manages has the tag that the guard checks.",
            "Add the tag to the provider's `default_tags`.",
        ),
        Cause::NoIamTagSupport => (
            "guard-no-iam-tag-support",
            "AWS sends none of the resource's tags with the actions that change it",
            "Whether a tag condition can match for the actions that change the resource.",
            "Cover it by its ARN: `holdpoint guard render --from` writes the statement.",
        ),
        Cause::AbacOff => (
            "guard-abac-off",
            "S3 ignores the tags of the bucket",
            "Whether attribute-based access control (ABAC) is enabled for a bucket.",
            "Add an `aws_s3_bucket_abac` with the status `Enabled`.",
        ),
        Cause::ChildOf => (
            "guard-child-of",
            "the resource belongs to a parent that the guard does not cover",
            "Whether the parent whose tags decide is covered.",
            "Cover its parent.",
        ),
        Cause::Partial => (
            "guard-partial",
            "some actions that change the resource are not denied",
            "Whether AWS sends the resource's tags with every action that changes it, and whether \
             each action has been reviewed.",
            "Deny these actions on the resource's ARN.",
        ),
        Cause::UnknownType => (
            "guard-unknown-type",
            "the type of the resource is not in the table",
            "Whether the guard knows which IAM resource type the Terraform type is.",
            "Cover its whole service: `holdpoint guard render --service NAME`.",
        ),
    };
    rule((id, title), Severity::Medium, what, fix)
}
