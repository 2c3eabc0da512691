//! Tests of tables about changes, over subjects made by hand.

use serde_json::{Value as Json, json};

use crate::model::finding::{Answer, Outcome};
use crate::rules::evaluate::evaluate;
use crate::rules::table::compile::compile;
use crate::rules::table::language::Document;
use crate::rules::testing::{Fake, selected};
use crate::rules::{Check, Rule};

fn rule(entry: Json, judges: &str) -> Result<Rule, String> {
    let mut entry = entry;
    let own = entry.as_object_mut().expect("an entry");
    own.entry("types").or_insert(json!(["aws_x"]));
    own.entry("message").or_insert(json!("it is weaker"));
    own.entry("path").or_insert(json!("a"));
    let document = json!({
        "id": "x-weakened", "title": "X is weaker", "severity": "high", "service": "X",
        "what": "what", "why": "why", "fix": "fix", "references": ["https://example.com"],
        "judges": judges, "resources": [entry],
    });
    let document: Document = serde_json::from_value(document).map_err(|e| e.to_string())?;
    compile(document).map(|(meta, table)| Rule { meta, check: Check::ChangeTable(table.into()) })
}

fn answers(rule: Rule, before: Json, after: Json) -> Vec<Answer> {
    let mut fake = Fake::new([]);
    fake.add("aws_x.x", before, after);
    let rule: &'static Rule = Box::leak(Box::new(rule));
    evaluate(&fake, &selected([rule])).raised.into_iter().map(|raised| raised.answer).collect()
}

fn outcome(require: Json, before: Json, after: Json) -> &'static str {
    let rule = rule(json!({"require": require}), "change").expect("a sound rule");
    match answers(rule, before, after).first().map(|answer| answer.outcome) {
        None => "ok",
        Some(Outcome::Violated) => "violated",
        Some(Outcome::Undetermined) => "undetermined",
    }
}

#[test]
fn what_held_must_still_hold() {
    let on = json!({"path": "a", "is": true});
    let case = |before: Json, after: Json| outcome(on.clone(), before, after);
    assert_eq!(case(json!({"a": true}), json!({"a": false})), "violated");
    assert_eq!(case(json!({"a": true}), json!({"a": null})), "violated");
    assert_eq!(case(json!({"a": true}), json!({"a": "?"})), "undetermined");
    assert_eq!(case(json!({"a": false}), json!({"a": false, "b": 1})), "ok");
    assert_eq!(case(json!({"a": false}), json!({"a": true})), "ok");
    assert_eq!(case(json!(null), json!({"a": false})), "ok");
    assert_eq!(case(json!({"a": true}), json!(null)), "ok");
}

#[test]
fn a_setting_is_judged_when_it_is_created() {
    let entry = json!({"require": {"path": "a", "is": true}, "created": true});
    let rule = || rule(entry.clone(), "change").expect("a sound rule");
    assert_eq!(answers(rule(), json!(null), json!({"a": false})).len(), 1);
    assert!(answers(rule(), json!(null), json!({"a": true})).is_empty());
}

#[test]
fn values_are_compared_with_what_they_were() {
    let kept = || json!({"path": "a", "kept": true});
    let new = || json!({"path": "a", "nothing_new": true});
    let low = |bound: Json| json!({"path": "a", "not_lower": bound});
    let high = |bound: Json| json!({"path": "a", "not_higher": bound});
    let levels = || json!({"path": "a", "not_weaker": {"order": ["OFF", "COUNT", "ON"]}});
    let endless = || json!({"unset": 0, "unlimited": 0});
    let cases = [
        (kept(), json!(["p", "q"]), json!(["q"]), "violated"),
        (kept(), json!(["p"]), json!(["q", "p"]), "ok"),
        (kept(), json!(["p"]), json!(["q", "..."]), "undetermined"),
        (kept(), json!({"p": true, "q": false}), json!({"p": true, "r": true}), "ok"),
        (kept(), json!({"p": true}), json!({"p": false}), "violated"),
        (new(), json!(["p"]), json!(["p", "q"]), "violated"),
        (new(), json!(["p"]), json!([]), "ok"),
        (low(json!({})), json!(30), json!(7), "violated"),
        (low(json!({})), json!(7), json!("30"), "ok"),
        (low(json!({})), json!(7), json!(null), "violated"),
        (low(json!({})), json!(null), json!(1), "ok"),
        (low(json!({})), json!(7), json!("?"), "undetermined"),
        (low(endless()), json!(0), json!(30), "violated"),
        (low(endless()), json!(30), json!(0), "ok"),
        (low(json!({"enough": 365})), json!(3650), json!(365), "ok"),
        (high(endless()), json!(90), json!(0), "violated"),
        (high(json!({})), json!(90), json!(60), "ok"),
        (levels(), json!("ON"), json!("COUNT"), "violated"),
        (levels(), json!("OFF"), json!("COUNT"), "ok"),
        (levels(), json!("ON"), json!(null), "violated"),
        (levels(), json!("ON"), json!("NEW"), "undetermined"),
        (levels(), json!("NEW"), json!("NEW"), "ok"),
    ];
    for (require, before, after, wanted) in cases {
        let found = outcome(require.clone(), json!({"a": before}), json!({"a": after, "b": 1}));
        assert_eq!(found, wanted, "{require} {before} {after}");
    }
}

#[test]
fn elements_are_counted_and_compared_one_by_one() {
    let blocks = |list: &[(&str, i64)]| {
        let list: Vec<Json> = list.iter().map(|(n, d)| json!({"name": n, "days": d})).collect();
        json!({"a": list, "b": list.len()})
    };
    let each = json!({"each_kept": {"in": "a", "by": "name", "require":
        {"path": "days", "not_lower": {}}}});
    let case = |before: Json, after: Json| outcome(each.clone(), before, after);
    let old = || blocks(&[("yearly", 365), ("daily", 7)]);
    assert_eq!(case(old(), blocks(&[("daily", 7), ("yearly", 365), ("hourly", 1)])), "ok");
    assert_eq!(case(old(), blocks(&[("yearly", 365), ("daily", 1)])), "violated");
    assert_eq!(case(old(), blocks(&[("yearly", 365)])), "violated");
    assert_eq!(case(old(), blocks(&[("annual", 365), ("daily", 7)])), "ok");
    let few = json!({"not_fewer": {"in": "a", "require": {"path": "days", "at_least": 30}}});
    let case = |before: Json, after: Json| outcome(few.clone(), before, after);
    assert_eq!(case(old(), blocks(&[("yearly", 7), ("daily", 7)])), "violated");
    assert_eq!(case(old(), blocks(&[("other", 90)])), "ok");
    assert_eq!(case(old(), json!({"a": "?"})), "undetermined");
}

#[test]
fn a_rule_about_states_compares_nothing() {
    let compares = json!({"require": {"path": "a", "kept": true}});
    assert!(rule(compares.clone(), "state").is_err());
    assert!(rule(compares, "change").is_ok());
    let inside = json!({"require": {"some": {"in": "b", "require": {"path": "a", "kept": true}}}});
    assert!(rule(inside, "change").is_err());
    assert!(rule(json!({"require": {"path": "a", "is": true}, "created": true}), "state").is_err());
}
