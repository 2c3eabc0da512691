//! The files of `integrations/` and `action.yml`: they parse, they fail closed, their shell runs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{root, run, scratch};
use regex::Regex;
use serde_json::Value;

fn yaml(path: &str) -> Value {
    let text = fs::read_to_string(root().join(path)).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn everything() -> Vec<PathBuf> {
    let mut files = common::files(&root().join("integrations"));
    files.extend(common::files(&root().join(".github")));
    files.push(root().join("action.yml"));
    files.push(root().join(".pre-commit-hooks.yaml"));
    assert!(files.len() > 8, "{files:?}");
    files
}

#[test]
fn they_are_yaml() {
    for file in everything() {
        if file.extension().is_some_and(|end| end == "yml" || end == "yaml") {
            let text = fs::read_to_string(&file).unwrap();
            let read: Result<Value, _> = serde_saphyr::from_str(&text);
            assert!(read.is_ok_and(|value| !value.is_null()), "{}", file.display());
        }
    }
}

#[test]
fn nothing_in_them_lets_a_failure_through() {
    let open = Regex::new(
        r"continue-on-error|continueOnError: true|\|\| *(true|:)|allow_failure: true|catchError|set \+e|returnStatus: *true|soft.fail",
    )
    .unwrap();
    for file in everything() {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', '/'])) {
            assert!(!open.is_match(line), "{}: {line}", file.display());
        }
        if file.extension().is_some_and(|end| end == "sh") {
            assert!(text.contains("set -euo pipefail"), "{}", file.display());
        }
    }
    let action = yaml("action.yml");
    for step in action["runs"]["steps"].as_array().unwrap() {
        assert!(step.get("uses").is_some() || step["shell"] == "bash", "{step}");
    }
    // What only reports must not be what decides.
    for script in ["azure/azure-pipelines.yml", "jenkins/Jenkinsfile"] {
        let text = fs::read_to_string(root().join("integrations").join(script)).unwrap();
        let shells = text.matches("terraform plan").count() + text.matches("holdpoint ").count();
        assert!(text.matches("set -euo pipefail").count() >= 3 && shells >= 3, "{script}");
    }
}

#[test]
fn the_pipeline_applies_the_plan_that_was_judged() {
    for file in everything() {
        let text = fs::read_to_string(&file).unwrap();
        if let Some(apply) = text.find("terraform apply") {
            assert!(
                text[apply..].lines().next().unwrap().ends_with("tfplan"),
                "{}",
                file.display()
            );
            let verified = text[..apply].contains("holdpoint receipt verify")
                || text[..apply].contains("verify: receipt.json");
            assert!(verified, "{}", file.display());
        }
    }
}

#[test]
fn init_writes_them_and_never_overwrites() {
    for (system, file) in [
        ("github", ".github/workflows/holdpoint.yml"),
        ("gitlab", ".gitlab/holdpoint.yml"),
        ("atlantis", "repos.yaml"),
        ("azure", "azure-pipelines.yml"),
        ("jenkins", "Jenkinsfile"),
    ] {
        let folder = scratch();
        let first = run(folder.path(), &["init", "--ci", system]);
        assert_eq!(first.code, Some(0), "{}", first.stderr);
        assert_eq!(first.stdout, format!("wrote {file}\n"));
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(text.contains("holdpoint"), "{system}");
        fs::write(folder.path().join(file), "ours").unwrap();
        assert_eq!(run(folder.path(), &["init", "--ci", system]).code, Some(2), "{system}");
        assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap(), "ours");
    }
}

#[test]
fn manual_pages_are_written_for_each_verb() {
    let folder = scratch();
    assert_eq!(run(folder.path(), &["man", "--dir", "man"]).code, Some(0));
    for page in ["holdpoint.1", "holdpoint-plan.1", "holdpoint-receipt-verify.1"] {
        let text = fs::read_to_string(folder.path().join("man").join(page)).unwrap();
        assert!(text.contains(".SH NAME"), "{page}");
    }
}

/// Atlantis's server: `server/core/runtime/policy_check_step_runner.go` and its documentation of
/// custom policy checks.
fn atlantis_fails(output: &str) -> bool {
    let failed = Regex::new(r#"([1-9][0-9]* failure|failures": \[)"#).unwrap();
    output.trim().is_empty() || output.trim().starts_with("FAIL") || failed.is_match(output)
}

#[test]
fn atlantis_reads_our_text_as_it_is_meant() {
    let check = yaml("integrations/atlantis/repos.yaml");
    let step = &check["workflows"]["holdpoint"]["policy_check"]["steps"][1]["run"];
    assert!(step.as_str().unwrap().contains("--format atlantis --no-fail"), "{step}");
    let folder = scratch();
    for (plan, code) in [
        ("fixtures/rules/security-group-admin-port-open", 1),
        ("fixtures/broken", 2),
        ("fixtures/rules/rds-unencrypted", 1),
    ] {
        let mut asked = 0;
        for file in common::files(&root().join(plan)) {
            if file.extension().is_none_or(|end| end != "json") {
                continue;
            }
            let name = file.display().to_string();
            let plain = run(folder.path(), &["plan", &name]);
            let atlantis =
                run(folder.path(), &["plan", &name, "--format", "atlantis", "--no-fail"]);
            assert_eq!(atlantis.code, Some(0), "{name}: {}", atlantis.stderr);
            let output = format!("{}{}", atlantis.stdout, atlantis.stderr);
            assert_eq!(atlantis_fails(&output), plain.code != Some(0), "{name}: {output}");
            asked += usize::from(plain.code == Some(code));
        }
        assert!(asked > 0, "no plan of {plan} ends in {code}");
    }
}

#[cfg(unix)]
fn program(folder: &Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A script of the action, with only these folders and variables around it.
#[cfg(unix)]
fn script(name: &str, folder: &Path, more: &[(&str, &str)]) -> std::process::Output {
    let programs = Path::new(env!("CARGO_BIN_EXE_holdpoint")).parent().unwrap();
    let path = format!("{}:{}:/usr/bin:/bin", folder.join("bin").display(), programs.display());
    let output = folder.join("output");
    Command::new("bash")
        .arg(root().join("integrations/github").join(name))
        .current_dir(folder)
        .env_clear()
        .envs([("PATH", path.as_str()), ("RUNNER_TEMP", folder.to_str().unwrap())])
        .env("GITHUB_OUTPUT", &output)
        .env("GITHUB_PATH", folder.join("path"))
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .env("GITHUB_REPOSITORY", "o/r")
        .envs(more.iter().copied())
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn the_action_judges_reports_and_verifies() {
    let folder = scratch();
    let at = |name: &str| folder.path().join(name);
    let fixtures = root().join("fixtures/rules");
    let block = fixtures.join("security-group-admin-port-open/block.separate.json");
    fs::copy(block, at("bad.json")).unwrap();
    fs::write(
        at("good.json"),
        r#"{"format_version":"1.2","terraform_version":"1.14.0","resource_changes":[{
            "address":"aws_ecs_cluster.c","mode":"managed","type":"aws_ecs_cluster","name":"c",
            "provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],
            "before":null,"after":{"name":"c","tags":{"ManagedBy":"Terraform"},
            "setting":[{"name":"containerInsights","value":"enabled"}]},
            "after_unknown":{"id":true,"arn":true},"after_sensitive":{}}}]}"#,
    )
    .unwrap();

    let bad = script("judge.sh", folder.path(), &[("PLAN", "bad.json"), ("RECEIPT", "r.json")]);
    assert_eq!(bad.status.code(), Some(1), "{}", String::from_utf8_lossy(&bad.stderr));
    let log = String::from_utf8_lossy(&bad.stdout);
    assert!(log.contains("::error ") && log.contains("BLOCK"), "{log}");
    assert_eq!(fs::read_to_string(at("output")).unwrap(), "exit-code=1\n");
    assert!(fs::read_to_string(at("holdpoint.sarif")).unwrap().contains("\"2.1.0\""));
    assert!(
        fs::read_to_string(at("summary.md")).unwrap().contains("security-group-admin-port-open")
    );
    assert!(at("holdpoint-comment.md").exists());

    let broken = script("judge.sh", folder.path(), &[("PLAN", "missing.json")]);
    assert_eq!(broken.status.code(), Some(2));
    let no_plan = script("judge.sh", folder.path(), &[]);
    assert!(!no_plan.status.success());

    let good = script("judge.sh", folder.path(), &[("PLAN", "good.json"), ("RECEIPT", "r.json")]);
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stdout));
    let verify = |plan| script("judge.sh", folder.path(), &[("PLAN", plan), ("VERIFY", "r.json")]);
    assert_eq!(verify("good.json").status.code(), Some(0));
    assert_eq!(verify("bad.json").status.code(), Some(1));
}

#[cfg(unix)]
#[test]
fn the_comment_is_renewed_not_repeated() {
    let folder = scratch();
    fs::create_dir(folder.path().join("bin")).unwrap();
    program(
        &folder.path().join("bin"),
        "gh",
        "#!/bin/bash\necho \"$*\" >>\"$RUNNER_TEMP/calls\"\n\
         if [[ $* == *--paginate* && -n ${KNOWN:-} ]]; then echo \"$KNOWN\"; fi\n",
    );
    fs::write(folder.path().join("holdpoint-comment.md"), "what was found\n").unwrap();
    let calls = || fs::read_to_string(folder.path().join("calls")).unwrap();
    let first = script("comment.sh", folder.path(), &[("PULL", "7")]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert!(calls().contains("--method POST repos/o/r/issues/7/comments"), "{}", calls());
    fs::remove_file(folder.path().join("calls")).unwrap();
    let next = script("comment.sh", folder.path(), &[("PULL", "7"), ("KNOWN", "99")]);
    assert!(next.status.success());
    assert!(calls().contains("--method PATCH repos/o/r/issues/comments/99"), "{}", calls());
    assert!(!calls().contains("POST"), "{}", calls());
}

#[cfg(unix)]
#[test]
fn a_release_is_installed_only_with_the_right_checksum() {
    if cfg!(not(all(target_os = "linux", target_arch = "x86_64"))) {
        return common::peers::missing("linux-x86-64");
    }
    let folder = scratch();
    let release = folder.path().join("releases/v9.9.9");
    let name = "holdpoint-9.9.9-x86_64-unknown-linux-musl";
    fs::create_dir_all(release.join(name)).unwrap();
    program(&release.join(name), "holdpoint", "#!/bin/sh\necho holdpoint 9.9.9\n");
    let archive = format!("{name}.tar.gz");
    let packed =
        Command::new("tar").args(["-czf", &archive, name]).current_dir(&release).status().unwrap();
    assert!(packed.success());
    let sum = holdpoint::receipt::sha256(&fs::read(release.join(&archive)).unwrap());
    let base = format!("file://{}", folder.path().join("releases").display());
    let install = |more: &[(&str, &str)]| {
        let common = [("VERSION", "9.9.9"), ("HOLDPOINT_RELEASES", base.as_str())];
        script("install.sh", folder.path(), &[&common[..], more].concat())
    };
    let unlisted = install(&[]);
    assert!(!unlisted.status.success(), "there is no list of checksums");
    fs::write(release.join("SHA256SUMS"), format!("{}  {archive}\n", "0".repeat(64))).unwrap();
    let wrong = install(&[]);
    assert_eq!(wrong.status.code(), Some(2), "{}", String::from_utf8_lossy(&wrong.stdout));
    assert!(!folder.path().join("path").exists());
    assert_eq!(install(&[("SHA256", &"1".repeat(64))]).status.code(), Some(2));
    for version in ["9.9", "../9.9.9", "9.9.9;id"] {
        assert_eq!(install(&[("VERSION", version)]).status.code(), Some(2), "{version}");
    }
    let pinned = install(&[("SHA256", &sum)]);
    assert!(pinned.status.success(), "{}", String::from_utf8_lossy(&pinned.stderr));
    fs::write(release.join("SHA256SUMS"), format!("{sum}  {archive}\n")).unwrap();
    let listed = install(&[]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    assert!(String::from_utf8_lossy(&listed.stdout).contains("holdpoint 9.9.9"));
    let added = fs::read_to_string(folder.path().join("path")).unwrap();
    assert!(added.trim_end().ends_with("holdpoint-9.9.9/bin"), "{added}");

    // Outside GitHub.
    let prefix = folder.path().join("elsewhere");
    let prefix = prefix.to_str().unwrap();
    let other = [("GITHUB_PATH", ""), ("RUNNER_TEMP", ""), ("PREFIX", prefix)];
    let plain = install(&other);
    assert!(plain.status.success(), "{}", String::from_utf8_lossy(&plain.stderr));
    assert!(Path::new(prefix).join("bin/holdpoint").is_file());
    let told = String::from_utf8_lossy(&plain.stdout).into_owned();
    assert!(told.ends_with(&format!("installed to {prefix}/bin\n")), "{told}");
    let azure = install(&[&other[..], &[("TF_BUILD", "True")]].concat());
    let told = String::from_utf8_lossy(&azure.stdout).into_owned();
    assert!(told.ends_with(&format!("##vso[task.prependpath]{prefix}/bin\n")), "{told}");
    let bad = install(&[&other[..], &[("VERSION", "9")]].concat());
    assert_eq!(bad.status.code(), Some(2));
    let told = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(told.starts_with("error: the version must be"), "{told}");
}

#[test]
fn linters_accept_them() {
    let lint = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).current_dir(root());
        let Some(done) = common::peers::output_of(&mut command) else { return };
        assert!(
            done.status.success(),
            "{program}: {}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
    };
    lint(
        "actionlint",
        &[
            "integrations/github/workflow.yml",
            ".github/workflows/ci.yml",
            ".github/workflows/release.yml",
        ],
    );
    lint(
        "shellcheck",
        &[
            "integrations/github/install.sh",
            "integrations/github/judge.sh",
            "integrations/github/comment.sh",
            ".ci/linters",
        ],
    );
    // What runs with the repository's permissions: its workflows.
    lint("zizmor", &["--offline", "--no-config", ".github"]);
}
