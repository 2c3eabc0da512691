//! `holdpoint plan --policy`: what the user's policies report is a finding like any other, and
//! whatever is wrong with them ends in 2.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::Path;

use common::{Run, run, scratch};
use serde_json::{Value, json};

const SECRET: &str = "correct-horse-battery";

/// Buckets: a new one, one that stays as it is, one that changes; a password that is sensitive.
fn plan() -> Value {
    let bucket = |name: &str, actions: Value, before: Value, after: Value| {
        json!({
            "address": format!("aws_s3_bucket.{name}"), "mode": "managed", "type": "aws_s3_bucket",
            "name": name, "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": actions, "before": before, "after": after, "after_unknown": {},
                "before_sensitive": false, "after_sensitive": {}},
        })
    };
    let tags = |tags: Value| json!({"bucket": "b", "tags": tags});
    json!({
        "format_version": "1.2", "terraform_version": "1.9.0",
        "variables": {"token": {"value": SECRET}},
        "resource_changes": [
            bucket("new", json!(["create"]), Value::Null, tags(json!({}))),
            bucket("old", json!(["no-op"]), tags(json!(null)), tags(json!(null))),
            bucket("worse", json!(["update"]), tags(json!({"owner": "a"})), tags(json!({}))),
            bucket("good", json!(["create"]), Value::Null, tags(json!({"owner": "a"}))),
            {"address": "aws_ssm_parameter.p", "mode": "managed", "type": "aws_ssm_parameter",
             "name": "p", "provider_name": "registry.terraform.io/hashicorp/aws",
             "change": {"actions": ["create"], "before": null,
                "after": {"name": "p", "type": "SecureString", "value": "very-secret-value"},
                "after_unknown": {"arn": true}, "after_sensitive": {"value": true}}},
        ],
        "configuration": {"root_module": {"variables": {"token": {"sensitive": true}}}},
    })
}

const OWNER: &str = r#"package main

# METADATA
# title: A bucket has no owner
# custom:
#   severity: critical
#   remediation: Add the tag `owner`.
deny contains {"msg": sprintf("bucket %s has no owner", [c.name]), "address": c.address, "path": "tags"} if {
	some c in input.resource_changes
	c.type == "aws_s3_bucket"
	not c.change.after.tags.owner
}
"#;

fn with(folder: &Path, policies: &[(&str, &str)]) {
    fs::create_dir_all(folder.join("policy")).unwrap();
    for (name, text) in policies {
        fs::write(folder.join("policy").join(name), text).unwrap();
    }
    fs::write(folder.join("plan.json"), plan().to_string()).unwrap();
}

/// A run with these policies, and its verdict as JSON.
fn verdict_of(policies: &[(&str, &str)], more: &[&str]) -> (Run, Value) {
    let folder = scratch();
    with(folder.path(), policies);
    let args = [&["plan", "plan.json", "--policy", "policy", "--format", "json"], more].concat();
    let run = run(folder.path(), &args);
    let verdict = serde_json::from_str(&run.stdout).unwrap_or(Value::Null);
    (run, verdict)
}

/// Address, change and outcome of the findings of a rule.
fn found(verdict: &Value, rule: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: Vec<String> = verdict["findings"]
        .as_array()
        .unwrap_or_else(|| panic!("no findings in {verdict}"))
        .iter()
        .filter(|finding| finding["rule"] == rule)
        .map(|f| format!("{} {} {}", text(&f["address"]), text(&f["change"]), text(&f["outcome"])))
        .collect();
    found.sort();
    found
}

#[test]
fn results_are_findings_with_their_change() {
    let (run, verdict) = verdict_of(&[("owner.rego", OWNER)], &[]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(
        found(&verdict, "rego/main/deny"),
        [
            "aws_s3_bucket.new introduced violated",
            "aws_s3_bucket.old existing violated",
            "aws_s3_bucket.worse introduced violated",
        ]
    );
    let finding = verdict["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["rule"] == "rego/main/deny")
        .unwrap();
    assert_eq!(finding["severity"], "critical");
    assert_eq!(finding["path"], "tags");
    assert_eq!(finding["fix"], "Add the tag `owner`.");
}

#[test]
fn each_rule_has_its_own_id_in_sarif() {
    let folder = scratch();
    let more = "package main\nwarn contains \"always\" if { input.format_version }\n\
        deny_never contains \"never\" if { input.nothing }\n";
    with(folder.path(), &[("owner.rego", OWNER), ("more.rego", more)]);
    let run = run(folder.path(), &["plan", "plan.json", "--policy", "policy", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&run.stdout).unwrap();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<&str> = rules
        .iter()
        .filter_map(|rule| rule["id"].as_str())
        .filter(|id| id.starts_with("rego/"))
        .collect();
    assert_eq!(ids, ["rego/main/deny", "rego/main/deny_never", "rego/main/warn"]);
}

#[test]
fn waivers_and_severities_of_the_configuration_count() {
    let folder = scratch();
    with(
        folder.path(),
        &[(
            "owner.rego",
            &OWNER.replace(
                "some c in input.resource_changes",
                "some c in input.resource_changes\n\tc.name == \"new\"",
            ),
        )],
    );
    let config = |text: &str| {
        fs::write(
            folder.path().join("holdpoint.toml"),
            format!("[rego]\npolicy = [\"policy\"]\n{text}"),
        )
        .unwrap();
        run(folder.path(), &["plan", "plan.json", "--format", "json"])
    };
    let waiver = |rule: &str| {
        format!(
            "[[waiver]]\nrule = \"{rule}\"\naddress = \"aws_s3_bucket.new\"\nreason = \"r\"\nticket = \"t\"\nowner = \"o\"\nexpires = 9999-12-31\n"
        )
    };
    let long = "[gate]\nmax_waiver_days = 3650\n";
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    let far = today.checked_add(jiff::ToSpan::days(30)).unwrap().to_string();
    let blocks = |run: &Run| -> Vec<Value> {
        let verdict: Value = serde_json::from_str(&run.stdout).unwrap();
        let all = verdict["findings"].as_array().unwrap().iter();
        all.filter(|f| f["rule"] == "rego/main/deny").map(|f| f["blocks"].clone()).collect()
    };
    assert_eq!(blocks(&config("")), [json!(true)]);
    let waived = config(&format!("{long}{}", waiver("rego/main/deny").replace("9999-12-31", &far)));
    assert_eq!(blocks(&waived), [json!(false)], "{}", waived.stdout);
    assert_eq!(blocks(&config("[rules.\"rego/main/deny\"]\nseverity = \"low\"\n")), [json!(false)]);
    assert!(blocks(&config("[rules.\"rego/main/deny\"]\nenabled = false\n")).is_empty());
    let typo = config("[rules.\"rego/main/denny\"]\nseverity = \"low\"\n");
    assert_eq!(typo.code, Some(2));
    assert!(typo.stdout.contains("did you mean `rego/main/deny`?"), "{}", typo.stdout);
    let unknown = config("polices = []\n");
    assert_eq!(unknown.code, Some(2));
}

#[test]
fn a_rule_can_say_that_it_cannot_tell() {
    let policy = "package main\nundetermined contains {\"msg\": \"arn\", \"address\": r.address} if {\n\
        \tsome r in data.holdpoint.resources\n\tholdpoint.unknown(sprintf(\"%s.arn\", [r.address]))\n}\n";
    let (run, verdict) = verdict_of(&[("p.rego", policy)], &[]);
    assert_eq!(
        found(&verdict, "rego/main/undetermined"),
        ["aws_ssm_parameter.p introduced undetermined"]
    );
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let (_, warned) = verdict_of(&[("p.rego", policy)], &["--undetermined", "warn"]);
    let finding = warned["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["rule"] == "rego/main/undetermined")
        .unwrap();
    assert_eq!(finding["blocks"], false);
}

#[test]
fn results_about_the_whole_and_about_a_line() {
    let policy = "package main\ndeny contains \"too much\" if { count(input.resource_changes) > 3 }\n\
        warn contains {\"msg\": \"here\", \"_loc\": {\"file\": \"main.tf\", \"line\": 7}} if { input.format_version }\n\
        warn_two contains {\"msg\": \"there\", \"address\": \"aws_x.nowhere\"} if { input.format_version }\n";
    let (run, verdict) = verdict_of(&[("p.rego", policy)], &[]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(found(&verdict, "rego/main/deny"), ["(plan) introduced violated"]);
    let place = |rule: &str| {
        let all = verdict["findings"].as_array().unwrap();
        all.iter().find(|f| f["rule"] == rule).unwrap().clone()
    };
    assert_eq!(place("rego/main/deny")["file"], "plan.json");
    assert_eq!(
        (&place("rego/main/warn")["file"], &place("rego/main/warn")["line"]),
        (&json!("main.tf"), &json!(7))
    );
    assert!(verdict["notices"].to_string().contains("aws_x.nowhere"), "{}", verdict["notices"]);
}

#[test]
fn values_that_are_sensitive_are_not_repeated() {
    let policy = "package main\ndeny contains sprintf(\"value %s\", [c.change.after.value]) if { some c in input.resource_changes; c.change.after.value }\n\
        deny contains sprintf(\"token %s\", [input.variables.token.value]) if { input.variables }\n\
        warn contains msg if { some c in input.resource_changes; to_number(c.change.after.value) > 1; msg := \"x\" }\n";
    for formats in ["human", "json", "sarif", "markdown", "github", "junit", "gitlab"] {
        let folder = scratch();
        with(folder.path(), &[("p.rego", policy)]);
        for more in [&["--compat-builtin-errors"][..], &[]] {
            let args =
                [&["plan", "plan.json", "--policy", "policy", "--format", formats], more].concat();
            let run = run(folder.path(), &args);
            assert_eq!(run.code, Some(if more.is_empty() { 2 } else { 1 }), "{}", run.stderr);
            for secret in [SECRET, "very-secret-value"] {
                assert!(!run.stdout.contains(secret), "{formats}: {}", run.stdout);
                assert!(!run.stderr.contains(secret), "{formats}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn whatever_is_wrong_with_the_policies_ends_in_2() {
    for (policy, code) in [
        ("package main\ndeny contains msg if {", "rego::syntax"),
        ("package main\ndeny if { input.x }\n", "rego::not-a-set"),
        ("package main\ndeny contains \"x\" if { input.z; http.send({}) }\n", "rego::network"),
        (
            "package main\ndeny contains \"x\" if { input.z; nothing(1) }\n",
            "rego::unknown-function",
        ),
        ("package main\nallow if { input.x }\n", "rego::no-rules"),
        ("package main\ndeny contains 7 if { input.format_version }\n", "rego::bad-result"),
        (
            "package main\ndeny contains \"x\" if { to_number(input.format_version) < count(input.nothing) + to_number(\"x\") }\n",
            "rego::evaluation",
        ),
    ] {
        let (run, verdict) = verdict_of(&[("p.rego", policy)], &[]);
        assert_eq!(run.code, Some(2), "{policy}: {}", run.stdout);
        assert_eq!(verdict["errors"][0]["code"], code, "{policy}: {}", run.stderr);
        assert_eq!(verdict["verdict"], "undecided");
    }
    let folder = scratch();
    with(folder.path(), &[]);
    for args in [
        &["--policy", "policy"][..],
        &["--policy", "nowhere"],
        &["--policy-data", "policy"],
        &["--policy-namespace", "main"],
    ] {
        let run = run(folder.path(), &[&["plan", "plan.json"], args].concat());
        assert_eq!(run.code, Some(2), "{args:?}: {}", run.stdout);
    }
    let underlined = {
        fs::write(folder.path().join("policy/p.rego"), "package main\ndeny if { input.x }\n")
            .unwrap();
        run(folder.path(), &["plan", "plan.json", "--policy", "policy"])
    };
    for part in ["rego::not-a-set", "policy/p.rego:2:1", "write `deny contains msg if { .. }`"] {
        assert!(underlined.stderr.contains(part), "{}", underlined.stderr);
    }
}

#[test]
fn what_overruns_ends_in_2_within_its_limit() {
    let folder = scratch();
    let range = "numbers.range(1, 20000000)";
    with(
        folder.path(),
        &[(
            "p.rego",
            &format!(
                "package main\ndeny contains \"x\" if {{ some a in {range}; some b in {range}; a + b < 0 }}\n"
            ),
        )],
    );
    fs::write(
        folder.path().join("holdpoint.toml"),
        "[rego]\npolicy = [\"policy\"]\ntimeout = 1\nmemory = 512\n",
    )
    .unwrap();
    let run = run(folder.path(), &["plan", "plan.json", "--format", "json"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stdout.contains("rego::time-limit") || run.stdout.contains("rego::memory-limit"));
}

#[test]
fn other_providers_are_judged_by_policies_of_ones_own() {
    let folder = scratch();
    with(folder.path(), &[("p.rego", "package main\ndeny contains \"x\" if { input.nothing }\n")]);
    let text =
        plan().to_string().replace("aws_", "google_").replace("hashicorp/aws", "hashicorp/google");
    fs::write(folder.path().join("plan.json"), text).unwrap();
    assert_eq!(run(folder.path(), &["plan", "plan.json"]).code, Some(2));
    let with_policies = run(folder.path(), &["plan", "plan.json", "--policy", "policy"]);
    assert_eq!(with_policies.code, Some(0), "{}{}", with_policies.stdout, with_policies.stderr);
}

#[test]
fn exceptions_are_told() {
    let policy = format!("{OWNER}\nexception contains [\"\"] if {{ input.format_version }}\n");
    let (_, verdict) = verdict_of(&[("p.rego", &policy)], &[]);
    assert!(found(&verdict, "rego/main/deny").is_empty());
    assert!(verdict["notices"].to_string().contains("exception"), "{}", verdict["notices"]);
}

/// The examples of docs/rego.md run.
#[test]
fn the_documentation_runs() {
    let page = fs::read_to_string(common::root().join("docs/rego.md")).unwrap();
    let examples: Vec<&str> =
        page.split("```rego\n").skip(1).filter_map(|tail| tail.split("```").next()).collect();
    assert!(examples.len() >= 2);
    for example in examples {
        let (run, verdict) = verdict_of(&[("p.rego", example)], &["--compat-builtin-errors"]);
        assert_ne!(verdict["verdict"], "undecided", "{example}: {}", run.stdout);
    }
}
