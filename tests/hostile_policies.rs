//! Policies that would never end, or that would take all there is: whatever asks them ends with an
//! error within the limit, and never with a pass.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod common;

use std::fs;
use std::path::Path;

use common::{run, scratch};

const PLAN: &str = r#"{"format_version": "1.2", "complete": true, "errored": false, "resource_changes": [],
"variables": {"rule": {"value": "p"}}, "deep": DEEP}"#;

/// What each is, the policy, and what is said of it.
fn policies() -> Vec<(&'static str, String, &'static [&'static str])> {
    let limit: &[&str] = &["rego::time-limit", "rego::memory-limit"];
    let doubled: String = (1..40)
        .map(|i| format!("a{i} := concat(\"\", [a{0}, a{0}, a{0}, a{0}])\n", i - 1))
        .collect();
    let long = "a".repeat(10_000_000);
    let nested = "(".repeat(20_000) + "x" + &")".repeat(20_000);
    vec![
        (
            "a rule that the input makes need itself",
            "p := data.main[input.variables.rule.value]\ndeny contains \"x\" if p".to_owned(),
            &["rego::recursion"],
        ),
        (
            "a function that the data lead on without end",
            "next := {\"a\": \"b\", \"b\": \"a\"}\nf(x) := f(next[x])\ndeny contains \"x\" if f(\"a\")"
                .to_owned(),
            &["rego::recursion"],
        ),
        (
            "a comprehension over a square",
            "all := numbers.range(1, 100000)\ndeny contains \"x\" if count([1 | some a in all; some b in all; a + b < 0]) > 0"
                .to_owned(),
            limit,
        ),
        (
            "an array of everything",
            "deny contains \"x\" if numbers.range(1, 400000000)[3] == 0".to_owned(),
            limit,
        ),
        (
            "a pattern that grows when it is compiled",
            "deny contains \"x\" if regex.match(\"((a{1,1000}){1,1000}){1,1000}\", \"aaaa\")".to_owned(),
            &["rego::evaluation"],
        ),
        (
            "a text that grows fourfold forty times",
            format!("a0 := \"aaaaaaaaaaaaaaaa\"\n{doubled}deny contains \"x\" if contains(a39, \"b\")"),
            limit,
        ),
        (
            "a text of ten million letters",
            format!("deny contains \"x\" if contains(\"{long}\", \"b\")"),
            &["rego::syntax"],
        ),
        (
            "twenty thousand parentheses",
            format!("f(x) := {nested}\ndeny contains \"x\" if f(1) == 2"),
            &["rego::syntax"],
        ),
    ]
}

fn said(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let done = run(folder, args);
    (done.code, done.stdout + &done.stderr)
}

#[test]
fn they_end_in_an_error_within_the_limit() {
    let limits = ["--timeout", "2", "--memory", "400"];
    for (what, policy, codes) in policies() {
        let folder = scratch();
        fs::create_dir(folder.path().join("policy")).unwrap();
        fs::write(folder.path().join("policy/main.rego"), format!("package main\n\n{policy}\n"))
            .unwrap();
        let test = "package main\n\ntest_x if count(deny) == 0 with input as \
                    {\"variables\": {\"rule\": {\"value\": \"p\"}}}\n";
        fs::write(folder.path().join("policy/main_test.rego"), test).unwrap();
        fs::write(folder.path().join("plan.json"), PLAN.replace("DEEP", "[]")).unwrap();
        fs::write(
            folder.path().join("holdpoint.toml"),
            "[gate]\nunjudged = \"report\"\n[rego]\npolicy = [\"policy\"]\ntimeout = 2\nmemory = 400\n",
        )
        .unwrap();
        let runs = [
            (vec!["plan", "plan.json"], 2),
            // As conftest ends when it cannot judge; functions that fail are made to count.
            (vec!["conftest", "test", "plan.json", "--show-builtin-errors"], 1),
            (vec!["policy", "test", "policy"], 2),
        ];
        for (mut args, code) in runs {
            if args[0] != "plan" {
                args.extend(limits);
            }
            let (ended, text) = said(folder.path(), &args);
            assert_eq!(ended, Some(code), "{what} {args:?}: {text}");
            // A unit test that cannot be run says why, without the code.
            let told = |code: &&str| text.contains(*code) || text.contains("1 not run");
            assert!(codes.iter().any(told), "{what} {args:?}: {text}");
        }
    }
}

#[test]
fn an_input_that_is_too_deep_is_not_judged() {
    let folder = scratch();
    fs::create_dir(folder.path().join("policy")).unwrap();
    let walk =
        "package main\n\ndeny contains \"x\" if { [_, value] := walk(input); value == \"x\" }\n";
    fs::write(folder.path().join("policy/main.rego"), walk).unwrap();
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    fs::write(folder.path().join("plan.json"), PLAN.replace("DEEP", &deep)).unwrap();
    let (ended, text) = said(folder.path(), &["plan", "plan.json", "--policy", "policy"]);
    assert_eq!(ended, Some(2), "{text}");
    let (ended, text) = said(folder.path(), &["conftest", "test", "plan.json"]);
    assert_eq!(ended, Some(1), "{text}");
    assert!(!text.contains("passed"), "{text}");
}
