//! `deploy/`: the manifests pass holdpoint itself with its defaults, kubectl reads them, their
//! numbers fit one another, and the image is built from what it needs and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use common::{root, run, scratch};
use regex::Regex;
use serde_json::Value;

fn manifest(name: &str) -> Value {
    let text = fs::read_to_string(root().join("deploy/kubernetes").join(name)).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn settings() -> String {
    manifest("config.yaml")["data"]["holdpoint.toml"].as_str().unwrap().to_owned()
}

fn number(text: &str, key: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix('='));
    line.unwrap_or_else(|| panic!("no `{key}`")).trim().parse().unwrap()
}

#[test]
fn the_manifests_pass_holdpoint_itself() {
    // No holdpoint.toml is found from there: these are the defaults.
    let folder = scratch();
    let manifests = root().join("deploy/kubernetes").display().to_string();
    let done = run(folder.path(), &["manifests", &manifests, "--format", "json"]);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    let verdict: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(verdict["findings"].as_array().map(Vec::len), Some(0), "{verdict}");
    // Broken in one place they do not pass: something was evaluated.
    let text = fs::read_to_string(root().join("deploy/kubernetes/deployment.yaml")).unwrap();
    let broken = text.replace("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true");
    assert_ne!(text, broken);
    fs::write(folder.path().join("broken.yaml"), broken).unwrap();
    assert_eq!(run(folder.path(), &["manifests", "broken.yaml"]).code, Some(1));
}

#[test]
fn kubectl_reads_them() {
    let folder = scratch();
    let mut files = common::files(&root().join("deploy/kubernetes"));
    files.sort();
    let kinds: Vec<String> = files
        .iter()
        .map(|file| {
            let text = fs::read_to_string(file).unwrap();
            let value: Value = serde_saphyr::from_str(&text).unwrap();
            value["kind"].as_str().unwrap().to_owned()
        })
        .collect();
    // `kubectl apply -f FOLDER` goes by name.
    assert_eq!(kinds[0], "Namespace");
    for file in files {
        let mut kubectl = Command::new("kubectl");
        kubectl.args(["label", "--local", "--overwrite", "x=y", "-o", "name", "-f"]);
        let Some(done) = common::peers::output_of(kubectl.arg(&file).env("HOME", folder.path()))
        else {
            return;
        };
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

/// The report of another scanner over `deploy/`, if it is installed.
fn scanned(scanner: &str, args: &[&str]) -> Option<Value> {
    let folder = scratch();
    let mut command = Command::new(scanner);
    command.args(args).arg(root().join("deploy")).current_dir(folder.path());
    command.env("HOME", folder.path()).env("TRIVY_CACHE_DIR", folder.path());
    let done = common::peers::output_of(command.env("LOG_LEVEL", "ERROR"))?;
    let output = String::from_utf8_lossy(&done.stdout);
    let report = serde_json::from_str(&output);
    Some(report.unwrap_or_else(|why| panic!("{scanner}: {why}: {output}")))
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

#[test]
fn trivy_finds_nothing() {
    let args = ["config", "--skip-check-update", "--quiet", "--format", "json"];
    let Some(report) = scanned("trivy", &args) else { return };
    let targets: Vec<_> = list(&report, "Results").collect();
    let checks = |of: &Value| of["MisconfSummary"]["Successes"].as_u64().unwrap_or_default();
    // The Dockerfile and every manifest, each with many checks.
    assert_eq!(targets.len(), 1 + common::files(&root().join("deploy/kubernetes")).len());
    assert!(targets.iter().all(|target| checks(target) > 20), "{report}");
    let found: Vec<_> =
        targets.iter().flat_map(|target| list(target, "Misconfigurations")).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn checkov_finds_only_that_the_image_has_no_digest() {
    let frameworks = ["--framework", "kubernetes", "dockerfile"];
    let rest = ["--skip-download", "--compact", "--quiet", "--output", "json", "--directory"];
    let Some(report) = scanned("checkov", &[&frameworks[..], &rest].concat()) else { return };
    let reports = report.as_array().unwrap();
    assert_eq!(reports.len(), 2, "{report}");
    let mut found = BTreeSet::new();
    for report in reports {
        assert!(report["summary"]["passed"].as_u64() > Some(30), "{report}");
        assert_eq!(report["summary"]["parsing_errors"], 0);
        found
            .extend(list(&report["results"], "failed_checks").map(|of| of["check_id"].to_string()));
    }
    // The name of the image stands for the one that its user builds: nobody else knows its digest.
    assert_eq!(found, BTreeSet::from(["\"CKV_K8S_43\"".to_owned()]));
}

#[test]
fn the_numbers_of_the_deployment_fit_one_another() {
    let pod = manifest("deployment.yaml")["spec"]["template"]["spec"].clone();
    let container = &pod["containers"][0];
    let settings = settings();
    let wait = container["lifecycle"]["preStop"]["sleep"]["seconds"].as_u64().unwrap();
    let grace = pod["terminationGracePeriodSeconds"].as_u64().unwrap();
    assert!(grace >= wait + 10 + number(&settings, "drain_seconds") + 10, "{grace}");
    let memory = container["resources"]["limits"]["memory"].as_str().unwrap();
    let limit = memory.strip_suffix("Gi").unwrap().parse::<u64>().unwrap() * 1024;
    let most = 3 * number(&settings, "max_plan_mb") * number(&settings, "concurrency") + 100;
    assert!(limit >= most, "{limit} MB for {most} MB");
    let cpus = container["resources"]["limits"]["cpu"].as_str().unwrap();
    assert_eq!(cpus, number(&settings, "concurrency").to_string());
}

#[test]
fn the_server_takes_the_settings_of_the_config_map() {
    let folder = scratch();
    fs::write(folder.path().join("holdpoint.toml"), settings()).unwrap();
    fs::write(folder.path().join("key"), "a key that is long enough\n").unwrap();
    // What stops it is the certificate, which is looked at after the settings.
    let args = ["serve", "run-task", "--listen", "127.0.0.1:0", "--hmac-key-file", "key"];
    let done = run(folder.path(), &[&args[..], &["--ca-file", "missing.pem"]].concat());
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("`missing.pem` contains no PEM certificates"), "{}", done.stderr);
}

/// There may be no engine to build it with; what goes wrong most often can be read.
#[test]
fn the_image_is_built_from_what_it_needs_and_runs_as_nobody() {
    let text = fs::read_to_string(root().join("deploy/Dockerfile")).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let has = |line: &str| lines.contains(&line);
    assert!(has("USER 65532:65532") && has("FROM scratch"), "{text}");
    assert!(has("ENTRYPOINT [\"/holdpoint\"]") && has("CMD [\"serve\", \"run-task\"]"), "{text}");
    assert!(!text.contains("latest") && !text.contains("--no-verify"), "{text}");
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    let rust = format!("ARG RUST={}.0-alpine", version.trim_matches('"'));
    assert!(has(&rust), "{rust}");

    let copied: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|rest| !rest.starts_with("--from"))
        .flat_map(|rest| {
            let words: Vec<&str> = rest.split_whitespace().collect();
            words[..words.len() - 1].to_vec()
        })
        .collect();
    let ignore = fs::read_to_string(root().join("deploy/Dockerfile.dockerignore")).unwrap();
    let let_in: BTreeSet<&str> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    assert_eq!(copied, let_in);
    assert!(copied.iter().all(|path| root().join(path).exists()), "{copied:?}");
    // cargo refuses a manifest that names a target whose file is not there.
    let context = scratch();
    for path in &copied {
        let path = root().join(path);
        let files = if path.is_dir() { common::files(&path) } else { vec![path] };
        for file in files {
            let to = context.path().join(file.strip_prefix(root()).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&file, to).unwrap();
        }
    }
    let read = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version=1"])
        .current_dir(context.path())
        .output()
        .unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    // Whatever is embedded must be there when it is built; the targets of Cargo.toml too.
    let embedded = Regex::new(r#"include_(?:str|bytes)!\("(?:\.\./)+([^/"]+)/"#).unwrap();
    for file in common::files(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        for found in embedded.captures_iter(&text) {
            let part = found.get(1).unwrap().as_str();
            assert!(copied.contains(part), "{part} of {}", file.display());
        }
    }
}

/// The first cells of the tables in docs/run-task.md.
fn documented() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs/run-task.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    rows.flat_map(|cell| cell.split(", ")).map(|name| name.replace('`', "")).collect()
}

#[test]
fn the_settings_that_are_documented_exist() {
    let stages = ["post_plan", "pre_apply", "post_apply"];
    let names = documented().into_iter().filter(|name| !stages.contains(&name.as_str()));
    let (variables, keys): (Vec<_>, Vec<_>) =
        names.partition(|name| name.contains(char::is_uppercase));
    let flags = fs::read_to_string(root().join("docs/cli.md")).unwrap();
    let ours: Vec<_> = variables.iter().filter(|name| name.starts_with("HOLDPOINT_")).collect();
    assert!(ours.len() >= 9, "{ours:?}");
    for name in ours.iter().filter(|name| **name != "HOLDPOINT_HMAC_KEY") {
        assert!(flags.contains(&format!("[env: {name}=]")), "{name} is no variable of any flag");
    }
    let folder = scratch();
    let text = keys.iter().map(|key| match key.as_str() {
        "pre_plan" => "pre_plan = \"pass\"\n".to_owned(),
        key => format!("{key} = 60\n"),
    });
    let text: String = text.collect();
    assert!(keys.len() >= 6, "{keys:?}");
    fs::write(folder.path().join("holdpoint.toml"), format!("[run_task]\n{text}")).unwrap();
    fs::write(folder.path().join("key"), "a key that is long enough\n").unwrap();
    let args = ["serve", "run-task", "--listen", "127.0.0.1:0", "--hmac-key-file", "key"];
    let done = run(folder.path(), &[&args[..], &["--ca-file", "missing.pem"]].concat());
    assert!(done.stderr.contains("`missing.pem` contains no PEM certificates"), "{}", done.stderr);
}
