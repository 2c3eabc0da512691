//! `holdpoint guard render`: the guard's policies.

use clap::{Args, ValueEnum};

use crate::error::Error;
use crate::guard::account::state::part_name;
use crate::guard::{self, render};
use crate::model::verdict::Exit;

use super::super::{console, output};
use super::spec::{Made, SpecArgs};

/// Print the policies of the guard
///
/// The policies go to standard output; their size, the space left and what they cannot cover go to
/// standard error.
#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Output format
    #[arg(long, value_enum, default_value = "json", value_name = "FMT", help_heading = "Output")]
    format: Shape,
    /// Name of the policy; several are numbered
    #[arg(long, value_name = "NAME", default_value = "holdpoint-guard", help_heading = "Output")]
    name: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    /// Minified JSON, as AWS counts sizes; a list if there are several
    Json,
    /// Indented JSON
    Pretty,
    /// Terraform resources
    Terraform,
    /// A CloudFormation template
    Cloudformation,
}

pub(super) fn run(args: &RenderArgs) -> Result<Exit, Error> {
    if args.name.is_empty() || args.name.chars().any(|c| !(c.is_ascii_alphanumeric() || c == '-')) {
        return Err(Error::Usage {
            message: format!("`{}` is not a valid policy name", console::printable(&args.name)),
            help: Some("use letters, digits and `-`".to_owned()),
        });
    }
    let made = args.spec.make()?;
    let spec = &made.guard.spec;
    let text = match args.format {
        Shape::Json => render::json(&made.documents, false),
        Shape::Pretty => render::json(&made.documents, true),
        Shape::Terraform => {
            guard::hcl::terraform(&made.documents, spec.vehicle, &args.name, &spec.path)
        }
        Shape::Cloudformation => {
            render::cloudformation(&made.documents, spec.vehicle, &args.name, &spec.path)
        }
    };
    console::to_stderr(&summary(&made, &args.name));
    output::to_stdout(&text)?;
    Ok(Exit::Pass)
}

fn summary(made: &Made, base: &str) -> String {
    let of = made.documents.len();
    let mut text = String::new();
    for (i, document) in made.documents.iter().enumerate() {
        let size = document.size();
        text.push_str(&format!(
            "{}: {size} of {} characters, {} left\n",
            part_name(base, i),
            made.limit,
            made.limit.saturating_sub(size)
        ));
    }
    text.push_str(&format!(
        "{} actions in {} patterns; {} of at most {} policies per target\n",
        made.guard.scope.denied().len(),
        made.guard.actions.len(),
        of,
        made.guard.spec.vehicle.most()
    ));
    for gap in &made.guard.scope.gaps {
        text.push_str(&format!("not covered: {}\n", console::printable(gap)));
    }
    text
}
