//! What a type got in a later major version is proved by plans that hold it.

use std::fs;

use holdpoint::rules::table::path::Step;
use serde_json::Value as Json;

use super::forms::fixtures;
use super::paths::{documents, named};
use super::provider::aws;
use super::tables::{shown, versions};

/// Whether the steps lead to something that the plan says, be it null or a mark of the unknown.
fn holds(value: &Json, steps: &[Step]) -> bool {
    match (steps.split_first(), value) {
        (None, _) => true,
        (Some((Step::Index(_), tail)), _) => holds(value, tail),
        (Some(_), Json::Array(list)) => list.iter().any(|item| holds(item, steps)),
        (Some((Step::Name(name), tail)), Json::Object(object)) => {
            object.get(name).is_some_and(|inner| holds(inner, tail))
        }
        (Some(_), _) => *value == Json::Bool(true),
    }
}

#[test]
fn what_only_newer_providers_have_stands_in_a_fixture() {
    let old = !aws().since("4.0.0");
    let mut wrong = Vec::new();
    let mut counted = 0;
    for document in documents() {
        let plans: Vec<Json> = fixtures(&document.id)
            .iter()
            .map(|(_, file)| serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
            .collect();
        for one in document.resources.iter().flat_map(named) {
            let Some(node) = aws().types.get(&one.kind) else { continue };
            if !one.own || node.versions & old == 0 || versions(&one) & old != 0 {
                continue;
            }
            counted += 1;
            let kind = one.kind.trim_start_matches("data.");
            let changes = plans.iter().filter_map(|plan| plan.get("resource_changes")?.as_array());
            let proved = changes
                .flatten()
                .filter(|change| change.get("type").is_some_and(|own| own == kind))
                .any(|change| {
                    let sides = ["/change/after", "/change/after_unknown"];
                    let sides: Vec<&Json> =
                        sides.iter().filter_map(|side| change.pointer(side)).collect();
                    sides.iter().any(|side| one.paths.iter().any(|steps| holds(side, steps)))
                });
            if !proved {
                wrong.push(format!("{}: {}", document.id, shown(&one)));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{} in no fixture:\n{}", wrong.len(), wrong.join("\n"));
    assert!(counted > 20, "{counted}");
}
