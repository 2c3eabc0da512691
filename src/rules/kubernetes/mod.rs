//! The engine of rules about Kubernetes objects: `policies/kubernetes/<id>.yaml`, embedded by
//! `build.rs`, and the user's own in the same form.
//!
//! `language.rs` is the words of a rule file, `rule.rs` checks and compiles it, `subset.rs` holds
//! its expressions to what a ValidatingAdmissionPolicy has, `scene.rs` and `value.rs` are what an
//! expression sees, `evaluate.rs` walks the objects and asks.

mod evaluate;
mod image;
pub(crate) mod language;
mod matches;
mod path;
mod rule;
mod scene;
mod subset;
mod value;
mod walk;
mod world;

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

pub(crate) use evaluate::holds;
pub use evaluate::{MOST, Selected, evaluate};
pub use language::{Level, Scope};
pub(crate) use path::Step;
pub use rule::{KubernetesRule, POD_KINDS};
pub use world::World;

/// Every rule file of `policies/kubernetes`, as one JSON list.
pub(super) const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/kubernetes.json"));

/// The rules of `policies/kubernetes`, sorted by id.
#[must_use]
#[expect(clippy::expect_used, reason = "tests/manifests/proofs.rs compiles every embedded rule")]
pub fn rules() -> &'static [KubernetesRule] {
    static RULES: OnceLock<Vec<KubernetesRule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let documents: Vec<language::Document> =
            serde_json::from_str(EMBEDDED).expect("the embedded rules are valid JSON");
        let compile =
            |document| KubernetesRule::compile(document).expect("the embedded rules compile");
        documents.into_iter().map(compile).collect()
    })
}

/// The newest version of Kubernetes that the rules know, as its minor number; whoever asks for a
/// newer one gets this.
pub const LATEST: u32 = 37;

/// What of the Pod Security Standards counts: `restricted`, `baseline:v1.30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodSecurity {
    /// The level.
    pub level: Level,
    /// The minor version of Kubernetes.
    pub minor: u32,
}

impl Default for PodSecurity {
    fn default() -> Self {
        Self { level: Level::Restricted, minor: LATEST }
    }
}

impl PodSecurity {
    /// Where each of these rules counts; a check of the level *restricted* may stand for one of the
    /// baseline.
    #[must_use]
    pub fn counting(&self, rules: &[&KubernetesRule]) -> Vec<Counts> {
        let counts = |rule: &&KubernetesRule| rule::counts(rule, self.level, self.minor);
        let own = rules.iter().filter(|rule| counts(rule)).filter_map(|rule| rule.pod_security());
        let overridden: Vec<&String> = own.flat_map(|own| &own.overrides).collect();
        let stands_back = |rule: &&KubernetesRule| {
            rule.pod_security()
                .is_some_and(|own| own.level == Level::Baseline && overridden.contains(&&own.check))
        };
        let place = |rule| match (counts(rule), stands_back(rule)) {
            (false, _) => Counts::Nowhere,
            (true, true) => Counts::Loose,
            (true, false) => Counts::Everywhere,
        };
        rules.iter().map(place).collect()
    }
}

/// Where a rule is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// It is not: of another level, or another version.
    Nowhere,
    /// Only of settings without a whole pod around them: a stronger rule stands for it elsewhere.
    Loose,
    /// Of all that it claims.
    Everywhere,
}

impl fmt::Display for PodSecurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:v1.{}", self.level.name(), self.minor)
    }
}

impl FromStr for PodSecurity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (level, version) = text.split_once(':').unwrap_or((text, "latest"));
        let level = match level {
            "baseline" => Level::Baseline,
            "restricted" => Level::Restricted,
            _ => return Err(format!("`{level}` is not one of baseline, restricted")),
        };
        let minor = match version {
            "latest" => LATEST,
            version => {
                let number = version.strip_prefix('v').ok_or_else(|| {
                    format!("`{version}` is not a Kubernetes version such as `v1.34` or `latest`")
                })?;
                rule::minor(number)?.min(LATEST)
            }
        };
        Ok(Self { level, minor })
    }
}
