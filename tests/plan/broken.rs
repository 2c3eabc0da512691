//! What is no whole plan ends in exit 2 and says why; what only looks odd is read.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::BTreeMap;
use std::fs;

use common::{root, run, run_with_input};

/// Why each file of `fixtures/broken` is refused.
const REASONS: &[(&str, &str)] = &[
    ("action-unknown.json", "plan::bad-change"),
    ("actions-none.json", "plan::bad-change"),
    ("after-list.json", "plan::bad-change"),
    ("after-missing.json", "plan::bad-change"),
    ("after-number.json", "plan::bad-change"),
    ("after-unknown-whole.json", "plan::bad-change"),
    ("array.json", "plan::not-a-plan"),
    ("binary.dat", "plan::encoding"),
    ("blank.json", "plan::empty"),
    ("broken.tfplan", "plan::no-terraform"),
    ("change-missing.json", "plan::bad-change"),
    ("changes-empty.json", "plan::no-changes"),
    ("changes-missing.json", "plan::no-changes"),
    ("changes-null.json", "plan::no-changes"),
    ("cloud-plan.json", "plan::cloud-plan"),
    ("configuration-list.json", "plan::not-a-plan"),
    ("deep-ignored.json", "plan::too-deep"),
    ("deep-nesting.json", "plan::too-deep"),
    ("deep-value.json", "plan::too-deep"),
    ("deferred.json", "plan::partial"),
    ("duplicate-address.json", "plan::duplicate-address"),
    ("duplicate-key-after.json", "plan::bad-change"),
    ("duplicate-key-escaped.json", "plan::duplicate-key"),
    ("duplicate-key-nested.json", "plan::bad-change"),
    ("duplicate-key-top.json", "plan::duplicate-key"),
    // In a resource that no rule is about.
    ("duplicate-key-unjudged.json", "plan::bad-change"),
    ("empty.json", "plan::empty"),
    ("errored.json", "plan::errored"),
    ("format-major.json", "plan::format-version"),
    ("format-missing.json", "plan::not-a-plan"),
    ("format-word.json", "plan::format-version"),
    ("incomplete.json", "plan::partial"),
    ("json-log-one-line.json", "plan::json-log"),
    ("json-log.json", "plan::json-log"),
    ("mode-unknown.json", "plan::bad-change"),
    ("nan.json", "plan::malformed"),
    ("not-json.txt", "plan::not-json"),
    ("null.json", "plan::not-a-plan"),
    ("object.json", "plan::not-a-plan"),
    ("other.json", "plan::not-a-plan"),
    ("outputs-list.json", "plan::malformed"),
    ("show-empty-state.json", "plan::not-a-plan"),
    ("show-state.json", "plan::state"),
    ("show-text.txt", "plan::show-text"),
    ("single-quotes.json", "plan::malformed"),
    ("state-file.json", "plan::state"),
    ("trailing-junk.json", "plan::trailing-junk"),
    ("truncated.json", "plan::truncated"),
    ("two-plans.json", "plan::trailing-junk"),
    ("type-missing.json", "plan::bad-change"),
    ("utf16-truncated.json", "plan::encoding"),
    ("wrapper-noise.json", "plan::leading-noise"),
];

fn code(stdout: &str) -> String {
    let verdict: serde_json::Value = serde_json::from_str(stdout).unwrap();
    assert_eq!(verdict["verdict"], "undecided");
    let error = &verdict["errors"][0];
    for part in ["message", "help"] {
        assert!(error[part].as_str().is_some_and(|text| text.len() > 10), "no {part}: {error}");
    }
    error["code"].as_str().unwrap().to_owned()
}

#[test]
fn every_broken_plan_is_refused_for_its_own_reason() {
    let folder = root().join("fixtures/broken");
    let empty = tempfile::tempdir().unwrap();
    let mut expected: BTreeMap<&str, &str> = REASONS.iter().copied().collect();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let reason = expected.remove(name.as_str()).unwrap_or_else(|| panic!("{name}: no reason"));
        let run = run(empty.path(), &["plan", path.to_str().unwrap(), "--format", "json"]);
        assert_eq!(run.code, Some(2), "{name}: {}", run.stdout);
        assert_eq!(code(&run.stdout), reason, "{name}");
    }
    assert!(expected.is_empty(), "no such files: {expected:?}");
}

#[test]
fn a_plan_that_is_not_there_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    for missing in ["no-such-plan.json", "."] {
        let run = run(empty.path(), &["plan", missing, "--format", "json"]);
        assert_eq!(run.code, Some(2));
        assert_eq!(code(&run.stdout), "plan::unreadable");
    }
    let nothing = run_with_input(empty.path(), &["plan", "-", "--format", "json"], b"");
    assert_eq!(nothing.code, Some(2));
    assert_eq!(code(&nothing.stdout), "plan::empty");
}

#[test]
fn one_broken_plan_among_good_ones_leaves_all_undecided() {
    let empty = tempfile::tempdir().unwrap();
    let good = root().join("fixtures/encodings/utf8.json");
    let broken = root().join("fixtures/broken/empty.json");
    let args = ["plan", good.to_str().unwrap(), broken.to_str().unwrap(), "--format", "json"];
    let run = run(empty.path(), &args);
    assert_eq!(run.code, Some(2));
    let verdict: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(!verdict["findings"].as_array().unwrap().is_empty(), "the good one is judged as well");
}

#[test]
fn a_part_is_judged_only_when_it_is_asked_for_and_then_it_is_said() {
    let empty = tempfile::tempdir().unwrap();
    for name in ["deferred.json", "incomplete.json"] {
        let plan = root().join("fixtures/broken").join(name);
        let args = ["plan", plan.to_str().unwrap(), "--allow-partial", "--format", "json"];
        let run = run(empty.path(), &args);
        assert_eq!(run.code, Some(0), "{}", run.stdout);
        let verdict: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let notices = verdict["notices"].to_string();
        assert!(notices.contains("only part"), "{notices}");
    }
}

#[test]
fn every_encoding_gives_the_same_verdict() {
    let empty = tempfile::tempdir().unwrap();
    let mut seen = BTreeMap::new();
    for entry in fs::read_dir(root().join("fixtures/encodings")).unwrap() {
        let path = entry.unwrap().path();
        let run = run(empty.path(), &["plan", path.to_str().unwrap(), "--format", "json"]);
        assert_eq!(run.code, Some(1), "{}: {}", path.display(), run.stdout);
        let verdict: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let rules: Vec<String> = verdict["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| format!("{} {}", finding["rule"], finding["fingerprint"]))
            .collect();
        seen.insert(path, rules);
    }
    assert_eq!(seen.len(), 5);
    let mut all = seen.values();
    let first = all.next().unwrap();
    assert!(first.iter().any(|rule| rule.contains("security-group-admin-port-open")), "{first:?}");
    assert!(all.all(|other| other == first));
}
