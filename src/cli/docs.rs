//! The generated pages: docs/cli.md from the definitions of the verbs, docs/rules.md and docs/rules/
//! from the catalogue. A test fails when the files differ from them.

use std::collections::BTreeMap;

use clap::CommandFactory;

use crate::model::rule::Meta;

use super::{Cli, explain};

const GENERATED: &str =
    "<!-- Generated; `HOLDPOINT_BLESS=1 cargo test --test house docs` rewrites it. -->\n";

/// docs/cli.md
#[must_use]
pub fn cli_page() -> String {
    let mut text = format!("{GENERATED}# Command line\n");
    let mut root = Cli::command().term_width(90);
    root.build();
    command_section(&mut root, &mut text);
    let mut conftest = super::conftest::command().bin_name("holdpoint conftest").term_width(90);
    conftest.build();
    command_section(&mut conftest, &mut text);
    text
}

fn command_section(command: &mut clap::Command, text: &mut String) {
    let name = command.get_bin_name().unwrap_or("holdpoint").to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim()));
    for below in command.get_subcommands_mut() {
        command_section(below, text);
    }
}

/// docs/rules.md, the index, and docs/rules/SERVICE.md, a page for each service: the path of each
/// page below docs/, and its text.
#[must_use]
pub fn rules_pages<'m>(rules: impl IntoIterator<Item = &'m Meta>) -> Vec<(String, String)> {
    let mut by_service: BTreeMap<&str, Vec<&Meta>> = BTreeMap::new();
    for meta in rules {
        by_service.entry(&meta.service).or_default().push(meta);
    }
    let mut pages = vec![("rules.md".to_owned(), index(&by_service))];
    pages.extend(
        by_service
            .iter()
            .map(|(service, rules)| (service_path(service), service_page(service, rules))),
    );
    pages
}

/// Every rule by its service, with a link to its text.
fn index(by_service: &BTreeMap<&str, Vec<&Meta>>) -> String {
    let count: usize = by_service.values().map(Vec::len).sum();
    let mut text = format!("{GENERATED}# Rules\n\n{count} rules, by service.\n");
    for (service, rules) in by_service {
        let path = service_path(service);
        text.push_str(&format!("\n**[{service}]({path})**\n\n"));
        for meta in rules {
            let (id, title) = (&meta.id, &meta.title);
            text.push_str(&format!("- [{id}]({path}#{id}) ({}): {title}\n", meta.severity));
        }
    }
    text
}

fn service_page(service: &str, rules: &[&Meta]) -> String {
    let mut text = format!("{GENERATED}# {service}\n\n[All rules](../rules.md)\n");
    for meta in rules {
        // The heading's own anchor is the id on most hosts; this one works on all of them.
        text.push_str(&format!("\n<a id=\"{0}\"></a>\n\n## {0}\n\n", meta.id));
        text.push_str(&explain::body(meta));
    }
    text
}

/// `rules/elastic-load-balancing.md`
fn service_path(service: &str) -> String {
    let slug = service.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    format!("rules/{slug}.md")
}
