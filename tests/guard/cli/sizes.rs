//! How large a guard gets: the table of docs/guard.md, measured.

use serde_json::{Value, json};

use super::guard;
use crate::common::{root, scratch};

/// What most accounts have.
const TWELVE: [&str; 12] = [
    "aws_instance",
    "aws_security_group",
    "aws_vpc",
    "aws_subnet",
    "aws_route_table",
    "aws_iam_role",
    "aws_iam_policy",
    "aws_lambda_function",
    "aws_db_instance",
    "aws_dynamodb_table",
    "aws_sqs_queue",
    "aws_sns_topic",
];

/// With them, what many have.
const MORE: [&str; 43] = [
    "aws_internet_gateway",
    "aws_nat_gateway",
    "aws_eip",
    "aws_ebs_volume",
    "aws_launch_template",
    "aws_vpc_endpoint",
    "aws_network_acl",
    "aws_vpn_gateway",
    "aws_ec2_transit_gateway",
    "aws_flow_log",
    "aws_key_pair",
    "aws_iam_user",
    "aws_iam_instance_profile",
    "aws_iam_openid_connect_provider",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_metric_alarm",
    "aws_cloudwatch_event_rule",
    "aws_rds_cluster",
    "aws_db_parameter_group",
    "aws_db_subnet_group",
    "aws_kms_key",
    "aws_lb",
    "aws_lb_listener",
    "aws_lb_target_group",
    "aws_autoscaling_group",
    "aws_ecs_cluster",
    "aws_ecs_service",
    "aws_ecs_task_definition",
    "aws_eks_cluster",
    "aws_eks_node_group",
    "aws_ecr_repository",
    "aws_secretsmanager_secret",
    "aws_ssm_parameter",
    "aws_acm_certificate",
    "aws_cloudfront_distribution",
    "aws_elasticache_replication_group",
    "aws_efs_file_system",
    "aws_cloudtrail",
    "aws_wafv2_web_acl",
    "aws_kinesis_stream",
    "aws_sfn_state_machine",
    "aws_apigatewayv2_api",
    "aws_codebuild_project",
];

fn state(types: &[&str]) -> String {
    let resources: Vec<Value> = types
        .iter()
        .map(|kind| {
            json!({"mode": "managed", "type": kind, "name": "one",
                "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
                "instances": [{"attributes": {"id": "one", "tags_all": {"ManagedBy": "Terraform"}}}]})
        })
        .collect();
    json!({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x",
        "outputs": {}, "resources": resources})
    .to_string()
}

/// Verbs, patterns, and the characters of one policy or the number of several.
fn size(held: &[&str], kind: &str, patterns: &str) -> (usize, usize, String) {
    let run = guard("render", &[held, &["--as", kind, "--patterns", patterns]].concat());
    if run.code != Some(0) {
        return (0, 0, "does not fit".to_owned());
    }
    let number = |text: &str| -> usize { text.parse().unwrap() };
    let last = run.stderr.lines().last().unwrap();
    let words: Vec<&str> = last.split(' ').collect();
    let parts: Vec<&str> = run.stderr.lines().filter(|line| line.contains("characters,")).collect();
    let size = match parts.as_slice() {
        [line] => line.split(' ').nth(1).unwrap().to_owned(),
        several => format!("{} policies", several.len()),
    };
    (number(words[0]), number(words[3]), size)
}

fn thousands(number: usize) -> String {
    let text = number.to_string();
    match text.len() {
        0..=3 => text,
        long => format!("{},{}", &text[..long - 3], &text[long - 3..]),
    }
}

fn written(size: &str) -> String {
    size.parse().map_or_else(|_| size.to_owned(), thousands)
}

#[test]
fn the_table_of_sizes_is_what_is_measured() {
    let folder = scratch();
    let file = |name: &str, types: &[&str]| {
        let path = folder.path().join(name);
        std::fs::write(&path, state(types)).unwrap();
        path.display().to_string()
    };
    let twelve = file("twelve.tfstate", &TWELVE);
    let all: Vec<&str> = TWELVE.iter().chain(&MORE).copied().collect();
    let many = file("many.tfstate", &all);
    let docs = std::fs::read_to_string(root().join("docs/guard.md")).unwrap();
    let mut missing = Vec::new();
    for (name, held) in [
        ("12 common Terraform types", vec!["--from", &twelve]),
        ("55 common Terraform types", vec!["--from", &many]),
        ("everything", vec!["--full"]),
    ] {
        let (verbs, words, scp) = size(&held, "scp", "words");
        let (_, short, scp_short) = size(&held, "scp", "short");
        let (_, _, policy) = size(&held, "managed-policy", "short");
        let (_, _, boundary) = size(&held, "boundary", "short");
        let row = format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} |",
            thousands(verbs),
            thousands(words),
            written(&scp),
            thousands(short),
            written(&scp_short),
            written(&policy),
            written(&boundary)
        );
        if !docs.contains(&row) {
            missing.push(row);
        }
    }
    assert!(missing.is_empty(), "docs/guard.md does not say:\n{}", missing.join("\n"));
}
