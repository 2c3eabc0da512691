//! Real files from public places, from the folder that `HOLDPOINT_LABELLED` names (else
//! `../shared/labelled`): each plan is judged, or refused for a reason that is true.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

/// Those that are no whole plan, and why. All others are judged.
const REFUSED: &[(&str, &str)] = &[
    // `after` is null although the resource is created: edited by hand.
    (
        "bridgecrewio+checkov/tests_terraform_parser_resources_plan_after_unknown_tfplan.json",
        "plan::bad-change",
    ),
    // Written by hand, without the resources' `name`.
    ("oocx+tfplan2md/TestData_azapi-mixed-mappings-demo.json", "plan::bad-change"),
    ("oocx+tfplan2md/examples_azapi-update.json", "plan::bad-change"),
    // `uniform_bucket_level_access` stands twice in one object: edited by hand.
    (
        "GoogleCloudPlatform+terraform-validator/test_read_planned_assets_tf0_12plan.applied.json",
        "plan::bad-change",
    ),
    (
        "GoogleCloudPlatform+terraform-validator/test_read_planned_assets_tf1_0plan.applied.json",
        "plan::bad-change",
    ),
    // Something stands behind the JSON.
    ("cycloidio+terracost/testdata_aws_terraform-plan-noprovider.json", "plan::trailing-junk"),
    ("hashicorp+terraform-json/testdata_invalid_plan.json", "plan::trailing-junk"),
    // HCP Terraform's redacted plan is another format.
    (
        "opentofu+opentofu/internal_cloud_testdata_apply-json-with-outputs_plan-redacted.json",
        "plan::not-a-plan",
    ),
    (
        "opentofu+opentofu/internal_command_testdata_show-json_plan-error_output.json",
        "plan::errored",
    ),
    // Holds planned values only.
    ("terraform-compliance+cli/tests_functional_test_issue-132_plan.out.json", "plan::no-changes"),
];

#[test]
fn every_real_plan_is_judged_or_refused_for_a_true_reason() {
    let found = common::peers::beside("labelled", "HOLDPOINT_LABELLED", "realplans");
    let Some(folder) = found else { return };
    let index = fs::read_to_string(folder.join("index.jsonl")).unwrap();
    let away = common::scratch();
    let mut refused: BTreeMap<&str, &str> = REFUSED.iter().copied().collect();
    let (mut judged, mut unjudged, mut wrong) = (0, 0, Vec::new());
    for line in index.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let name = row["file"].as_str().unwrap();
        let file = folder.join(name);
        let run = common::run(away.path(), &["plan", file.to_str().unwrap(), "--format", "json"]);
        let verdict: Value = serde_json::from_str(&run.stdout).unwrap();
        let code = verdict["errors"][0]["code"].as_str().unwrap_or_default();
        let expected = refused.remove(name);
        match (run.code, expected) {
            (Some(2), Some(reason)) if code == reason => {}
            // Whole plans of providers that no rule is about are no pass.
            (Some(2), None) if code == "decide::nothing-evaluated" && !is_ours(&file) => {
                unjudged += 1
            }
            (Some(0 | 1), None) => judged += 1,
            (exit, expected) => wrong.push(format!("{name}: {exit:?} {code}, not {expected:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(refused.is_empty(), "not in the index: {refused:?}");
    assert!(judged > 60 && unjudged > 20, "{judged} judged, {unjudged} of other providers");
}

/// Whether a plan changes a resource that a rule is about.
fn is_ours(file: &std::path::Path) -> bool {
    let Ok(plan) = serde_json::from_slice::<Value>(&fs::read(file).unwrap()) else { return false };
    let rules = holdpoint::rules::catalogue::all();
    plan["resource_changes"].as_array().into_iter().flatten().any(|change| {
        change["mode"] == "managed"
            && change["change"]["actions"] != serde_json::json!(["no-op"])
            && rules.iter().any(|rule| rule.meta.types.iter().any(|kind| change["type"] == **kind))
    })
}

#[test]
fn every_managed_policy_of_aws_is_read_without_a_doubt() {
    let file = "iam/aws-managed-policies.jsonl.gz";
    let found = common::peers::beside("labelled", "HOLDPOINT_LABELLED", file);
    let Some(packed) = found.map(|file| fs::read(file).unwrap()) else { return };
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed.as_slice()), &mut text)
        .unwrap();
    let mut read = 0;
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let document = row
            .as_object()
            .unwrap()
            .values()
            .find(|value| value.get("Statement").is_some())
            .unwrap_or_else(|| panic!("no document in {:.200}", line));
        let document = holdpoint::model::value::Value::string(document.to_string());
        let document = holdpoint::iam::Document::read(&document).unwrap();
        assert!(document.doubt().is_none(), "{:.200}", line);
        assert!(!document.statements.is_empty(), "{:.200}", line);
        read += 1;
    }
    assert!(read > 1_600, "only {read} policies");
}
