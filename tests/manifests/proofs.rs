//! Every rule about manifests is proved: what it must block, the nearest innocent twin that it must
//! let pass; and nothing is left without its name, its file or its proof.

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

use common::{expect_file, root};
use holdpoint::admission;
use holdpoint::decide::{Config, RuleConfig, Unjudged};
use holdpoint::gate::{ManifestsRequest, Paths, manifests};
use holdpoint::manifest::{Manifests, read};
use holdpoint::model::finding::Outcome;
use holdpoint::model::rule::Params;
use holdpoint::model::verdict::Verdict;
use holdpoint::rules::kubernetes::Scope;
use holdpoint::rules::kubernetes::{self, PodSecurity};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    root().join("fixtures/kubernetes")
}

/// What a comment at the top of a fixture sets, `# pod-security: baseline:v1.18`.
fn set(file: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).unwrap();
    let head = format!("# {name}: ");
    text.lines().find_map(|line| line.strip_prefix(&head)).map(str::to_owned)
}

fn pod_security(file: &Path) -> PodSecurity {
    set(file, "pod-security").map_or_else(PodSecurity::default, |text| text.parse().unwrap())
}

fn judge(file: &Path, config: &Config) -> Verdict {
    manifests(&ManifestsRequest {
        paths: Paths { paths: &[file.display().to_string()], ..Paths::default() },
        rules: &[],
        pod_security: pod_security(file),
        known: None,
        config,
        today: jiff::civil::date(2026, 1, 1),
    })
}

/// What a rule says of a manifest, `address path`. Those that are off by default are proved too.
fn answers_of(rule: &str, file: &Path) -> Vec<(Outcome, String)> {
    let params = set(file, "params").map(|text| serde_json::from_str(&text).unwrap());
    let on = RuleConfig {
        enabled: Some(true),
        params: params.unwrap_or_default(),
        ..RuleConfig::default()
    };
    let mut config = Config { rules: BTreeMap::from([(rule.to_owned(), on)]), ..Config::default() };
    config.gate.unjudged.default = Unjudged::Report;
    let verdict = judge(file, &config);
    assert!(verdict.errors.is_empty(), "{}: {:?}", file.display(), verdict.errors);
    let found = verdict.findings.iter().filter(|finding| finding.rule == rule);
    found
        .map(|finding| (finding.outcome, format!("{} {}", finding.address, finding.path)))
        .collect()
}

/// The manifests of a rule, with what their name promises.
fn fixtures(rule: &str) -> Vec<(String, PathBuf)> {
    let Ok(listing) = fs::read_dir(folder().join(rule)) else { return Vec::new() };
    let mut found: Vec<(String, PathBuf)> = listing
        .map(|entry| entry.unwrap().path())
        .map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            (name.split('.').next().unwrap().to_owned(), file)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn every_fixture_is_answered_as_it_is_named() {
    let mut wrong = Vec::new();
    for rule in kubernetes::rules() {
        for (promise, file) in fixtures(&rule.meta.id) {
            let answers = answers_of(&rule.meta.id, &file);
            let has = |outcome| answers.iter().any(|(answer, _)| *answer == outcome);
            let right = match promise.as_str() {
                "block" => has(Outcome::Violated),
                "pass" => answers.is_empty(),
                "undetermined" => has(Outcome::Undetermined) && !has(Outcome::Violated),
                _ => false,
            };
            if !right {
                let file = file.strip_prefix(folder()).unwrap().display().to_string();
                wrong.push(format!("{file}: {answers:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The pod of a fixture, told in other ways: as an item of lists, by an alias, with its containers
/// added to a running pod.
fn retold(pod: &Value, every_container: bool) -> Vec<(&'static str, String)> {
    let list = |items: Value| json!({"apiVersion": "v1", "kind": "List", "items": items});
    let mut bare = pod.clone();
    bare.as_object_mut().unwrap().remove("kind");
    let pods = json!({"apiVersion": "v1", "kind": "PodList", "items": [bare]});
    let template = json!({"metadata": pod["metadata"], "spec": pod["spec"]});
    let spec = pod["spec"].to_string();
    let alias = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {}\nheld: &held {spec}\nspec: *held\n",
        pod["metadata"]
    );
    let merged = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {}\nheld: &held {spec}\nspec:\n  <<: *held\n",
        pod["metadata"]
    );
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "w"},
        "spec": {"template": template}});
    let mut all = vec![
        ("a list in a list", list(json!([list(json!([pod]))])).to_string()),
        ("a list of pods", pods.to_string()),
        ("an alias", alias),
        ("a merge", merged),
        ("a deployment", deployment.to_string()),
    ];
    if every_container {
        let mut sound = pod.clone();
        let containers = sound["spec"]["containers"].take();
        sound["spec"]["containers"] = json!([{
            "name": "sound",
            "image": "registry.example.com/a:1",
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "capabilities": {"drop": ["ALL"]},
                "runAsNonRoot": true,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        }]);
        let mut before = sound.clone();
        for (pod, to) in [(&mut sound, "ephemeralContainers"), (&mut before, "initContainers")] {
            if pod["spec"].get(to).is_none() {
                pod["spec"][to] = containers.clone();
                all.push((to, pod.to_string()));
            }
        }
    }
    all
}

#[test]
fn a_check_of_the_standards_says_the_same_however_the_pod_comes() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    let away = common::scratch();
    for rule in kubernetes::rules().iter().filter(|rule| rule.pod_security().is_some()) {
        let every = rule.document.scope.list().contains(&Scope::Container);
        for (promise, file) in fixtures(&rule.meta.id) {
            let text = fs::read_to_string(&file).unwrap();
            let pod = read::documents(&text).unwrap().remove(0).to_json();
            // Profiles by annotation name a container, which the others here are not.
            if pod["kind"] != "Pod" || promise == "undetermined" {
                continue;
            }
            let head: String = text
                .lines()
                .filter(|line| line.starts_with("# "))
                .fold(String::new(), |head, line| head + line + "\n");
            for (how, text) in retold(&pod, every) {
                let told = away.path().join("told.yaml");
                let text = if text.starts_with('{') {
                    format!("{head}---\n{text}")
                } else {
                    head.clone() + &text
                };
                fs::write(&told, text).unwrap();
                let found = answers_of(&rule.meta.id, &told);
                count += 1;
                if found.is_empty() != (promise == "pass") {
                    wrong.push(format!("{} as {how}: {found:?}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 200, "only {count}");
}

#[test]
fn every_rule_has_what_it_blocks_and_the_twin_that_it_lets_pass() {
    let mut missing = Vec::new();
    for rule in kubernetes::rules() {
        let promises: BTreeSet<String> =
            fixtures(&rule.meta.id).into_iter().map(|(promise, _)| promise).collect();
        let lacks: Vec<&str> =
            ["block", "pass"].into_iter().filter(|wanted| !promises.contains(*wanted)).collect();
        if !lacks.is_empty() {
            missing.push(format!("{}: lacks {lacks:?}", rule.meta.id));
        }
    }
    let ids: BTreeSet<&str> =
        kubernetes::rules().iter().map(|rule| rule.meta.id.as_ref()).collect();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !ids.contains(name.as_str()) {
            missing.push(format!("fixtures/kubernetes/{name}: no rule of that name"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn no_id_is_that_of_a_rule_about_plans() {
    let plans: BTreeSet<&str> =
        holdpoint::rules::catalogue::all().iter().map(|rule| rule.meta.id.as_ref()).collect();
    let twice: Vec<&str> = kubernetes::rules()
        .iter()
        .map(|rule| rule.meta.id.as_ref())
        .filter(|id| plans.contains(id))
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn the_standards_are_complete() {
    let checks = kubernetes::rules().iter().filter_map(|rule| rule.pod_security());
    let checks: BTreeSet<&str> = checks.map(|check| check.check.as_str()).collect();
    assert_eq!(checks.len(), 19, "{checks:?}");
}

/// The parameters of a rule as a fixture sets them.
fn params(rule: &kubernetes::KubernetesRule, file: &Path) -> Params {
    let mut params = Params::defaults(&rule.meta);
    if let Some(text) = set(file, "params") {
        let overrides: BTreeMap<String, holdpoint::model::rule::Param> =
            serde_json::from_str(&text).unwrap();
        params.0.extend(overrides);
    }
    params
}

#[test]
fn every_rule_about_one_object_is_a_policy_of_the_cluster() {
    let folder = root().join("fixtures/admission");
    let mut names = BTreeSet::new();
    for rule in kubernetes::rules() {
        let policy = admission::policy(rule, &Params::defaults(&rule.meta));
        let Some(policy) = policy else { continue };
        let name = format!("{}.yaml", rule.meta.id);
        expect_file(&folder.join(&name), &policy.to_yaml());
        names.insert(name);
    }
    let without = kubernetes::rules().len() - names.len();
    assert!(without <= 4, "{without} rules have no policy");
    for file in common::files(&folder) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(names.contains(&name), "{name}: no rule has this policy");
    }
}

#[test]
fn the_policy_and_the_gate_say_the_same() {
    let (mut wrong, mut asked) = (Vec::new(), 0);
    for rule in kubernetes::rules() {
        for (_, file) in fixtures(&rule.meta.id) {
            let params = params(rule, &file);
            let Some(policy) = admission::policy(rule, &params) else { continue };
            if pod_security(&file).minor != kubernetes::LATEST {
                continue;
            }
            let answers = answers_of(&rule.meta.id, &file);
            let name = [file.display().to_string()];
            let paths = Paths { paths: &name, ..Paths::default() };
            for object in Manifests::read(&paths).files.iter().flat_map(|file| &file.objects) {
                if !policy.is_about(object) {
                    continue;
                }
                asked += 1;
                let bad =
                    answers.iter().any(|(_, at)| at.starts_with(&format!("{} ", object.address)));
                let admitted = policy.admits(object).unwrap() == Some(true);
                // An equivalent in plain CEL may refuse more; it never admits more.
                let stricter = rule.document.admission.is_some() && !bad && !admitted;
                if admitted == bad && !stricter {
                    wrong.push(format!("{}: gate {bad}, policy {admitted}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 100, "only {asked}");
}
