//! What a rule found, and what became of it.

use serde::{Deserialize, Serialize};

use super::location::Location;
use super::object::ObjectRef;
use super::rule::Text;
use super::severity::Severity;
use super::subject::{self, Subject};

/// What a rule answers when it does not answer *satisfied*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The rule is certainly broken.
    Violated,
    /// It depends on a value that the plan does not know.
    Undetermined,
}

impl Outcome {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Violated => "violated",
            Outcome::Undetermined => "undetermined",
        }
    }
}

/// How a finding relates to the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// This change introduces it.
    Introduced,
    /// It existed before and remains.
    Existing,
    /// It existed before and this change resolves it.
    Resolved,
}

impl Change {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Change::Introduced => "introduced",
            Change::Existing => "existing",
            Change::Resolved => "resolved",
        }
    }
}

/// What a check reports about one place, before the verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Violated or undetermined.
    pub outcome: Outcome,
    /// The attribute at fault, `ingress[0].cidr_blocks`; empty for the resource itself.
    pub path: String,
    /// What is wrong, lower case, no full stop. Holds no value of the input.
    pub message: String,
    /// The values that show it (`tcp 22 from 0.0.0.0/0`); masked when the path is sensitive.
    pub detail: Option<String>,
    /// Why the rule could not tell; set for *undetermined*.
    pub reason: Option<String>,
    /// The location, if the check knows one; else that of the address.
    pub place: Option<Location>,
    /// What identifies the same violation before and after the change; independent of the order of
    /// blocks. One violation per line; a line with a leading `+` says how far it goes. An answer whose
    /// lines all existed before is not a new violation.
    pub key: String,
    /// The container that it concerns, if it concerns one.
    pub container: Option<String>,
}

/// What only a finding about a Kubernetes object has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestFinding {
    /// The object.
    pub object: ObjectRef,
    /// The level of the Pod Security Standards that requires it.
    pub pod_security: Option<&'static str>,
    /// The id of the check in the Pod Security Standards.
    pub check: Option<String>,
}

/// What a finding has beyond the rest because of where its subject comes from; one variant for each
/// of [`subject::Origin`](super::subject::Origin).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A Terraform plan: nothing.
    Plan,
    /// A Kubernetes manifest.
    Manifest(Box<ManifestFinding>),
    /// The input as a whole: nothing.
    Whole,
}

impl Origin {
    /// That of a finding about this subject, before anything is known of the rule.
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        match &subject.origin {
            subject::Origin::Plan(_) => Self::Plan,
            subject::Origin::Manifest(object) => Self::Manifest(Box::new(ManifestFinding {
                object: object.clone(),
                pod_security: None,
                check: None,
            })),
            subject::Origin::Whole => Self::Whole,
        }
    }

    /// What only a finding about a Kubernetes object has.
    #[must_use]
    pub fn manifest(&self) -> Option<&ManifestFinding> {
        match self {
            Self::Manifest(manifest) => Some(manifest),
            Self::Plan | Self::Whole => None,
        }
    }
}

/// A waiver that applies to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaiverUse {
    /// Why the risk is taken.
    pub reason: String,
    /// The ticket that records the decision.
    pub ticket: String,
    /// Who is accountable for it.
    pub owner: String,
    /// The last day on which it applies, `YYYY-MM-DD`.
    pub expires: String,
}

/// A finding, decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's id.
    pub rule: Text,
    /// The rule's one-line title.
    pub title: Text,
    /// The severity, after configuration.
    pub severity: Severity,
    /// Violated or undetermined.
    pub outcome: Outcome,
    /// Relation to the change.
    pub change: Change,
    /// Whether it blocks the change.
    pub blocks: bool,
    /// The waiver that keeps it from blocking.
    pub waiver: Option<WaiverUse>,
    /// The resource's address.
    pub address: String,
    /// The attribute path; empty for the resource itself.
    pub path: String,
    /// What is wrong, with the values that may be shown.
    pub message: String,
    /// Why the rule could not tell.
    pub reason: Option<String>,
    /// How to fix it, the first paragraph.
    pub fix: String,
    /// Where it is; the input file if the source is not available.
    pub location: Location,
    /// The container that it concerns, if it concerns one.
    pub container: Option<String>,
    /// Where its subject comes from.
    pub origin: Origin,
    /// Stable across runs and machines: SHA-256 over rule, address and path, in hexadecimal.
    pub fingerprint: String,
}
