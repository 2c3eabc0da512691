//! Every rule about manifests is proved: what it must block, the nearest innocent twin that it must
//! let pass; and nothing is left without its name, its file or its proof.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use common::root;
use holdpoint::decide::{Config, RuleConfig, Unjudged};
use holdpoint::gate::{ManifestsRequest, Paths, manifests};
use holdpoint::model::finding::Outcome;
use holdpoint::model::verdict::Verdict;
use holdpoint::rules::kubernetes::{self, PodSecurity};

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
        paths: Paths { paths: &[file.display().to_string()], include: &[], exclude: &[] },
        rules: &[],
        pod_security: pod_security(file),
        known: None,
        config,
        today: jiff::civil::date(2026, 1, 1),
    })
}

/// What a rule says of a manifest, `address path`. Those that are off by default are proved too.
fn said(rule: &str, file: &Path) -> Vec<(Outcome, String)> {
    let params = set(file, "params").map(|text| serde_json::from_str(&text).unwrap());
    let on = RuleConfig {
        enabled: Some(true),
        params: params.unwrap_or_default(),
        ..RuleConfig::default()
    };
    let mut config = Config { rules: BTreeMap::from([(rule.to_owned(), on)]), ..Config::default() };
    config.gate.unjudged = Unjudged::Report;
    let verdict = judge(file, &config);
    assert!(verdict.errors.is_empty(), "{}: {:?}", file.display(), verdict.errors);
    let own = verdict.findings.iter().filter(|one| one.rule == rule);
    own.map(|one| (one.outcome, format!("{} {}", one.address, one.path))).collect()
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
            let answers = said(&rule.meta.id, &file);
            let has = |outcome| answers.iter().any(|(own, _)| *own == outcome);
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
    let own = kubernetes::rules().iter().filter_map(|rule| rule.pod_security());
    let checks: BTreeSet<&str> = own.map(|own| own.check.as_str()).collect();
    assert_eq!(checks.len(), 19, "{checks:?}");
}
