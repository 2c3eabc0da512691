//! What stood before excuses only itself: a part that a change points at another whole, a limit
//! that it takes away, a reach that it widens are introduced, whatever else stays as it was.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use common::scratch;
use std::collections::BTreeMap;

use holdpoint::decide::{Config, RuleConfig, Waiver};
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::model::finding::Change;
use holdpoint::model::severity::Severity;
use holdpoint::model::verdict::{Decision, Verdict};
use serde_json::{Value, json};

/// A resource change of the only instance of a resource.
fn change(address: &str, before: Value, after: Value) -> Value {
    let (kind, name) = address.split_once('.').unwrap();
    let actions = match (before.is_null(), after.is_null()) {
        (true, _) => json!(["create"]),
        (_, true) => json!(["delete"]),
        (_, false) if before == after => json!(["no-op"]),
        (_, false) => json!(["delete", "create"]),
    };
    json!({"address": address, "mode": "managed", "type": kind, "name": name, "change": {
        "actions": actions, "before": before, "after": after, "after_unknown": {},
        "before_sensitive": {}, "after_sensitive": {}}})
}

/// How the gate classes what a rule finds in a plan of these changes; `references` are attributes
/// of the configuration, the changes that have them unknown wait for those.
fn classes(rule: &str, changes: &[Value], references: &[(&str, &str, &str)]) -> Vec<Change> {
    let verdict = judge(&Config::default(), changes, references);
    let own = verdict.findings.iter().filter(|one| one.rule == rule);
    own.map(|one| one.change).filter(|change| *change != Change::Resolved).collect()
}

fn judge(config: &Config, changes: &[Value], references: &[(&str, &str, &str)]) -> Verdict {
    let mut changes = changes.to_vec();
    let mut resources = Vec::new();
    for one in &mut changes {
        let address = one["address"].as_str().unwrap().to_owned();
        let (kind, name) = address.split_once('.').unwrap();
        let mut expressions = serde_json::Map::new();
        for (key, value) in one["change"]["after"].as_object().into_iter().flatten() {
            expressions.insert(key.clone(), json!({"constant_value": value}));
        }
        for (_, attribute, to) in references.iter().filter(|(own, _, _)| *own == address) {
            expressions.insert((*attribute).to_owned(), json!({"references": [to]}));
            one["change"]["after_unknown"][*attribute] = json!(true);
        }
        resources.push(json!({"address": address, "mode": "managed", "type": kind, "name": name,
            "expressions": expressions}));
    }
    let text = json!({"format_version": "1.2", "resource_changes": changes,
        "configuration": {"root_module": {"resources": resources}}});
    let folder = scratch();
    let file = folder.path().join("plan.json");
    std::fs::write(&file, text.to_string()).unwrap();
    let verdict = plan(&PlanRequest {
        inputs: &[file.display().to_string()],
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config,
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    });
    assert!(verdict.errors.is_empty(), "{:?}", verdict.errors);
    verdict
}

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn policy(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn public(actions: &Value, resource: &str) -> Value {
    json!({"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": resource})
}

#[test]
fn a_part_that_moves_is_introduced() {
    let anybody = policy(&json!([public(&json!("sns:Publish"), "*")]));
    let cases = [
        (
            "aws_iam_role_policy_attachment",
            "role",
            "iam-admin-policy-attached",
            json!({"policy_arn": ADMINISTRATOR}),
        ),
        (
            "aws_iam_user_policy_attachment",
            "user",
            "iam-admin-policy-attached",
            json!({"policy_arn": ADMINISTRATOR}),
        ),
        ("aws_s3_bucket_acl", "bucket", "s3-bucket-public-acl", json!({"acl": "public-read"})),
        (
            "aws_s3_bucket_public_access_block",
            "bucket",
            "s3-public-policy-accepted",
            json!({"block_public_policy": false}),
        ),
        ("aws_sns_topic_policy", "arn", "resource-policy-public", json!({"policy": anybody})),
        (
            "aws_lambda_permission",
            "function_name",
            "resource-policy-public",
            json!({"principal": "*", "action": "lambda:InvokeFunction"}),
        ),
        (
            "aws_vpc_security_group_ingress_rule",
            "security_group_id",
            "security-group-admin-port-open",
            json!({"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "0.0.0.0/0"}),
        ),
        (
            "aws_network_acl_rule",
            "network_acl_id",
            "network-acl-admin-port-open",
            json!({"rule_number": 1, "egress": false, "protocol": "tcp", "from_port": 22,
                "to_port": 22, "rule_action": "allow", "cidr_block": "0.0.0.0/0"}),
        ),
    ];
    for (kind, attribute, rule, common) in cases {
        let at = |whole: &str| {
            let mut all = common.clone();
            all[attribute] = json!(whole);
            all
        };
        let address = format!("{kind}.x");
        let moved = classes(rule, &[change(&address, at("one"), at("other"))], &[]);
        assert_eq!(moved, [Change::Introduced], "{kind}");
        let mut touched = at("one");
        touched["tags"] = json!({"a": "b"});
        let stayed = classes(rule, &[change(&address, at("one"), touched)], &[]);
        assert_eq!(stayed, [Change::Existing], "{kind}");
        let older = classes(rule, &[change(&address, common.clone(), at("one"))], &[]);
        assert_eq!(older, [Change::Existing], "{kind} of an older provider");
    }
}

#[test]
fn parts_that_move_together_do_not_vouch_for_each_other() {
    let versions = |bucket: &str| json!({"id": bucket, "bucket": bucket});
    let access = |bucket: &str| json!({"id": bucket, "bucket": bucket, "acl": "public-read"});
    let all = [
        change("aws_s3_bucket_versioning.v", versions("one"), versions("other")),
        change("aws_s3_bucket_acl.a", access("one"), access("other")),
    ];
    assert_eq!(classes("s3-bucket-public-acl", &all, &[]), [Change::Introduced]);
}

#[test]
fn a_list_of_wholes_may_shrink_and_not_grow() {
    let to = |roles: Value| json!({"name": "x", "policy_arn": ADMINISTRATOR, "roles": roles});
    let (one, two) = (to(json!(["a"])), to(json!(["a", "b"])));
    let rule = "iam-admin-policy-attached";
    let of = |before: &Value, after: &Value| {
        classes(rule, &[change("aws_iam_policy_attachment.x", before.clone(), after.clone())], &[])
    };
    assert_eq!(of(&one, &two), [Change::Introduced]);
    assert_eq!(of(&two, &one), [Change::Existing]);
}

#[test]
fn a_part_follows_its_whole_through_a_replacement() {
    let group =
        change("aws_security_group.g", json!({"id": "sg-1", "name": "a"}), json!({"name": "b"}));
    let other = change("aws_security_group.h", Value::Null, json!({"name": "h"}));
    let open = json!({"type": "ingress", "from_port": 22, "to_port": 22, "protocol": "tcp",
        "cidr_blocks": ["0.0.0.0/0"]});
    let mut before = open.clone();
    before["security_group_id"] = json!("sg-1");
    let rule = change("aws_security_group_rule.r", before, open);
    let all = [group, other, rule];
    let of = |to: &str| {
        let references = [("aws_security_group_rule.r", "security_group_id", to)];
        classes("security-group-admin-port-open", &all, &references)
    };
    assert_eq!(of("aws_security_group.g.id"), [Change::Existing]);
    assert_eq!(of("aws_security_group.h.id"), [Change::Introduced]);
    assert_eq!(of("var.group"), [Change::Introduced]);
}

#[test]
fn a_policy_that_reaches_more_is_introduced() {
    let rule = "resource-policy-public";
    let of = |before: Value, after: Value| {
        let holding = |statements| json!({"bucket": "b", "policy": policy(&statements)});
        let one = change("aws_s3_bucket_policy.p", holding(before), holding(after));
        classes(rule, &[one], &[])
    };
    let read = public(&json!("s3:GetObject"), "arn:aws:s3:::b/*");
    let all = public(&json!(["s3:*"]), "arn:aws:s3:::b/*");
    let wide = public(&json!("s3:GetObject"), "arn:aws:s3:::*");
    let mut limited = read.clone();
    limited["Condition"] = json!({"StringLike": {"aws:Referer": "x"}});
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/secret/*"});
    assert_eq!(of(json!([read]), json!([all])), [Change::Introduced]);
    assert_eq!(of(json!([all]), json!([read])), [Change::Existing]);
    assert_eq!(of(json!([read]), json!([wide])), [Change::Introduced]);
    assert_eq!(of(json!([wide]), json!([read])), [Change::Existing]);
    assert_eq!(of(json!([limited]), json!([read])), [Change::Introduced]);
    assert_eq!(of(json!([read]), json!([limited])), [Change::Existing]);
    assert_eq!(of(json!([read, deny]), json!([read])), [Change::Introduced]);
    assert_eq!(of(json!([read]), json!([read, deny])), [Change::Existing]);
    assert_eq!(of(json!([read, deny]), json!([deny, read])), [Change::Existing]);
}

#[test]
fn an_administrator_without_mfa_or_denials_is_introduced() {
    let rule = "iam-wildcard-action";
    let of = |before: Value, after: Value| {
        let holding = |statements| json!({"name": "p", "policy": policy(&statements)});
        let one = change("aws_iam_policy.p", holding(before), holding(after));
        classes(rule, &[one], &[])
    };
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let mut mfa = all.clone();
    mfa["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let deny = json!({"Effect": "Deny", "Action": ["iam:*"], "Resource": "*"});
    let more = json!({"Effect": "Deny", "Action": ["iam:*", "kms:*"], "Resource": "*"});
    assert_eq!(of(json!([mfa]), json!([all])), [Change::Introduced]);
    assert_eq!(of(json!([all, deny]), json!([all])), [Change::Introduced]);
    assert_eq!(of(json!([all, deny]), json!([all, more])), [Change::Existing]);
    assert_eq!(of(json!([all]), json!([mfa, deny])), [Change::Existing]);
}

#[test]
fn a_cluster_whose_half_of_the_world_becomes_all_is_introduced() {
    let to = |ranges: Value| {
        json!({"name": "c", "vpc_config": [
            {"endpoint_public_access": true, "public_access_cidrs": ranges}]})
    };
    let (half, all) = (to(json!(["0.0.0.0/1"])), to(json!(["0.0.0.0/0"])));
    let of = |before: &Value, after: &Value| {
        let one = change("aws_eks_cluster.c", before.clone(), after.clone());
        classes("eks-endpoint-public", &[one], &[])
    };
    assert_eq!(of(&half, &all), [Change::Introduced]);
    assert_eq!(of(&all, &half), [Change::Existing]);
}

#[test]
fn a_rule_that_was_lowered_or_waived_does_not_silence_another() {
    let open = |from: i64, to: i64| {
        let after = json!({"type": "ingress", "from_port": from, "to_port": to, "protocol": "tcp",
            "cidr_blocks": ["0.0.0.0/0"], "security_group_id": "sg-1"});
        change("aws_security_group_rule.r", Value::Null, after)
    };
    let mut all = open(0, 0);
    all["change"]["after"]["protocol"] = json!("-1");
    let low = RuleConfig { severity: Some(Severity::Low), ..RuleConfig::default() };
    let lowered = Config {
        rules: BTreeMap::from([("security-group-all-traffic-open".to_owned(), low)]),
        ..Config::default()
    };
    let verdict = judge(&lowered, &[all], &[]);
    assert_eq!(verdict.decision, Decision::Block, "{:?}", verdict.findings);
    let ssh = Waiver {
        rule: "security-group-admin-port-open".to_owned(),
        address: "aws_security_group_rule.r".to_owned(),
        glob: false,
        path: None,
        container: None,
        reason: "a bastion".to_owned(),
        ticket: "X-1".to_owned(),
        owner: "a".to_owned(),
        expires: jiff::civil::date(2026, 2, 1),
    };
    let waived = Config { waivers: vec![ssh], ..Config::default() };
    assert_eq!(judge(&waived, &[open(22, 22)], &[]).decision, Decision::Pass);
    assert_eq!(judge(&waived, &[open(22, 5432)], &[]).decision, Decision::Block);
}
