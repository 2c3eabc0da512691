//! Every path of every rule file exists, and `since` and `until` are true.

use holdpoint::rules::table::language::Entry;
use holdpoint::rules::table::path::{Path, Step};

use super::paths::{Named, documents, named};
use super::provider::{Versions, aws};

/// The versions that have what the rule names, in one of the blocks that it looks into.
pub(crate) fn versions(one: &Named) -> Versions {
    let Some(node) = aws().types.get(&one.kind) else { return 0 };
    one.paths.iter().fold(0, |all, steps| all | node.at(steps))
}

pub(crate) fn shown(one: &Named) -> String {
    let written = |steps: &Vec<Step>| {
        let mut text = String::new();
        steps.iter().for_each(|step| Path::show(step, &mut text));
        text
    };
    let paths: Vec<String> = one.paths.iter().map(written).collect();
    format!("{} {}", one.kind, paths.join(" | "))
}

/// The versions that have all that the entry reads of its own types, for one of them.
pub(crate) fn complete(entry: &Entry, kind: &str) -> Versions {
    let own = named(entry).into_iter().filter(|one| one.own && one.kind == kind);
    own.fold(Versions::MAX, |all, one| all & versions(&one))
}

#[test]
fn every_path_of_a_rule_file_exists_in_some_version_of_the_provider() {
    let mut wrong = Vec::new();
    for document in documents() {
        for one in document.resources.iter().flat_map(named) {
            if one.kind != "*" && versions(&one) == 0 {
                wrong.push(format!("{}: {}", document.id, shown(&one)));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{} of no version:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn since_and_until_of_an_entry_are_true() {
    let aws = aws();
    let mut wrong = Vec::new();
    for document in documents() {
        for (i, entry) in document.resources.iter().enumerate() {
            for kind in &entry.types {
                let have = complete(entry, kind);
                let since = entry.since.as_deref().map(|since| aws.since(since));
                // What is older lacks it, the first that is not older has it.
                let early = since.is_some_and(|new| have & !new != 0 || have & first(new) == 0);
                let until = entry.until.as_deref().map(|until| aws.since(until));
                let late =
                    until.is_some_and(|new| have & new != 0 || have & (first(new) >> 1) == 0);
                if early || late {
                    let (id, have) = (&document.id, aws.named(have));
                    wrong.push(format!("{id} resources[{i}]: {kind} has all of it in {have}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn first(versions: Versions) -> Versions {
    versions & versions.wrapping_neg()
}
