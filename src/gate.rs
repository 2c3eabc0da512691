//! The gate: the stages in order. Minimal: the stages join on another branch.

use std::path::Path;

use crate::decide::{self, Config};
use crate::model::verdict::{Problem, Verdict};
use crate::rules::catalogue;

/// What to judge, and how.
pub struct PlanRequest<'a> {
    /// Paths of plans; `-` is standard input.
    pub inputs: &'a [String],
    /// The root module's source.
    pub source: Option<&'a Path>,
    /// The program that shows binary plans.
    pub terraform_bin: Option<&'a Path>,
    /// Judge plans that Terraform calls incomplete.
    pub allow_partial: bool,
    /// The configuration.
    pub config: &'a Config,
    /// Ends waivers.
    pub today: jiff::civil::Date,
}

/// Judges plans. It never fails: problems are in the verdict.
#[must_use]
pub fn plan(request: &PlanRequest<'_>) -> Verdict {
    let metas = || catalogue::all().iter().map(|rule| &rule.meta);
    let errors = request.inputs.iter().map(|name| Problem {
        code: "plan::unreadable".to_owned(),
        message: format!("`{name}` cannot be read"),
        help: Some("name a plan file".to_owned()),
        file: Some(name.clone()),
    });
    let input = decide::Input {
        names: request.inputs,
        judged: &[],
        rules: &request.config.choose(metas()),
        notices: request.config.weakened(metas()),
        errors: errors.collect(),
    };
    decide::decide(input, request.config, request.today)
}
