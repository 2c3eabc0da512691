//! What is written is true: generated pages equal their source, README examples run.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;

use common::{blessing, expect_file, root};
use holdpoint::cli::docs;
use holdpoint::rules::catalogue;
use pulldown_cmark::{Event, Tag};

#[test]
fn the_pages_of_rules_are_the_catalogue() {
    let pages = docs::rules_pages(catalogue::metas());
    for (path, text) in &pages {
        expect_file(&root().join("docs").join(path), text);
    }
    let on_disk = common::files(&root().join("docs/rules")).len();
    assert_eq!(on_disk, pages.len() - 1, "docs/rules holds a page of a service that has no rule");
}

#[test]
fn the_page_of_the_command_line_is_the_command_line() {
    expect_file(&root().join("docs/cli.md"), &docs::cli_page());
}

#[test]
fn every_rule_explains_itself() {
    let mut wrong = Vec::new();
    for meta in catalogue::metas() {
        let mut want = |good: bool, what: &str| {
            if !good {
                wrong.push(format!("{}: {what}", meta.id));
            }
        };
        for (name, text) in [("what", &meta.what), ("why", &meta.why), ("fix", &meta.fix)] {
            want(text.split_whitespace().count() >= 5, &format!("`{name}` says too little"));
        }
        want(!meta.title.is_empty() && !meta.title.ends_with('.'), "the title has a full stop");
        want(!meta.title.contains('\n') && meta.title.len() <= 100, "the title is too long");
        want(!meta.references.is_empty(), "no reference");
        want(meta.references.iter().all(|url| url.starts_with("https://")), "a reference no URL");
        want(!meta.types.is_empty(), "it judges no type");
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        want(meta.id.chars().all(kebab), "the id is not kebab-case");
        for spec in meta.params.iter() {
            want(!spec.help.is_empty(), &format!("`{}` has no help", spec.name));
            let taken = ["severity", "enabled"].contains(&spec.name.as_ref());
            want(!taken, &format!("`{}` is a key of every rule", spec.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The commands in the README's `console` blocks: what follows `$ `, and the exit code that a line
/// `# exit N` below it promises.
fn examples(text: &str) -> Vec<(String, i32)> {
    let mut examples: Vec<(String, i32)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let (true, Some(command)) = (inside, line.strip_prefix("$ ")) {
            examples.push((command.to_owned(), 0));
        } else if let (true, Some(code)) = (inside, line.strip_prefix("# exit "))
            && let Some(last) = examples.last_mut()
        {
            last.1 = code.split_whitespace().next().unwrap().parse().unwrap();
        }
    }
    examples
}

#[test]
fn every_example_of_the_readme_runs() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let examples = examples(&text);
    assert!(examples.len() >= 2, "the README has no examples");
    for (command, code) in examples {
        // The tests are running already.
        if command == "cargo test" {
            continue;
        }
        let words: Vec<&str> = command.split_whitespace().collect();
        let cargo = ["cargo", "run", "--no-default-features", "--"];
        let args = match words.strip_prefix(&cargo).or_else(|| words.strip_prefix(&["holdpoint"])) {
            Some(args) => args,
            None => panic!("`{command}` is no command that this test can run"),
        };
        let run = common::run(root(), args);
        assert_eq!(run.code, Some(code), "`{command}`\n{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn links_within_the_repository_lead_somewhere() {
    let (mut wrong, mut checked) = (Vec::new(), 0);
    let docs = common::files(&root().join("docs"));
    let pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|page| root().join(page));
    for page in pages.into_iter().chain(docs) {
        let text = fs::read_to_string(&page).unwrap();
        let folder = page.parent().unwrap();
        for event in pulldown_cmark::Parser::new(&text) {
            let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
            let link = dest_url.split('#').next().unwrap();
            let local = !link.is_empty() && !link.contains("://");
            checked += usize::from(local);
            if local && !folder.join(link).exists() {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(checked > 30, "{checked} links");
}

#[test]
fn blessing_is_off_in_pipelines() {
    assert!(!(blessing() && std::env::var_os("CI").is_some()), "a pipeline must not bless");
}
