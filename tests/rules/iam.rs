//! The IAM rules at large: every single resource of their fixtures, and the policies that AWS
//! itself writes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use common::{root, scratch};
use holdpoint::decide::{Config, RuleConfig};
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::iam::{Document, classes, escalation, exposing};
use holdpoint::model::finding::Outcome;
use holdpoint::model::value::Value;
use holdpoint::rules::catalogue;

/// What one rule says of each address of a plan.
fn said(rule: &str, file: &Path) -> BTreeMap<String, Vec<Outcome>> {
    let away = scratch();
    let copy = away.path().join("plan.json");
    fs::copy(file, &copy).unwrap();
    let source = file.with_extension("source");
    // Those that are off by default are proved as well.
    let on = RuleConfig { enabled: Some(true), ..RuleConfig::default() };
    let config = Config { rules: BTreeMap::from([(rule.to_owned(), on)]), ..Config::default() };
    let verdict = plan(&PlanRequest {
        inputs: &[copy.display().to_string()],
        source: source.is_dir().then_some(source.as_path()),
        terraform_bin: None,
        allow_partial: false,
        config: &config,
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    });
    let mut answers: BTreeMap<String, Vec<Outcome>> = BTreeMap::new();
    for finding in verdict.findings.iter().filter(|finding| finding.rule == rule) {
        answers.entry(finding.address.to_string()).or_default().push(finding.outcome);
    }
    answers
}

/// `tests/rules/proofs.rs` asks for one answer a file; a file here shows many kinds, and each counts.
/// Resources with names of one letter are props.
#[test]
fn each_resource_of_a_fixture_is_answered_as_the_file_is_named() {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for rule in catalogue::all() {
        let id = rule.meta.id.as_ref();
        if !id.starts_with("iam-")
            && !["resource-policy-public", "s3-insecure-transport"].contains(&id)
        {
            continue;
        }
        for entry in fs::read_dir(root().join("fixtures/rules").join(id)).unwrap() {
            let file = entry.unwrap().path();
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            let wanted = match name.split('.').next().unwrap() {
                _ if !name.ends_with(".json") => continue,
                // Some of its resources need no source.
                _ if name == "undetermined.without_source.json" => continue,
                "block" => Outcome::Violated,
                "undetermined" => Outcome::Undetermined,
                _ => continue,
            };
            let answers = said(id, &file);
            let text = fs::read_to_string(&file).unwrap();
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            for change in json["resource_changes"].as_array().into_iter().flatten() {
                let kind = change["type"].as_str().unwrap();
                let prop = change["name"].as_str().unwrap().len() == 1;
                if prop || change["mode"] == "data" || !rule.meta.types.iter().any(|t| t == kind) {
                    continue;
                }
                asked += 1;
                let address = change["address"].as_str().unwrap();
                let own = answers.get(address).cloned().unwrap_or_default();
                if !own.contains(&wanted) {
                    wrong.push(format!("{id}/{name}: {address}: {own:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 150, "only {asked} resources were asked about");
}

fn labelled() -> Option<PathBuf> {
    let file = "iam/aws-managed-policies.jsonl.gz";
    common::peers::beside("labelled", "HOLDPOINT_LABELLED", file)
}

/// The managed policies with their labels.
fn managed(file: &Path) -> impl Iterator<Item = serde_json::Value> {
    let reader = BufReader::new(flate2::read::GzDecoder::new(fs::File::open(file).unwrap()));
    reader.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

/// The labels count an action on whatever resource, and so does this comparison; the rules ask for
/// resources that nobody named.
#[test]
fn the_classes_of_actions_agree_with_the_labels() {
    let Some(file) = labelled() else { return };
    let mut measured: BTreeMap<&str, [Vec<String>; 4]> = BTreeMap::new();
    for row in managed(&file) {
        let document = Document::read(&Value::string(row["document"].to_string())).unwrap();
        for (label, own, _) in CLASSES {
            let Some(wanted) = row[label].as_bool() else { continue };
            let own = own.iter().any(|class| classes::touches(&document, class));
            let slot = usize::from(wanted) * 2 + usize::from(own);
            let name = row["name"].as_str().unwrap().to_owned();
            measured.entry(*label).or_default()[slot].push(name);
        }
    }
    for (label, _, floor) in CLASSES {
        let [neither, ours, theirs, both] = &measured[label];
        let (agreed, all) =
            (neither.len() + both.len(), neither.len() + ours.len() + theirs.len() + both.len());
        writeln!(
            std::io::stdout(),
            "{label}: {agreed} of {all} agree; both {}, only we {}, only the label {}",
            both.len(),
            ours.len(),
            theirs.len()
        )
        .unwrap();
        if std::env::var("HOLDPOINT_THEME").is_ok_and(|theme| theme == *label) {
            writeln!(std::io::stdout(), "only we: {ours:?}\nonly the label: {theirs:?}").unwrap();
        }
        assert!(agreed * 1000 >= floor * all, "{label}: {agreed} of {all}");
    }
}

/// The labels, our classes, and so many of a thousand policies agree at least; measured.
///
/// `data_access`: 1,451 of 1,639. The label also counts log events, grants of keys and the
/// directory of people; we count secrets, which it files elsewhere. `credentials_exposure`: 1,583
/// of 1,641. The label also counts what takes no resource, such as the login to a registry, which
/// gives nothing that the caller has not. `resource_exposure`: 1,356 of 1,641. The label counts
/// all that has to do with permissions: `iam:PassRole` (a rule of its own), service-linked roles,
/// the making of roles. `privesc`, below: 1,284 of 1,641.
const CLASSES: &[(&str, &[classes::Class], usize)] = &[
    ("data_access", &[classes::DATA], 885),
    ("credentials_exposure", &[classes::CREDENTIALS], 964),
    ("resource_exposure", &[exposing::EXPOSURE, classes::PERMISSIONS], 826),
];

#[test]
fn the_managed_policies_that_escalate_are_found() {
    let Some(file) = labelled() else { return };
    let (mut policies, mut doubts) = (0, Vec::new());
    // By what the label says, and what we say.
    let mut table: BTreeMap<(bool, bool), Vec<String>> = BTreeMap::new();
    for row in managed(&file) {
        let name = row["name"].as_str().unwrap().to_owned();
        policies += 1;
        let document = Document::read(&Value::string(row["document"].to_string())).unwrap();
        assert!(!document.statements.is_empty(), "{name}");
        let (found, doubt) = escalation::find(&document);
        if let Some(why) = doubt {
            doubts.push(format!("{name}: {} {:?}", why.reason(), document.faults));
        }
        table.entry((row["privesc"] == true, !found.is_empty())).or_default().push(name);
    }
    assert_eq!(policies, 1641);
    assert!(doubts.is_empty(), "{}", doubts.join("\n"));
    let count = |label, own| table.get(&(label, own)).map_or(0, Vec::len);
    let measured = format!(
        "both {}, only the label {}, only we {}, neither {}; only we: {:?}",
        count(true, true),
        count(true, false),
        count(false, true),
        count(false, false),
        table.get(&(false, true)),
    );
    writeln!(std::io::stdout(), "iam-privilege-escalation and the labels: {measured}").unwrap();
    assert!(count(true, true) >= AGREED_ESCALATIONS, "{measured}");
    assert!(count(false, true) <= OURS_ALONE, "{measured}");
}

/// Policies of which the label and we say that they escalate; measured. The label also counts what
/// is limited to named roles, and `iam:CreateServiceLinkedRole`: 316 policies that we let pass.
const AGREED_ESCALATIONS: usize = 114;
/// Policies that only we name; measured. They run commands on instances (`ssm:SendCommand`) or in
/// tasks, change stacks, launch templates or instances that have a role, or start builds, which the
/// label does not count.
const OURS_ALONE: usize = 21;
