//! Plans that ask for a product of all their resources: each must stay cheap, and doubtful.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use std::io::Write;

use holdpoint::decide::Config;
use holdpoint::gate::{self, PlanRequest};
use holdpoint::model::finding::Outcome;
use holdpoint::model::verdict::Verdict;
use serde_json::{Value, json};

/// Followed pair by pair, each of these takes minutes.
const MANY: usize = 700;

fn judge(changes: &[Value], root: &Value) -> Verdict {
    let plan = json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "complete": true, "errored": false,
        "planned_values": {"root_module": {}}, "resource_changes": changes,
        "configuration": {"root_module": root},
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.json");
    std::fs::File::create(&path).unwrap().write_all(plan.to_string().as_bytes()).unwrap();
    let config = Config::default();
    let request = PlanRequest {
        inputs: &[path.to_str().unwrap().to_owned()],
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config: &config,
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    };
    let verdict = gate::plan(&request);
    assert!(verdict.errors.is_empty(), "{:?}", verdict.errors);
    verdict
}

fn created(module: &str, kind: &str, index: usize, after: &Value, unknown: &[&str]) -> Value {
    let (prefix, at) =
        if module.is_empty() { ("", format!("[{index}]")) } else { (".", String::new()) };
    let unknown: serde_json::Map<String, Value> =
        unknown.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
    let mut change = json!({
        "address": format!("{module}{prefix}{kind}.x{at}"), "mode": "managed", "type": kind,
        "name": "x", "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown},
    });
    if module.is_empty() {
        change["index"] = json!(index);
    } else {
        change["module_address"] = json!(module);
    }
    change
}

fn configured(kind: &str, attribute: &str, references: &[&str]) -> Value {
    json!({
        "mode": "managed", "type": kind, "name": "x",
        "expressions": {attribute: {"references": references}},
    })
}

/// Whether the rule leaves every one of the buckets undetermined.
fn all_in_doubt(verdict: &Verdict, rule: &str) -> bool {
    let mut own = verdict.findings.iter().filter(|finding| finding.rule == rule).peekable();
    own.peek().is_some() && own.all(|finding| finding.outcome == Outcome::Undetermined)
}

#[test]
fn many_policies_that_may_belong_to_many_buckets() {
    let policy = r#"{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;
    let mut changes = Vec::new();
    for i in 0..MANY {
        let name = json!({"bucket": format!("b{i}")});
        changes.push(created("", "aws_s3_bucket", i, &name, &["id", "arn"]));
        let policy = json!({"policy": policy});
        changes.push(created("", "aws_s3_bucket_policy", i, &policy, &["id", "bucket"]));
    }
    let root = json!({"resources": [
        configured("aws_s3_bucket", "tags", &[]),
        configured("aws_s3_bucket_policy", "bucket", &["aws_s3_bucket.x"]),
    ]});
    assert!(all_in_doubt(&judge(&changes, &root), "s3-insecure-transport"));

    // With the index of the instance it is clear which belongs to which.
    let root = json!({"resources": [
        configured("aws_s3_bucket", "tags", &[]),
        configured("aws_s3_bucket_policy", "bucket", &["aws_s3_bucket.x", "count.index"]),
    ]});
    let verdict = judge(&changes, &root);
    assert!(verdict.findings.iter().all(|finding| finding.rule != "s3-insecure-transport"));
}

#[test]
fn many_rules_that_may_belong_to_a_group_of_many_modules() {
    let mut changes = Vec::new();
    for i in 0..MANY {
        let module = format!("module.m[{i}]");
        changes.push(created(&module, "aws_security_group", i, &json!({"name": "x"}), &["id"]));
        let rule = json!({
            "type": "ingress", "from_port": 22, "to_port": 22, "protocol": "tcp",
            "cidr_blocks": ["0.0.0.0/0"],
        });
        changes.push(created("", "aws_security_group_rule", i, &rule, &["security_group_id"]));
    }
    let root = json!({
        "resources": [configured("aws_security_group_rule", "security_group_id", &["module.m.id"])],
        "module_calls": {"m": {"module": {
            "resources": [configured("aws_security_group", "name", &[])],
            "outputs": {"id": {"expression": {"references": ["aws_security_group.x.id"]}}},
        }}},
    });
    let verdict = judge(&changes, &root);
    let open = |f: &&holdpoint::model::finding::Finding| f.rule == "security-group-admin-port-open";
    assert_eq!(verdict.findings.iter().filter(open).count(), MANY);
}

#[test]
fn outputs_that_double_at_every_level() {
    let both = json!({"references": ["module.m.a", "module.m.b"]});
    let outputs = json!({"a": {"expression": both}, "b": {"expression": both}});
    let mut module = json!({"outputs": {
        "a": {"expression": {"references": ["aws_vpc.x.id"]}}, "b": {"expression": {}},
    }});
    let mut address = "module.m".to_owned();
    for _ in 0..40 {
        module = json!({"outputs": outputs, "module_calls": {"m": {"module": module}}});
        address.push_str(".module.m");
    }
    let mut root = json!({"module_calls": {"m": {"module": module}}});
    root["resources"] = json!([configured(
        "aws_security_group_rule",
        "security_group_id",
        &["module.m.a", "module.m.b"]
    )]);
    let rule = json!({"type": "ingress", "cidr_blocks": ["10.0.0.0/8"], "protocol": "-1"});
    let changes = [
        created("", "aws_security_group_rule", 0, &rule, &["security_group_id"]),
        created(&address, "aws_vpc", 0, &json!({"cidr_block": "10.0.0.0/16"}), &["id"]),
    ];
    judge(&changes, &root);
}
