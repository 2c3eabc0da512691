//! The words of `policies/kubernetes/*.yaml`, as they are written; `rule.rs` turns them into what
//! runs. `build.rs` includes this file, so that a rule file with a mistake fails the build.

use serde::{Deserialize, Serialize};

use crate::model::rule::ParamSpec;
use crate::model::severity::Severity;

/// One rule file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// See [`Meta::id`](crate::model::rule::Meta::id); equals the file stem.
    pub id: String,
    /// One line, no full stop: what is wrong when the rule fires.
    pub title: String,
    /// Default severity.
    pub severity: Severity,
    /// The heading in the documentation.
    pub service: String,
    /// What it checks, exactly; Markdown.
    pub what: String,
    /// Why it matters, with the argument for the severity; Markdown.
    pub why: String,
    /// How to fix it, with an example; Markdown.
    pub fix: String,
    /// Pages that the facts come from.
    pub references: Vec<String>,
    /// Whether it runs when the configuration does not name it.
    #[serde(default = "yes")]
    pub on_by_default: bool,
    /// What the configuration may set; `variables.params.NAME` in the expression.
    #[serde(default)]
    pub params: Vec<ParamSpec>,
    /// Whether what it blames is a secret: then no report quotes the source there.
    #[serde(default)]
    pub blames_secrets: bool,
    /// Its place in the Pod Security Standards, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_security: Option<PodSecurity>,
    /// The first Kubernetes version that it is about, `1.34`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The last Kubernetes version that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The kinds that it is about, `Role` or `apps/Deployment`; every one that has the scope when
    /// there is none.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// What it is asked about.
    pub scope: OneOrMany<Scope>,
    /// Paths below the scope: the rule is asked about each value there, as `it`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<OneOrMany<String>>,
    /// A CEL expression that is true where all is well.
    pub expression: String,
    /// The same without functions of holdpoint's own, for a ValidatingAdmissionPolicy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<String>,
    /// The field to blame, below what the rule is asked about.
    #[serde(default)]
    pub blame: Blame,
    /// What is wrong, lower case, no full stop; holds no value of the input.
    pub message: String,
    /// A CEL expression for the values that show it; a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

fn yes() -> bool {
    true
}

/// A place in the Pod Security Standards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PodSecurity {
    /// The level that asks for it.
    pub level: Level,
    /// The id of the check upstream.
    pub check: String,
    /// Checks of the baseline that it stands for at the level *restricted*.
    #[serde(default)]
    pub overrides: Vec<String>,
}

/// A level of the Pod Security Standards that forbids something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Known privilege escalations are forbidden.
    Baseline,
    /// Hardening is demanded.
    Restricted,
}

impl Level {
    /// The name used everywhere.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }
}

/// What a rule is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The whole object, `object`.
    Object,
    /// The specification of a pod, `variables.pod`.
    Pod,
    /// Each annotation of a pod: `it` is the key, `variables.podMetadata.annotations[it]` the value.
    PodAnnotation,
    /// Each container of a pod, `container`: init, ephemeral and others.
    Container,
    /// Each container that runs as long as its pod: neither init, unless it is a sidecar, nor
    /// ephemeral.
    MainContainer,
}

/// One or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "expected one of the values that a rule file supports, or a list of them"
)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// As a list.
    pub fn list(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

/// Which field is to blame.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Blame {
    /// This one.
    Field(String),
    /// The first of these whose condition holds.
    Cases(Vec<Case>),
}

impl Default for Blame {
    fn default() -> Self {
        Blame::Field(String::new())
    }
}

/// One field that may be to blame.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The field.
    pub field: String,
    /// A CEL expression that is true where it is to blame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}
