//! Plan files that people keep in public repositories: Terraform 0.12 to 1.15 and OpenTofu, every
//! cloud, some edited by hand. Each is judged, or refused for a reason that is true; none ends in
//! a crash. Taken from the folder that `HOLDPOINT_LABELLED` names (else `../shared/labelled`);
//! says loudly when that is not there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use common::{root, run, scratch};
use serde_json::Value;

/// The files that are refused, with the code, and why that is right. Looked at one by one.
const REFUSED: &[(&str, &str)] = &[
    // A key stands twice in one object.
    (
        "GoogleCloudPlatform+terraform-validator/test_read_planned_assets_tf0_12plan.applied.json",
        "plan::bad-change",
    ),
    (
        "GoogleCloudPlatform+terraform-validator/test_read_planned_assets_tf1_0plan.applied.json",
        "plan::bad-change",
    ),
    // A change has no `after`.
    (
        "bridgecrewio+checkov/tests_terraform_parser_resources_plan_after_unknown_tfplan.json",
        "plan::bad-change",
    ),
    // More stands behind the JSON.
    ("cycloidio+terracost/testdata_aws_terraform-plan-noprovider.json", "plan::trailing-junk"),
    ("hashicorp+terraform-json/testdata_invalid_plan.json", "plan::trailing-junk"),
    // A change has no `name`.
    ("oocx+tfplan2md/TestData_azapi-mixed-mappings-demo.json", "plan::bad-change"),
    ("oocx+tfplan2md/examples_azapi-update.json", "plan::bad-change"),
    // The form that HCP Terraform serves to its own CLI.
    (
        "opentofu+opentofu/internal_cloud_testdata_apply-json-with-outputs_plan-redacted.json",
        "plan::not-a-plan",
    ),
    // Planning failed.
    (
        "opentofu+opentofu/internal_command_testdata_show-json_plan-error_output.json",
        "plan::errored",
    ),
    // Planned resources, and no `resource_changes`.
    ("terraform-compliance+cli/tests_functional_test_issue-132_plan.out.json", "plan::no-changes"),
];

/// No rule is about what such a plan changes: a verdict, and no refusal to read.
const NOTHING: &str = "decide::nothing-evaluated";

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("HOLDPOINT_LABELLED").map(PathBuf::from);
    let found = named.unwrap_or_else(|| root().join("../shared/labelled")).join("realplans");
    if found.is_dir() {
        return Some(found);
    }
    common::not_run("the real plans are not here; name their folder in HOLDPOINT_LABELLED");
    None
}

/// The plan's text, also where it is UTF-16 or begins with a mark.
fn text(bytes: &[u8]) -> String {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes[2..].chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect();
        String::from_utf16(&units).unwrap()
    };
    match bytes {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).unwrap().trim_start_matches('\u{FEFF}').to_owned(),
    }
}

#[test]
fn every_real_plan_is_judged_or_refused_for_a_reason_that_is_true() {
    let Some(folder) = folder() else { return };
    let index = fs::read_to_string(folder.join("index.jsonl")).unwrap();
    let away = scratch();
    let mut refused: BTreeMap<String, String> = BTreeMap::new();
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in index.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let name = row["file"].as_str().unwrap();
        let file = folder.join(name);
        let run = run(away.path(), &["plan", "--format", "json", &file.display().to_string()]);
        let Ok(report) = serde_json::from_str::<Value>(&run.stdout) else {
            wrong.push(format!("{name}: no JSON; {}", run.stderr));
            continue;
        };
        let verdict = report["verdict"].as_str().unwrap().to_owned();
        let code = match verdict.as_str() {
            "pass" => 0,
            "block" => 1,
            _ => 2,
        };
        if run.code != Some(code) {
            wrong.push(format!("{name}: {verdict}, but exit code {:?}", run.code));
        }
        let codes: BTreeSet<&str> = report["errors"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|e| e["code"].as_str())
            .collect();
        if (code == 2) == codes.is_empty() {
            wrong.push(format!("{name}: {verdict} with the errors {codes:?}"));
        }
        if codes.contains(NOTHING) && changes_aws(&file) {
            wrong.push(format!("{name}: it changes AWS resources, and no rule ran"));
        }
        if let Some(code) = codes.iter().find(|code| **code != NOTHING) {
            refused.insert(name.to_owned(), (*code).to_owned());
        }
        *verdicts.entry(verdict).or_default() += 1;
    }
    println!("{verdicts:?}, {} refused", refused.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let expected: BTreeMap<String, String> =
        REFUSED.iter().map(|(name, code)| ((*name).to_owned(), (*code).to_owned())).collect();
    assert_eq!(refused, expected);
    assert_eq!(verdicts.values().sum::<usize>(), 191);
}

/// Whether a plan changes a resource of the AWS provider that some rule is about.
fn changes_aws(file: &std::path::Path) -> bool {
    let Ok(json) = serde_json::from_str::<Value>(&text(&fs::read(file).unwrap())) else {
        return false;
    };
    let rules = holdpoint::rules::catalogue::all();
    json["resource_changes"].as_array().into_iter().flatten().any(|change| {
        let actions = &change["change"]["actions"];
        let kind = change["type"].as_str().unwrap_or_default();
        change["mode"] == "managed"
            && *actions != serde_json::json!(["no-op"])
            && rules.iter().any(|rule| rule.meta.types.iter().any(|own| own == kind))
    })
}
