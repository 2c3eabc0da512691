//! The architecture as data: which part may know which, and which crate has which home.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Who may use whom; `main -> cli -> gate -> stages -> iam -> model`.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli", "model"]),
    ("lib", &[]),
    (
        "cli",
        &[
            "conftest", "decide", "error", "gate", "guard", "model", "receipt", "rego", "report",
            "rules", "serve",
        ],
    ),
    ("conftest", &["manifest", "model", "rego"]),
    (
        "gate",
        &[
            "clouds",
            "decide",
            "error",
            "guard",
            "iam",
            "manifest",
            "model",
            "terraform",
            "receipt",
            "rego",
            "rules",
        ],
    ),
    // It follows references in plans as the gate does.
    ("guard", &["decide", "iam", "model", "terraform", "report"]),
    // Only tests ask it so far: no gate does.
    ("admission", &["model", "rules"]),
    ("serve", &["model", "report"]),
    ("error", &["decide", "model", "rego"]),
    ("terraform", &["clouds", "model"]),
    ("manifest", &["model"]),
    ("rules", &["clouds", "iam", "images", "model"]),
    // YAML is read in one place.
    ("rego", &["iam", "manifest", "model"]),
    // What is known of a provider; policy documents are IAM.
    ("clouds", &["iam", "model"]),
    ("decide", &["model"]),
    ("report", &["model"]),
    ("receipt", &[]),
    ("iam", &["model"]),
    ("images", &[]),
    ("model", &[]),
];

/// Crates that only one place may name: a prefix of the crate, and prefixes of the files.
const HOMES: &[(&str, &[&str])] = &[
    // Reading in one place, writing in the other.
    ("hcl", &["src/terraform/source", "src/guard/hcl.rs"]),
    ("regorus", &["src/rego/"]),
    ("aws_", &["src/guard/aws/"]),
    ("axum", &["src/serve/"]),
    ("granit_parser", &["src/manifest/read/"]),
    ("ignore", &["src/manifest/"]),
    ("cel", &["src/rules/kubernetes/"]),
    ("ring", &["src/receipt/", "src/serve/"]),
    ("clap", &["src/cli/"]),
    ("miette", &["src/error.rs", "src/cli/"]),
    ("toml", &["src/decide/", "src/cli/"]),
    ("postcard", &["src/rules/table/"]),
];

/// Where AWS may be named: what is known of it, the rules about it, and what is about nothing else.
const ABOUT_AWS: &[&str] =
    &["src/clouds/aws/", "src/rules/aws/", "src/iam/", "src/guard/", "src/cli/"];

/// What names it: types, identifiers and reserved names.
const NAMES_OF_AWS: &[&str] = &["\"aws_", "\"data.aws_", ".aws_", "arn:", "alias/aws"];

/// Pairs of files of one room that know each other, and why; all others may not.
const PAIRS: &[(&str, &str)] = &[
    // A truth is unknown for the reason that a value is unknown.
    ("src/model/truth.rs", "src/model/value.rs"),
    // JSON texts hold values, and values become JSON texts.
    ("src/terraform/source/json_text.rs", "src/terraform/source/val.rs"),
    // How far the source speaks for attributes decides what the attributes are.
    ("src/terraform/attributes.rs", "src/terraform/standing.rs"),
    // Flags of one verb that the other takes as well.
    ("src/cli/plan.rs", "src/cli/receipt.rs"),
    ("src/cli/guard/audit.rs", "src/cli/guard/audit_live.rs"),
];

const LONGEST: usize = 500;

struct Source {
    path: String,
    part: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = common::root();
    let files = common::files(&root.join("src"));
    let rust = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let part = path.split('/').nth(1).unwrap().trim_end_matches(".rs").to_owned();
        Source { path, part, text }
    };
    rust.map(read).collect()
}

/// Lines of code: without comments, which may name what the code may not.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(i, line)| {
        let line = line.split("//").next().unwrap_or_default().trim();
        (!line.is_empty()).then_some((i + 1, line))
    })
}

/// The parts of this crate that a line of code names: `crate::X`, `holdpoint::X`, also in a group
/// `crate::{X::.., Y}`.
fn named(line: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for start in ["crate::", "holdpoint::"] {
        for (at, _) in line.match_indices(start) {
            let tail = line.get(at + start.len()..).unwrap_or_default();
            let group = tail.strip_prefix('{').unwrap_or(tail);
            let list = if tail.starts_with('{') { group.split(',').collect() } else { vec![tail] };
            for item in list {
                let name: String = item
                    .trim()
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                if !name.is_empty() {
                    parts.push(name);
                }
            }
        }
    }
    parts
}

/// Whether a line of code names a crate: `name::..`, or a longer name that begins so.
fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default().chars().next_back();
        let tail = line.get(at + name.len()..).unwrap_or_default();
        let rest = tail.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        before.is_none_or(|c| !c.is_alphanumeric() && !"_\"`.:".contains(c))
            && rest.starts_with("::")
    })
}

fn allowed(part: &str) -> &'static [&'static str] {
    ARROWS
        .iter()
        .find(|(room, _)| *room == part)
        .map(|(_, list)| *list)
        .unwrap_or_else(|| panic!("src/{part} has no line in ARROWS: say what it may use"))
}

#[test]
fn no_part_uses_one_above_or_beside_it() {
    let mut wrong = Vec::new();
    for source in sources() {
        let allowed = allowed(&source.part);
        for (line, text) in code(&source.text) {
            for name in named(text) {
                let known = ARROWS.iter().any(|(part, _)| *part == name);
                if known && name != source.part && !allowed.contains(&name.as_str()) {
                    wrong.push(format!(
                        "{}:{line}: {} must not use {name}",
                        source.path, source.part
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_arrow_is_used() {
    let sources = sources();
    let mut unused = Vec::new();
    for (part, allowed) in ARROWS {
        let of_part: Vec<&Source> = sources.iter().filter(|s| s.part == *part).collect();
        assert!(!of_part.is_empty(), "ARROWS names {part}, and there is no src/{part}");
        let used: Vec<String> = of_part
            .iter()
            .flat_map(|source| code(&source.text).flat_map(|(_, line)| named(line)))
            .collect();
        let idle = allowed.iter().filter(|name| !used.iter().any(|used| used == *name));
        unused.extend(idle.map(|name| format!("{part} may use {name} and does not")));
    }
    assert!(unused.is_empty(), "{}", unused.join("\n"));
}

#[test]
fn the_arrows_have_no_circle() {
    for (part, below) in ARROWS {
        let mut open: Vec<&str> = below.to_vec();
        let mut seen = Vec::new();
        while let Some(next) = open.pop() {
            assert_ne!(next, *part, "{part} reaches itself");
            if !seen.contains(&next) {
                seen.push(next);
                open.extend(allowed(next));
            }
        }
    }
}

/// The file or folder of the same room that each line of a file names: `use super::X`, or the path
/// of the room from the root, `crate::room::X`. A room's `mod.rs` knows all its files and is left out.
fn beside(source: &Source, paths: &[&str]) -> Vec<String> {
    let Some((room, _)) = source.path.rsplit_once('/') else { return Vec::new() };
    let from_root = format!("{}::", room.replacen("src", "crate", 1).replace('/', "::"));
    let tests = source.text.find("#[cfg(test)]\nmod tests {").unwrap_or(source.text.len());
    let mut found = Vec::new();
    for (_, line) in code(&source.text[..tests]) {
        for start in ["super::", &from_root] {
            for (at, _) in line.match_indices(start) {
                if line[..at].ends_with("super::") {
                    continue;
                }
                let tail = &line[at + start.len()..];
                let group = tail.strip_prefix('{');
                for name in group.unwrap_or(tail).split(group.map_or(':', |_| ',')) {
                    let end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
                    let name = name.trim().split(end).next().unwrap_or_default();
                    let file = format!("{room}/{name}.rs");
                    if file != source.path && paths.contains(&file.as_str()) {
                        found.push(file);
                    }
                    if group.is_none() {
                        break;
                    }
                }
            }
        }
    }
    found
}

#[test]
fn files_of_a_room_have_no_circle() {
    let sources = sources();
    let paths: Vec<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    let of_room = |source: &&Source| {
        !source.path.ends_with("/mod.rs")
            && !source.path.ends_with("tests.rs")
            && !source.path.contains("/tests/")
    };
    let below: BTreeMap<&str, Vec<String>> = sources
        .iter()
        .filter(of_room)
        .map(|source| (source.path.as_str(), beside(source, &paths)))
        .collect();
    let is_pair = |a: &str, b: &str| PAIRS.contains(&(a, b)) || PAIRS.contains(&(b, a));
    let mut wrong = Vec::new();
    for (file, names) in &below {
        let mut open: Vec<&str> = names.iter().map(String::as_str).collect();
        open.retain(|name| !is_pair(file, name));
        let mut seen = Vec::new();
        while let Some(next) = open.pop() {
            if next == *file {
                wrong.push(format!("{file} reaches itself by way of {}", seen.join(", ")));
                break;
            }
            if !seen.contains(&next) {
                seen.push(next);
                let more = below.get(next).into_iter().flatten().map(String::as_str);
                open.extend(more.filter(|name| !is_pair(next, name)));
            }
        }
    }
    for (left, right) in PAIRS {
        let knows = |a: &str, b: &str| below.get(a).is_some_and(|list| list.iter().any(|x| x == b));
        if !knows(left, right) || !knows(right, left) {
            wrong.push(format!("{left} and {right} no longer know each other: take the pair away"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_crate_stays_in_its_home() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, homes) in HOMES {
            if homes.iter().any(|home| source.path.starts_with(home)) {
                continue;
            }
            for (line, text) in code(&source.text) {
                if names_crate(text, name) {
                    wrong.push(format!("{}:{line}: {name} belongs into {homes:?}", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_home_of_a_crate_is_lived_in() {
    let sources = sources();
    let mut empty = Vec::new();
    for (name, homes) in HOMES {
        for home in *homes {
            let lives = sources
                .iter()
                .filter(|source| source.path.starts_with(home))
                .any(|source| code(&source.text).any(|(_, line)| names_crate(line, name)));
            if !lives {
                empty.push(format!("{name} has a home in {home} and is not used there"));
            }
        }
    }
    assert!(empty.is_empty(), "{}", empty.join("\n"));
}

#[test]
fn a_cloud_is_named_in_its_own_rooms_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        let is_test = source.path.contains("/tests/") || source.path.ends_with("tests.rs");
        if is_test || ABOUT_AWS.iter().any(|room| source.path.starts_with(room)) {
            continue;
        }
        let tests = source.text.find("#[cfg(test)]\nmod tests {").unwrap_or(source.text.len());
        for (line, text) in code(&source.text[..tests]) {
            let begins = |at| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let named = |name: &&&str| {
                text.match_indices(**name).any(|(at, _)| begins(at) || name.starts_with('.'))
            };
            for name in NAMES_OF_AWS.iter().filter(named) {
                wrong.push(format!("{}:{line}: `{name}` belongs in src/clouds/aws", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A new cloud is a new folder of rule files, and no line of Rust.
#[test]
fn the_build_names_no_folder_of_rule_files() {
    let build = fs::read_to_string(common::root().join("build.rs")).unwrap();
    let folders = fs::read_dir(common::root().join("policies")).unwrap();
    let names: Vec<String> =
        folders.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert!(names.len() >= 3, "{names:?}");
    for (line, text) in code(&build) {
        for name in names.iter().map(String::as_str).chain(["google", "azurerm"]) {
            let path = format!("policies/{name}");
            // The engine of rules about Kubernetes is named so, too; its folder is not.
            let named = text.contains(&path) || (name != "kubernetes" && text.contains(name));
            assert!(!named, "build.rs:{line} names {path}");
        }
    }
}

#[test]
fn files_are_short_and_say_why_they_exist() {
    let mut wrong = Vec::new();
    let mut lengths = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        lengths.push(lines);
        if lines > LONGEST {
            wrong.push(format!("{}: {lines} lines, more than {LONGEST}", source.path));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{}: does not start with a `//!` line", source.path));
        }
        if source.path == "src/main.rs" && lines >= 60 {
            wrong.push(format!("src/main.rs: {lines} lines, not under 60"));
        }
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median < 200, "half of the files have more than {median} lines");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_checks_see_what_they_look_for() {
    assert_eq!(named("use crate::report::Format;"), ["report"]);
    assert_eq!(named("use crate::{terraform::Plan, rules};"), ["terraform", "rules"]);
    assert_eq!(named("x(crate::gate::terraform, crate::model::a)"), ["gate", "model"]);
    let beside = |text: &str| {
        let (path, part) = ("src/iam/a.rs".to_owned(), "iam".to_owned());
        let source = Source { path, part, text: text.to_owned() };
        self::beside(&source, &["src/iam/a.rs", "src/iam/b.rs", "src/iam/c.rs"])
    };
    assert_eq!(beside("use super::b::X;\nuse super::super::c;\n"), ["src/iam/b.rs"]);
    assert_eq!(beside("use super::{a, b::{self, X}, c};"), ["src/iam/b.rs", "src/iam/c.rs"]);
    assert_eq!(beside("use super::{c, b};"), ["src/iam/c.rs", "src/iam/b.rs"]);
    assert_eq!(beside("crate::iam::c::f(); // super::b"), ["src/iam/c.rs"]);
    assert_eq!(code("a(); // crate::terraform\n\n//! crate::terraform\n").count(), 1);
}
