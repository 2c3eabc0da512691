//! Policies that judge one resource at a time are handed the resources in parts, and say the same;
//! all others see the plan at once.

use super::*;

const CHANGES: &str = "input.resource_changes";

/// A plan of this many resources, in two types, with a tag here and there.
fn plan(resources: usize) -> String {
    let changes: Vec<serde_json::Value> = (0..resources)
        .map(|n| {
            serde_json::json!({
                "address": format!("a.r{n}"),
                "type": if n % 3 == 0 { "bucket" } else { "queue" },
                "name": format!("r{}", n % 4),
                "change": {
                    "actions": if n % 5 == 0 { ["delete"] } else { ["create"] },
                    "after": {"n": n, "tags": if n % 2 == 0 { serde_json::json!({"Owner": "x"}) } else { serde_json::Value::Null }},
                },
            })
        })
        .collect();
    serde_json::json!({
        "format_version": "1.2", "resource_changes": changes,
        "configuration": {"root_module": {}}, "variables": {"v": {"value": 4}},
    })
    .to_string()
}

/// Whether the policies judge in parts. What they say must not depend on it.
fn in_parts(policy: &str) -> bool {
    let policies = policies(&[("p.rego", policy)], &Options::default())
        .unwrap_or_else(|faults| panic!("{policy}: {faults:?}"));
    let names = policies.select(&[]).unwrap();
    let mut parts = false;
    for resources in [0, 1, 7, 20] {
        let text = plan(resources);
        let document = policies.plan("plan.json", &text).unwrap();
        parts = document.parts.is_some();
        let whole = Document::json("plan.json", &text).unwrap();
        let in_parts = policies.judge(&document, &names);
        assert_eq!(in_parts, policies.judge(&whole, &names), "{policy} of {resources}");
    }
    parts
}

#[test]
fn rules_about_one_resource_are_asked_in_parts() {
    for rules in [
        "deny contains c.address if { some c in CHANGES; c.type == \"bucket\" }",
        "deny contains c.address if { some _, c in CHANGES; not c.change.after.tags.Owner }",
        "deny contains c.address if { c := CHANGES[_]; c.change.after.n > 3 }",
        "deny contains CHANGES[_].name",
        "deny contains \"one\" if CHANGES[_].change.after.n == 6",
        "deny contains sprintf(\"%d\", [CHANGES[_].change.after.n])",
        "all := CHANGES\ndeny contains c.address if { some c in all; c.type == \"bucket\" }",
        "planned := [c | some c in CHANGES; \"create\" in c.change.actions]\n\
         of(kind) := {c | some c in planned; c.type == kind}\n\
         deny contains c.address if { some c in of(\"queue\"); c.change.after.tags }",
        "bad contains c if { some c in CHANGES; c.type == \"queue\" }\nbad contains c if { some c in CHANGES; c.name == \"r1\" }\n\
         deny contains c.address if { some c in bad }\nwarn contains c.name if { c := bad[_] }",
        "deny contains c.address if { some c in CHANGES; wrong(c) }\n\
         wrong(c) if c.type == \"bucket\"\nwrong(c) if count([a | some a in c.change.actions]) > 1",
        "deny contains c.address if { some c in CHANGES; every a in c.change.actions { a == \"delete\" } }",
        "deny contains c.address if { some c in CHANGES; some k, v in c.change.after; k == \"n\"; v > 2 }",
        "deny contains \"no version\" if not input.terraform_version\n\
         deny contains c.address if some c in CHANGES",
        "deny contains c.address if some c in CHANGES\n\
         exception contains [\"\"] if { some c in CHANGES; c.change.after.n == 15 }",
        "import input.resource_changes as rc\ndeny contains c.address if { some c in rc }",
        "import input.resource_changes as rc\ndeny contains rc[_].address",
        "import input as plan\ndeny contains plan.resource_changes[_].address",
        "deny contains c.address if some c in input[\"resource_changes\"]",
    ] {
        let policy = format!("package main\n\n{rules}\n");
        assert!(in_parts(&policy.replace("CHANGES", CHANGES)), "{policy}");
    }
    let old = "package main\ndeny[m] { c := input.resource_changes[_]; c.type == \"bucket\"; m := c.address }\n";
    assert!(in_parts(old));
}

#[test]
fn rules_about_more_than_one_resource_see_them_all() {
    for rules in [
        "deny contains \"many\" if count(CHANGES) > 3",
        "deny contains \"many\" if count([c | some c in CHANGES; c.type == \"queue\"]) > 3",
        "deny contains a.address if { some a in CHANGES; some b in CHANGES; a.name == b.name; a.address != b.address }",
        "deny contains a.address if { a := CHANGES[_]; b := CHANGES[_]; a.name == b.name; a.address != b.address }",
        "deny contains \"none\" if not any\nany if { some c in CHANGES; c.change.after.n == 6 }",
        "deny contains \"none\" if not CHANGES[_].nothing == 1",
        "deny contains \"all\" if every c in CHANGES { c.type == \"queue\" }",
        "deny contains \"first\" if CHANGES[0].type == \"bucket\"",
        "deny contains sprintf(\"%d\", [i]) if { some i, c in CHANGES; c.type == \"bucket\" }",
        "deny contains CHANGES[i].address if CHANGES[i].type == \"bucket\"",
        "deny contains c.address if { cs := CHANGES; some c in cs }",
        "deny contains c.address if { some c in CHANGES; count(CHANGES) > 2 }",
        "last := c if { some c in CHANGES; c.change.after.n == 6 }\ndeny contains last.address",
        "by[c.address] := c if some c in CHANGES\ndeny contains k if { some k, _ in by }",
        "by[c.name] contains c.address if some c in CHANGES\ndeny contains k if { some k, v in by; count(v) > 1 }",
        "by := {c.address: c | some c in CHANGES}\ndeny contains k if { some k, _ in by }",
        "names contains c.name if some c in CHANGES\ndeny contains \"many\" if count(names) > 3",
        "names contains c.name if some c in CHANGES\ndeny contains \"yes\" if \"r3\" in names",
        "names contains c.name if some c in CHANGES\ndeny contains \"no\" if not names[\"r3\"]",
        "deny contains c.address if { some c in CHANGES; print(c.address) }",
        "deny contains c.address if { some c in CHANGES; inner(c) with input.resource_changes as [] }\ninner(c) if c.type",
        "deny contains sprintf(\"%v\", [input])",
        "deny contains k if some k, _ in input",
        "deny contains c.address if { some k in [\"resource_changes\"]; some c in input[k] }",
        "deny contains p if walk(input, [p, \"queue\"])",
        "deny contains c.address if { some c in CHANGES; input.configuration.root_module }",
        "deny := [c.address | some c in CHANGES]",
        "deny contains c.address if { some c in CHANGES; c.type in kinds }\nkinds := [c.type | some c in CHANGES; c.name == \"r1\"]",
        "same(c) if { some d in CHANGES; d.name == c.name; d.address != c.address }\ndeny contains c.address if { some c in CHANGES; same(c) }",
        "f(x) := [c | some c in CHANGES; c.name == x]\nf(x) := [] if x == \"never\"\ndeny contains c.address if some c in f(\"r1\")",
        "a.b contains c.address if some c in CHANGES\na[k] := v if some k, v in {\"z\": {\"1\"}}\ndeny contains \"many\" if { some k in [\"b\"]; count(a[k]) > 3 }\nwarn contains c.name if some c in CHANGES",
        "a.b contains c.address if some c in CHANGES\ndeny contains \"many\" if { some k; count(a[k]) > 3 }\nwarn contains c.name if some c in CHANGES",
        "deny_x contains c.address if some c in CHANGES\nexception.a contains \"x\"",
        "deny_x contains c.address if some c in CHANGES\nexception[x] contains \"x\" if some x in [\"p\"]",
        "deny_x contains c.address if some c in CHANGES\nexception.a.b contains \"x\" if input.nothing",
        "deny_x contains c.address if some c in CHANGES\nexception[i] := [\"x\"] if { some i, c in CHANGES; c.name == \"r1\" }",
        "deny_x contains c.address if some c in CHANGES\nexception := {\"a\": [\"x\"]}",
        "default all := []\nall := CHANGES if CHANGES[0]\ndeny contains c.address if some c in all",
    ] {
        let policy = format!("package main\n\n{rules}\n");
        assert!(!in_parts(&policy.replace("CHANGES", CHANGES)), "{policy}");
    }
}

/// What the policies say of a plan, read as far as they look at it; the same as of the whole plan.
fn says(rules: &str, text: &str) -> Vec<String> {
    let policy = format!("package main\n\n{rules}\n");
    let policies = policies(&[("p.rego", &policy)], &Options::default())
        .unwrap_or_else(|faults| panic!("{policy}: {faults:?}"));
    let names = policies.select(&[]).unwrap();
    let in_parts = policies.judge(&policies.plan("plan.json", text).unwrap(), &names);
    let whole = policies.judge(&Document::json("plan.json", text).unwrap(), &names);
    assert_eq!(in_parts, whole, "{policy}");
    in_parts.unwrap().remove(0).failures.into_iter().map(|hit| hit.msg).collect()
}

#[test]
fn a_rule_is_seen_where_a_local_variable_elsewhere_in_the_asking_rule_has_its_name() {
    let text = r#"{"resource_changes":[],"prior_state":{"values":{"root_module":{"resources":[{"address":"a"}]}}}}"#;
    let prior = "input.prior_state.values.root_module.resources";
    for rules in [
        "gone contains r.address if some r in PRIOR\ndeny contains g if { some g in gone; count([gone | some gone in [\"x\"]]) == 1 }",
        "gone contains r.address if some r in PRIOR\ndeny contains g if { some g in gone; every gone in [1] { gone == 1 } }",
        "gone := [r.address | some r in PRIOR]\ndeny contains \"a\" if { count(gone) > 0; every gone in gone { gone != \"x\" } }",
        "gone := PRIOR[0].address\ndeny contains \"a\" if { gone == \"a\"; all := {gone | gone := \"b\"}; not all[gone] }",
        "gone.of contains r.address if some r in PRIOR\ndeny contains g if { some g in gone.of; [1 | some gone in [1]] == [1] }",
    ] {
        assert_eq!(says(&rules.replace("PRIOR", prior), text), ["a"], "{rules}");
    }
}

#[test]
fn only_what_is_looked_at_is_read_and_duplicates_there_are_refused() {
    let policy = "package main\ndeny contains c.address if some c in input.resource_changes\n";
    let policies = policies(&[("p.rego", policy)], &Options::default()).unwrap();
    assert!(policies.looks_at("resource_changes") && !policies.looks_at("prior_state"));
    let names = policies.select(&[]).unwrap();
    let judge = |text: &str| {
        let document = policies.plan("plan.json", text)?;
        policies.judge(&document, &names).map(|all| all[0].failures.len())
    };
    assert_eq!(judge(r#"{"resource_changes":[{"address":"a"}],"other":{}}"#), Ok(1));
    for bad in [
        r#"{"resource_changes":[{"address":"a"}],"resource_changes":[]}"#,
        r#"{"resource_changes":[{"address":"a"}],"resource\u005fchanges":[]}"#,
        r#"{"resource_changes":[{"address":"a","address":"b"}]}"#,
        r#"{"resource_changes":[{"address":"a"}],"other":{"#,
        r#"{"resource_changes":[{"address":"a"}]} {}"#,
        r#"{"resource_changes":[{"address":"a"}}"#,
        "",
    ] {
        assert_eq!(judge(bad).map_err(|fault| fault.code), Err("rego::bad-input"), "{bad}");
    }
    // What is no list is for the policy to look at.
    assert_eq!(judge(r#"{"resource_changes":{"x":{"address":"a"}}}"#), Ok(1));
    assert_eq!(judge("{}"), Ok(0));
}

#[test]
fn a_failure_in_any_part_is_no_pass() {
    let policy = "package main\ndeny contains c.address if { some c in input.resource_changes; to_number(c.name) == 7 }\n";
    let policies = policies(&[("p.rego", policy)], &Options::default()).unwrap();
    let names = policies.select(&[]).unwrap();
    let document = policies.plan("plan.json", &plan(20)).unwrap();
    assert!(document.parts.as_ref().is_some_and(|parts| parts.len() > 2));
    assert_eq!(policies.judge(&document, &names).unwrap_err().code, "rego::evaluation");
}
