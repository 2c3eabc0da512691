//! `holdpoint policy test` and `policy check`: what they print, and the exit codes that a pipeline
//! trusts.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;

use common::{Run, run, scratch};
use serde_json::Value;

const POLICY: &str = "package main\n\nimport rego.v1\n\n# METADATA\n# title: nothing is public\ndeny contains \"public\" if {\n\tinput.public\n\tcount(input.list) > 0\n}\n\nwarn contains \"old\" if input.old\n";

const GOOD: &str = "package main\n\nimport rego.v1\n\ntest_public if \"public\" in deny with input as {\"public\": true, \"list\": [1]}\n\ntest_private if count(deny) == 0 with input as {\"public\": false}\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = scratch();
    for (name, text) in files {
        let path = folder.path().join("p").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn test(files: &[(&str, &str)], more: &[&str]) -> Run {
    run(folder(files).path(), &[&["policy", "test", "p"], more].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn tests_that_pass_exit_with_0() {
    let ran = test(&[("a.rego", POLICY), ("a_test.rego", GOOD)], &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(ran.stdout, "2 tests, 2 passed, 0 failed\n");
}

#[test]
fn a_test_that_fails_exits_with_1_and_is_named() {
    let bad = "package main\n\nimport rego.v1\n\ntest_wrong if count(deny) == 7 with input as {}\n\ntodo_test_later if false\n\ntest_text := \"not true\"\n\ntest_undefined if input.nothing\n";
    let ran = test(&[("a.rego", POLICY), ("a_test.rego", GOOD), ("b_test.rego", bad)], &[]);
    assert_eq!(ran.code, Some(1));
    for name in ["test_wrong", "test_text", "test_undefined"] {
        assert!(
            ran.stdout.contains(&format!("FAIL  data.main.{name} (p/b_test.rego:")),
            "{}",
            ran.stdout
        );
    }
    assert!(ran.stdout.contains("skip  data.main.todo_test_later"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("6 tests, 2 passed, 3 failed, 1 skipped\n"), "{}", ran.stdout);
    // One by one.
    let args = ["--only", "test_public", "--only", "private"];
    let ran = test(&[("a.rego", POLICY), ("a_test.rego", GOOD), ("b_test.rego", bad)], &args);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "2 tests, 2 passed, 0 failed\n"));
}

#[test]
fn what_was_not_tested_exits_with_2() {
    let skipped = "package main\n\nimport rego.v1\n\ntodo_test_x if true\n";
    let failing = "package main\n\nimport rego.v1\n\ntest_fails if to_number(\"x\") == 1\n";
    for (what, files, more) in [
        ("no tests", &[("a.rego", POLICY)][..], &[][..]),
        ("only announced ones", &[("a.rego", POLICY), ("a_test.rego", skipped)], &[]),
        (
            "a name that none has",
            &[("a.rego", POLICY), ("a_test.rego", GOOD)],
            &["--only", "nosuch"],
        ),
        ("a function that fails", &[("a.rego", POLICY), ("a_test.rego", failing)], &[]),
        ("no policies", &[("readme.md", "x")], &[]),
        ("a mistake", &[("a.rego", "package main\n\ndeny contains"), ("a_test.rego", GOOD)], &[]),
        (
            "a rule that says nothing",
            &[("a.rego", "package main\n\ndeny if { input.x }\n"), ("a_test.rego", GOOD)],
            &[],
        ),
        (
            "lines of no policy",
            &[("a_test.rego", "package main\n\ntest_x if 1 == 1\n")],
            &["--coverage-at-least", "50"],
        ),
        (
            "two reports in one place",
            &[("a.rego", POLICY), ("a_test.rego", GOOD)],
            &["--format", "json", "--format", "junit"],
        ),
        (
            "a report that cannot be written",
            &[("a.rego", POLICY), ("a_test.rego", GOOD)],
            &["--format", "json=/nowhere/x"],
        ),
        ("no such format", &[("a.rego", POLICY), ("a_test.rego", GOOD)], &["--format", "xml"]),
        ("no limit", &[("a.rego", POLICY), ("a_test.rego", GOOD)], &["--timeout", "0"]),
    ] {
        let ran = test(files, more);
        assert_eq!(ran.code, Some(2), "{what}: {ran:?}");
        assert!(!ran.stderr.is_empty() || ran.stdout.contains("ERROR"), "{what}: {ran:?}");
    }
    let files = [("a.rego", POLICY), ("a_test.rego", failing)];
    assert_eq!(test(&files, &["--compat-builtin-errors"]).code, Some(1));
}

#[test]
fn coverage_counts_the_lines_of_policies() {
    let files = [("a.rego", POLICY), ("a_test.rego", GOOD)];
    let ran = test(&files, &["--coverage"]);
    assert_eq!(ran.code, Some(0));
    let line = ran.stdout.lines().find(|line| line.starts_with("coverage ")).unwrap();
    assert!(ran.stdout.contains("  p/a.rego: not "), "{}", ran.stdout);
    assert!(!ran.stdout.contains("a_test.rego: not"), "{}", ran.stdout);
    let percent: f64 = line.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(percent > 10.0 && percent < 100.0, "{line}");
    for (least, code) in [("1", Some(0)), ("100", Some(1)), ("nan", Some(1))] {
        assert_eq!(test(&files, &["--coverage-at-least", least]).code, code, "{least}");
    }
    let report = json(&test(&files, &["--coverage", "--format", "json"]).stdout);
    assert_eq!(report["schema"], "holdpoint-policy-test/v1");
    let lines = &report["coverage"]["files"]["p/a.rego"];
    // The body of `deny` was reached, that of `warn` is on the last line.
    assert!(lines["reached"].as_array().unwrap().contains(&Value::from(8)), "{lines}");
    // A test that reaches everything.
    let all = "package main\n\nimport rego.v1\n\ntest_old if \"old\" in warn with input as {\"old\": true}\n";
    let ran = test(
        &[("a.rego", POLICY), ("a_test.rego", GOOD), ("b_test.rego", all)],
        &["--coverage-at-least", "100"],
    );
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn junit_tells_failures_errors_and_skipped_tests() {
    let tests = "package main\n\nimport rego.v1\n\ntest_a if 1 == 1\n\ntest_b if 1 == 2\n\ntest_c if to_number(\"<&\\\"\") == 1\n\ntodo_test_d if true\n";
    let folder = folder(&[("a.rego", POLICY), ("a_test.rego", tests)]);
    let args = ["policy", "test", "p", "--format", "junit=out.xml", "--format", "json"];
    let ran = run(folder.path(), &args);
    assert_eq!(ran.code, Some(2));
    let xml = fs::read_to_string(folder.path().join("out.xml")).unwrap();
    assert!(xml.contains("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""), "{xml}");
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut cases = 0;
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                cases += usize::from(tag.name().as_ref() == "testcase");
            }
            _ => {}
        }
    }
    assert_eq!(cases, 4);
    let outcomes: Vec<String> = json(&ran.stdout)["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|test| test["outcome"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(outcomes, ["passed", "failed", "error", "skipped"]);
}

#[test]
fn check_finds_what_is_wrong_without_an_input() {
    let good = folder(&[("a.rego", POLICY), ("a_test.rego", GOOD)]);
    let ran = run(good.path(), &["policy", "check", "p"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.contains("2 files, 2 rules in 1 namespace, 2 unit tests"), "{}", ran.stdout);
    let report = json(&run(good.path(), &["policy", "check", "p", "--format", "json"]).stdout);
    assert_eq!(report["schema"], "holdpoint-policy-check/v1");
    assert_eq!(report["rules"][0]["title"], "nothing is public");
    for (rule, code) in [
        ("deny contains \"x\" if { input.never; nosuch(1) }", "rego::unknown-function"),
        ("deny contains \"x\" if { input.never; startswith(\"a\") }", "rego::arguments"),
        ("deny contains \"x\" if { input.never; http.send({}) }", "rego::network"),
        ("deny contains \"x\" if { opa.runtime().env.X }", "rego::environment"),
        ("deny contains \"x\" if { count(walk(input)) > 1 }", "rego::walk"),
        ("deny if { input.x }", "rego::not-a-set"),
        ("deny := \"x\" if { input.x }", "rego::not-a-set"),
        ("deny contains x if { input.a }", "rego::unsafe-variable"),
        ("deny contains x if { some x in deny }", "rego::recursion"),
        ("deny contains \"x\" if {", "rego::syntax"),
        ("allow if { input.x }", "rego::no-rules"),
    ] {
        let text = format!("package main\n\n{rule}\n");
        let bad = folder(&[("a.rego", &text)]);
        let ran = run(bad.path(), &["policy", "check", "p"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{rule}");
        assert!(
            ran.stderr.contains(code) && ran.stderr.contains("help:"),
            "{rule}: {}",
            ran.stderr
        );
        if code != "rego::no-rules" {
            assert!(ran.stderr.contains("p/a.rego"), "{rule}: {}", ran.stderr);
        }
        let ran = run(bad.path(), &["policy", "check", "p", "--format", "json"]);
        assert_eq!(ran.code, Some(2));
        assert_eq!(json(&ran.stdout)["mistakes"][0]["code"], code, "{rule}");
    }
    let data = folder(&[("a.rego", POLICY), ("d.json", "{\"main\": {\"deny\": []}}")]);
    let ran = run(data.path(), &["policy", "check", "p", "--data", "p/d.json"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("rego::data-overlap"), "{}", ran.stderr);
    let unused =
        folder(&[("a.rego", "package main\n\ndeny contains \"x\" if {\n\ty := 1\n\tinput.x\n}\n")]);
    assert_eq!(run(unused.path(), &["policy", "check", "p"]).code, Some(0));
    assert_eq!(run(unused.path(), &["policy", "check", "p", "--strict"]).code, Some(2));
    let old = folder(&[("a.rego", "package main\n\ndeny[msg] { input.x; msg := \"x\" }\n")]);
    let ran = run(old.path(), &["policy", "check", "p"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.stdout.contains("Rego syntax from before OPA 1.0"), "{}", ran.stdout);
    assert_eq!(run(old.path(), &["policy", "check", "p", "--rego-version", "v1"]).code, Some(2));
}
