//! `holdpoint guard`: a Deny that keeps everybody but Terraform from changing what Terraform
//! manages. One file per verb.

mod catalogue;
mod explain;
mod prove;
mod render;
mod spec;

use std::fs;
use std::path::Path;

use clap::{Args, Subcommand};

use crate::error::Error;
use crate::model::verdict::{Exit, Problem};

/// Keep everybody but Terraform from changing what Terraform manages
#[derive(Debug, Args)]
pub(super) struct GuardArgs {
    #[command(subcommand)]
    verb: GuardVerb,
}

#[derive(Debug, Subcommand)]
enum GuardVerb {
    Render(render::RenderArgs),
    Prove(prove::ProveArgs),
    Explain(explain::ExplainArgs),
    Catalogue(catalogue::CatalogueArgs),
}

/// Runs a verb; the verdict is its own.
pub(super) fn run(args: &GuardArgs) -> Result<Exit, Error> {
    match &args.verb {
        GuardVerb::Render(args) => render::run(args),
        GuardVerb::Prove(args) => prove::run(args),
        GuardVerb::Explain(args) => explain::run(args),
        GuardVerb::Catalogue(args) => catalogue::run(args),
    }
}

/// Why the guard has no answer.
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
