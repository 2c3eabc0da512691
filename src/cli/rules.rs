//! `holdpoint rules`: lists and explains the rules.

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::error::Error;
use crate::model::rule::{Meta, ParamSpec};
use crate::rules::catalogue;

use super::{Done, explain, output};

/// List the rules, or explain one of them
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    verb: Option<RulesVerb>,
    /// Output format of the list
    #[arg(long, value_enum, default_value = "human", value_name = "FMT", help_heading = "Output")]
    format: ListFormat,
}

#[derive(Debug, Subcommand)]
enum RulesVerb {
    /// Explain a rule: what it checks, why, how to fix it, and its parameters
    Explain {
        /// The rule's id
        id: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListFormat {
    /// A table
    Human,
    /// One document, `holdpoint-rules/v1`
    Json,
}

pub(super) fn run(args: &RulesArgs) -> Done {
    let rules = catalogue::metas;
    let text = match (&args.verb, args.format) {
        (Some(RulesVerb::Explain { id }), _) => match rules().find(|meta| meta.id == *id) {
            Some(meta) => explain::rule(meta),
            None => return Err(unknown(id)),
        },
        (None, ListFormat::Human) => table(rules()),
        (None, ListFormat::Json) => json(rules())?,
    };
    output::to_stdout(&text)
}

fn unknown(id: &str) -> Error {
    let ids = catalogue::metas().map(|meta| meta.id.as_ref());
    Error::Usage {
        message: format!("unknown rule `{}`", super::console::printable(id)),
        help: Some(match crate::decide::nearest(id, ids) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`holdpoint rules` lists all rules".to_owned(),
        }),
    }
}

fn table<'m>(rules: impl Iterator<Item = &'m Meta> + Clone) -> String {
    let widest = rules.clone().map(|meta| meta.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for meta in rules.clone() {
        let off = if meta.on_by_default { "" } else { " (off by default)" };
        text.push_str(&format!(
            "{:<8}  {:<widest$}  {}{off}\n",
            meta.severity, meta.id, meta.title
        ));
    }
    text.push_str(&format!(
        "{} rules; `holdpoint rules explain ID` shows the details\n",
        rules.count()
    ));
    text
}

/// Structs of the list's own: the catalogue's internals may change.
#[derive(Serialize)]
struct List<'m> {
    schema: &'static str,
    rules: Vec<Entry<'m>>,
}

#[derive(Serialize)]
struct Entry<'m> {
    id: &'m str,
    title: &'m str,
    severity: &'static str,
    service: &'m str,
    types: Vec<&'m str>,
    on_by_default: bool,
    frameworks: Vec<Framework<'m>>,
    params: &'m [ParamSpec],
}

#[derive(Serialize)]
struct Framework<'m> {
    name: &'m str,
    controls: Vec<&'m str>,
}

fn json<'m>(rules: impl Iterator<Item = &'m Meta>) -> Result<String, Error> {
    let entry = |meta: &'m Meta| Entry {
        id: &meta.id,
        title: &meta.title,
        severity: meta.severity.name(),
        service: &meta.service,
        types: meta.types.iter().map(AsRef::as_ref).collect(),
        on_by_default: meta.on_by_default,
        frameworks: meta
            .frameworks
            .iter()
            .map(|(name, controls)| Framework {
                name,
                controls: controls.iter().map(AsRef::as_ref).collect(),
            })
            .collect(),
        params: &meta.params,
    };
    let list = List { schema: "holdpoint-rules/v1", rules: rules.map(entry).collect() };
    serde_json::to_string_pretty(&list).map(|text| text + "\n").map_err(|_| Error::Internal)
}
