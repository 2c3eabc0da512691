//! What a receipt binds a verdict to: the policy, and the digest of the plan.

use std::path::Path;

use super::plan::problem;
use super::policies::Own;
use crate::decide::Config;
use crate::model::verdict::Problem;
use crate::receipt::{self, Policy, Settings};
use crate::rules::catalogue;
use crate::terraform;

/// What plans are judged by with this configuration; `config_digest` is that of its file.
#[must_use]
pub fn policy(
    config: &Config,
    config_digest: Option<String>,
    allow_partial: bool,
    policies: Option<&Own>,
) -> Policy {
    let metas = catalogue::all().iter().map(|rule| &rule.meta);
    let rules: String = config
        .choose(metas)
        .iter()
        .map(|one| format!("{} {} {:?}\n", one.meta.id, one.meta.severity, one.params))
        .collect();
    let waivers: String = config.waivers.iter().map(|waiver| format!("{waiver:?}\n")).collect();
    Policy {
        holdpoint: env!("CARGO_PKG_VERSION").to_owned(),
        rules: receipt::sha256(&[&catalogue::everything(), rules.as_bytes()].concat()),
        policies: policies.map(Own::digests).unwrap_or_default(),
        config: config_digest,
        waivers: receipt::sha256(waivers.as_bytes()),
        settings: Settings {
            undetermined: config.gate.undetermined.name().to_owned(),
            existing: config.gate.existing.name().to_owned(),
            unjudged: config.gate.unjudged.to_string(),
            fail_on: config.gate.fail_on.to_string(),
            allow_partial,
        },
    }
}

/// SHA-256 of a plan that is about to be applied. Where that of the file is not `known`, a binary
/// plan is shown, since it may be its JSON that was judged.
///
/// # Errors
/// When it cannot be read or shown.
pub fn digest(
    name: &str,
    terraform_bin: Option<&Path>,
    known: impl Fn(&str) -> bool,
) -> Result<String, Problem> {
    let (own, binary) = terraform::digest(name).map_err(|error| problem(name, &error))?;
    if known(&own) || !binary {
        return Ok(own);
    }
    let shown =
        terraform::load(name, terraform_bin, true).map_err(|error| problem(name, &error))?;
    Ok(shown.digests.map_or(own, |digests| digests.json))
}
