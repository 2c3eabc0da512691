//! Public policy sets against OPA: which of their files are taken, which are refused and why, and
//! whether their unit tests and their rules give the same results.
//!
//! `HOLDPOINT_REGO_SETS` is a folder of sets, a folder each, none of which is committed;
//! `HOLDPOINT_OPA` is OPA. Prints the table of docs/rego-sets.md.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::root;
use holdpoint::rego::{Document, Fault, Options, Policies};
use serde_json::Value;

/// What was counted of a set.
#[derive(Debug, Default)]
struct Count {
    files: usize,
    not_for_opa: usize,
    loaded: usize,
    refused: BTreeMap<&'static str, usize>,
    tests: usize,
    equal_tests: usize,
    rules: usize,
    equal_rules: usize,
    told: usize,
}

struct Opa(String);

impl Opa {
    fn run(&self, args: &[String]) -> (bool, Vec<u8>) {
        let ran = Command::new(&self.0).args(args).output().unwrap();
        (ran.status.success(), ran.stdout)
    }

    /// The dialect in which OPA takes the files together.
    fn takes(&self, files: &[PathBuf]) -> Option<&'static str> {
        ["--v1-compatible", "--v0-compatible"].into_iter().find(|dialect| {
            let mut args = vec!["check".to_owned(), (*dialect).to_owned()];
            args.extend(names(files));
            self.run(&args).0
        })
    }
}

fn names(files: &[PathBuf]) -> Vec<String> {
    files.iter().map(|file| file.display().to_string()).collect()
}

/// Files that belong together: the largest folders that OPA takes, or one file and the libraries.
fn units(
    opa: &Opa,
    folder: &Path,
    library: &[PathBuf],
    found: &mut Vec<(Vec<PathBuf>, &'static str)>,
) -> usize {
    let here = files(folder, true);
    if here.is_empty() {
        return 0;
    }
    let whole = |unit: &[PathBuf]| {
        let more = library.iter().filter(|file| !unit.contains(file));
        unit.iter().chain(more).cloned().collect::<Vec<PathBuf>>()
    };
    if let Some(dialect) = opa.takes(&whole(&here)) {
        found.push((whole(&here), dialect));
        return 0;
    }
    let mut refused = 0;
    let mut folders: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    for folder in folders.iter().filter(|path| path.is_dir()) {
        refused += units(opa, folder, library, found);
    }
    for file in files(folder, false) {
        let unit = whole(std::slice::from_ref(&file));
        match opa.takes(&unit) {
            Some(dialect) => found.push((unit, dialect)),
            None => refused += 1,
        }
    }
    refused
}

fn files(folder: &Path, deep: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && deep {
            found.extend(files(&path, true));
        } else if path.extension().is_some_and(|end| end == "rego") {
            found.push(path);
        }
    }
    found
}

/// Loads what can be loaded, and counts why the rest is refused.
fn load(
    mut files: Vec<PathBuf>,
    count: &mut Count,
    seen: &mut BTreeSet<PathBuf>,
) -> Option<(Policies, Vec<PathBuf>)> {
    let options = Options { compat_builtin_errors: true, environment: true, ..Options::default() };
    loop {
        if files.is_empty() {
            return None;
        }
        let faults: Vec<Fault> = match Policies::load(&files, &[], &options) {
            Ok(policies) => return Some((policies, files)),
            Err(faults) => faults,
        };
        let mut bad: BTreeMap<PathBuf, &'static str> = BTreeMap::new();
        for fault in &faults {
            let file = fault.file.as_ref().map_or_else(|| files[0].clone(), PathBuf::from);
            bad.entry(file).or_insert(fault.code);
        }
        for (file, code) in bad {
            if std::env::var_os("HOLDPOINT_REGO_SETS_WHY").is_some() {
                let fault = faults.iter().find(|fault| fault.file.as_deref() == file.to_str());
                let _ = writeln!(std::io::stderr(), "{}: {code}: {fault:.0?}", file.display());
                if let Some(fault) = fault {
                    let _ = writeln!(std::io::stderr(), "  {:?} {:?}", fault.line(), fault.message);
                }
            }
            if seen.insert(file.clone()) {
                *count.refused.entry(code).or_default() += 1;
            }
            files.retain(|loaded| *loaded != file);
        }
    }
}

/// Inputs of several kinds: plans, manifests.
fn inputs() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut add = |path: PathBuf| {
        let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        found.push((path.display().to_string(), value));
    };
    add(root().join("fixtures/bench/plan.json"));
    for rule in ["security-group-admin-port-open", "s3-public-acl", "ebs-unencrypted"] {
        let Ok(listing) = fs::read_dir(root().join("fixtures/rules").join(rule)) else { continue };
        let mut plans: Vec<PathBuf> = listing.map(|entry| entry.unwrap().path()).collect();
        plans.retain(|path| path.extension().is_some_and(|end| end == "json"));
        plans.sort();
        plans.into_iter().take(4).for_each(&mut add);
    }
    for (name, kind) in [("pod", "Pod"), ("deployment", "Deployment"), ("service", "Service")] {
        let container = serde_json::json!({"name": "a", "image": "nginx:latest",
            "securityContext": {"privileged": true}});
        let pod = serde_json::json!({"containers": [container], "hostNetwork": true});
        let spec = match kind {
            "Pod" => pod,
            "Deployment" => {
                serde_json::json!({"replicas": 1, "template": {"metadata": {}, "spec": pod}})
            }
            _ => serde_json::json!({"type": "LoadBalancer", "ports": [{"port": 80}]}),
        };
        let object = serde_json::json!({"apiVersion": "v1", "kind": kind,
            "metadata": {"name": name, "namespace": "default"}, "spec": spec});
        found.push((format!("{name}.json"), object.clone()));
        let review = serde_json::json!({"review": {"object": object, "kind": {"kind": kind}}, "parameters": {}});
        found.push((format!("{name}-review.json"), review));
    }
    found
}

/// Messages of a set of results as conftest reads them.
fn messages(value: &Value) -> BTreeSet<String> {
    let text =
        |result: &Value| result.as_str().or_else(|| result["msg"].as_str()).map(str::to_owned);
    value.as_array().into_iter().flatten().filter_map(text).collect()
}

fn compare(opa: &Opa, policies: &Policies, files: &[PathBuf], dialect: &str, count: &mut Count) {
    // Their unit tests.
    let mut args = vec!["test".to_owned(), dialect.to_owned(), "-f".to_owned(), "json".to_owned()];
    args.extend(names(files));
    let (_, out) = opa.run(&args);
    let told: Value = serde_json::from_slice(&out).unwrap_or_default();
    let mut passed: BTreeMap<(String, String), bool> = BTreeMap::new();
    for result in told.as_array().into_iter().flatten() {
        let key = (
            result["package"].as_str().unwrap().replacen("data.", "", 1),
            result["name"].as_str().unwrap().to_owned(),
        );
        *passed.entry(key).or_insert(true) &=
            result["fail"] != true && result.get("error").is_none();
    }
    for test in policies.tests().iter().filter(|test| !test.skipped) {
        let Some(want) = passed.get(&(test.namespace.clone(), test.name.clone())) else { continue };
        count.tests += 1;
        let ran = policies.test(test, None);
        let passes = ran.as_ref().is_ok_and(|tested| tested.passed);
        if passes == *want {
            count.equal_tests += 1;
        } else {
            let _ = writeln!(
                std::io::stderr(),
                "TEST {}: {} {} OPA {want} {:?}",
                test.file,
                test.namespace,
                test.name,
                ran.as_ref().err().map(|fault| &fault.message)
            );
        }
    }
    // Their rules, on inputs of ours.
    let rules: BTreeSet<(String, String)> = policies
        .definitions()
        .iter()
        .map(|definition| (definition.namespace.clone(), definition.name.clone()))
        .collect();
    let Ok(namespaces) = policies.select(&[]) else { return };
    let reference = |namespace: &str, name: &str| {
        let steps: Vec<String> =
            namespace.split('.').chain([name]).map(|step| format!("[{step:?}]")).collect();
        format!("data{}", steps.concat())
    };
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("input.json");
    for (name, input) in inputs() {
        fs::write(&file, input.to_string()).unwrap();
        let fields: Vec<String> = rules
            .iter()
            .map(|(ns, rule)| format!("\"{ns}/{rule}\": [v | v := {}]", reference(ns, rule)))
            .collect();
        let ask = |query: String| {
            let mut args = vec![
                "eval".to_owned(),
                dialect.to_owned(),
                "-i".to_owned(),
                file.display().to_string(),
            ];
            files
                .iter()
                .for_each(|file| args.extend(["-d".to_owned(), file.display().to_string()]));
            args.push(query);
            let (_, out) = opa.run(&args);
            let told: Value = serde_json::from_slice(&out).unwrap_or_default();
            told["result"][0]["expressions"][0]["value"].clone()
        };
        let answers = ask(format!("{{{}}}", fields.join(", ")));
        let document = Document::new(name.clone(), &input);
        for namespace in &namespaces {
            let judgements = policies.judge(&document, std::slice::from_ref(namespace));
            for (ns, rule) in rules.iter().filter(|(ns, _)| ns == namespace) {
                let want = match &answers {
                    Value::Null => {
                        ask(format!("{{\"{ns}/{rule}\": [v | v := {}]}}", reference(ns, rule)))
                    }
                    all => all.clone(),
                };
                count.rules += 1;
                let want = match want[format!("{ns}/{rule}")].as_array() {
                    Some(list) => Ok(list.first().map(messages).unwrap_or_default()),
                    None => Err("fails"),
                };
                let ours: Result<BTreeSet<String>, &str> = match &judgements {
                    Ok(all) => Ok(all
                        .iter()
                        .flat_map(|judgement| judgement.failures.iter().chain(&judgement.warnings))
                        .filter(|hit| policies.definitions()[hit.definition].name == *rule)
                        .map(|hit| hit.msg.clone())
                        .collect()),
                    Err(_) => Err("fails"),
                };
                count.told += usize::from(ours.as_ref().is_ok_and(|ours| !ours.is_empty()));
                if ours == want {
                    count.equal_rules += 1;
                } else {
                    let why = judgements.as_ref().err().map(|fault| fault.message.clone());
                    let _ = writeln!(
                        std::io::stderr(),
                        "RULE {ns}/{rule} {name}: {ours:.200?} OPA {want:.200?} {why:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn public_sets_say_what_they_say_in_opa() {
    let (Ok(sets), Ok(opa)) =
        (std::env::var("HOLDPOINT_REGO_SETS"), std::env::var("HOLDPOINT_OPA"))
    else {
        return common::peers::missing("rego-sets");
    };
    let opa = Opa(opa);
    let only = std::env::var("HOLDPOINT_REGO_SETS_ONLY").unwrap_or_default();
    let mut sets: Vec<PathBuf> =
        fs::read_dir(sets).unwrap().map(|entry| entry.unwrap().path()).collect();
    sets.retain(|path| path.is_dir() && path.display().to_string().contains(&only));
    sets.sort();
    assert!(!sets.is_empty());
    let page = fs::read_to_string(root().join("docs/rego-sets.md")).unwrap();
    let mut less = Vec::new();
    let mut out = std::io::stderr();
    for set in sets {
        let mut count = Count { files: files(&set, true).len(), ..Count::default() };
        let library: Vec<PathBuf> = ["lib", "policy/lib", "rego/lib"]
            .iter()
            .map(|name| set.join(name))
            .filter(|path| path.is_dir())
            .flat_map(|path| files(&path, true))
            .filter(|path| !path.display().to_string().ends_with("_test.rego"))
            .collect();
        let mut found = Vec::new();
        count.not_for_opa = units(&opa, &set, &library, &mut found);
        let (mut refused, mut loaded) = (BTreeSet::new(), BTreeSet::new());
        for (files, dialect) in found {
            let Some((policies, paths)) = load(files.clone(), &mut count, &mut refused) else {
                continue;
            };
            loaded.extend(paths);
            compare(&opa, &policies, &files, dialect, &mut count);
        }
        count.loaded = loaded.difference(&refused).count();
        let name = set.file_name().unwrap().to_string_lossy().replace('+', "/");
        let why: Vec<String> =
            count.refused.iter().map(|(code, n)| format!("{n} `{code}`")).collect();
        writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {}/{} | {}/{} ({} with results) |",
            count.files,
            count.loaded,
            count.not_for_opa,
            if why.is_empty() { "none".to_owned() } else { why.join(", ") },
            count.equal_tests,
            count.tests,
            count.equal_rules,
            count.rules,
            count.told
        )
        .unwrap();
        less.extend(less_than(&page, &name, &count));
    }
    assert!(less.is_empty(), "{}", less.join("\n"));
}

/// What is less than docs/rego-sets.md says of the set: files that load, tests and rules that are equal.
fn less_than(page: &str, name: &str, count: &Count) -> Vec<String> {
    let row_of_set =
        |line: &&str| line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(name));
    let Some(row) = page.lines().find(row_of_set) else {
        return vec![format!("{name} has no row in docs/rego-sets.md")];
    };
    let cells: Vec<&str> = row.split('|').map(str::trim).collect();
    let first = |cell: &str| -> usize {
        let word = cell.split_whitespace().next().unwrap_or_default().replace(',', "");
        word.parse().unwrap_or_default()
    };
    [
        ("files", first(cells[4]), count.files),
        ("loaded", first(cells[5]), count.loaded),
        ("equal tests", first(cells[7]), count.equal_tests),
        ("equal rules", first(cells[8]), count.equal_rules),
    ]
    .into_iter()
    .filter(|(_, expected, found)| found < expected)
    .map(|(what, expected, found)| format!("{name}: {found} {what}, the page says {expected}"))
    .collect()
}

#[test]
fn less_than_the_page_says_is_told() {
    let page = "| a/b | 1 | v1 | 10 | 9 | 0 | 3 of 4 | 1,005 of 1,006 (0) |\n";
    let good =
        Count { files: 10, loaded: 9, equal_tests: 3, equal_rules: 1005, ..Count::default() };
    assert_eq!(less_than(page, "a/b", &good), Vec::<String>::new());
    assert_eq!(less_than(page, "a/b", &Count { equal_rules: 1004, ..good }).len(), 1);
    assert_eq!(less_than(page, "c/d", &Count::default()).len(), 1);
}
