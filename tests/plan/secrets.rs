//! No secret of a plan appears in any output: marked ones are planted everywhere that Terraform
//! writes them in clear, and every format is searched for them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;

use common::holdpoint;
use serde_json::json;

/// The marks, by where they stand.
const SECRETS: &[&str] = &[
    "SECRET-in-variable",
    "SECRET-in-variable-default",
    "SECRET-in-provider",
    "SECRET-in-before",
    "SECRET-in-after",
    "SECRET-in-output",
    "SECRET-in-prior-state",
    "SECRET-in-planned-values",
    "SECRET-in-drift",
    "SECRET-in-expression",
    "SECRET-in-source",
    "SECRET-in-checks",
    "SECRET-in-cidr",
    "SECRET-in-policy",
    "SECRET-in-policy-template",
    "SECRET-in-tags",
    "SECRET-in-unread-key",
    "SECRET-in-environment",
    "SECRET-in-document",
];

const FORMATS: &[&str] = &["human", "json", "sarif", "junit", "github", "gitlab", "markdown"];

fn change(
    kind: &str,
    name: &str,
    before: serde_json::Value,
    after: serde_json::Value,
    sensitive: serde_json::Value,
) -> serde_json::Value {
    let action = if before.is_null() { "create" } else { "update" };
    json!({
        "address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": [action], "before": before, "after": after, "after_unknown": {"id": true},
            "before_sensitive": sensitive, "after_sensitive": sensitive,
        },
    })
}

fn plan() -> serde_json::Value {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*","SECRET-in-policy:Get"],"Resource":"SECRET-in-policy"}]}"#;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"},"Condition":{"StringNotLike":{"aws:x":"SECRET-in-policy"}}}]}"#;
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4",
        "variables": {"password": {"value": "SECRET-in-variable"}},
        "planned_values": {
            "outputs": {"o": {"sensitive": true, "value": "SECRET-in-output"}},
            "root_module": {"resources": [{"address": "aws_db_instance.d", "values": {"password": "SECRET-in-planned-values"}}]},
        },
        "resource_drift": [{"address": "aws_db_instance.d", "change": {"before": {"password": "SECRET-in-drift"}}}],
        "resource_changes": [
            change("aws_db_instance", "d",
                json!({"password": "SECRET-in-before", "publicly_accessible": true, "storage_encrypted": false}),
                json!({"password": "SECRET-in-after", "publicly_accessible": true, "storage_encrypted": false,
                       "tags": {"SECRET-in-tags": "SECRET-in-tags"}}),
                json!({"password": true, "tags": true})),
            change("aws_security_group", "s", json!(null),
                json!({"name": "SECRET-in-after", "ingress": [{"from_port": 22, "to_port": 22, "protocol": "tcp",
                       "cidr_blocks": ["0.0.0.0/0", "SECRET-in-cidr"], "description": "SECRET-in-cidr"}]}),
                json!({"ingress": true})),
            change("aws_iam_policy", "p", json!(null), json!({"name": "p", "policy": policy}), json!({"policy": true})),
            change("aws_iam_role", "r", json!(null), json!({"name": "r", "assume_role_policy": trust}), json!({"assume_role_policy": true})),
            change("aws_s3_bucket", "b",
                json!({"bucket": "SECRET-in-before", "acl": "private"}),
                json!({"bucket": "SECRET-in-after", "acl": "public-read", "force_destroy": true}),
                json!({"bucket": true})),
            change("aws_instance", "i", json!(null),
                json!({"user_data": "export TOKEN=SECRET-in-after", "SECRET-in-unread-key": 1, "metadata_options": []}), json!({"user_data": true})),
            // Nothing marks these: the rule finds them, and must not show what it found.
            change("aws_lambda_function", "f", json!(null),
                json!({"environment": [{"variables": {"DB_PASSWORD": "SECRET-in-environment"}}]}), json!({})),
            change("aws_ecs_task_definition", "t", json!(null),
                json!({"container_definitions": r#"[{"name":"c","privileged":true,"environment":[{"name":"DB_PASSWORD","value":"SECRET-in-document"}]}]"#}),
                json!({})),
        ],
        "output_changes": {"o": {"actions": ["create"], "after": "SECRET-in-output"}},
        "prior_state": {"values": {"root_module": {"resources": [{"address": "data.aws_secretsmanager_secret_version.s",
            "mode": "data", "values": {"secret_string": "SECRET-in-prior-state"}}]}}},
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {
                "access_key": {"constant_value": "SECRET-in-provider"},
                "secret_key": {"constant_value": "SECRET-in-provider"}}},
                "datadog": {"name": "datadog", "expressions": {
                    "api_key": {"constant_value": "SECRET-in-provider"}}}},
            "root_module": {
                "variables": {"password": {"default": "SECRET-in-variable-default", "sensitive": true}},
                "resources": [{"address": "aws_db_instance.d", "mode": "managed", "type": "aws_db_instance", "name": "d",
                    "expressions": {"password": {"constant_value": "SECRET-in-expression"}}}],
            },
        },
        "checks": [{"problems": [{"message": "SECRET-in-checks"}]}],
    })
}

const SOURCE: &str = r#"
variable "password" {
  sensitive = true
  default   = "SECRET-in-source"
}
resource "aws_db_instance" "d" { password = "SECRET-in-source"
  publicly_accessible = true }
resource "aws_security_group" "s" {
  ingress { description = "SECRET-in-source"
    cidr_blocks = ["0.0.0.0/0", "SECRET-in-source"] }
}
resource "aws_iam_policy" "p" { policy = "SECRET-in-source" }
resource "aws_iam_role" "r" { assume_role_policy = "SECRET-in-source" }
resource "aws_s3_bucket" "b" { bucket = "SECRET-in-source" }
resource "aws_lambda_function" "f" {
  environment {
    variables = { DB_PASSWORD = "SECRET-in-environment" }
  }
}
resource "aws_ecs_task_definition" "t" {
  container_definitions = jsonencode([{ name = "c", privileged = true, environment = [{ name = "DB_PASSWORD", value = "SECRET-in-document" }] }])
}
"#;

fn assert_clean(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} shows {secret}:\n{text}");
    }
}

#[test]
fn no_format_shows_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plan.json"), plan().to_string()).unwrap();
    let source = tempfile::tempdir().unwrap();
    fs::write(source.path().join("main.tf"), SOURCE).unwrap();
    let found = ["security-group-admin-port-open", "secret-in-plain-text", "provider-credentials"];
    let mut findings = [0; 3];
    for format in FORMATS {
        for with_source in [false, true] {
            for level in ["-q", "-v", "--color=always"] {
                let mut command = holdpoint(folder.path());
                command.args(["plan", "plan.json", "--format", format, level]);
                if with_source {
                    command.arg("--source").arg(source.path());
                }
                let summary = folder.path().join("summary.md");
                command.env("GITHUB_STEP_SUMMARY", &summary);
                let output = command.output().unwrap();
                assert_eq!(output.status.code(), Some(1), "{output:?}");
                let (out, err) = (
                    String::from_utf8_lossy(&output.stdout),
                    String::from_utf8_lossy(&output.stderr),
                );
                assert_clean(format, &out);
                assert_clean("standard error", &err);
                if let Ok(text) = fs::read_to_string(&summary) {
                    assert_clean("the step summary", &text);
                }
                for (count, rule) in findings.iter_mut().zip(found) {
                    *count += out.matches(rule).count();
                }
            }
        }
    }
    assert!(!findings.contains(&0), "not found, so it could not have been shown: {findings:?}");
}

#[test]
fn no_error_shows_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let text = plan().to_string();
    let broken = [
        text.replace(r#""resource_changes":"#, r#""resource_changes":"SECRET-in-after","x":"#),
        text.replace(r#""actions":["create"]"#, r#""actions":"SECRET-in-after""#),
        text.replace(
            r#""password":"SECRET-in-after""#,
            r#""password":"SECRET-in-after","password":1"#,
        ),
        text.replace(r#""mode":"managed""#, r#""mode":"SECRET-in-after""#),
        text.replace(r#""errored":false"#, r#""errored":"SECRET-in-after""#),
        text.replace(
            "1.2",
            "SECRET-in-after, a very long one that is no version of any format at all",
        ),
        text[..text.len() / 2].to_owned(),
        format!("{text}SECRET-in-after"),
        format!("SECRET-in-after{text}"),
    ];
    for (i, plan) in broken.iter().enumerate() {
        fs::write(folder.path().join("plan.json"), plan).unwrap();
        for format in FORMATS {
            let mut command = holdpoint(folder.path());
            let output = command.args(["plan", "plan.json", "--format", format]).output().unwrap();
            if i != 4 {
                assert_eq!(output.status.code(), Some(2), "{i} {format}: {output:?}");
            }
            assert_clean(&format!("{format} {i}"), &String::from_utf8_lossy(&output.stdout));
            assert_clean("standard error", &String::from_utf8_lossy(&output.stderr));
        }
    }
}
