//! Policies that would run without end, or without measure: every verb that runs them gives up within
//! the limits that the product has, and none of them passes anything.
//!
//! The limits are those of the product (`timeout`, `memory`), set low; no test looks at a clock. What
//! does not give up hangs, and the runner of the tests sees that.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::Path;

use common::{Run, root, run, scratch};

/// What a policy ends with: the code of the fault, or a verdict that is right.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    /// Refused, at load or by a limit.
    With(&'static [&'static str]),
    /// It is cheap here whatever it is elsewhere: `deny` holds.
    Denies,
}

const LIMITS: &[&str] = &["rego::time-limit", "rego::memory-limit"];

/// What it is, the rest of `deny contains "x" if`, other rules, and how it ends.
const POLICIES: &[(&str, &str, &str, Ends)] = &[
    ("recursion", "f(1)", "f(x) := f(x + 1)", Ends::With(&["rego::recursion"])),
    ("recursion over rules", "p", "p if q\nq if r\nr if p", Ends::With(&["rego::recursion"])),
    ("recursion through data", "some name\ndata.main[name]", "", Ends::With(&["rego::recursion"])),
    (
        "a graph that goes round and round",
        "count(graph.reachable_paths(edges, {\"n1\"})) < 0",
        "edges := {name: others |\n\tsome i in numbers.range(1, 40)\n\tname := sprintf(\"n%d\", [i])\n\tothers := [sprintf(\"n%d\", [j]) | some j in numbers.range(1, 40)]\n}",
        Ends::With(LIMITS),
    ),
    (
        "walks within walks",
        "count([1 | walk(tree, [p, _]); walk(tree, [q, _]); walk(tree, [r, _]); count(p) + count(q) + count(r) < 0]) > 0",
        "tree := [[[i, j] | some j in numbers.range(1, 60)] | some i in numbers.range(1, 60)]",
        Ends::With(LIMITS),
    ),
    (
        "a comprehension of a thousand million",
        "count([1 | some a in r; some b in r; some c in r; a + b + c < 0]) < 0",
        "r := numbers.range(1, 1000)",
        Ends::With(LIMITS),
    ),
    (
        "a set of a hundred million",
        "count({[a, b] | some a in r; some b in r}) < 0",
        "r := numbers.range(1, 10000)",
        Ends::With(LIMITS),
    ),
    (
        "one call that makes a list without measure",
        "count(numbers.range(1, 4000000000)) < 0",
        "",
        Ends::With(&["rego::evaluation"]),
    ),
    (
        "every over everything",
        "every a in numbers.range(1, 100000) { every b in numbers.range(1, 100000) { a + b > 0 } }",
        "",
        Ends::With(LIMITS),
    ),
    ("texts that double", "count(s40) < 0", "s0 := \"aaaaaaaaaaaaaaaa\"\n", Ends::With(LIMITS)),
    (
        "lines without end",
        "count([s | some i in numbers.range(1, 100000000); s := sprintf(\"%9999d\", [i])]) < 0",
        "",
        Ends::With(LIMITS),
    ),
    (
        "an expression that goes back and forth in other engines",
        "not regex.match(`^(a+)+$`, concat(\"\", [a, \"!\"]))\nnot regex.match(`^(a|a)*$`, concat(\"\", [a, \"!\"]))\nnot regex.match(`^(.*a){20}$`, \"aaaaaaaaaaaaaaaaaaa!\")",
        "a := concat(\"\", [\"a\" | some _ in numbers.range(1, 5000)])",
        Ends::Denies,
    ),
    (
        "an expression whose machine is too large",
        "regex.match(`((\\pL{1000}){100}){100}`, \"x\")",
        "",
        Ends::With(&["rego::evaluation"]),
    ),
];

/// The policy, and a unit test that asks it.
fn policy(folder: &Path, body: &str, more: &str) {
    let mut text = format!("package main\n\nimport rego.v1\n\n{more}\n");
    // `s40` is what `s0` becomes when it doubles forty times.
    if body.contains("s40") {
        (1..=40).for_each(|i| {
            let previous = i - 1;
            text.push_str(&format!("s{i} := concat(\"\", [s{previous}, s{previous}])\n"));
        });
    }
    text.push_str(&format!("\ndeny contains \"x\" if {{\n\t{}\n}}\n", body.replace('\n', "\n\t")));
    fs::write(folder.join("policy/main.rego"), text).unwrap();
    let test = "package main\n\nimport rego.v1\n\ntest_nothing if count(deny) == 0\n";
    fs::write(folder.join("policy/main_test.rego"), test).unwrap();
}

fn folder() -> tempfile::TempDir {
    let folder = scratch();
    fs::create_dir(folder.path().join("policy")).unwrap();
    fs::copy(
        root().join("fixtures/packs/windows/pass.nothing.json"),
        folder.path().join("plan.json"),
    )
    .unwrap();
    fs::write(folder.path().join("holdpoint.toml"), "[rego]\ntimeout = 2\nmemory = 256\n").unwrap();
    folder
}

/// The verbs that run policies, and the exit code of each for an error.
fn verbs() -> [(Vec<&'static str>, i32); 5] {
    [
        (vec!["plan", "plan.json", "--policy", "policy"], 2),
        (vec!["policy", "test", "policy", "--timeout", "2", "--memory", "256"], 2),
        // conftest's code for every error; 2 where 1 would mean that there are only warnings.
        (vec!["conftest", "test", "plan.json", "--timeout=2", "--memory=256"], 1),
        (vec!["conftest", "test", "plan.json", "--timeout=2", "--memory=256", "--fail-on-warn"], 2),
        (vec!["conftest", "verify", "--timeout=2", "--memory=256"], 1),
    ]
}

fn codes(ran: &Run) -> String {
    format!("{}{}", ran.stdout, ran.stderr)
}

#[test]
fn a_hostile_policy_ends_within_its_limits() {
    let mut wrong = Vec::new();
    for (what, body, more, ends) in POLICIES {
        let folder = folder();
        policy(folder.path(), body, more);
        for (args, error) in verbs() {
            let ran = run(folder.path(), &args);
            let text = codes(&ran);
            let good = match ends {
                Ends::With(codes) => {
                    // `policy test` tells what went wrong with each test, not its code.
                    let told = codes.iter().any(|code| text.contains(code))
                        || text.contains("the policies")
                        || text.contains("too large")
                        || text.contains("the range has more");
                    ran.code == Some(error) && told
                }
                Ends::Denies => matches!(ran.code, Some(1 | 2)) && !text.contains("rego::"),
            };
            if !good || text.contains("panicked") {
                wrong.push(format!("{what} {args:?}: {:?} {text}", ran.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn long_and_deep_policies_are_refused() {
    let long = "a".repeat(10 << 20);
    let texts = [
        format!("package main\n\ndeny contains \"{long}\" if true\n"),
        format!("package main\n\ndeny contains \"x\" if input.x == `{long}`\n"),
        format!("package main\n\n# {long}\ndeny contains \"x\" if input.x\n"),
        format!("package main\n\ndeny contains x if {{ x := {} }}\n", "[".repeat(100_000)),
        format!("package main\n\ndeny contains x if {{ x := {} }}\n", "{1 | ".repeat(20_000)),
        format!("package main\n\ndeny contains \"x\" if {{ {} }}\n", "not ".repeat(100_000)),
        format!("package main\n\n{}", "p if q\nq if p\n".repeat(9_000)),
    ];
    for (number, text) in texts.iter().enumerate() {
        let folder = folder();
        fs::write(folder.path().join("policy/main.rego"), text).unwrap();
        // All verbs read policies in the same way: all of them once, then two.
        let verbs = if number == 0 { verbs().to_vec() } else { verbs()[..1].to_vec() };
        for (args, error) in verbs.into_iter().chain([(vec!["policy", "check", "policy"], 2)]) {
            let ran = run(folder.path(), &args);
            let start: String = text.chars().take(60).collect();
            assert_eq!(ran.code, Some(error), "{args:?} {start}: {}", ran.stderr);
            assert!(
                codes(&ran).contains("rego::") && !codes(&ran).contains("panicked"),
                "{args:?}"
            );
            assert!(ran.stderr.len() < 100_000, "{args:?} {start}: {} bytes", ran.stderr.len());
        }
    }
}

#[test]
fn long_texts_in_inputs_and_data_are_judged() {
    let folder = folder();
    let long = "a".repeat(10 << 20);
    let text = "package main\n\ndeny contains \"data\" if count(data.text) > 100\n\n\
                deny contains \"input\" if regex.match(`^(a+)+$`, input.text)\n\n\
                deny contains \"both\" if contains(input.text, data.text)\n";
    fs::write(folder.path().join("policy/main.rego"), text).unwrap();
    fs::write(folder.path().join("d.json"), format!("{{\"text\": \"{long}\"}}")).unwrap();
    for name in ["i.json", "i.yaml"] {
        fs::write(folder.path().join(name), format!("{{\"text\": \"{long}\"}}\n")).unwrap();
        let ran = run(folder.path(), &["conftest", "test", name, "-d", "d.json", "--no-color"]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stdout.contains("3 tests, 0 passed, 0 warnings, 3 failures"), "{}", ran.stdout);
    }
}

/// One test that overruns ends the run: what was given up still takes what the next ones need.
#[test]
fn the_tests_behind_one_that_overruns_are_not_run() {
    let folder = folder();
    let text = "package main\n\nimport rego.v1\n\ntest_a if 1 == 1\n\n\
                test_b if count([1 | some a in numbers.range(1, 100000); some b in numbers.range(1, 100000); a + b < 0]) < 0\n\n\
                test_c if 1 == 1\n";
    fs::write(folder.path().join("policy/main_test.rego"), text).unwrap();
    let args = ["policy", "test", "policy", "--timeout", "1", "--format", "json"];
    let ran = run(folder.path(), &args);
    assert_eq!(ran.code, Some(2));
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let outcomes: Vec<&str> = report["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["passed", "error", "error"], "{}", ran.stdout);
}
