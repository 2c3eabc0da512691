//! Terraform as the judge: what evaluation says must be what the plan says.

use std::path::{Path, PathBuf};

use super::super::{Source, contradicts};
use super::scope::Plan;
use super::{open, output};
use crate::model::value::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/source").join(name)
}

fn plan_of(folder: &Path, file: &str) -> Plan {
    Plan::read(&std::fs::read_to_string(folder.join(file)).unwrap())
}

#[derive(Default, Debug)]
struct Tally {
    /// Attributes that the source sets and the plan knows.
    known: usize,
    /// Those of them that evaluation knows in full.
    evaluated: usize,
    wrong: Vec<String>,
}

/// Evaluates each attribute that the source sets and compares it with the plan's.
fn compare(source: &Source, seen: &Plan, truth: &Plan) -> Tally {
    let mut tally = Tally::default();
    for own in &truth.resources {
        let key = own.key.as_ref();
        let Some(names) = source.attribute_names(&own.module, own.mode, &own.kind, &own.name)
        else {
            continue;
        };
        for name in names {
            let planned = own.after.get(&name);
            let value = source
                .attribute(seen, &own.module, own.mode, &own.kind, &own.name, key, &name)
                .unwrap();
            if planned.doubt().is_none() {
                tally.known += 1;
                tally.evaluated += usize::from(value.doubt().is_none());
            }
            if contradicts(&value, &planned) {
                tally.wrong.push(format!(
                    "{} {}.{}{key:?}.{name}: {value:?} is not {planned:?}",
                    own.module, own.kind, own.name,
                ));
            }
        }
    }
    tally
}

#[test]
fn real_plans_are_evaluated_as_terraform_did() {
    let counts = [
        ("instances", 57, 57),
        ("blocks", 15, 15),
        ("json", 8, 8),
        ("stale", 2, 2),
        // The workspace is not in a plan.
        ("forms", 19, 17),
    ];
    for (name, known, evaluated) in counts {
        let folder = fixture(name);
        let plan = plan_of(&folder, "plan.json");
        let tally = compare(&open(&folder), &plan, &plan);
        assert_eq!(tally.wrong, Vec::<String>::new(), "{name}");
        assert_eq!((tally.known, tally.evaluated), (known, evaluated), "{name} {tally:?}");
    }
}

#[test]
fn functions_give_what_terraform_gives() {
    for name in ["functions", "instances", "json"] {
        let folder = fixture(name);
        let plan = plan_of(&folder, "plan.json");
        let source = open(&folder);
        let mut wrong = Vec::new();
        for (name, expected) in &plan.outputs {
            let value = output(&source, &plan, name);
            if text(&value) != text(expected) {
                wrong.push(format!("{name}:\n  {}\n  {}", text(&value), text(expected)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(!plan.outputs.is_empty());
    }
}

/// A value as text, entries in the order of their keys.
fn text(value: &Value) -> String {
    match value {
        Value::List(list) => {
            format!(
                "[{}]{:?}",
                list.items.iter().map(text).collect::<Vec<_>>().join(", "),
                list.rest
            )
        }
        Value::Object(object) => {
            let mut entries: Vec<String> = object
                .entries
                .iter()
                .map(|(key, value)| format!("{key}: {}", text(value)))
                .collect();
            entries.sort();
            format!("{{{}}}{:?}", entries.join(", "), object.rest)
        }
        Value::Number(number) => format!("{}", number.as_f64().unwrap()),
        other => format!("{other:?}"),
    }
}

#[test]
fn less_knowledge_never_makes_other_values() {
    for name in ["instances", "blocks", "json"] {
        let folder = fixture(name);
        let plan = plan_of(&folder, "plan.json");
        let blind = Plan { blind: true, ..plan_of(&folder, "plan.json") };
        let tally = compare(&open(&folder), &blind, &plan);
        assert_eq!(tally.wrong, Vec::<String>::new(), "{name}");
        // One variable or resource at a time.
        for at in 0..plan.variables.len() {
            let mut partly = plan_of(&folder, "plan.json");
            let hidden = partly.variables.keys().nth(at).unwrap().clone();
            partly.variables.insert(
                hidden.clone(),
                Value::Unknown(crate::model::value::Unknown::waits_for([hidden.as_str()])),
            );
            let tally = compare(&open(&folder), &partly, &plan);
            assert_eq!(tally.wrong, Vec::<String>::new(), "{name} without {hidden}");
        }
    }
    let folder = fixture("functions");
    let plan = plan_of(&folder, "plan.json");
    let blind = Plan { blind: true, ..Plan::default() };
    let source = open(&folder);
    for (name, expected) in &plan.outputs {
        assert!(!contradicts(&output(&source, &blind, name), expected), "{name}");
    }
}

/// All plans with source in the folder that `HOLDPOINT_CASES` names.
#[test]
#[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
fn shared_cases_are_evaluated_as_terraform_did() {
    let Ok(cases) = std::env::var("HOLDPOINT_CASES") else {
        eprintln!("NOT RUN: the cases are not here; name their folder in HOLDPOINT_CASES");
        return;
    };
    let mut tallies = 0;
    for entry in std::fs::read_dir(cases).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.join("tfplan.json").is_file() {
            continue;
        }
        let plan = plan_of(&folder, "tfplan.json");
        let tally = compare(&open(&folder), &plan, &plan);
        assert_eq!(tally.wrong, Vec::<String>::new(), "{}", folder.display());
        assert!(tally.evaluated * 100 >= tally.known * 95, "{} {tally:?}", folder.display());
        tallies += 1;
    }
    assert!(tallies > 0);
}
