//! What Checkov, Trivy and conftest say of the plan that the README starts with. Each row of its table
//! is what the program has just done here.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::{peers, root, run, scratch};

const PLAN: &str = "fixtures/stories/open-ssh/plan.json";

/// Holds the README to a row of the table: the tool with its version, and its exit code.
fn row(tool: &str, done: &Output) {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let start = format!("| {tool} | {} | ", done.status.code().unwrap());
    assert!(readme.contains(&start), "the README has no row `{start}`: {}", text(done));
}

fn text(done: &Output) -> String {
    String::from_utf8_lossy(&[done.stdout.clone(), done.stderr.clone()].concat()).into_owned()
}

/// A peer in a separate folder that holds the plan; nothing of it is kept.
fn peer(program: &Path, folder: &Path, args: &[&str]) -> Output {
    fs::copy(root().join(PLAN), folder.join("tfplan.json")).unwrap();
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).env("HOME", folder).env("TRIVY_CACHE_DIR", folder);
    command.env("LOG_LEVEL", "ERROR").output().unwrap()
}

#[test]
fn holdpoint_blocks_it() {
    let done = run(root(), &["plan", PLAN]);
    assert_eq!(done.code, Some(1));
    assert!(done.stdout.contains("tcp 20-25 from 0.0.0.0/1, 128.0.0.0/1 (22 SSH)"));
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.contains("| holdpoint | 1 | "));
}

#[test]
fn checkov_passes_the_open_port_and_fails_on_other_things() {
    let Some(checkov) = peers::program("checkov") else { return };
    let folder = scratch();
    let args = ["-f", "tfplan.json", "--compact", "--skip-download", "--output", "json"];
    let done = peer(&checkov, folder.path(), &args);
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let ids = |key: &str| -> Vec<&str> {
        let checks = report["results"][key].as_array().unwrap().iter();
        checks.map(|check| check["check_id"].as_str().unwrap()).collect()
    };
    // No ingress from 0.0.0.0/0 to port 22.
    assert!(ids("passed_checks").contains(&"CKV_AWS_24"), "{report}");
    let mut failed = ids("failed_checks");
    failed.sort_unstable();
    // Replication and notifications of a bucket; a group that is on nothing yet.
    assert_eq!(failed, ["CKV2_AWS_5", "CKV2_AWS_62", "CKV_AWS_144"]);
    let version = text(&peer(&checkov, folder.path(), &["--version"]));
    row(&format!("Checkov {}", version.trim()), &done);
}

#[test]
fn trivy_cannot_read_it_and_ends_with_0() {
    let Some(trivy) = peers::program("trivy") else { return };
    let folder = scratch();
    let args = ["config", "--skip-check-update", "--exit-code", "1", "."];
    let done = peer(&trivy, folder.path(), &args);
    assert!(text(&done).contains("Error parsing file"), "{}", text(&done));
    let version = text(&peer(&trivy, folder.path(), &["--version"]));
    let version = version.lines().find_map(|line| line.strip_prefix("Version: ")).unwrap();
    row(&format!("Trivy {version}"), &done);
}

#[test]
fn conftest_has_no_rules_for_it() {
    let found = peers::below("conftest", "HOLDPOINT_REGO_PEERS", "conftest");
    let Some(conftest) = found else { return };
    let folder = scratch();
    let done = peer(&conftest, folder.path(), &["test", "tfplan.json"]);
    assert!(text(&done).contains("stat policy: no such file or directory"), "{}", text(&done));
    // Built by Go it calls itself `dev`.
    let install = fs::read_to_string(root().join(".ci/rego/install")).unwrap();
    let (_, version) = install.split_once("/conftest@v").unwrap();
    row(&format!("conftest {}", version.lines().next().unwrap()), &done);
}
