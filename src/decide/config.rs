//! What holdpoint.toml says, read and checked.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::model::rule::Param;
use crate::model::severity::Severity;

use super::waiver::Waiver;

/// The configuration; [`Config::default`] is the one without a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// `[gate]`
    pub gate: Gate,
    /// `[rules.ID]`, by id.
    pub rules: BTreeMap<String, RuleConfig>,
    /// `[[waiver]]`, in the order of the file.
    pub waivers: Vec<Waiver>,
    /// `[output] formats`: `FORMAT` or `FORMAT=PATH`. A path is relative to the file's folder and
    /// does not leave it.
    pub formats: Vec<String>,
    /// `[source] dir`, relative to the file's folder.
    pub source: Option<PathBuf>,
    /// `[rego]`
    pub rego: RegoConfig,
    /// `[guard]`
    pub guard: GuardConfig,
    /// `[manifests]`
    pub manifests: ManifestsConfig,
}

/// `[manifests]`: the gate of Kubernetes manifests. Paths are relative to the file's folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ManifestsConfig {
    /// The folder with the user's rules.
    pub rules: Option<PathBuf>,
    /// The level of the Pod Security Standards, as on the command line.
    pub pod_security: Option<String>,
    /// A JSON report whose findings are known.
    pub baseline: Option<PathBuf>,
    /// Whether a comment in a manifest may waive a finding.
    pub inline_waivers: bool,
    /// Whether what `.gitignore` names is left out of folders.
    pub gitignore: bool,
}

/// `[guard]`: what the plan gate asks of the coverage of the account guard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuardConfig {
    /// The share of the plan's resources that must be held, in percent.
    pub min_coverage: Option<u32>,
    /// Whether a change that lowers coverage is held up.
    pub lowering: bool,
    /// The tag that marks what is managed.
    pub tag_key: Option<String>,
    /// Its values.
    pub tag_values: Vec<String>,
    /// Whether what is held by ARN and outright counts.
    pub by_arn: bool,
}

/// `[rego]`: the user's policies. Paths are relative to the file's folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegoConfig {
    /// Files and folders of policies.
    pub policy: Vec<PathBuf>,
    /// Files and folders of data.
    pub data: Vec<PathBuf>,
    /// Patterns of namespaces; none means all that have rules which judge.
    pub namespaces: Vec<String>,
    /// Whether a function that fails only silences its rule.
    pub compat_builtin_errors: bool,
    /// Seconds for one plan.
    pub timeout: Option<u32>,
    /// MiB for one plan.
    pub memory: Option<u32>,
}

/// The prefix of the ids of the user's rules in Rego.
pub(super) const REGO_PREFIX: &str = "rego/";

impl Config {
    /// The ids of rules in Rego that the file names, each once.
    #[must_use]
    pub fn own_rules(&self) -> Vec<&str> {
        let waived = self.waivers.iter().map(|waiver| waiver.rule.as_str());
        let named = self.rules.keys().map(String::as_str).chain(waived);
        let mut rego: Vec<&str> = named.filter(|id| id.starts_with(REGO_PREFIX)).collect();
        rego.sort_unstable();
        rego.dedup();
        rego
    }
}

/// `[gate]`: what blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What a finding does that cannot be decided.
    pub undetermined: Undetermined,
    /// What a finding does that was there before the change.
    pub existing: Existing,
    /// What to do with changes that no rule covers.
    pub unjudged: UnjudgedConfig,
    /// What a value is worth that has a single reference, while no source is at hand.
    pub single_reference: SingleReference,
    /// The lowest severity that blocks.
    pub fail_on: Severity,
    /// How far ahead a waiver may expire, in days from today.
    pub max_waiver_days: u32,
    /// How many findings a glob waiver may match before it is reported as too broad.
    pub max_waiver_findings: usize,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            undetermined: Undetermined::Block,
            existing: Existing::Report,
            unjudged: UnjudgedConfig::default(),
            single_reference: SingleReference::default(),
            fail_on: Severity::High,
            max_waiver_days: 180,
            max_waiver_findings: 10,
        }
    }
}

/// What an undetermined finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undetermined {
    /// It blocks like a violation.
    Block,
    /// It is reported.
    Warn,
}

impl Undetermined {
    /// The word of holdpoint.toml.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Warn => "warn",
        }
    }
}

/// What a value is worth whose expression has a single reference, while no source is at hand: the
/// plan does not tell a reference from a function of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SingleReference {
    /// It is not known.
    #[default]
    Undetermined,
    /// It is what it refers to.
    Trust,
}

/// What an existing finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It is reported.
    Report,
    /// It blocks like an introduced one.
    Block,
}

impl Existing {
    /// The word of holdpoint.toml.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Block => "block",
        }
    }
}

/// `[gate] unjudged`: one word for all providers, or a table with a word for each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnjudgedConfig {
    /// For providers that the table does not name, and for inputs that have none.
    pub default: Unjudged,
    /// By provider: the last segment of its source address.
    pub providers: BTreeMap<String, Unjudged>,
}

impl UnjudgedConfig {
    /// What to do with the changes of a provider.
    #[must_use]
    pub fn of(&self, provider: Option<&str>) -> Unjudged {
        let named = provider.and_then(|provider| self.providers.get(provider));
        named.copied().unwrap_or(self.default)
    }
}

impl fmt::Display for UnjudgedConfig {
    /// `block`, or `block; google = report` where a provider has its own word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.default.name())?;
        for (provider, unjudged) in &self.providers {
            write!(f, "; {provider} = {}", unjudged.name())?;
        }
        Ok(())
    }
}

/// What to do with changes that no rule covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unjudged {
    /// The change is undecided: nothing was evaluated.
    #[default]
    Block,
    /// They are reported.
    Report,
}

impl Unjudged {
    /// The word of holdpoint.toml.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Report => "report",
        }
    }
}

/// `[rules.ID]`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleConfig {
    /// Instead of the severity that the rule states.
    pub severity: Option<Severity>,
    /// Whether the rule runs; naming a rule switches it on.
    pub enabled: Option<bool>,
    /// Parameters that differ from their defaults.
    pub params: BTreeMap<String, Param>,
}
