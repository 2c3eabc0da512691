//! The Pod Security Standards against the conformance data of the Kubernetes project
//! (kubernetes/pod-security-admission, `test/testdata`): every pod by itself, and as the template of
//! every kind that holds pods. `HOLDPOINT_POD_SECURITY` names the folder; says loudly when it does
//! not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use holdpoint::decide::{Config, Unjudged};
use holdpoint::gate::{ManifestsRequest, Paths, manifests};
use holdpoint::manifest::read;
use holdpoint::model::finding::Outcome;
use holdpoint::model::verdict::Verdict;
use serde_json::{Value, json};

fn folder() -> Option<PathBuf> {
    let found =
        common::peers::below("pod-security", "HOLDPOINT_POD_SECURITY", "restricted/v1.0/pass")?;
    Some(found.ancestors().nth(3).unwrap().to_owned())
}

fn judge(folder: &Path, level: &str, version: &str) -> Verdict {
    let mut config = Config::default();
    config.gate.unjudged.default = Unjudged::Report;
    let verdict = manifests(&ManifestsRequest {
        paths: Paths { paths: &[folder.display().to_string()], ..Paths::default() },
        rules: &[],
        pod_security: format!("{level}:{version}").parse().unwrap(),
        known: None,
        config: &config,
        today: jiff::civil::date(2026, 1, 1),
    });
    assert!(verdict.errors.is_empty(), "{:?}", verdict.errors.first());
    verdict
}

/// The checks that fail, by the stem of the file.
fn failing(verdict: &Verdict) -> BTreeMap<String, BTreeSet<String>> {
    let mut failing: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in &verdict.findings {
        let origin = finding.origin.manifest().unwrap();
        let Some(check) = &origin.check else { continue };
        assert_eq!(finding.outcome, Outcome::Violated, "{finding:?}");
        assert!(finding.blocks, "{finding:?}");
        let file = Path::new(&finding.location.file);
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        failing.entry(stem).or_default().insert(check.to_lowercase());
    }
    failing
}

/// Which check speaks for another at the level *restricted*, from a version on.
fn speaks_for(check: &str, level: &str, minor: u32) -> String {
    let by = match check {
        "hostpathvolumes" => ("restrictedvolumes", 0),
        "capabilities_baseline" => ("capabilities_restricted", 22),
        "seccompprofile_baseline" => ("seccompprofile_restricted", 19),
        "procmount" => ("procmount_restricted", 35),
        _ => return check.to_owned(),
    };
    if level == "restricted" && minor >= by.1 { by.0.to_owned() } else { check.to_owned() }
}

struct Wrong(Vec<String>);

impl Wrong {
    fn hold(
        &mut self,
        verdict: &Verdict,
        folder: &Path,
        level: &str,
        minor: u32,
        must: bool,
    ) -> usize {
        let failing = failing(verdict);
        let mut count = 0;
        for file in common::files(folder) {
            count += 1;
            let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
            let found = failing.get(&stem).cloned().unwrap_or_default();
            let check =
                stem.split("__").last().unwrap().trim_end_matches(|c: char| c.is_ascii_digit());
            let right = match must {
                true => found.contains(&speaks_for(check, level, minor)),
                false => found.is_empty(),
            };
            if !right {
                self.0.push(format!("{level} v1.{minor} {stem}, fail={must}: {found:?}"));
            }
        }
        count
    }
}

#[test]
fn every_pod_of_the_conformance_data_is_judged_right() {
    let Some(data) = folder() else { return };
    let (mut wrong, mut count) = (Wrong(Vec::new()), 0);
    for level in ["baseline", "restricted"] {
        for minor in 0..=37 {
            let version = format!("v1.{minor}");
            for (end, must) in [("pass", false), ("fail", true)] {
                let folder = data.join(level).join(&version).join(end);
                let verdict = judge(&folder, level, &version);
                count += wrong.hold(&verdict, &folder, level, minor, must);
            }
        }
    }
    assert!(wrong.0.is_empty(), "{} of {count}:\n{}", wrong.0.len(), wrong.0.join("\n"));
    assert!(count >= 4_537, "only {count} pods were there");
}

/// A pod as the template of every kind that holds one.
fn wrapped(pod: &Value) -> Vec<(&'static str, Value)> {
    let template = json!({"metadata": pod["metadata"], "spec": pod["spec"]});
    let object = |api: &str, kind: &str, spec: Value| json!({"apiVersion": api, "kind": kind, "metadata": {"name": "w"}, "spec": spec});
    let templated = json!({"template": template});
    let sets = json!({"leaderWorkerTemplate": {"workerTemplate": template}});
    let mut inner = pod.clone();
    inner.as_object_mut().unwrap().remove("kind");
    vec![
        (
            "podtemplate",
            json!({"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "w"}, "template": template}),
        ),
        ("replicationcontroller", object("v1", "ReplicationController", templated.clone())),
        ("replicaset", object("apps/v1", "ReplicaSet", templated.clone())),
        ("deployment", object("apps/v1", "Deployment", templated.clone())),
        ("statefulset", object("apps/v1", "StatefulSet", templated.clone())),
        ("daemonset", object("apps/v1", "DaemonSet", templated.clone())),
        ("job", object("batch/v1", "Job", templated.clone())),
        ("cronjob", object("batch/v1", "CronJob", json!({"jobTemplate": {"spec": templated}}))),
        ("rollout", object("argoproj.io/v1alpha1", "Rollout", templated.clone())),
        ("knative", object("serving.knative.dev/v1", "Service", templated.clone())),
        ("leaderworkerset", object("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", sets)),
        ("custom", object("example.com/v1", "Machine", json!({"deep": [{"template": template}]}))),
        (
            "list",
            json!({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "List", "items": [pod]}]}),
        ),
        ("podlist", json!({"apiVersion": "v1", "kind": "PodList", "items": [inner]})),
    ]
}

#[test]
fn every_pod_is_judged_the_same_as_the_template_of_a_controller() {
    let Some(data) = folder() else { return };
    let (mut wrong, mut count) = (Wrong(Vec::new()), 0);
    // The versions at which a check changes; all of them take minutes.
    let minors: Vec<u32> = match std::env::var_os("HOLDPOINT_POD_SECURITY_FULL") {
        Some(_) => (0..=37).collect(),
        None => vec![0, 18, 19, 24, 26, 31, 34, 37],
    };
    for level in ["baseline", "restricted"] {
        for &minor in &minors {
            let version = format!("v1.{minor}");
            for (end, must) in [("pass", false), ("fail", true)] {
                let scratch = common::scratch();
                let out = scratch.path().join("m");
                fs::create_dir(&out).unwrap();
                for file in common::files(&data.join(level).join(&version).join(end)) {
                    let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
                    let text = fs::read_to_string(&file).unwrap();
                    let pod = read::documents(&text).unwrap().remove(0).to_json();
                    for (kind, object) in wrapped(&pod) {
                        let name = out.join(format!("{kind}__{stem}.json"));
                        fs::write(name, object.to_string()).unwrap();
                    }
                }
                let verdict = judge(&out, level, &version);
                count += wrong.hold(&verdict, &out, level, minor, must);
            }
        }
    }
    assert!(wrong.0.is_empty(), "{} of {count}:\n{}", wrong.0.len(), wrong.0.join("\n"));
    assert!(count > 10_000, "only {count}");
}
