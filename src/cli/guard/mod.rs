//! `holdpoint guard`: a Deny that keeps everybody but Terraform from changing what Terraform
//! manages. One file per verb.

#[cfg(feature = "aws")]
mod apply;
mod audit;
#[cfg(feature = "aws")]
mod audit_live;
mod catalogue;
mod coverage;
mod explain;
#[cfg(feature = "aws")]
mod live;
#[cfg(feature = "aws")]
mod plan;
mod prove;
#[cfg(feature = "aws")]
mod remove;
mod render;
#[cfg(feature = "aws")]
mod rollback;
#[cfg(feature = "aws")]
mod shown;
mod spec;
#[cfg(feature = "aws")]
mod status;
#[cfg(feature = "aws")]
mod unlock;

use std::fs;
use std::path::Path;

use clap::{Args, Subcommand};

use crate::error::Error;
use crate::model::verdict::{Exit, Problem};

/// Prevent anyone but Terraform from changing what Terraform manages
#[derive(Debug, Args)]
pub(super) struct GuardArgs {
    #[command(subcommand)]
    verb: GuardVerb,
}

#[derive(Debug, Subcommand)]
enum GuardVerb {
    Render(render::RenderArgs),
    Prove(prove::ProveArgs),
    Coverage(coverage::CoverageArgs),
    Audit(audit::AuditArgs),
    Explain(explain::ExplainArgs),
    Catalogue(catalogue::CatalogueArgs),
    #[cfg(feature = "aws")]
    Plan(plan::PlanArgs),
    #[cfg(feature = "aws")]
    Apply(apply::ApplyArgs),
    #[cfg(feature = "aws")]
    Status(status::StatusArgs),
    #[cfg(feature = "aws")]
    Rollback(rollback::RollbackArgs),
    #[cfg(feature = "aws")]
    Remove(remove::RemoveArgs),
    #[cfg(feature = "aws")]
    Unlock(unlock::UnlockArgs),
}

/// Runs a verb, which has its own verdict.
pub(super) fn run(args: &GuardArgs) -> Result<Exit, Error> {
    match &args.verb {
        GuardVerb::Render(args) => render::run(args),
        GuardVerb::Prove(args) => prove::run(args),
        GuardVerb::Coverage(args) => coverage::run(args),
        GuardVerb::Audit(args) => audit::run(args),
        GuardVerb::Explain(args) => explain::run(args),
        GuardVerb::Catalogue(args) => catalogue::run(args),
        #[cfg(feature = "aws")]
        GuardVerb::Plan(args) => plan::run(args),
        #[cfg(feature = "aws")]
        GuardVerb::Apply(args) => apply::run(args),
        #[cfg(feature = "aws")]
        GuardVerb::Status(args) => status::run(args),
        #[cfg(feature = "aws")]
        GuardVerb::Rollback(args) => rollback::run(args),
        #[cfg(feature = "aws")]
        GuardVerb::Remove(args) => remove::run(args),
        #[cfg(feature = "aws")]
        GuardVerb::Unlock(args) => unlock::run(args),
    }
}

/// An error of a guard command.
fn problem(code: &str, message: String, help: &str, file: Option<&Path>) -> Error {
    Error::Guard(Problem {
        code: format!("guard::{code}"),
        message: super::console::printable(&message),
        help: (!help.is_empty()).then(|| help.to_owned()),
        file: file.map(|path| path.display().to_string()),
    })
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| {
        problem(
            "unreadable",
            format!("cannot read `{}`: {}", path.display(), super::output::reason(&error)),
            "check the path and its permissions",
            Some(path),
        )
    })
}
