//! Tests of the table engine over subjects made by hand.

use serde_json::{Value as Json, json};

use crate::model::finding::{Answer, Change, Outcome};
use crate::rules::evaluate::evaluate;
use crate::rules::table::compile::compile;
use crate::rules::table::language::Document;
use crate::rules::testing::{Fake, selected};
use crate::rules::{Check, Rule};

/// A rule of these entries about `aws_x`, unless an entry says otherwise.
fn rule(entries: Json, params: Json) -> Result<Rule, String> {
    let mut entries = entries;
    for entry in entries.as_array_mut().into_iter().flatten() {
        let entry = entry.as_object_mut().expect("an entry");
        entry.entry("types").or_insert(json!(["aws_x"]));
        entry.entry("message").or_insert(json!("it is wrong"));
    }
    let document = json!({
        "id": "x-wrong", "title": "X is wrong", "severity": "high", "service": "X",
        "what": "what", "why": "why", "fix": "fix", "references": ["https://example.com"],
        "params": params, "resources": entries,
    });
    let document: Document = serde_json::from_value(document).map_err(|e| e.to_string())?;
    compile(document).map(|(meta, table)| Rule { meta, check: Check::Table(table.into()) })
}

fn require(condition: Json) -> Rule {
    let blamed = condition.get("path").cloned().unwrap_or(json!("a"));
    rule(json!([{ "require": condition, "path": blamed }]), json!([])).expect("a sound rule")
}

fn outcome(rule: &Rule, attributes: Json) -> &'static str {
    match Fake::new([("aws_x.x", attributes)]).ask(rule, "aws_x.x").first() {
        None => "ok",
        Some(answer) => answer.outcome.name(),
    }
}

#[test]
fn tests_answer_in_three_values() {
    let cases = [
        (json!({"path": "a", "is": true}), "true", json!("true"), "ok"),
        (json!({"path": "a", "is": true}), "not set", json!(null), "violated"),
        (json!({"path": "a", "is": true}), "unknown", json!("?"), "undetermined"),
        (json!({"path": "a", "is": false, "unset": "holds"}), "default", json!(null), "ok"),
        (json!({"path": "a", "is": "X", "ci": true}), "case", json!("x"), "ok"),
        (json!({"path": "a", "at_least": 7}), "text", json!("7"), "ok"),
        (json!({"path": "a", "at_least": 7}), "less", json!(6), "violated"),
        (json!({"path": "a", "at_most": 7, "unset": "fails"}), "more", json!(8), "violated"),
        (json!({"path": "a", "version_at_least": "1.2"}), "name", json!("TLSv1.2_2021"), "ok"),
        (json!({"path": "a", "version_at_least": "1.2"}), "old", json!("TLSv1_2016"), "violated"),
        (json!({"path": "a", "one_of": ["p", "q"]}), "each", json!(["p", "r"]), "violated"),
        (json!({"path": "a", "contains": ["p", "q"]}), "all", json!(["q", "p", "r"]), "ok"),
        (json!({"path": "a", "contains": "p"}), "open", json!(["q", "..."]), "undetermined"),
        (json!({"path": "a", "contains": "p"}), "found", json!(["p", "..."]), "ok"),
        (json!({"path": "a", "lacks": "p", "unset": "holds"}), "p", json!(["?"]), "undetermined"),
        (json!({"path": "a", "set": true}), "empty", json!(""), "violated"),
        (json!({"path": "a", "set": false}), "unset", json!([]), "ok"),
        (
            json!({"path": "a.b.c", "is": 1}),
            "blocks",
            json!([{"b": [{"c": 1}, {"c": 2}]}]),
            "violated",
        ),
        (
            json!({"path": "a.b.c", "is": 1}),
            "open",
            json!([{"b": [{"c": 1}, "..."]}]),
            "undetermined",
        ),
        (
            json!({"some": {"in": "a", "require": {"path": ".", "is": 1}}}),
            "one",
            json!([2, 1]),
            "ok",
        ),
        (
            json!({"every": {"in": "a", "require": {"path": ".", "is": 1}}}),
            "one",
            json!([2, 1]),
            "violated",
        ),
        (json!({"not": {"path": "a", "is": 1}}), "unknown", json!("?"), "undetermined"),
        (json!({"unknown": "nobody can tell"}), "any", json!(1), "undetermined"),
    ];
    for (condition, name, value, right) in cases {
        let rule = require(condition.clone());
        assert_eq!(outcome(&rule, json!({ "a": value })), right, "{name}: {condition}");
    }
}

#[test]
fn an_unknown_that_cannot_change_the_answer_is_no_doubt() {
    let rule = require(json!({"any": [{"path": "a", "is": 1}, {"path": "b", "is": 1}]}));
    assert_eq!(outcome(&rule, json!({"a": "?", "b": 1})), "ok");
    assert_eq!(outcome(&rule, json!({"a": "?", "b": 2})), "undetermined");
    let entry =
        json!([{ "when": {"path": "engine", "is": "x"}, "require": {"path": "a", "is": 1} }]);
    let rule = self::rule(entry, json!([])).unwrap();
    assert_eq!(outcome(&rule, json!({"engine": "?", "a": 1})), "ok");
    assert_eq!(outcome(&rule, json!({"engine": "y", "a": "?"})), "ok");
    assert_eq!(outcome(&rule, json!({"engine": "?", "a": 2})), "undetermined");
}

#[test]
fn json_in_a_text_is_looked_into() {
    let rule = require(json!({"json": {
        "path": "a", "unset": "fails", "require": {"path": "x.y", "is": "on"}
    }}));
    assert_eq!(outcome(&rule, json!({"a": r#"{"x": {"y": "on"}}"#})), "ok");
    assert_eq!(outcome(&rule, json!({"a": r#"{"x": {}}"#})), "violated");
    assert_eq!(outcome(&rule, json!({"a": "no JSON"})), "violated");
    assert_eq!(outcome(&rule, json!({"a": "?aws_y.y.document"})), "undetermined");
    assert_eq!(outcome(&rule, json!({"a": "[".repeat(100_000)})), "violated");
}

#[test]
fn linked_resources_count_when_they_name_this_one() {
    let rule = require(json!({"linked": {
        "types": "aws_y", "via": "x", "require": {"path": "on", "is": true}
    }}));
    let ask = |x: &str, on: Json| {
        let y = json!({"x": x, "on": on});
        let fake = Fake::new([("aws_x.x", json!({"a": 1})), ("aws_y.y", y)]);
        fake.ask(&rule, "aws_x.x").first().map(|answer| answer.outcome)
    };
    assert_eq!(ask("?aws_x.x.id", json!(true)), None);
    assert_eq!(ask("?aws_x.x.id", json!("?")), Some(Outcome::Undetermined));
    assert_eq!(ask("?aws_x.x.id", json!(false)), Some(Outcome::Violated));
    assert_eq!(ask("?aws_x.other.id", json!(true)), Some(Outcome::Violated));
}

#[test]
fn an_attribute_of_another_resource_is_set_though_not_known() {
    let rule = require(json!({"path": "a", "set": true}));
    let fake = Fake::new([("aws_x.x", json!({"a": "?aws_y.y.arn"})), ("aws_y.y", json!({}))]);
    assert!(fake.ask(&rule, "aws_x.x").is_empty());
    assert_eq!(outcome(&rule, json!({"a": "?"})), "undetermined");
}

fn devices() -> Rule {
    rule(
        json!([{
            "each": "device", "none": "violated", "identity": "name",
            "when": {"path": "/kind", "is_not": "none", "unset": "holds"},
            "require": {"path": "disk.encrypted", "is": true}, "message": "a device is wrong",
        }]),
        json!([]),
    )
    .unwrap()
}

fn paths(answers: &[Answer]) -> Vec<&str> {
    answers.iter().map(|answer| answer.path.as_str()).collect()
}

#[test]
fn each_element_is_blamed_where_it_stands() {
    let device = |name: &str, on: Json| json!({"name": name, "disk": [{"encrypted": on}]});
    let ask = |attributes: Json| Fake::new([("aws_x.x", attributes)]).ask(&devices(), "aws_x.x");
    let two = ask(json!({"device": [device("a", json!(true)), device("b", json!(false))]}));
    assert_eq!(paths(&two), ["device[1].disk[0].encrypted"]);
    assert_eq!(two[0].detail.as_deref(), Some("false"));
    assert_eq!(paths(&ask(json!({"device": [{"name": "a"}]}))), ["device[0].disk"]);
    assert_eq!(paths(&ask(json!({"device": []}))), ["device"]);
    assert_eq!(ask(json!({"device": [], "kind": "none"})), []);
    assert_eq!(ask(json!({"device": "?"}))[0].outcome, Outcome::Undetermined);
    assert_eq!(ask(json!({"device": "?", "kind": "none"})), []);
}

/// What the engine says of a change of devices, each given by name and encryption.
fn classes(rule: &'static Rule, before: &[(&str, bool)], after: &[(&str, bool)]) -> Vec<Change> {
    let side = |list: &[(&str, bool)]| {
        let device = |(name, on): &(&str, bool)| json!({"name": name, "disk": [{"encrypted": on}]});
        json!({"device": list.iter().map(device).collect::<Vec<_>>()})
    };
    let mut fake = Fake::default();
    fake.add("aws_x.x", side(before), side(after));
    evaluate(&fake, &selected([rule])).raised.into_iter().map(|one| one.change).collect()
}

#[test]
fn another_offence_beside_an_old_one_is_introduced_whatever_the_order() {
    let rule: &'static Rule = Box::leak(Box::new(devices()));
    let (a, b) = (("a", false), ("b", false));
    assert_eq!(classes(rule, &[a], &[a]), [Change::Existing]);
    assert_eq!(classes(rule, &[a, ("b", true)], &[("b", true), a]), [Change::Existing]);
    let mut grown = classes(rule, &[a], &[b, a]);
    grown.sort();
    assert_eq!(grown, [Change::Introduced, Change::Existing]);
    assert!(classes(rule, &[a], &[b]).contains(&Change::Introduced));
    // Even where nothing tells the two apart.
    let mut twins = classes(rule, &[a], &[a, a]);
    twins.sort();
    assert_eq!(twins, [Change::Introduced, Change::Existing]);
}

#[test]
fn a_block_that_appears_with_the_same_fault_is_no_new_offence() {
    let require = require(json!({"path": "options.mode", "is": "safe"}));
    let rule: &'static Rule = Box::leak(Box::new(require));
    let classes = |before: Json, after: Json| -> Vec<Change> {
        let mut fake = Fake::default();
        fake.add("aws_x.x", before, after);
        evaluate(&fake, &selected([rule])).raised.into_iter().map(|one| one.change).collect()
    };
    let options = |mode: Json| json!({"options": [{"mode": mode}]});
    assert_eq!(classes(json!({}), options(Json::Null)), [Change::Existing]);
    assert_eq!(classes(options(json!("lax")), options(json!("lax"))), [Change::Existing]);
    // A bad value that the change chose is the change's.
    assert_eq!(classes(options(json!("lax")), options(json!("worse"))), [Change::Introduced]);
    assert_eq!(classes(options(json!("lax")), options(json!("safe"))), [Change::Resolved]);
}

#[test]
fn parameters_stand_for_their_values() {
    let params = json!([{"name": "allowed", "help": "the values", "default": ["p", "q"]}]);
    let entry = json!([{ "require": {"path": "a", "one_of": {"param": "allowed"}} }]);
    let rule = self::rule(entry, params).unwrap();
    assert_eq!(outcome(&rule, json!({"a": "q"})), "ok");
    assert_eq!(outcome(&rule, json!({"a": "r"})), "violated");
}

#[test]
fn a_rule_file_with_a_mistake_says_where() {
    let broken = [
        (json!([{"require": {"path": "a", "is": true, "set": true}}]), "several tests"),
        (json!([{"require": {"path": "a"}}]), "has no test"),
        (json!([{"require": {"is": true}, "path": "a"}]), "needs a `path`"),
        (json!([{"require": {"path": "a", "is": false}}]), "must say what `unset` means"),
        (json!([{"require": {"path": "a..b", "is": true}}]), "is not an attribute path"),
        (json!([{"require": {"any": []}, "path": "a"}]), "require.any: is empty"),
        (json!([{"require": {"path": "a", "one_of": {"param": "p"}}}]), "not one of the rule's"),
        (json!([{"require": {"path": "a", "iz": true}}]), "unknown field `iz`"),
        (json!([{"require": {"not": {"path": "a", "is": true}}}]), "must say which attribute"),
        (json!([{"require": {"path": "a", "is": 1}, "message": "Is wrong."}]), "lower case"),
        (json!([{"require": {"path": "a", "is": 1}, "none": "violated"}]), "each: is needed"),
    ];
    for (entries, right) in broken {
        let error = rule(entries.clone(), json!([])).err().unwrap_or_default();
        assert!(error.contains(right), "{entries}: {error}");
    }
}

#[test]
fn values_that_are_marked_sensitive_do_not_show() {
    let rule: &'static Rule = Box::leak(Box::new(require(json!({"path": "a", "is": "good"}))));
    let fake = Fake::new([("aws_x.x", json!({"a": "hidden", "sensitive": ["a"]}))]);
    let raised = evaluate(&fake, &selected([rule])).raised;
    assert_eq!(raised.len(), 1);
    assert!(!format!("{raised:?}").contains("hidden"));
    // Without the mark the value helps, and a long one is cut.
    let subject = Fake::new([("aws_x.x", json!({"a": "x".repeat(500)}))]);
    let detail = subject.ask(rule, "aws_x.x")[0].detail.clone().unwrap_or_default();
    assert!(detail.len() < 100, "{detail}");
}

#[test]
fn hostile_values_end_in_an_answer() {
    use proptest::prelude::*;
    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            "[ -~]{0,8}".prop_map(Json::from),
            Just(json!("?")),
            Just(json!("...")),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::btree_map("[abc]|disk|name|encrypted", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }
    let rules = [devices(), require(json!({"path": "a.b[0].c", "version_at_least": "1.2"}))];
    proptest!(|(a in json(), device in json())| {
        let fake = Fake::new([("aws_x.x", json!({"a": a, "device": device}))]);
        for rule in &rules {
            for answer in fake.ask(rule, "aws_x.x") {
                prop_assert!(!answer.path.is_empty());
            }
        }
    });
}
