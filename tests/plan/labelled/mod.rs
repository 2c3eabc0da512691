//! Agreement with what eleven other projects' test suites label good or bad.
//!
//! `tests/plan/labelled/<theme>.tsv` maps each of their checks to our rules, or to `-` and the reason
//! why it is out of scope (`rule(ports=22)` sets a parameter, where their check is about one port
//! and our rule about several); `tests/plan/labelled/differences*.tsv` explain every label that we do not
//! agree with. The plans come from the folder that `HOLDPOINT_LABELLED` names (else
//! `../shared/labelled`). `HOLDPOINT_THEME=x` narrows a run and prints every difference.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use holdpoint::decide::{Config, RuleConfig};
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::model::finding::Outcome;
use holdpoint::model::rule::Param;
use holdpoint::model::verdict::Verdict;
use holdpoint::rules::catalogue;
use serde_json::Value;

/// Of the addresses in scope, so many must be judged as they are labelled.
const FLOOR_PRISTINE: f64 = 0.99;
const FLOOR_ALL: f64 = 0.97;
/// So many of their checks are mapped; the rest follows with the rules that they are about. Raise
/// it with every check that is added.
const FLOOR_MAPPED: usize = 347;

fn folder() -> Option<PathBuf> {
    common::peers::beside("labelled", "HOLDPOINT_LABELLED", "plans")
}

/// Their check -> our rules; an empty list is out of scope.
type Map = BTreeMap<(String, String), Vec<Mapped>>;

/// A rule, and the whole numbers that its parameters are set to for a check.
#[derive(Debug, Clone)]
struct Mapped {
    id: String,
    params: BTreeMap<String, Param>,
}

impl Mapped {
    fn read(text: &str) -> Self {
        let Some((id, inside)) = text.strip_suffix(')').and_then(|text| text.split_once('('))
        else {
            return Self { id: text.to_owned(), params: BTreeMap::new() };
        };
        let (name, number) = inside.split_once('=').unwrap();
        let numbers = vec![number.trim().parse().unwrap()];
        let params = BTreeMap::from([(name.trim().to_owned(), Param::Ints(numbers.into()))]);
        Self { id: id.to_owned(), params }
    }
}

fn rows(file: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn map() -> Map {
    let ids: BTreeSet<&str> = catalogue::all().iter().map(|rule| rule.meta.id.as_ref()).collect();
    let mut map = Map::new();
    for entry in fs::read_dir(common::root().join("tests/plan/labelled")).unwrap() {
        let file = entry.unwrap().path();
        let theme = file.file_stem().unwrap().to_str().unwrap().to_owned();
        if theme.starts_with("differences") || file.extension().is_none_or(|ending| ending != "tsv")
        {
            continue;
        }
        for row in rows(&file) {
            let [check, rules, note @ ..] = row.as_slice() else {
                panic!("{}: {row:?} has too few cells", file.display());
            };
            let list: Vec<Mapped> = match rules.as_str() {
                "-" => {
                    assert!(note.first().is_some_and(|n| n.len() > 10), "{check}: say why not");
                    Vec::new()
                }
                rules => rules.split(',').map(|rule| Mapped::read(rule.trim())).collect(),
            };
            for rule in &list {
                let id = &rule.id;
                assert!(ids.contains(id.as_str()), "{theme}: {check}: there is no rule `{id}`");
            }
            let twice = map.insert((theme.clone(), check.clone()), list);
            assert!(twice.is_none(), "{theme}: {check} stands twice");
        }
    }
    map
}

/// Cases and addresses whose label we do not agree with, each with its reason.
fn explained() -> BTreeMap<(String, String), String> {
    let folder = fs::read_dir(common::root().join("tests/plan/labelled")).unwrap();
    let files = folder.map(|entry| entry.unwrap().path()).filter(|file| {
        file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("differences"))
    });
    files
        .flat_map(|file| rows(&file))
        .map(|row| {
            assert!(row.get(2).is_some_and(|why| why.len() > 20), "{row:?}: explain it");
            ((row[0].clone(), row[1].clone()), row[2].clone())
        })
        .collect()
}

/// The checks that are out of scope, and why.
fn reasons() -> BTreeMap<String, Vec<String>> {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(common::root().join("tests/plan/labelled")).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if file.extension().is_none_or(|ending| ending != "tsv") || name.starts_with("differences")
        {
            continue;
        }
        for row in rows(&file).into_iter().filter(|row| row[1] == "-") {
            reasons.entry(row[2].clone()).or_default().push(format!("{name}/{}", row[0]));
        }
    }
    reasons.values_mut().for_each(|checks| checks.sort());
    reasons
}

/// All rules on, also those that are off by default.
fn judge(file: &Path, mapped: &[Mapped]) -> Verdict {
    let mut config = Config::default();
    for rule in catalogue::all() {
        let own = mapped.iter().find(|own| rule.meta.id == own.id);
        let params = own.map(|own| own.params.clone()).unwrap_or_default();
        let known = |name: &String| rule.meta.params.iter().any(|spec| spec.name == *name);
        assert!(params.keys().all(known), "{} has no such parameter", rule.meta.id);
        let on = RuleConfig { enabled: Some(true), params, ..RuleConfig::default() };
        config.rules.insert(rule.meta.id.to_string(), on);
    }
    let scratch = tempfile::tempdir().unwrap();
    let copy = scratch.path().join("plan.json");
    fs::copy(file, &copy).unwrap();
    plan(&PlanRequest {
        inputs: &[copy.display().to_string()],
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config: &config,
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    })
}

/// What we say of an address by these rules.
fn says(verdict: &Verdict, rules: &[Mapped], address: &str, scope: &str) -> &'static str {
    let found = || {
        verdict.findings.iter().filter(|f| {
            rules.iter().any(|rule| rule.id == f.rule)
                && (scope != "resource" || f.address == address)
        })
    };
    if found().any(|f| f.outcome == Outcome::Violated) {
        "bad"
    } else if found().next().is_some() {
        "undetermined"
    } else {
        "good"
    }
}

#[derive(Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) agreed: usize,
    pub(crate) asked: usize,
}

impl Tally {
    fn add(&mut self, agrees: bool) {
        self.asked += 1;
        self.agreed += usize::from(agrees);
    }
    pub(crate) fn share(self) -> f64 {
        if self.asked == 0 { 1.0 } else { self.agreed as f64 / self.asked as f64 }
    }
}

#[test]
fn labels_of_other_suites_are_agreed_with_or_explained() {
    let Some(folder) = folder() else { return };
    let map = map();
    let only = std::env::var("HOLDPOINT_THEME").ok();
    let explained = explained();
    let (mut all, mut pristine) = (Tally::default(), Tally::default());
    let (mut by_theme, mut by_suite) = (BTreeMap::new(), BTreeMap::new());
    let (mut in_scope, mut checks) = (BTreeSet::new(), BTreeSet::new());
    let (mut unmapped, mut unexplained) = (BTreeSet::new(), String::new());
    let mut used = BTreeMap::new();
    let mut theirs = BTreeMap::new();
    let index = fs::read_to_string(folder.join("index.jsonl")).unwrap();
    for line in index.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        let (theme, check, case) = (text("theme"), text("check"), text("case"));
        if only.as_ref().is_some_and(|only| *only != theme) {
            continue;
        }
        let suite = row["source"]["suite"].as_str().unwrap().to_owned();
        checks.insert((theme.clone(), check.clone()));
        let Some(rules) = map.get(&(theme.clone(), check.clone())) else {
            unmapped.insert(format!("{theme}\t{check}"));
            continue;
        };
        if rules.is_empty() {
            continue;
        }
        in_scope.insert((theme.clone(), check.clone()));
        let verdict = judge(&folder.join(&case), rules);
        assert!(verdict.errors.is_empty(), "{case}: {:?}", verdict.errors);
        let tool = &row["source_tool_on_plan"];
        for label in ["good", "bad"] {
            for address in row["addresses"][label].as_array().into_iter().flatten() {
                let address = address.as_str().unwrap();
                let given = says(&verdict, rules, address, row["scope"].as_str().unwrap());
                // Doubt holds a bad one up as well; a good one must go through.
                let agrees = given == label || (label == "bad" && given == "undetermined");
                all.add(agrees);
                if row["pristine"] == true && row["scope"] == "resource" {
                    pristine.add(agrees);
                }
                by_theme.entry(theme.clone()).or_insert_with(Tally::default).add(agrees);
                by_suite.entry(suite.clone()).or_insert_with(Tally::default).add(agrees);
                if tool.is_object() {
                    let they = tool["not_agreeing"].get(address).is_none();
                    theirs.entry(suite.clone()).or_insert_with(Tally::default).add(they);
                }
                if agrees {
                    continue;
                }
                let key = (case.clone(), address.to_owned());
                let known = explained.contains_key(&key);
                used.insert(key, format!("{check}, labelled {label}"));
                if !known || only.is_some() {
                    writeln!(
                        unexplained,
                        "{case}\t{address}\t{check}: labelled {label}, we say {given} ({}){}",
                        rules.iter().map(|r| r.id.as_str()).collect::<Vec<_>>().join(","),
                        if known { " [explained]" } else { "" }
                    )
                    .unwrap();
                }
            }
        }
    }
    let mut table = String::new();
    for (name, tally) in by_theme.iter().chain(&by_suite) {
        let (agreed, asked) = (tally.agreed, tally.asked);
        writeln!(table, "{name:24} {agreed:4} of {asked:4}  {:5.1} %", tally.share() * 100.0)
            .unwrap();
    }
    println!("{table}");
    println!("pristine, one resource: {} of {}", pristine.agreed, pristine.asked);
    println!("all in scope:           {} of {}", all.agreed, all.asked);
    println!("checks in scope:        {} of {}", in_scope.len(), checks.len());
    if only.is_some() {
        let list: Vec<String> = unmapped.into_iter().collect();
        assert!(list.is_empty(), "not mapped:\n{}", list.join("\n"));
        assert!(unexplained.is_empty(), "differences:\n{unexplained}");
        return;
    }
    assert!(unexplained.is_empty(), "differences without an explanation:\n{unexplained}");
    let stale: Vec<_> = explained.keys().filter(|key| !used.contains_key(*key)).collect();
    assert!(stale.is_empty(), "explained, but agreed with: {stale:?}");
    assert!(pristine.share() >= FLOOR_PRISTINE, "pristine: {:.3}", pristine.share());
    assert!(all.share() >= FLOOR_ALL, "all: {:.3}", all.share());
    let mapped = checks.len() - unmapped.len();
    println!("checks mapped:          {mapped} of {}", checks.len());
    assert!(mapped >= FLOOR_MAPPED, "only {mapped} checks are mapped");
    let reason = |key: &(String, String)| explained[key].clone();
    let sums = page::Sums {
        pristine,
        all,
        checks: checks.len(),
        in_scope: in_scope.len(),
        by_theme,
        by_suite,
        theirs,
        differences: used.into_iter().map(|(key, label)| (reason(&key), key, label)).collect(),
    };
    common::expect_file(&common::root().join("docs/labelled.md"), &page::render(&sums, &reasons()));
}
