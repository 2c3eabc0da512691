//! Each state and each cause, on the smallest resources that have them.

use serde_json::{Value, json};

use super::*;
use crate::guard::input::read_all;

fn state(resources: &[Value]) -> Vec<Resource> {
    let text = json!({"version": 4, "lineage": "x", "resources": resources}).to_string();
    read_all(&text).unwrap().after
}

fn resource(kind: &str, name: &str, attributes: Value) -> Value {
    json!({"mode": "managed", "type": kind, "name": name,
        "instances": [{"attributes": attributes}]})
}

fn of<'c>(coverage: &'c Coverage, address: &str) -> &'c Row {
    coverage.rows.iter().find(|row| row.address == address).unwrap()
}

fn tags() -> Value {
    json!({"ManagedBy": "Terraform"})
}

fn measured(resources: &[Value], settings: &Settings) -> Coverage {
    measure(&state(resources), &Links::default(), settings)
}

#[test]
fn every_cause_once() {
    let coverage = measured(
        &[
            resource("aws_vpc", "held", json!({"id": "vpc-1", "tags_all": tags()})),
            resource("aws_vpc", "bare", json!({"id": "vpc-2", "tags": {}, "tags_all": {}})),
            resource("aws_vpc", "other", json!({"tags_all": {"ManagedBy": "terraform"}})),
            resource("aws_security_group", "s", json!({"id": "sg-1", "tags_all": tags()})),
            resource("aws_security_group_rule", "in", json!({"security_group_id": "sg-1"})),
            resource("aws_security_group_rule", "far", json!({"security_group_id": "sg-9"})),
            resource("aws_s3_bucket", "b", json!({"id": "b", "bucket": "b", "tags_all": tags()})),
            resource("aws_s3_bucket_policy", "b", json!({"bucket": "b"})),
            resource("aws_route53_zone", "z", json!({"zone_id": "Z1", "tags_all": tags()})),
            resource("aws_ebs_encryption_by_default", "e", json!({"id": "x"})),
            resource("aws_nobody_knows", "n", json!({"arn": "arn:aws:sqs:::x"})),
        ],
        &Settings::default(),
    );
    for (address, state, cause) in [
        ("aws_vpc.held", State::Protected, None),
        ("aws_vpc.bare", State::Unprotected, Some(Cause::Untagged)),
        ("aws_vpc.other", State::Unprotected, Some(Cause::Untagged)),
        ("aws_security_group.s", State::Protected, None),
        ("aws_security_group_rule.in", State::ThroughParent, None),
        ("aws_security_group_rule.far", State::Unprotected, Some(Cause::ChildOf)),
        ("aws_s3_bucket.b", State::Unprotected, Some(Cause::AbacOff)),
        ("aws_s3_bucket_policy.b", State::Unprotected, Some(Cause::ChildOf)),
        ("aws_route53_zone.z", State::Unprotected, Some(Cause::NoIamTagSupport)),
        ("aws_ebs_encryption_by_default.e", State::Unprotected, Some(Cause::NoIamTagSupport)),
        ("aws_nobody_knows.n", State::Unprotected, Some(Cause::UnknownType)),
    ] {
        let row = of(&coverage, address);
        assert_eq!((row.state, row.cause), (state, cause), "{address}: {row:#?}");
        assert_eq!(row.fix.is_empty(), state.is_held(), "{address}");
        assert_eq!(row.reason.is_empty(), state.is_held(), "{address}");
    }
    assert!(of(&coverage, "aws_vpc.bare").fix.contains("default_tags"));
    assert!(of(&coverage, "aws_nobody_knows.n").fix.ends_with("`guard render --service sqs`"));
    let zone = of(&coverage, "aws_route53_zone.z").statement.as_ref().unwrap();
    assert_eq!(zone.resource, "arn:aws:route53:::hostedzone/Z1");
    assert!((150..900).contains(&zone.characters), "{}", zone.characters);
    let bucket = of(&coverage, "aws_s3_bucket.b").terraform.as_ref().unwrap();
    assert!(bucket.contains("bucket = aws_s3_bucket.b.id"), "{bucket}");
    let sums = coverage.sums;
    assert_eq!((sums.resources, sums.protected, sums.through_parent), (11, 2, 1));
    assert_eq!(sums.partial + sums.unprotected, 8);
    assert_eq!(sums.tenths(), 272, "rounded down");
}

#[test]
fn what_is_held_by_arn_counts_only_when_asked_for() {
    let list = [
        resource("aws_route53_zone", "z", json!({"zone_id": "Z1"})),
        resource("aws_route53_record", "r", json!({"zone_id": "Z1"})),
        resource("aws_s3_bucket", "b", json!({"id": "b", "bucket": "b"})),
        resource("aws_s3_bucket_policy", "b", json!({"bucket": "b"})),
        resource("aws_ebs_encryption_by_default", "e", json!({"id": "x"})),
        resource("aws_vpc", "bare", json!({"arn": "arn:aws:ec2:::vpc/vpc-1", "tags_all": {}})),
    ];
    assert_eq!(measured(&list, &Settings::default()).sums.held(), 0);
    let coverage = measured(&list, &Settings { by_arn: true, ..Settings::default() });
    assert_eq!(
        coverage.sums.held(),
        5,
        "the tag of a VPC counts, so it has to be there: {coverage:#?}"
    );
}

#[test]
fn a_bucket_with_abac_is_held_and_so_is_what_belongs_to_it() {
    let list = |status: &str| {
        [
            resource("aws_s3_bucket", "b", json!({"id": "b", "bucket": "b", "tags_all": tags()})),
            resource("aws_s3_bucket_versioning", "b", json!({"bucket": "b"})),
            resource(
                "aws_s3_bucket_abac",
                "b",
                json!({"bucket": "b", "abac_status": [{"status": status}]}),
            ),
        ]
    };
    assert_eq!(measured(&list("Enabled"), &Settings::default()).sums.held(), 3);
    assert_eq!(measured(&list("Disabled"), &Settings::default()).sums.held(), 0);
}

#[test]
fn the_worst_of_several_parents_decides() {
    let list = [
        resource(
            "aws_autoscaling_group",
            "a",
            json!({"name": "a", "tag": [
            {"key": "ManagedBy", "value": "Terraform", "propagate_at_launch": true}]}),
        ),
        resource("aws_autoscaling_group", "b", json!({"name": "b", "tag": []})),
        resource("aws_autoscaling_notification", "n", json!({"group_names": ["a", "b"]})),
        resource("aws_autoscaling_notification", "m", json!({"group_names": ["a"]})),
    ];
    let coverage = measured(&list, &Settings::default());
    assert_eq!(of(&coverage, "aws_autoscaling_notification.m").state, State::ThroughParent);
    let both = of(&coverage, "aws_autoscaling_notification.n");
    assert_eq!((both.state, both.cause), (State::Unprotected, Some(Cause::ChildOf)));
    assert_eq!(both.parent.as_deref(), Some("aws_autoscaling_group.b"));
    assert!(both.fix.contains("add a `tag` block"), "{}", both.fix);
}

fn plan(changes: &[Value]) -> (Coverage, Coverage) {
    let text = json!({"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {},
        "configuration": {"root_module": {"resources": [
            {"address": "aws_security_group.s", "mode": "managed", "type": "aws_security_group",
             "name": "s", "provider_config_key": "aws", "expressions": {}},
            {"address": "aws_security_group_rule.r", "mode": "managed",
             "type": "aws_security_group_rule", "name": "r", "provider_config_key": "aws",
             "expressions": {"security_group_id":
                {"references": ["aws_security_group.s.id", "aws_security_group.s"]}}}]}},
        "resource_changes": changes})
    .to_string();
    let found = read_all(&text).unwrap();
    let links = Links::of_plan(&text, &found.after).unwrap();
    let settings = Settings::default();
    (measure(&found.before, &Links::default(), &settings), measure(&found.after, &links, &settings))
}

fn made(kind: &str, name: &str, before: Value, after: Value, unknown: Value) -> Value {
    let action = match (before.is_null(), after.is_null()) {
        (true, _) => "create",
        (_, true) => "delete",
        _ => "update",
    };
    json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": [action], "before": before, "after": after,
            "after_unknown": unknown, "before_sensitive": false, "after_sensitive": {}}})
}

#[test]
fn a_plan_knows_parents_by_reference() {
    let group = |tags: Value, unknown: Value| {
        made("aws_security_group", "s", Value::Null, json!({"tags_all": tags}), unknown)
    };
    let rule = || {
        let unknown = json!({"id": true, "security_group_id": true});
        made("aws_security_group_rule", "r", Value::Null, json!({}), unknown)
    };
    let (_, coverage) = plan(&[group(tags(), json!({"id": true})), rule()]);
    assert_eq!(of(&coverage, "aws_security_group_rule.r").state, State::ThroughParent);
    // What is known until after apply is no tag.
    let (_, coverage) = plan(&[group(Value::Null, json!({"id": true, "tags_all": true})), rule()]);
    let group = of(&coverage, "aws_security_group.s");
    assert_eq!((group.state, group.cause), (State::Unprotected, Some(Cause::Untagged)));
    assert!(group.reason.contains("until after apply"), "{}", group.reason);
    assert_eq!(of(&coverage, "aws_security_group_rule.r").cause, Some(Cause::ChildOf));
}

#[test]
fn what_lowers_coverage() {
    let vpc = |name: &str, before: Value, after: Value| {
        let side = |tags: Value| match tags {
            Value::Null => Value::Null,
            tags => json!({"tags_all": tags}),
        };
        made("aws_vpc", name, side(before), side(after), json!({}))
    };
    let none = || json!({});
    for (changes, lowered, loses, adds) in [
        // The tag goes.
        (vec![vpc("a", tags(), none())], true, 1, 0),
        (vec![vpc("a", tags(), json!({"ManagedBy": "hand"}))], true, 1, 0),
        // It comes.
        (vec![vpc("a", none(), tags())], false, 0, 0),
        // Something held goes away as a whole.
        (vec![vpc("a", tags(), Value::Null), vpc("b", none(), none())], false, 0, 0),
        // Something comes that is not held.
        (vec![vpc("a", tags(), tags()), vpc("b", Value::Null, none())], true, 0, 1),
        // The first apply has nothing to lower.
        (vec![vpc("b", Value::Null, none())], false, 0, 1),
        // As many held come as pull it up again.
        (vec![vpc("a", none(), none()), vpc("b", Value::Null, none())], false, 0, 1),
    ] {
        let (before, after) = plan(&changes);
        let shift = change(&before, &after);
        assert_eq!((shift.lowered, shift.loses.len(), shift.adds.len()), (lowered, loses, adds));
    }
}

#[test]
fn shares_are_rounded_down_and_compared_exactly() {
    let sums = Sums { resources: 3, protected: 2, unprotected: 1, ..Sums::default() };
    assert_eq!(sums.percent(), 66.6);
    assert!(sums.reaches(66.6) && sums.reaches(66.66) && !sums.reaches(66.7));
    let all = Sums { resources: 10_000, protected: 9_999, unprotected: 1, ..Sums::default() };
    assert_eq!(all.percent(), 99.9);
    assert!(!all.reaches(100.0) && all.reaches(99.99));
}
