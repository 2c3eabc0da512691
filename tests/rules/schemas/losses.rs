//! What is lost with every type of the provider: each holds data, protects, or is expendable, and
//! one that nobody has looked at fails here. `fixtures/schemas/make` renews the list of types.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use holdpoint::decide::Config;
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::rules::catalogue;
use serde_json::json;

use super::paths::documents;
use super::provider::aws;
use crate::common::{root, scratch};

/// Types by what their destruction loses, a rule or `expendable`.
fn classes() -> Vec<(String, String)> {
    let rules = ["stateful-resource-destroyed", "instance-destroyed", "protection-removed"];
    let mut found = Vec::new();
    for rule in catalogue::all().iter().filter(|rule| rules.contains(&rule.meta.id.as_ref())) {
        let id = rule.meta.id.to_string();
        found.extend(rule.meta.types.iter().map(|kind| (kind.to_string(), id.clone())));
    }
    for (kind, _) in expendable() {
        found.push((kind, "expendable".to_owned()));
    }
    found
}

fn expendable() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("catalogue/aws-expendable.tsv")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let split = |line: &str| line.split_once('\t').map(|(a, b)| (a.to_owned(), b.to_owned()));
    lines.map(|line| split(line).unwrap()).collect()
}

fn managed() -> BTreeSet<String> {
    aws().types.keys().filter(|kind| kind.starts_with("aws_")).cloned().collect()
}

#[test]
fn every_type_of_the_provider_is_in_one_class() {
    let mut by_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (kind, class) in classes() {
        by_type.entry(kind).or_default().push(class);
    }
    let mut wrong = Vec::new();
    for kind in managed() {
        match by_type.remove(&kind).unwrap_or_default().as_slice() {
            [_] => {}
            [] => wrong.push(format!("{kind}: in no class")),
            several => wrong.push(format!("{kind}: {several:?}")),
        }
    }
    wrong.extend(by_type.into_keys().map(|kind| format!("{kind}: of no version")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_class_of_expendable_types_is_explained() {
    let text = fs::read_to_string(root().join("catalogue/aws-expendable.tsv")).unwrap();
    for (kind, class) in expendable() {
        assert!(text.contains(&format!("\n# {class}: ")), "{kind}: {class}");
    }
}

/// Attributes that a resource has because something is lost with it, and the expendable types that
/// have one for another reason.
const EVIDENCE: [&str; 14] = [
    "automatic_backup_retention_days",
    "backup_retention_period",
    "delete_protection",
    "deletion_protection",
    "deletion_window_in_days",
    "final_snapshot_identifier",
    "force_delete",
    "force_destroy",
    "point_in_time_recovery",
    "recovery_window_in_days",
    "skip_final_backup",
    "skip_final_snapshot",
    "snapshot_retention_limit",
    "storage_encrypted",
];
const EXPLAINED: [(&str, &str); 21] = [
    ("aws_athena_workgroup", "named queries, which stand in the configuration"),
    ("aws_autoscaling_group", "does not wait for the machines to stop"),
    ("aws_cloudwatch_event_rule", "a rule that AWS manages"),
    ("aws_cloudwatch_event_target", "of a rule that AWS manages"),
    ("aws_dataexchange_revision_assets", "the revision holds them"),
    ("aws_default_subnet", "is destroyed rather than released"),
    ("aws_default_vpc", "is destroyed rather than released"),
    ("aws_docdb_cluster_instance", "the cluster holds the data"),
    ("aws_dx_lag", "its connections"),
    ("aws_ecs_service", "does not wait for the tasks to stop"),
    ("aws_ecs_task_set", "does not wait for the tasks to stop"),
    ("aws_elastic_beanstalk_application_version", "an environment that uses it"),
    ("aws_iam_user", "credentials that Terraform does not know"),
    ("aws_neptune_cluster_instance", "the cluster holds the data"),
    ("aws_rds_cluster_instance", "the cluster holds the data"),
    ("aws_redshift_endpoint_authorization", "its endpoints"),
    ("aws_redshift_snapshot_schedule", "its associations"),
    ("aws_service_discovery_service", "its instances"),
    ("aws_spot_instance_request", "is interrupted at any time"),
    ("aws_transfer_server", "its users"),
    ("aws_s3_object", "its content stands beside the configuration"),
];
const COPIES: [&str; 2] = ["aws_s3_bucket_object", "aws_s3_object_copy"];

#[test]
fn what_is_kept_from_loss_is_not_expendable() {
    let mut wrong = Vec::new();
    for (kind, _) in expendable() {
        let explained = EXPLAINED.iter().any(|(own, _)| *own == kind);
        let node = &aws().types[&kind];
        let shows = EVIDENCE.iter().find(|name| node.inside.contains_key(**name));
        if let (Some(name), false) = (shows, explained || COPIES.contains(&kind.as_str())) {
            wrong.push(format!("{kind} has `{name}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What switches the protection from deletion of a resource must be watched.
#[test]
fn every_switch_against_deletion_is_watched_by_a_rule() {
    let mut watched = BTreeSet::new();
    for document in documents() {
        for entry in &document.resources {
            let path = entry.require.path.clone().unwrap_or_default();
            watched.extend(entry.types.iter().map(|kind| format!("{kind} {path}")));
        }
    }
    let stateful: BTreeSet<String> = classes()
        .into_iter()
        .filter(|(_, class)| class == "stateful-resource-destroyed")
        .map(|(kind, _)| kind)
        .collect();
    let switches = [
        "delete_protection",
        "deletion_protection",
        "deletion_protection_enabled",
        "enable_deletion_protection",
        "termination_protection",
        "termination_protection_enabled",
    ];
    let caught = ["deletion_protection", "deletion_protection_enabled"];
    let mut wrong = Vec::new();
    for kind in managed() {
        for name in switches.iter().filter(|name| aws().types[&kind].inside.contains_key(**name)) {
            let caught = stateful.contains(&kind) && caught.contains(name);
            if !caught && !watched.contains(&format!("{kind} {name}")) {
                wrong.push(format!("{kind} {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One plan that destroys a resource of every type, and one that no list knows.
#[test]
fn destroying_a_resource_of_each_type_is_answered_by_its_class() {
    let mut kinds = managed();
    kinds.insert("aws_made_up_store".to_owned());
    let changes: Vec<_> = kinds
        .iter()
        .map(|kind| {
            json!({"address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {"actions": ["delete"], "before": {"id": kind}, "after": null,
                    "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {}}})
        })
        .collect();
    let text = json!({"format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}}, "resource_changes": changes,
        "configuration": {"root_module": {}}});
    let folder = scratch();
    let file = folder.path().join("plan.json");
    fs::write(&file, text.to_string()).unwrap();
    let verdict = plan(&PlanRequest {
        inputs: &[file.display().to_string()],
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config: &Config::default(),
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    });
    assert!(verdict.errors.is_empty(), "{:?}", verdict.errors);
    let mut wanted: BTreeMap<String, String> = classes().into_iter().collect();
    wanted.insert("aws_made_up_store".to_owned(), "unknown-type-destroyed".to_owned());
    let mut wrong = Vec::new();
    for kind in kinds {
        let address = format!("{kind}.x");
        let found: Vec<&str> = verdict
            .findings
            .iter()
            .filter(|one| one.address == address && one.severity.name() == "high")
            .map(|one| one.rule.as_ref())
            .collect();
        let class = wanted[&kind].as_str();
        if found != [class] && !(class == "expendable" && found.is_empty()) {
            wrong.push(format!("{kind}: {found:?} instead of {class}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
