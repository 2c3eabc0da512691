//! Every rule is proved by plans: what it must block, the nearest innocent twin that it must let
//! pass, and what it cannot know; and nothing is left without its name, its file or its proof.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use common::{files, root, scratch};
use holdpoint::decide::{Config, RuleConfig, Unjudged};
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::model::finding::{Change, Outcome};
use holdpoint::rules::{Check, catalogue};
use serde_json::Value;

fn folder() -> PathBuf {
    root().join("fixtures/rules")
}

/// What a rule says of a plan, `address path`, apart from what the change resolves; asked through
/// the gate, with the source only where the fixture brings one.
fn said(rule: &str, file: &Path) -> Vec<(Outcome, String)> {
    // The fixture's own `.tf` stands beside it, and is no source that the gate shall find.
    let away = scratch();
    let copy = away.path().join("plan.json");
    fs::copy(file, &copy).unwrap();
    let source = file.with_extension("source");
    // Those that are off by default are proved as well.
    let on = RuleConfig { enabled: Some(true), ..RuleConfig::default() };
    let mut config = Config { rules: BTreeMap::from([(rule.to_owned(), on)]), ..Config::default() };
    // The rule is asked, not whether rules cover all that the fixture changes.
    config.gate.unjudged.default = Unjudged::Report;
    let verdict = plan(&PlanRequest {
        inputs: &[copy.display().to_string()],
        source: source.is_dir().then_some(source.as_path()),
        terraform_bin: None,
        allow_partial: false,
        config: &config,
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    });
    assert!(verdict.errors.is_empty(), "{}: {:?}", file.display(), verdict.errors);
    assert!(verdict.rules.contains_key(rule), "{rule} did not run");
    let own = verdict.findings.iter().filter(|one| one.rule == rule);
    let own = own.filter(|one| one.change != Change::Resolved);
    own.map(|one| (one.outcome, format!("{} {}", one.address, one.path))).collect()
}

/// The plans of a rule, with what their name promises.
fn fixtures(rule: &str) -> Vec<(String, PathBuf)> {
    let Ok(listing) = fs::read_dir(folder().join(rule)) else { return Vec::new() };
    let mut found = Vec::new();
    for file in listing.map(|entry| entry.unwrap().path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            found.push((name.split('.').next().unwrap().to_owned(), file));
        }
    }
    found.sort();
    found
}

#[test]
fn every_fixture_is_answered_as_it_is_named() {
    let mut wrong = Vec::new();
    for rule in catalogue::all() {
        for (promise, file) in fixtures(&rule.meta.id) {
            let answers = said(&rule.meta.id, &file);
            let has = |outcome| answers.iter().any(|(own, _)| *own == outcome);
            let right = match promise.as_str() {
                "block" => has(Outcome::Violated),
                "pass" => answers.is_empty(),
                "undetermined" => has(Outcome::Undetermined) && !has(Outcome::Violated),
                _ => false,
            };
            if !right {
                let file = file.strip_prefix(folder()).unwrap().display().to_string();
                wrong.push(format!("{file}: {answers:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_what_it_blocks_and_the_twin_that_it_lets_pass() {
    let mut missing = Vec::new();
    for rule in catalogue::all() {
        let promises: BTreeSet<String> =
            fixtures(&rule.meta.id).into_iter().map(|(promise, _)| promise).collect();
        let lacks: Vec<&str> =
            ["block", "pass"].into_iter().filter(|wanted| !promises.contains(*wanted)).collect();
        if !lacks.is_empty() {
            missing.push(format!("{}: lacks {lacks:?}", rule.meta.id));
        }
    }
    let ids: BTreeSet<&str> = catalogue::all().iter().map(|rule| rule.meta.id.as_ref()).collect();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !ids.contains(name.as_str()) {
            missing.push(format!("fixtures/rules/{name}: no rule of that name"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_file_of_a_rule_is_a_rule_of_that_name() {
    let mut stems: BTreeMap<String, String> = BTreeMap::new();
    let mut wrong = Vec::new();
    // Of a folder with rules and packs in Rego, only the rules count; see build.rs.
    let places = ["src/rules", "policies"].into_iter().flat_map(|above| {
        let end = if above == "policies" { "yaml" } else { "rs" };
        let folders = fs::read_dir(root().join(above)).unwrap();
        let named = folders.map(move |entry| {
            let name = entry.unwrap().file_name();
            format!("{above}/{}", name.to_string_lossy())
        });
        let holds_rules = move |place: &String| {
            let declares = root().join(place).join("mod.rs");
            end == "yaml" && place != "policies/kubernetes"
                || fs::read_to_string(declares).is_ok_and(|text| text.contains("DECLARED"))
        };
        named.filter(holds_rules).map(move |place| (place, end))
    });
    for (place, end) in places {
        for entry in fs::read_dir(root().join(&place)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            // Not rules: the list itself, what rules share, and what only tests use.
            if path.is_dir() || ["mod", "README"].contains(&&*stem) || stem.ends_with("_testing") {
                continue;
            }
            if path.extension().is_none_or(|own| own != end) {
                wrong.push(format!("{place}/{name}: not a `.{end}` file"));
            }
            let id = if end == "rs" { stem.replace('_', "-") } else { stem };
            if let Some(other) = stems.insert(id, format!("{place}/{name}")) {
                wrong.push(format!("{place}/{name}: the same rule as {other}"));
            }
        }
    }
    let rules: BTreeSet<&str> = catalogue::all().iter().map(|rule| rule.meta.id.as_ref()).collect();
    for (id, file) in &stems {
        if !rules.contains(id.as_str()) {
            wrong.push(format!("{file}: not in the catalogue"));
        }
    }
    for id in rules {
        if !stems.contains_key(id) {
            wrong.push(format!("{id}: no file of that name"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same finding twice is one too many.
#[test]
fn no_two_tables_demand_the_same() {
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    for file in files(&root().join("policies/aws")) {
        let table: Value = serde_saphyr::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let rule = table["id"].as_str().unwrap().to_owned();
        // What a change must not take away is another demand than how a resource must stand.
        let judges = table["judges"].as_str().unwrap_or("state");
        for entry in table["resources"].as_array().into_iter().flatten() {
            let mut demand = entry.as_object().unwrap().clone();
            let types = demand.remove("types").unwrap();
            for key in ["message", "path", "since", "until", "identity"] {
                demand.remove(key);
            }
            for of in types.as_array().unwrap() {
                let key = format!("{judges} {of} {}", Value::Object(demand.clone()));
                if let Some(other) = asked.insert(key.clone(), rule.clone()) {
                    assert_eq!(other, rule, "both demand {key}");
                }
            }
        }
    }
    assert!(asked.len() > 300, "{}", asked.len());
}

#[test]
fn every_source_of_a_fixture_has_its_plan() {
    let sources = files(&folder()).into_iter().filter(|path| {
        let inside = path.parent().unwrap().extension().is_some_and(|end| end == "source");
        !inside && path.extension().is_some_and(|end| end == "tf" || end == "tfstate")
    });
    let orphans: Vec<PathBuf> =
        sources.filter(|path| !path.with_extension("json").is_file()).collect();
    assert!(orphans.is_empty(), "{orphans:?}: make the plan with fixtures/make-plan");
}

/// A plan for many entries of a rule is no proof if one of them answers for all.
#[test]
fn every_resource_is_blocked_in_the_plans_of_rules_that_are_tables_about_changes() {
    let mut wrong = Vec::new();
    for rule in catalogue::all() {
        if !matches!(rule.check, Check::ChangeTable(_)) {
            continue;
        }
        for (_, file) in fixtures(&rule.meta.id).into_iter().filter(|(name, _)| name == "block") {
            let plan: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            let answers = said(&rule.meta.id, &file);
            let blocked: BTreeSet<&str> = answers
                .iter()
                .filter(|(outcome, _)| *outcome == Outcome::Violated)
                .filter_map(|(_, place)| place.split(' ').next())
                .collect();
            for change in plan["resource_changes"].as_array().unwrap() {
                let address = change["address"].as_str().unwrap();
                let stays = change["change"]["actions"] == serde_json::json!(["no-op"]);
                if !stays && !blocked.contains(address) {
                    wrong
                        .push(format!("{}: {address} {}", rule.meta.id, change["change"]["after"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "not blocked:\n{}", wrong.join("\n"));
}
