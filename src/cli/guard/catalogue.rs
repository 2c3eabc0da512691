//! `holdpoint guard catalogue`: what the guard knows of AWS's services, and from when.

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::error::Error;
use crate::guard::catalogue::{TagSupport, catalogue};
use crate::guard::{scope, terraform, verbs};
use crate::model::verdict::Exit;

use super::super::{console, output};

/// Show the AWS data that the guard uses, and its date
///
/// With a name, shows one action (`ec2:CreateRoute`), Terraform type (`aws_vpc`) or service (`sqs`).
#[derive(Debug, Args)]
pub(super) struct CatalogueArgs {
    /// An action, a Terraform type or a service
    name: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value = "human", value_name = "FMT", help_heading = "Output")]
    format: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people
    Human,
    /// One JSON document, `holdpoint-guard-catalogue/v1`; only without a name
    Json,
}

#[derive(Serialize)]
struct Sums {
    schema: &'static str,
    date: &'static str,
    source: String,
    licence: &'static str,
    services: usize,
    resource_types: usize,
    actions: usize,
    write_actions: usize,
    write_actions_by_tag: usize,
    denied: usize,
    unreviewed: usize,
    terraform_types: usize,
    terraform_types_reviewed: usize,
}

pub(super) fn run(args: &CatalogueArgs) -> Result<Exit, Error> {
    let text = match (&args.name, args.format) {
        (None, Shape::Human) => human(&sums()),
        (None, Shape::Json) => {
            serde_json::to_string_pretty(&sums()).map_err(|_| Error::Internal)? + "\n"
        }
        (Some(_), Shape::Json) => {
            return Err(Error::Usage {
                message: "`--format json` cannot be combined with a name".to_owned(),
                help: Some("remove the name or `--format json`".to_owned()),
            });
        }
        (Some(name), Shape::Human) => entry(name).ok_or_else(|| Error::Usage {
            message: format!("the catalogue has no `{}`", console::printable(name)),
            help: Some(
                "name an action (`ec2:CreateRoute`), a Terraform type or a service".to_owned(),
            ),
        })?,
    };
    output::to_stdout(&text)?;
    Ok(Exit::Pass)
}

fn sums() -> Sums {
    let catalogue = catalogue();
    let [package, version, licence] = catalogue.source;
    let mut sums = Sums {
        schema: "holdpoint-guard-catalogue/v1",
        date: catalogue.date,
        source: format!("{package} {version}"),
        licence,
        services: catalogue.services().count(),
        resource_types: catalogue.services().map(|service| service.types.len()).sum(),
        actions: catalogue.actions(),
        write_actions: 0,
        write_actions_by_tag: 0,
        denied: 0,
        unreviewed: 0,
        terraform_types: terraform::mappings().len(),
        terraform_types_reviewed: terraform::mappings()
            .iter()
            .filter(|mapping| mapping.reviewed)
            .count(),
    };
    for (_, action, class) in verbs::all().filter(|(_, action, _)| action.level.writes()) {
        sums.write_actions += 1;
        if action.can_hold_tag() {
            sums.write_actions_by_tag += 1;
            sums.denied += usize::from(class.is_denied());
            sums.unreviewed += usize::from(class == verbs::Class::Unreviewed);
        }
    }
    sums
}

fn human(sums: &Sums) -> String {
    format!(
        "data of {}, from {} ({})\n\
         {} services, {} resource types, {} actions, {} of them write\n\
         {} of those act on a resource whose tags a condition can check: {} are denied on managed \
         resources, {} are not reviewed and stay open, the others stay open for a stated reason\n\
         {} Terraform types, {} of them reviewed by hand\n",
        sums.date,
        sums.source,
        sums.licence,
        sums.services,
        sums.resource_types,
        sums.actions,
        sums.write_actions,
        sums.write_actions_by_tag,
        sums.denied,
        sums.unreviewed,
        sums.terraform_types,
        sums.terraform_types_reviewed
    )
}

fn entry(name: &str) -> Option<String> {
    if let Some((service, action)) = catalogue().action(name) {
        let class = verbs::class(service.name, action);
        let mut text = format!("{}:{}: {}\n", service.name, action.name, class.name());
        if action.level.writes() {
            let (_, pattern, reason) = verbs::reading(service.name, action);
            let by = if pattern.is_empty() { String::new() } else { format!(" (`{pattern}`)") };
            text.push_str(&format!("  because it {reason}{by}\n"));
        }
        for on in &action.on {
            let kind = service.types.get(on.kind)?;
            let tags = match on.tags {
                TagSupport::No => "AWS does not send its tags",
                TagSupport::ByType => "AWS sends its tags (listed for the type)",
                TagSupport::Listed => "AWS sends its tags",
            };
            text.push_str(&format!("  on {}: {tags}\n", kind.name));
        }
        return Some(text);
    }
    if let Some(mapping) = terraform::mapping(name) {
        let service = catalogue().service(mapping.service)?;
        let mut text = format!("{}: {}", mapping.name, mapping.service);
        let how = if mapping.reviewed { "reviewed" } else { "derived from the name" };
        match mapping.parent {
            Some(parent) => text.push_str(&format!(", covered through `{parent}` ({how})\n")),
            None => text.push_str(&format!(" ({how})\n")),
        }
        for kind in &mapping.kinds {
            let all = scope::denied_on(service, kind, false).len();
            let by_tag = scope::denied_on(service, kind, true).len();
            text.push_str(&format!("  {kind}: {by_tag} of {all} write actions denied by tag\n"));
        }
        return Some(text);
    }
    let service = catalogue().service(name)?;
    let mut text = format!("{}: {} actions\n", service.name, service.actions.len());
    for kind in &service.types {
        let by_tag = scope::denied_on(service, kind.name, true).len();
        let all = scope::denied_on(service, kind.name, false).len();
        text.push_str(&format!("  {}: {by_tag} of {all} write actions denied by tag\n", kind.name));
    }
    Some(text)
}
