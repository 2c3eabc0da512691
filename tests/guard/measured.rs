//! Coverage and audit from the command line, the page in a browser, and the Terraform of the guard.

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

use common::{Run, peers, root, run, scratch};
use serde_json::{Value, json};

fn fixture(name: &str) -> String {
    root().join("fixtures/guard").join(name).display().to_string()
}

fn coverage(args: &[&str]) -> Run {
    let folder = scratch();
    run(folder.path(), &[&["guard", "coverage"], args].concat())
}

fn document(args: &[&str]) -> Value {
    let done = coverage(&[args, &["--format", "json"]].concat());
    serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{}", done.stderr))
}

#[test]
fn three_states_have_the_counts_that_a_person_made() {
    // resources, protected, through a parent, partly, not, percent
    for (name, sums, percent, causes) in [
        ("network", [13, 7, 2, 0, 4], 69.2, json!({"CHILD_OF": 2, "UNTAGGED": 2})),
        (
            "data",
            [14, 6, 3, 1, 4],
            64.2,
            json!({"ABAC_OFF": 1, "CHILD_OF": 1, "NO_IAM_TAG_SUPPORT": 1, "PARTIAL": 1, "UNTAGGED": 1}),
        ),
        (
            "mixed",
            [11, 2, 2, 0, 7],
            36.3,
            json!({"CHILD_OF": 2, "NO_IAM_TAG_SUPPORT": 3, "UNKNOWN_TYPE": 1, "UNTAGGED": 1}),
        ),
    ] {
        let report = document(&[&fixture(&format!("{name}.tfstate"))]);
        assert_eq!(report["schema"], "holdpoint-guard-coverage/v1");
        let keys = ["resources", "protected", "through_parent", "partial", "unprotected"];
        let found: Vec<u64> = keys.iter().map(|key| report[key].as_u64().unwrap()).collect();
        assert_eq!(found, sums, "{name}: {report:#}");
        assert_eq!(report["percent"], percent, "{name}");
        assert_eq!(report["causes"], causes, "{name}");
        let rows = report["rows"].as_array().unwrap();
        assert_eq!(rows.len() as u64, sums[0]);
        for row in rows {
            let held = matches!(row["state"].as_str(), Some("protected" | "through_parent"));
            assert_eq!(row.get("cause").is_none(), held, "{row}");
            assert_eq!(row.get("fix").is_none(), held, "{row}");
        }
        let services: u64 = report["services"]
            .as_object()
            .unwrap()
            .values()
            .map(|sums| sums["resources"].as_u64().unwrap())
            .sum();
        assert_eq!(services, sums[0]);
    }
    assert_eq!(document(&[&fixture("mixed.tfstate")])["other_resources"], 1);
}

#[test]
fn several_states_are_measured_together() {
    let report = document(&["--from", &fixture("network.tfstate"), &fixture("data.tfstate")]);
    assert_eq!(report["resources"], 27);
    let all = [fixture("network.tfstate"), fixture("data.tfstate"), fixture("shop.tfstate")];
    let by_arn = document(&[&all[0], &all[1], &all[2], "--by-arn"]);
    assert!(by_arn["percent"].as_f64().unwrap() > report["percent"].as_f64().unwrap());
    assert!(by_arn["causes"].get("NO_IAM_TAG_SUPPORT").is_none(), "{}", by_arn["causes"]);
}

#[test]
fn gates() {
    let state = fixture("network.tfstate");
    for (min, code) in [("69.2", 0), ("69.3", 1), ("70%", 1), ("0", 0), ("101", 2), ("x", 2)] {
        assert_eq!(coverage(&[&state, "--min", min]).code, Some(code), "{min}");
    }
    let plan = fixture("lowers.plan.json");
    assert_eq!(coverage(&[&plan]).code, Some(0), "without a gate it is told");
    let shut = coverage(&[&plan, "--no-lower"]);
    assert_eq!(shut.code, Some(1));
    assert!(shut.stdout.contains("removes protection from aws_vpc.main"), "{}", shut.stdout);
    let report = document(&[&plan, "--no-lower"]);
    assert_eq!(report["plan"]["percent_before"], 100.0);
    assert_eq!(report["plan"]["loses"], json!(["aws_vpc.main"]));
    assert_eq!(report["plan"]["adds"], json!(["aws_sqs_queue.new"]));
    assert_eq!((&report["blocks"], &report["plan"]["lowered"]), (&json!(true), &json!(true)));
    // The rule's group is not known by its id yet, and held through the reference.
    assert_eq!(report["through_parent"], 1);
}

#[test]
fn nothing_to_measure_is_no_pass() {
    let folder = scratch();
    for (text, part) in [
        ("{}", "neither a state nor a plan"),
        ("{\"version\":4,\"lineage\":\"x\",\"resources\":[]}", "nothing to measure"),
        ("{\"version\":4,", "not the JSON"),
    ] {
        fs::write(folder.path().join("s.json"), text).unwrap();
        let done = run(folder.path(), &["guard", "coverage", "s.json", "--min", "0"]);
        assert_eq!(done.code, Some(2), "{text}");
        assert!(done.stderr.contains(part), "{}", done.stderr);
        assert!(done.stdout.is_empty());
    }
    assert_eq!(coverage(&[]).code, Some(2));
    assert_eq!(coverage(&["a", "--format", "json", "--format", "html"]).code, Some(2));
}

#[test]
fn the_plan_gate_holds_coverage() {
    let plan = fixture("lowers.plan.json");
    let verdict_of = |config: &str| {
        let folder = scratch();
        fs::write(folder.path().join("holdpoint.toml"), config).unwrap();
        let done = run(folder.path(), &["plan", &plan, "--format", "json"]);
        let verdict: Value = serde_json::from_str(&done.stdout).unwrap();
        let found = verdict["findings"].as_array().unwrap().iter();
        let found = found.filter(|finding| finding["rule"].as_str().unwrap().starts_with("guard-"));
        let named = |finding: &Value| {
            let text = |key: &str| finding[key].as_str().unwrap().to_owned();
            (text("rule"), text("address"))
        };
        let mut found: Vec<(String, String)> = found.map(named).collect();
        found.sort();
        (done.code, found)
    };
    let pair = |rule: &str, address: &str| (rule.to_owned(), address.to_owned());
    let (code, found) = verdict_of("");
    assert_eq!((code, found.len()), (Some(0), 0), "nobody asked");
    let (code, found) = verdict_of("[guard]\nmin_coverage = 50\n");
    assert_eq!((code, found.len()), (Some(0), 0));
    let (code, found) = verdict_of("[guard]\nmin_coverage = 51\n");
    assert_eq!((code, found), (Some(1), vec![pair("guard-coverage-low", "(plan)")]));
    let (code, found) = verdict_of("[guard]\nlowering = \"block\"\n");
    let lowered = "guard-coverage-lowered";
    assert_eq!(code, Some(1));
    assert_eq!(found, [pair(lowered, "aws_sqs_queue.new"), pair(lowered, "aws_vpc.main")]);
    // Another tag: nothing was held before, so nothing is lost.
    let (code, found) = verdict_of("[guard]\nlowering = \"block\"\ntag_key = \"Owner\"\n");
    assert_eq!((code, found.len()), (Some(0), 0));
    // A waiver for one of them; they can be named, and wrong keys cannot.
    let waiver = "[[waiver]]\nrule = \"guard-coverage-lowered\"\naddress = \"aws_vpc.main\"\n\
        reason = \"moves to another account\"\nticket = \"X-1\"\nowner = \"net\"\nexpires = ";
    let days = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400 + 3;
    let days = jiff::Span::new().days(i64::try_from(days).unwrap());
    let soon = jiff::civil::date(1970, 1, 1).checked_add(days).unwrap();
    let (code, found) = verdict_of(&format!("[guard]\nlowering = \"block\"\n{waiver}\"{soon}\"\n"));
    assert_eq!((code, found.len()), (Some(1), 2));
    let folder = scratch();
    fs::write(folder.path().join("holdpoint.toml"), "[guard]\nmin_cover = 1\n").unwrap();
    let done = run(folder.path(), &["plan", &plan]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("did you mean `min_coverage`?"), "{}", done.stderr);
}

fn written(name: &str, folder: &Path) -> String {
    let file = folder.join(format!("out.{name}"));
    let target = format!("{name}={}", file.display());
    let all = ["mixed.tfstate", "data.tfstate", "network.tfstate"].map(fixture);
    let args = ["guard", "coverage", &all[0], &all[1], &all[2], "--min", "99", "--format", &target];
    assert_eq!(run(folder, &args).code, Some(1));
    fs::read_to_string(file).unwrap()
}

#[test]
fn the_page_needs_nothing_and_lets_nothing_out() {
    let folder = scratch();
    let page = written("html", folder.path());
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    for part in ["<script", "src=", "href=", "http://", "https://", "@import", "\u{202e}"] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the hostile key is shown");
    // A bar for each service, and one for all.
    let report = document(&[
        &fixture("mixed.tfstate"),
        &fixture("data.tfstate"),
        &fixture("network.tfstate"),
    ]);
    let services = report["services"].as_object().unwrap().len();
    assert_eq!(page.matches("class=\"bar\"").count(), services + 1);
    assert!(page.contains("below the required 99 %"));
}

#[test]
fn sarif_agrees_with_the_gate() {
    let folder = scratch();
    let log: Value = serde_json::from_str(&written("sarif", folder.path())).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 4 + 5 + 7);
    assert!(results.iter().all(|result| result["level"] == "error"), "each keeps the gate shut");
    let rules: Vec<&str> =
        results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    for rule in ["guard-untagged", "guard-abac-off", "guard-child-of", "guard-unknown-type"] {
        assert!(rules.contains(&rule), "{rule}");
    }
    let open = coverage(&[&fixture("data.tfstate"), "--format", "sarif"]);
    assert!(!open.stdout.contains("\"level\":\"error\""), "no gate, no error");
}

/// A browser: `HOLDPOINT_CHROMIUM`, else one on the path.
fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("HOLDPOINT_CHROMIUM") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

#[test]
fn the_page_in_a_browser() {
    let Some(program) = chromium() else {
        return peers::missing("chromium");
    };
    let folder = scratch();
    written("html", folder.path());
    let shot = folder.path().join("page.png");
    let page = format!("file://{}", folder.path().join("out.html").display());
    let done = Command::new(program)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
        .args(["--window-size=1000,1600", &format!("--screenshot={}", shot.display()), &page])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let bytes = fs::read(shot).unwrap();
    assert!(bytes.starts_with(b"\x89PNG"), "a picture");
    // An empty page of that size packs into a few kilobytes.
    assert!(bytes.len() > 30_000, "{} bytes: the page is empty", bytes.len());
}

#[test]
fn an_audit_from_the_command_line() {
    let folder = scratch();
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Keep", "Effect": "Deny",
        "Action": ["accessanalyzer:Delete*", "route53:DeleteHostedZone", "sqs:DeleteQueue"],
        "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/ManagedBy": "Terraform"},
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*terraform*"}}}]});
    fs::write(folder.path().join("p.json"), policy.to_string()).unwrap();
    let done = run(folder.path(), &["guard", "audit", "p.json", "--format", "json"]);
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(report["schema"], "holdpoint-guard-audit/v1");
    let findings = report["policies"][0]["findings"].as_array().unwrap();
    let codes: Vec<&str> =
        findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    for code in
        ["dead-prefix", "never-holds", "untag-open", "wide-exemption", "self-protection", "room"]
    {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    let people = run(folder.path(), &["guard", "audit", "p.json"]);
    assert!(people.stdout.contains("help: did you mean `access-analyzer`?"), "{}", people.stdout);

    // Our guard has no way around it.
    let args = [
        "guard",
        "render",
        "--service",
        "sqs",
        "--terraform-role",
        "arn:aws:iam::123456789012:role/ci/Terraform",
    ];
    fs::write(folder.path().join("guard.json"), run(folder.path(), &args).stdout).unwrap();
    let done = run(folder.path(), &["guard", "audit", "guard.json"]);
    assert_eq!(done.code, Some(0), "{}", done.stdout);
    fs::write(folder.path().join("no.json"), "{}").unwrap();
    assert_eq!(run(folder.path(), &["guard", "audit", "no.json"]).code, Some(2));
}

/// `terraform` in a folder, without the network.
fn terraform(folder: &Path, mirror: Option<&str>, args: &[&str]) -> (bool, String) {
    let config = folder.join("terraformrc");
    if let Some(mirror) = mirror {
        let text = format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"
        );
        fs::write(&config, text).unwrap();
    } else {
        fs::write(&config, "").unwrap();
    }
    let done = Command::new("terraform")
        .args(args)
        .current_dir(folder)
        .env("TF_CLI_CONFIG_FILE", &config)
        .env("CHECKPOINT_DISABLE", "1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn the_module_and_what_is_rendered_are_terraform() {
    if peers::program("terraform").is_none() {
        return;
    }
    let folder = scratch();
    let module = root().join("terraform/guard");
    for file in common::files(&module)
        .iter()
        .filter(|file| !file.components().any(|c| c.as_os_str() == ".terraform"))
    {
        let to = folder.path().join("guard").join(file.strip_prefix(&module).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(file, to).unwrap();
    }
    let state = fixture("shop.tfstate");
    for (i, kind) in ["scp", "managed-policy", "rcp"].into_iter().enumerate() {
        let args = [
            "guard",
            "render",
            "--from",
            &state,
            "--as",
            kind,
            "--format",
            "terraform",
            "--terraform-role",
            "arn:aws:iam::123456789012:role/ci/Terraform",
        ];
        let text = run(folder.path(), &args).stdout;
        let at = folder.path().join(format!("rendered{i}"));
        fs::create_dir_all(&at).unwrap();
        fs::write(at.join("main.tf"), text).unwrap();
    }
    let (good, text) = terraform(folder.path(), None, &["fmt", "-check", "-recursive", "-diff"]);
    assert!(good, "{text}");
    let Some(mirror) = std::env::var("HOLDPOINT_PROVIDER_MIRROR").ok() else {
        return peers::missing("provider-mirror");
    };
    for at in ["guard/example", "rendered0", "rendered1"] {
        let at = folder.path().join(at);
        let (good, text) = terraform(&at, Some(&mirror), &["init", "-backend=false", "-no-color"]);
        assert!(good, "{text}");
        let (good, text) = terraform(&at, Some(&mirror), &["validate", "-no-color"]);
        assert!(good, "{text}");
    }
}
