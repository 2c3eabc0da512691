//! What must hold of every plan: order, names and neighbours change nothing, and knowing less
//! never makes a violation go away. Run over all plans of `fixtures/rules`, and over the cases
//! where they are at hand.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use holdpoint::decide::{Config, Unjudged};
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::model::finding::{Change, Outcome};
use holdpoint::model::verdict::Verdict;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

/// Reproducible choices from one seed (SplitMix64).
struct Choices(u64);

impl Choices {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// All plans: small enough to be judged thousands of times.
fn plans() -> &'static [(PathBuf, Value)] {
    static PLANS: OnceLock<Vec<(PathBuf, Value)>> = OnceLock::new();
    PLANS.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        for rule in fs::read_dir(root.join("fixtures/rules")).unwrap() {
            for file in fs::read_dir(rule.unwrap().path()).unwrap() {
                files.push(file.unwrap().path());
            }
        }
        let cases = common::peers::beside("cases", "HOLDPOINT_CASES", "");
        for theme in ["act", "iam", "s3", "sg"] {
            files.extend(cases.iter().map(|cases| cases.join(theme).join("tfplan.json")));
        }
        files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
        files.sort();
        let read = |file: PathBuf| {
            let text = fs::read_to_string(&file).ok()?;
            let value: Value = serde_json::from_str(&text).ok()?;
            value.get("resource_changes").is_some().then_some((file, value))
        };
        files.into_iter().filter_map(read).collect()
    })
}

fn judge(text: &str) -> Verdict {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    fs::write(&file, text).unwrap();
    let mut config = Config::default();
    // A plan of one rule's fixtures may hold nothing else that a rule covers.
    config.gate.unjudged.default = Unjudged::Report;
    plan(&PlanRequest {
        inputs: &[file.display().to_string()],
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config: &config,
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    })
}

/// What the verdict says, without what may differ: indexes, places, fingerprints.
fn essence(verdict: &Verdict, rename: impl Fn(&str) -> String) -> Vec<String> {
    let mut lines: Vec<String> = verdict
        .findings
        .iter()
        .filter(|finding| !finding.address.contains("unrelated"))
        .map(|f| {
            let path: String = f.path.chars().filter(|c| !c.is_ascii_digit()).collect();
            format!(
                "{} {} {} {} {} {path}",
                rename(&f.address),
                f.rule,
                f.outcome.name(),
                f.change.name(),
                f.blocks
            )
        })
        .collect();
    lines.sort();
    lines.push(format!("errors: {:?}", verdict.errors));
    lines
}

/// The plan as JSON text with the keys of every object in another order.
fn shuffled(value: &Value, choices: &mut Choices) -> String {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            choices.shuffle(&mut entries);
            let parts: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| {
                    format!("{}:{}", Value::from(key.as_str()), shuffled(value, choices))
                })
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(|item| shuffled(item, choices)).collect();
            format!("[{}]", parts.join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// Gives every resource of the plan another name.
fn renamed(plan: &mut Value) {
    fn in_text(text: &str, names: &BTreeSet<(String, String)>) -> String {
        let mut out = text.to_owned();
        for (kind, name) in names {
            let whole = format!("{kind}.{name}");
            let mut done = String::new();
            while let Some(at) = out.find(&whole) {
                let end = at + whole.len();
                let before_ok =
                    out[..at].chars().last().is_none_or(|c| !c.is_alphanumeric() && c != '_');
                let after_ok = out[end..]
                    .chars()
                    .next()
                    .is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-');
                done.push_str(&out[..end]);
                if before_ok && after_ok {
                    done.push_str("-renamed");
                }
                out = out[end..].to_owned();
            }
            out = done + &out;
        }
        out
    }
    fn walk(value: &mut Value, key: &str, names: &BTreeSet<(String, String)>) {
        match value {
            Value::Object(object) => {
                if let (Some(kind), Some(Value::String(name))) = (
                    object.get("type").and_then(Value::as_str).map(str::to_owned),
                    object.get_mut("name"),
                ) && names.contains(&(kind, name.clone()))
                {
                    name.push_str("-renamed");
                }
                object.iter_mut().for_each(|(key, value)| walk(value, key, names));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, key, names)),
            Value::String(text) if ["address", "previous_address", "references"].contains(&key) => {
                *text = in_text(text, names);
            }
            _ => {}
        }
    }
    let names: BTreeSet<(String, String)> = plan["resource_changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|change| {
            Some((
                change.get("type")?.as_str()?.to_owned(),
                change.get("name")?.as_str()?.to_owned(),
            ))
        })
        .collect();
    walk(plan, "", &names);
}

/// Adds resources and a module that have nothing to do with the others.
fn with_neighbours(plan: &mut Value) {
    let resource = |module: &str, kind: &str, after: Value| {
        let dot = if module.is_empty() { "" } else { "." };
        json!({
            "address": format!("{module}{dot}{kind}.unrelated"), "module_address": module,
            "mode": "managed", "type": kind, "name": "unrelated",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["create"], "before": null, "after": after,
                       "after_unknown": {"id": true, "arn": true}, "after_sensitive": {}},
        })
    };
    let tags = json!({"ManagedBy": "Terraform"});
    let changes = plan["resource_changes"].as_array_mut().unwrap();
    changes.push(resource("", "aws_vpc", json!({"cidr_block": "10.0.0.0/16", "tags": tags})));
    changes.insert(
        0,
        resource("module.unrelated", "aws_ecs_cluster", json!({"name": "x", "tags": tags})),
    );
    changes.push(resource("module.unrelated", "aws_iam_group", json!({"name": "unrelated"})));
}

/// The known attributes of resources of the root module: place of the resource, attribute.
fn known(plan: &Value) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    for (i, change) in plan["resource_changes"].as_array().unwrap().iter().enumerate() {
        let module = change.get("module_address").and_then(Value::as_str).unwrap_or("");
        let Some(after) = change["change"]["after"].as_object() else { continue };
        if module.is_empty() && change["mode"] == "managed" {
            let set = after.iter().filter(|(_, value)| !value.is_null());
            all.extend(set.map(|(attribute, _)| (i, attribute.clone())));
        }
    }
    all
}

/// Replaces one known attribute by an unknown one that waits for something; the address.
fn forget(plan: &mut Value, i: usize, attribute: &str) -> Option<String> {
    let change = &mut plan["resource_changes"][i];
    let (kind, name) = (change["type"].clone(), change["name"].clone());
    let address = change["address"].as_str()?.to_owned();
    change["change"]["after"].as_object_mut()?.remove(attribute);
    let marks = &mut change["change"]["after_unknown"];
    if !marks.is_object() {
        *marks = Value::Object(Map::new());
    }
    marks[attribute] = Value::Bool(true);
    let resources = plan["configuration"]["root_module"]["resources"].as_array_mut()?;
    let own = resources.iter_mut().find(|r| r["type"] == kind && r["name"] == name)?;
    if !own["expressions"].is_object() {
        own["expressions"] = Value::Object(Map::new());
    }
    own["expressions"][attribute] = json!({"references": ["local.somewhere"]});
    Some(address)
}

/// What is wrong with the verdict on the plan in which one attribute is unknown.
fn forgotten(file: &Path, plan: &Value, full: &Verdict, i: usize, attribute: &str) -> Vec<String> {
    let mut other = plan.clone();
    let Some(address) = forget(&mut other, i, attribute) else { return Vec::new() };
    let less = judge(&other.to_string());
    let at = format!("{}: `{attribute}` of {address} is forgotten", file.display());
    let mut faults: Vec<String> =
        less.errors.iter().map(|error| format!("{at}, and it ends in {error:?}")).collect();
    for finding in full.findings.iter().filter(|finding| finding.change != Change::Resolved) {
        let speaks_for = |other: &str| {
            full.rules
                .get(finding.rule.as_ref())
                .is_some_and(|meta| meta.yields_to.iter().any(|rule| rule == other))
        };
        let still = less.findings.iter().any(|f| {
            // What two rules of one group do together is then in doubt at the one that is not
            // known.
            (f.address == finding.address || f.address == address)
                && f.change != Change::Resolved
                && (f.rule == finding.rule || speaks_for(&f.rule))
        });
        // A constant of the configuration is never unknown: what is not known is none.
        let constant = full.rules.get(finding.rule.as_ref()).is_some_and(|m| m.blames_secrets)
            && (finding.message.contains("the configuration contains")
                // Nor is a secret in a tag: what is computed there is an address or a time.
                || finding.rule == "secret-in-tag");
        if !still && !constant {
            faults.push(format!("{at}, and {} says nothing of {}", finding.rule, finding.address));
        }
    }
    let certain = |verdict: &Verdict| -> BTreeSet<String> {
        let violated = verdict
            .findings
            .iter()
            .filter(|f| f.outcome == Outcome::Violated && f.change == Change::Introduced);
        violated.map(|f| f.address.clone()).collect()
    };
    let (full, less) = (certain(full), certain(&less));
    if !less.is_subset(&full) && !attribute.starts_with("tags") {
        faults.push(format!("{at}, and more is violated for certain: {less:?}, {full:?}"));
    }
    faults
}

/// The findings of all plans after a change that must change nothing.
fn nothing_changes(
    change: impl Fn(&Value, &mut Choices) -> String + Sync,
    back: fn(&str) -> String,
) {
    plans().par_iter().enumerate().for_each(|(i, (file, plan))| {
        let other = change(plan, &mut Choices(i as u64));
        assert_eq!(
            essence(&judge(&other), back),
            essence(&judge(&plan.to_string()), back),
            "{}",
            file.display()
        );
    });
}

#[test]
fn order_changes_nothing() {
    let another_order = |plan: &Value, choices: &mut Choices| {
        let mut other = plan.clone();
        choices.shuffle(other["resource_changes"].as_array_mut().unwrap());
        shuffled(&other, choices)
    };
    nothing_changes(another_order, str::to_owned);
}

#[test]
fn names_change_nothing() {
    let other_names = |plan: &Value, _: &mut Choices| {
        let mut other = plan.clone();
        renamed(&mut other);
        assert_ne!(&other, plan);
        other.to_string()
    };
    nothing_changes(other_names, |address| address.replace("-renamed", ""));
}

#[test]
fn neighbours_change_nothing() {
    let neighbours = |plan: &Value, _: &mut Choices| {
        let mut other = plan.clone();
        with_neighbours(&mut other);
        other.to_string()
    };
    nothing_changes(neighbours, str::to_owned);
}

/// Every known attribute of every plan, one at a time: nothing is left to chance.
#[test]
fn knowing_less_never_satisfies() {
    let faults: Vec<String> = plans()
        .par_iter()
        .flat_map_iter(|(file, plan)| {
            let full = judge(&plan.to_string());
            known(plan)
                .into_iter()
                .flat_map(move |(i, attribute)| forgotten(file, plan, &full, i, &attribute))
        })
        .collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn there_are_plans_to_judge() {
    assert!(plans().len() > 20, "only {} plans were found", plans().len());
}
