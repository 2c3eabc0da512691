//! `HOLDPOINT_STRICT`: what it names must be there, a typo in it fails, and `.ci/run` promises every
//! peer that it installs.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use crate::common::{files, peers, root};

#[test]
fn the_list_of_this_run_names_peers() {
    let list = std::env::var("HOLDPOINT_STRICT").unwrap_or_default();
    peers::required(&list).unwrap();
}

/// Runs in a separate process, below: a test cannot change its environment.
#[test]
fn probe() {
    if let Ok(name) = std::env::var("HOLDPOINT_PROBE") {
        peers::missing(&name);
    }
}

fn with(list: &str, test: &str, probe: &str) -> Output {
    let (_, module) = module_path!().split_once("::").unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::{test}"), "--nocapture"])
        .env("HOLDPOINT_STRICT", list)
        .env("HOLDPOINT_PROBE", probe)
        .output()
        .unwrap()
}

#[test]
fn a_missing_peer_fails_where_the_list_names_it_and_is_named_elsewhere() {
    for (list, passes) in [("", true), ("opa, npm", true), ("npm,trivy", false), ("all", false)] {
        let done = with(list, "probe", "trivy");
        let text = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        assert!(text.contains("running 1 test"), "{text}");
        assert_eq!(done.status.success(), passes, "{list}: {text}");
        assert_eq!(text.contains("NOT RUN: "), passes, "{list}: {text}");
        assert!(text.contains("`trivy`") && text.contains(".ci/linters"), "{text}");
    }
    assert!(!with("", "probe", "no-such-peer").status.success());
}

#[test]
fn a_typo_in_the_list_fails() {
    let why = peers::required("opa,conftst").unwrap_err();
    assert_eq!(why, "`conftst` in HOLDPOINT_STRICT is no peer; did you mean `conftest`?");
    for test in ["the_list_of_this_run_names_peers", "probe"] {
        assert!(!with("conftst", test, "opa").status.success(), "{test}");
    }
}

#[test]
fn every_peer_is_asked_for_and_no_test_skips_in_another_way() {
    let names: Vec<&str> = peers::PEERS.iter().map(|(name, _)| *name).collect();
    assert!(names.is_sorted() && names.len() == names.iter().collect::<BTreeSet<_>>().len());
    let mut asked = String::new();
    for file in files(&root().join("tests")) {
        let here =
            file.ends_with("common/peers.rs") || file.file_name() == Some("strict.rs".as_ref());
        if file.extension().is_none_or(|end| end != "rs") || here {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("NOT RUN"), "{}: use `peers::missing`", file.display());
        asked.push_str(&text);
    }
    // A peer has the name of its program; moto's differs.
    let missing = |name: &&&str| !asked.contains(&format!("\"{name}"));
    let unused: Vec<_> = names.iter().filter(missing).collect();
    assert!(unused.is_empty(), "no test asks for {unused:?}");
}

/// Public policy sets are nobody's to install here.
const NOT_PROMISED: &[&str] = &["rego-sets"];

#[test]
fn ci_promises_every_peer() {
    let script = fs::read_to_string(root().join(".ci/run")).unwrap();
    let promised: BTreeSet<&str> = script
        .lines()
        .filter_map(|line| line.trim().strip_prefix("promise "))
        .flat_map(str::split_whitespace)
        .collect();
    let list = promised.iter().copied().collect::<Vec<_>>().join(",");
    let known: BTreeSet<&str> = peers::required(&list).unwrap().into_iter().collect();
    assert_eq!(known, promised);
    let all = peers::PEERS.iter().map(|(name, _)| *name);
    let expected: BTreeSet<&str> = all.filter(|name| !NOT_PROMISED.contains(name)).collect();
    assert_eq!(promised, expected);
    assert!(script.contains("export HOLDPOINT_STRICT\n"), "and hands the list to the tests");
}
