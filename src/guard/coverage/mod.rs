//! How much of a state or plan the guard holds, what it does not and why, and the smallest fix.
//!
//! Nothing here asks AWS: a resource is protected when AWS sends its tags with every verb that
//! changes it, and when it has the tag. What is not known counts as not protected.

mod change;
mod fixes;
mod judge;
pub(crate) mod page;
mod parents;
pub(crate) mod sarif;

use std::collections::BTreeMap;

use serde::Serialize;

pub use change::{Change, change};
pub use parents::Links;

use super::resources::Resource;
use crate::model::rule::{Meta, Text};
use crate::model::severity::Severity;

/// The documentation of a coverage rule: its id and title, its severity, what it checks, and how to
/// fix what it finds.
#[must_use]
pub fn rule(
    (id, title): (&'static str, &'static str),
    severity: Severity,
    what: &'static str,
    fix: &'static str,
) -> Meta {
    Meta {
        id: id.into(),
        title: title.into(),
        severity,
        service: "Guard".into(),
        types: vec![Text::Borrowed("*")].into(),
        what: what.into(),
        why:
            "Resources that the guard does not cover can be changed by hand, and then differ from \
              what the last apply left."
                .into(),
        fix: fix.into(),
        references: Vec::new().into(),
        frameworks: Vec::new().into(),
        on_by_default: true,
        yields_to: Vec::new().into(),
        params: Vec::new().into(),
        blames_secrets: false,
        covers: false,
        holds_narrower: false,
    }
}

/// What is measured against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The tag that marks what is managed.
    pub tag_key: String,
    /// Its values.
    pub tag_values: Vec<String>,
    /// Whether what the guard holds by ARN or outright counts, as `guard render --from` of the same
    /// files writes it.
    pub by_arn: bool,
    /// The partition, for ARNs that are made here.
    pub partition: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tag_key: "ManagedBy".to_owned(),
            tag_values: vec!["Terraform".to_owned()],
            by_arn: false,
            partition: "aws".to_owned(),
        }
    }
}

/// How far a resource is held; the better first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every verb that changes it is denied.
    Protected,
    /// It has no tags of its own, and every verb that changes it is denied by those of its parent.
    ThroughParent,
    /// Some verbs that change it are not denied.
    Partial,
    /// It is not held.
    Unprotected,
}

impl State {
    /// The name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::ThroughParent => "through_parent",
            Self::Partial => "partial",
            Self::Unprotected => "unprotected",
        }
    }

    /// Whether it counts as held.
    #[must_use]
    pub fn is_held(self) -> bool {
        matches!(self, Self::Protected | Self::ThroughParent)
    }
}

/// Why a resource is not held, or not wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Cause {
    /// It does not have the tag, or not with the value.
    Untagged,
    /// AWS sends no tags of it with what changes it.
    NoIamTagSupport,
    /// A bucket whose tags S3 does not heed.
    AbacOff,
    /// It belongs to something that is not held.
    ChildOf,
    /// AWS sends its tags with some of the verbs only, or nobody has looked at some of them.
    Partial,
    /// The table of Terraform types does not have it.
    UnknownType,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Untagged,
        Self::NoIamTagSupport,
        Self::AbacOff,
        Self::ChildOf,
        Self::Partial,
        Self::UnknownType,
    ];

    /// The name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Untagged => "UNTAGGED",
            Self::NoIamTagSupport => "NO_IAM_TAG_SUPPORT",
            Self::AbacOff => "ABAC_OFF",
            Self::ChildOf => "CHILD_OF",
            Self::Partial => "PARTIAL",
            Self::UnknownType => "UNKNOWN_TYPE",
        }
    }
}

/// A statement that would hold a resource by its ARN, or outright.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// What it names: an ARN, or `*`.
    pub resource: String,
    /// About how many characters it adds to a policy when it stands alone.
    pub characters: usize,
}

/// A resource and how far it is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its address.
    pub address: String,
    /// Which of the files that are measured together it is from.
    #[serde(skip)]
    pub file: usize,
    /// The Terraform type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service of IAM; empty when it is not known.
    pub service: &'static str,
    /// How far it is held.
    pub state: State,
    /// Why not further.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The cause in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The thing that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Verbs that change it and are not denied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verbs: Vec<String>,
    /// The smallest change that holds it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fix: String,
    /// That change as Terraform, where it is a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terraform: Option<String>,
    /// The statement that holds it without its tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Statement>,
}

/// How many resources are held, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Sums {
    /// All resources of the AWS provider.
    pub resources: usize,
    /// See [`State::Protected`].
    pub protected: usize,
    /// See [`State::ThroughParent`].
    pub through_parent: usize,
    /// See [`State::Partial`].
    pub partial: usize,
    /// See [`State::Unprotected`].
    pub unprotected: usize,
}

impl Sums {
    fn add(&mut self, state: State) {
        self.resources += 1;
        *match state {
            State::Protected => &mut self.protected,
            State::ThroughParent => &mut self.through_parent,
            State::Partial => &mut self.partial,
            State::Unprotected => &mut self.unprotected,
        } += 1;
    }

    /// How many are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.protected + self.through_parent
    }

    /// The held in tenths of a percent, rounded down: 100 % is never reported for less than all.
    #[must_use]
    pub fn tenths(&self) -> usize {
        (self.held() * 1000).checked_div(self.resources).unwrap_or(0)
    }

    /// The same as a percentage with one decimal.
    #[must_use]
    pub fn percent(&self) -> f64 {
        // At most 1,000: exact.
        f64::from(u16::try_from(self.tenths()).unwrap_or(1000)) / 10.0
    }

    /// Whether the share of the held is at least so many percent.
    #[must_use]
    pub fn reaches(&self, percent: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52 resources")]
        let share = self.held() as f64 * 100.0 - percent * self.resources as f64;
        // The tolerance is that of the percentage as it is written.
        share >= -1e-6
    }
}

/// How much is held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// The resources, by address.
    pub rows: Vec<Row>,
    /// Their sums.
    pub sums: Sums,
}

impl Coverage {
    /// The sums of each service, by name.
    #[must_use]
    pub fn services(&self) -> BTreeMap<&'static str, Sums> {
        let mut by_service: BTreeMap<&str, Sums> = BTreeMap::new();
        for row in &self.rows {
            by_service.entry(row.service).or_default().add(row.state);
        }
        by_service
    }

    /// How many resources each cause keeps from being held.
    #[must_use]
    pub fn causes(&self) -> BTreeMap<Cause, usize> {
        let mut by_cause = BTreeMap::new();
        for cause in self.rows.iter().filter_map(|row| row.cause) {
            *by_cause.entry(cause).or_default() += 1;
        }
        by_cause
    }
}

/// Measures resources. `links` tells the parents that a plan does not know by name yet.
#[must_use]
pub fn measure(resources: &[Resource], links: &Links, settings: &Settings) -> Coverage {
    let mut rows = judge::rows(resources, links, settings);
    rows.sort_by(|a, b| a.address.cmp(&b.address));
    let mut sums = Sums::default();
    rows.iter().for_each(|row| sums.add(row.state));
    Coverage { rows, sums }
}

#[cfg(test)]
mod tests;
