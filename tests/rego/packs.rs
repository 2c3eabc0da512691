//! The packs of policies/terraform: their unit tests pass, and every rule of theirs is proved by
//! plans, through the gate and, where one is named, through conftest.
//!
//! `fixtures/packs/PACK/block.RULE.json` must be blocked by that rule, `pass.*` by none of the pack,
//! `undetermined.RULE.json` and `warn.RULE.json` be told and not blocked. `.data.json` beside it
//! stands in for the data of the pack.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{root, run, scratch};
use holdpoint::rego::{Options, Policies};
use serde_json::Value;

/// Rules that no plan proves: they tell that the pack cannot judge; and the twins of `unknown`.
const OF_THE_PACK: [&str; 2] = ["cannot-judge", "unknown-denied"];

fn packs() -> Vec<(String, PathBuf)> {
    let folder = root().join("policies/terraform");
    let mut found: Vec<(String, PathBuf)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    found.sort();
    assert!(found.len() >= 8, "{found:?}");
    found
}

fn load(pack: &Path) -> Policies {
    let options = Options::default();
    Policies::load(&[pack.to_owned()], &[pack.join("data.json")], &options).unwrap()
}

/// A plan of a pack: what its name promises, the rule that it names, the plan, the data.
struct Case {
    promise: String,
    rule: String,
    plan: PathBuf,
    data: PathBuf,
}

fn cases(name: &str, pack: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(root().join("fixtures/packs").join(name)).unwrap() {
        let plan = entry.unwrap().path();
        let file = plan.file_name().unwrap().to_string_lossy().into_owned();
        let Some(stem) = file.strip_suffix(".json").filter(|stem| !stem.ends_with(".data")) else {
            continue;
        };
        let (promise, rule) = stem.split_once('.').unwrap();
        let case_data = plan.with_file_name(format!("{stem}.data.json"));
        let data = if case_data.is_file() { case_data } else { pack.join("data.json") };
        let (promise, rule) = (promise.to_owned(), rule.to_owned());
        cases.push(Case { promise, rule, plan, data });
    }
    assert!(!cases.is_empty(), "{name} has no plans");
    cases
}

#[test]
fn their_unit_tests_pass() {
    for (name, pack) in packs() {
        let policies = load(&pack);
        let tests = policies.tests();
        assert!(tests.len() >= 5, "{name} has {} tests", tests.len());
        for test in tests {
            assert!(!test.skipped, "{name} {}", test.name);
            let tested = policies.test(test, None).unwrap_or_else(|f| panic!("{name}: {f:?}"));
            assert!(tested.passed, "{name}: {} fails", test.name);
        }
        assert!(policies.notices().is_empty(), "{name}: {:?}", policies.notices());
    }
}

#[test]
fn every_rule_has_an_id_and_a_plan_that_proves_it() {
    for (name, pack) in packs() {
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        for definition in load(&pack).definitions() {
            let id = definition.id.strip_prefix(&format!("rego/terraform.{name}/")).unwrap();
            assert!(
                definition.title.is_some() && definition.remediation.is_some(),
                "{}",
                definition.id
            );
            assert!(id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", definition.id);
            assert_ne!(
                id, definition.name,
                "{} takes the name of the rule as its id",
                definition.id
            );
            wanted.insert(id.to_owned());
        }
        assert!(wanted.contains("cannot-judge"), "{name}");
        wanted.retain(|id| !OF_THE_PACK.contains(&id.as_str()));
        let cases = cases(&name, &pack);
        let proved: BTreeSet<String> = cases
            .iter()
            .filter(|case| case.promise != "pass")
            .map(|case| case.rule.clone())
            .collect();
        assert_eq!(wanted, proved, "{name}");
        assert!(cases.iter().any(|case| case.promise == "pass"), "{name} has no innocent twin");
        assert!(pack.join("README.md").is_file(), "{name} has no README.md");
    }
}

/// What the pack says of a plan: rule, outcome, severity.
fn answers_of(pack: &Path, case: &Case) -> Vec<(String, String, bool)> {
    // The source stands beside the fixture, where the gate must not find it.
    let away = scratch();
    fs::copy(&case.plan, away.path().join("plan.json")).unwrap();
    let (pack, data) = (pack.display().to_string(), case.data.display().to_string());
    let args = ["plan", "plan.json", "--format", "json", "--policy", &pack, "--policy-data", &data];
    let ran = run(away.path(), &args);
    let verdict: Value = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|e| panic!("{}: {e}: {}{}", case.plan.display(), ran.stdout, ran.stderr));
    assert_eq!(verdict["errors"], serde_json::json!([]), "{}", case.plan.display());
    let findings = verdict["findings"].as_array().unwrap();
    let answers: Vec<(String, String, bool)> = findings
        .iter()
        .filter_map(|finding| {
            let rule =
                finding["rule"].as_str()?.strip_prefix("rego/terraform.")?.split_once('/')?.1;
            let outcome = finding["outcome"].as_str()?.to_owned();
            Some((rule.to_owned(), outcome, finding["blocks"].as_bool()?))
        })
        .collect();
    let blocks = answers.iter().any(|(_, _, blocks)| *blocks);
    assert!(!blocks || ran.code == Some(1), "{}: {:?}", case.plan.display(), ran.code);
    answers
}

#[test]
fn they_say_of_each_plan_what_its_name_promises() {
    for (name, pack) in packs() {
        for case in cases(&name, &pack) {
            let answers = answers_of(&pack, &case);
            let about = format!("{}: {answers:?}", case.plan.display());
            let rules: BTreeSet<&str> = answers.iter().map(|(rule, _, _)| rule.as_str()).collect();
            if case.promise == "pass" {
                assert!(rules.is_subset(&BTreeSet::from(["nothing-protected"])), "{about}");
                continue;
            }
            let named = answers.iter().find(|(rule, _, _)| *rule == case.rule);
            let (_, outcome, blocks) = named.unwrap_or_else(|| panic!("{about}"));
            match case.promise.as_str() {
                "block" => assert_eq!((outcome.as_str(), *blocks), ("violated", true), "{about}"),
                "warn" => assert_eq!((outcome.as_str(), *blocks), ("violated", false), "{about}"),
                "undetermined" => {
                    assert_eq!(outcome, "undetermined", "{about}");
                    assert!(answers.iter().all(|(_, outcome, _)| outcome != "violated"), "{about}");
                }
                other => panic!("{other}: {about}"),
            }
        }
    }
}

/// The exit code of a plan that the pack has nothing against, with its data, and what is printed.
fn with_data(name: &str, pack: &Path, data: &str) -> (Option<i32>, Value) {
    let case = cases(name, pack).into_iter().find(|case| case.promise == "pass").unwrap();
    let away = scratch();
    fs::copy(&case.plan, away.path().join("plan.json")).unwrap();
    fs::write(away.path().join("data.json"), data).unwrap();
    // No setting takes it back.
    let settings = format!("[rules.\"rego/terraform.{name}/cannot-judge\"]\nenabled = false\n");
    fs::write(away.path().join("holdpoint.toml"), settings).unwrap();
    let pack = pack.display().to_string();
    let args =
        ["plan", "plan.json", "--format", "json", "--policy", &pack, "--policy-data", "data.json"];
    let ran = run(away.path(), &args);
    let verdict: Value = serde_json::from_str(&ran.stdout).unwrap();
    (ran.code, verdict["errors"].clone())
}

#[test]
fn a_pack_without_its_settings_decides_nothing() {
    for (name, pack) in packs() {
        let (code, errors) = with_data(&name, &pack, "{}");
        assert_eq!(code, Some(2), "{name}: {errors}");
        assert_eq!(errors[0]["code"], "rego::undecided", "{name}: {errors}");
    }
}

/// Settings of another shape, each of which would turn off what the pack holds.
#[test]
fn a_pack_with_settings_of_another_shape_decides_nothing() {
    for (name, settings) in [
        ("protected", r#"{"addresses": "aws_db_instance.main"}"#),
        ("protected", r#"{"types": ["aws_kms_key"], "replace_allowed": "false"}"#),
        (
            "windows",
            r#"{"open": [{"days": ["Monday"], "from": "08:00", "to": "16:00"}], "freezes": "2026-12-19T00:00:00Z"}"#,
        ),
        ("tags", r#"{"required": {"Owner": "x"}}"#),
        ("tags", r#"{"required": "Owner"}"#),
        ("sizes", r#"{"bounds": [{"types": ["aws_instance"], "attribute": "a", "most": "500"}]}"#),
        (
            "sizes",
            r#"{"choices": [{"types": ["aws_instance"], "attribute": "a", "allow": ["b"], "most": 500}]}"#,
        ),
        ("regions", r#"{"regions": ["eu-*"], "attributes": "region"}"#),
        ("naming", r#"{"attributes": "bucket"}"#),
        ("pinning", r#"{"modules": "any", "providers": "any", "provider_sources": false}"#),
        ("blast_radius", r#"{"limit": 1000, "most": "5"}"#),
        ("blast_radius", r#"{"limit": 1000, "mots": {"delete": 5}}"#),
    ] {
        let pack = root().join("policies/terraform").join(name);
        let data = format!(
            r#"{{"settings": {{"{name}": {settings}}}, "clock": {{"now": "2026-11-24T10:00:00Z"}}}}"#
        );
        let (code, errors) = with_data(name, &pack, &data);
        assert_eq!(code, Some(2), "{name} {settings}: {errors}");
        assert_eq!(errors[0]["code"], "rego::undecided", "{name} {settings}: {errors}");
    }
}

/// A peer, where the environment names it or the folder that holds it.
fn peer(variable: &str, name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("HOLDPOINT_REGO_PEERS").map(PathBuf::from);
    let within = folder.map(|folder| folder.join(name)).filter(|path| path.is_file());
    let named = std::env::var_os(variable).map(PathBuf::from).or(within);
    if named.is_none() {
        common::peers::missing(name);
    }
    named
}

#[test]
fn opa_runs_their_unit_tests_and_finds_nothing_to_say() {
    let Some(opa) = peer("HOLDPOINT_OPA", "opa") else { return };
    for (name, pack) in packs() {
        for verb in [&["test"][..], &["check", "--strict"], &["fmt", "--fail", "-l"]] {
            let ran = Command::new(&opa).args(verb).arg(&pack).output().unwrap();
            assert!(
                ran.status.success(),
                "{name} {verb:?} {}",
                String::from_utf8_lossy(&ran.stdout)
            );
        }
    }
}

#[test]
fn conftest_says_the_same_of_each_plan() {
    let Some(conftest) = peer("HOLDPOINT_CONFTEST", "conftest") else { return };
    for (name, pack) in packs() {
        for case in cases(&name, &pack) {
            let ran = Command::new(&conftest)
                .args(["test", "--all-namespaces", "-o", "json", "-p"])
                .arg(&pack)
                .arg("-d")
                .arg(&case.data)
                .arg(&case.plan)
                .output()
                .unwrap();
            let told: Value = serde_json::from_slice(&ran.stdout)
                .unwrap_or_else(|e| panic!("{}: {e}", case.plan.display()));
            let count = |key: &str| -> usize {
                let files = told.as_array().unwrap().iter();
                files.filter_map(|file| file[key].as_array()).map(Vec::len).sum()
            };
            let answers = answers_of(&pack, &case);
            let about = format!("{}: {answers:?} {told}", case.plan.display());
            let violated = |blocking: bool| {
                answers
                    .iter()
                    .filter(|(_, o, blocks)| o == "violated" && *blocks == blocking)
                    .count()
            };
            assert_eq!(count("failures"), violated(true), "{about}");
            assert_eq!(count("warnings"), violated(false), "{about}");
            assert_eq!(ran.status.success(), count("failures") == 0, "{about}");
        }
    }
}
