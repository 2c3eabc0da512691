//! What rules say, counted as conftest counts.

use super::*;
use crate::model::severity::Severity;

#[test]
fn results_carry_what_they_hold() {
    let policy = "package main\n\
        deny contains {\"msg\": \"open\", \"_loc\": {\"file\": \"a.tf\", \"line\": 7}, \"address\": \"x.y\", \"n\": [1]} if { input.a }\n\
        warn contains \"w\" if { input.a }\nviolation_x contains {\"msg\": \"v\"} if { input.a }\n\
        undetermined contains \"u\" if { input.a }\n";
    let judgement = judge(policy, r#"{"a":1}"#).unwrap();
    let hit = &judgement.failures[0];
    assert_eq!(hit.msg, "open");
    let loc = hit.loc.as_ref().unwrap();
    assert_eq!((loc.file.as_deref(), loc.line), (Some("a.tf"), Some(7)));
    assert_eq!(
        serde_json::to_string(&hit.metadata).unwrap(),
        r#"{"address":"x.y","n":[1],"query":"data.main.deny"}"#
    );
    assert_eq!(judgement.failures.len(), 2);
    assert_eq!(
        (judgement.warnings.len(), judgement.undetermined.len(), judgement.successes),
        (1, 1, 0)
    );
}

#[test]
fn many_definitions_are_one_set_and_each_is_known() {
    let policy = "package main\n# METADATA\n# title: No A\n# custom:\n#   severity: critical\n#   remediation: do b\n\
        deny contains \"b\" if { input.a }\n# METADATA\n# title: No B\n\
        deny contains \"a\" if { input.a }\ndeny contains \"b\" if { input.a }\n\
        deny contains \"c\" if { input.none }\nuses if { \"a\" in deny }\nwarn contains \"uses\" if { uses }\n";
    let policies = policies(&[("p.rego", policy)], &Options::default()).unwrap();
    let ids: Vec<&str> =
        policies.definitions().iter().map(|definition| definition.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "rego/main/deny-no-a",
            "rego/main/deny-no-b",
            "rego/main/deny",
            "rego/main/deny-2",
            "rego/main/warn"
        ]
    );
    let first = &policies.definitions()[0];
    assert_eq!((first.severity, first.line), (Some(Severity::Critical), 7));
    assert_eq!(first.remediation.as_deref(), Some("do b"));
    let document = Document::json("i", r#"{"a":1}"#).unwrap();
    let judgement = policies.judge(&document, &["main".to_owned()]).unwrap().remove(0);
    let found: Vec<(&str, usize)> =
        judgement.failures.iter().map(|hit| (hit.msg.as_str(), hit.definition)).collect();
    assert_eq!(found, [("a", 1), ("b", 0)]);
    assert_eq!(judgement.warnings[0].msg, "uses");
    // conftest: five definitions, three results.
    assert_eq!(judgement.successes, 2);
}

#[test]
fn exceptions_take_away_what_a_rule_says() {
    let policy = "package main\ndeny_x contains \"boo\" if { input.a }\nwarn_y contains \"w\" if { input.a }\n\
        deny contains \"d\" if { input.a }\n\
        exception contains rules if { rules := [\"x\", \"q\", \"x\"] }\n\
        exception contains rules if { rules := [\"x\"] }\n";
    let judgement = judge(policy, r#"{"a":1}"#).unwrap();
    assert_eq!(judgement.failures.iter().map(|h| h.msg.as_str()).collect::<Vec<_>>(), ["d"]);
    assert_eq!(judgement.exceptions.len(), 3);
    assert_eq!(judgement.exceptions[0].msg, "data.main.exception[_][_] == \"x\"");
    assert_eq!((judgement.warnings.len(), judgement.successes), (1, 0));
    let bare = "package main\ndeny contains \"d\" if { input.a }\nexception contains [\"\"] if { input.a }\n";
    let judgement = judge(bare, r#"{"a":1}"#).unwrap();
    assert_eq!((judgement.failures.len(), judgement.exceptions.len()), (0, 1));
}

#[test]
fn successes_are_counted_as_conftest_counts() {
    for (policy, successes) in [
        ("deny contains \"d\" if { input.no }\nwarn contains \"w\" if { input.no }\n", 2),
        ("deny contains \"d\" if { input.no }\ndeny contains \"e\" if { input.no }\n", 2),
        ("deny contains m if { some m in input.list }\ndeny contains \"e\" if { input.no }\n", 0),
        ("deny := [] if { input.list }\n", 1),
        ("undetermined contains \"d\" if { input.no }\n", 0),
    ] {
        let judgement = judge(&format!("package main\n{policy}"), r#"{"list":["a","b"]}"#).unwrap();
        assert_eq!(judgement.successes, successes, "{policy}");
    }
}

#[test]
fn a_list_is_many_documents_unless_it_was_combined() {
    let policy = "package main\ndeny contains input.name if { input.name }\n\
        warn contains \"list\" if { is_array(input) }\n";
    let all = policies(&[("p.rego", policy)], &Options::default()).unwrap();
    let names = ["main".to_owned()];
    let parts = Document::json("l", r#"[{"name":"a"},{"name":"b"}]"#).unwrap();
    let judgement = all.judge(&parts, &names).unwrap().remove(0);
    assert_eq!(
        (judgement.failures.len(), judgement.warnings.len(), judgement.successes),
        (2, 0, 2)
    );
    let whole = Document::combined("Combined", &[Document::json("a", "{}").unwrap()]);
    let judgement = all.judge(&whole, &names).unwrap().remove(0);
    assert_eq!((judgement.failures.len(), judgement.warnings.len()), (0, 1));
    assert_eq!(whole.to_json(), serde_json::json!([{"path": "a", "contents": {}}]));
}

#[test]
fn errors_do_not_quote_the_input() {
    for rule in [
        "count(input.secret.x) > 1",
        "input.n + input.secret > 1",
        "object.get(input.secret, \"a\", 1)",
        "json.unmarshal(input.secret)",
        "regex.match(input.secret, \"a\")",
        "sum([input.secret]) > 1",
        "sprintf(input.secret, input.secret)",
        "net.cidr_contains(input.secret, input.secret)",
        "time.parse_rfc3339_ns(input.secret)",
        "to_number(input.secret) > 1",
        "units.parse_bytes(input.secret) > 1",
        "base64.decode(input.secret)",
        "every x in input.secret { x }",
        "array.concat(input.secret, [])",
    ] {
        let policy = format!("package main\ndeny contains \"x\" if {{ {rule} }}\n");
        let input = r#"{"n": 1, "secret": "hunter2 (`[\"x"}"#;
        if let Err(fault) = judge(&policy, input) {
            assert!(!fault.message.contains("hunter2"), "{rule}: {}", fault.message);
            assert!(!fault.help.unwrap().contains("hunter2"), "{rule}");
        }
    }
}

#[test]
fn both_dialects_live_side_by_side() {
    let all = policies(
        &[
            ("old.rego", "package main\nimport data.lib\ndeny[msg] { lib.bad(input.x); msg := sprintf(\"old %v\", [input.x]) }\n"),
            ("new.rego", "package main\nimport rego.v1\ndeny contains \"new\" if input.x\n"),
            ("lib.rego", "package lib\nbad(x) = true { x == 1 }\n"),
        ],
        &Options::default(),
    )
    .unwrap();
    let document = Document::json("i", r#"{"x":1}"#).unwrap();
    let judgement = all.judge(&document, &["main".to_owned()]).unwrap().remove(0);
    assert_eq!(
        judgement.failures.iter().map(|h| h.msg.as_str()).collect::<Vec<_>>(),
        ["new", "old 1"]
    );
    assert_eq!(all.notices().len(), 1);
    assert!(all.notices()[0].contains("`old.rego` and 1 more"));
}

#[test]
fn documents_that_holdpoint_provides() {
    let policy = "package main\ndeny contains data.conftest.file.name if { data.conftest.file.dir }\n\
        deny contains m if { holdpoint.unknown(\"aws_x.y.cidr[0]\"); m := \"unknown\" }\n\
        deny contains m if { not holdpoint.unknown(\"aws_x.y[\\\"a.b\\\"].name\"); m := \"known\" }\n\
        deny contains m if { m := data.holdpoint.resources[_].address }\n";
    let all = policies(&[("p.rego", policy)], &Options::default()).unwrap();
    assert!(all.wants_facts());
    let facts = serde_json::json!({
        "resources": [{"address": "aws_x.y"}],
        "unknown": {"aws_x.y": ["cidr"], "aws_x.y[\"a.b\"]": ["arn"]},
    });
    let document = Document::json("a/plan.json", "{}").unwrap().with_facts(&facts);
    let judgement = all.judge(&document, &["main".to_owned()]).unwrap().remove(0);
    let msgs: Vec<&str> = judgement.failures.iter().map(|hit| hit.msg.as_str()).collect();
    assert_eq!(msgs, ["aws_x.y", "known", "plan.json", "unknown"]);
}

#[test]
fn data_is_nested_by_folder() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir_all(root.join("a/b")).unwrap();
    std::fs::write(root.join("top.json"), r#"{"t":1}"#).unwrap();
    std::fs::write(root.join("a/one.yaml"), "x: 2\n").unwrap();
    std::fs::write(root.join("a/b/list.yml"), "z: [3]\n").unwrap();
    std::fs::write(root.join("ignored.txt"), "no").unwrap();
    std::fs::write(root.join("p.rego"), "package main\ndeny contains sprintf(\"%v %v %v\", [data.t, data.a.x, data.a.b.z]) if { true }\n").unwrap();
    let all = Policies::load(&[root.to_owned()], &[root.to_owned()], &Options::default()).unwrap();
    let judgements = all.judge(&Document::json("i", "{}").unwrap(), &["main".to_owned()]).unwrap();
    assert_eq!(judgements[0].failures[0].msg, "1 2 [3]");
}

#[test]
fn tests_in_rego_run_with_coverage() {
    let all = policies(
        &[
            ("p.rego", "package main\n\ndeny contains \"x\" if {\n\tinput.x\n}\n\nother if {\n\tinput.y\n}\n"),
            ("p_test.rego", "package main\n\ntest_good if {\n\t\"x\" in deny with input as {\"x\": 1}\n}\n\ntest_bad if { count(deny) == 5 with input as {} }\n\ntodo_test_later if { false }\n"),
        ],
        &Options::default(),
    )
    .unwrap();
    let mut coverage = Coverage::default();
    let found: Vec<(&str, bool, bool)> = all
        .tests()
        .iter()
        .map(|test| {
            let tested = all.test(test, Some(&mut coverage)).unwrap();
            (test.name.as_str(), test.skipped, tested.passed)
        })
        .collect();
    assert_eq!(
        found,
        [("test_good", false, true), ("test_bad", false, false), ("todo_test_later", true, false)]
    );
    let lines = &coverage.files["p.rego"];
    assert_eq!((lines.get(&4), lines.get(&8)), (Some(&true), Some(&false)));
}

use super::super::Coverage;
