//! Real plans with the right answers, from the folder that `HOLDPOINT_CASES` names (else
//! `../shared/cases`): what a right gate says of each address, from the plan alone and with the
//! source at hand. Says loudly when the folder is not there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use holdpoint::decide::Config;
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::model::finding::{Change, Outcome};
use holdpoint::model::verdict::{Decision, Verdict};

fn folder() -> Option<PathBuf> {
    common::peers::beside("cases", "HOLDPOINT_CASES", "")
}

fn judge(plan_file: &Path, source: Option<&Path>) -> Verdict {
    let config = Config::default();
    plan(&PlanRequest {
        inputs: &[plan_file.display().to_string()],
        source,
        terraform_bin: None,
        allow_partial: false,
        config: &config,
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    })
}

/// Which rules an answer is about: its theme, narrowed by its note.
fn concerns(theme: &str, why: &str, rule: &str) -> bool {
    let public = ["s3-bucket-public-acl", "resource-policy-public"];
    match theme {
        "sg" => ["security-group-", "network-acl-", "default-security-"]
            .iter()
            .any(|p| rule.starts_with(p)),
        "iam" => rule.starts_with("iam-") || rule == "resource-policy-public",
        "act" => rule.starts_with("security-group-") || rule == "stateful-resource-destroyed",
        _ if why.starts_with("(encryption)") => rule.ends_with("-unencrypted"),
        _ if why.starts_with("(public access)") => {
            public.contains(&rule) || rule.starts_with("s3-public-")
        }
        _ => !matches!(
            rule,
            "managed-by-tag-missing" | "s3-versioning-off" | "s3-insecure-transport"
        ),
    }
}

/// What the verdict says of an address.
fn answer(verdict: &Verdict, theme: &str, why: &str, address: &str) -> &'static str {
    let of_this = || {
        verdict.findings.iter().filter(|f| f.address == address && concerns(theme, why, &f.rule))
    };
    if of_this().any(|f| f.blocks && f.outcome == Outcome::Violated) {
        "block"
    } else if of_this().any(|f| f.blocks) {
        "undetermined"
    } else if of_this().any(|f| f.change == Change::Existing) {
        "existing"
    } else {
        "ok"
    }
}

#[test]
fn every_answer_is_the_right_one() {
    let Some(folder) = folder() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let (mut asked, mut wrong) = (0, String::new());
    let mut themes = BTreeMap::new();
    for theme in ["act", "iam", "s3", "sg"] {
        let case = folder.join(theme);
        let alone = scratch.path().join(format!("{theme}.json"));
        std::fs::copy(case.join("tfplan.json"), &alone).unwrap();
        let (from_plan, from_source) = (judge(&alone, None), judge(&alone, Some(&case)));
        assert!(from_source.errors.is_empty(), "{:?}", from_source.errors);
        let answers = std::fs::read_to_string(case.join("answers.tsv")).unwrap();
        for line in answers.lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [address, by_plan, by_source, rest @ ..] = cells.as_slice() else {
                panic!("a line of {theme}/answers.tsv has too few cells: {line}");
            };
            let why = rest.first().copied().unwrap_or_default();
            for (how, verdict, right) in
                [("plan", &from_plan, by_plan), ("source", &from_source, by_source)]
            {
                asked += 1;
                *themes.entry(theme).or_insert(0) += 1;
                let given = answer(verdict, theme, why, address);
                // The answers were written when a single reference counted as the document; since
                // then the plan alone does not say whether a function stands around it.
                let is_open = address.ends_with("i10_doc_unknown") && how == "plan";
                let right = if is_open { "undetermined" } else { *right };
                if given != right {
                    writeln!(wrong, "{theme}, {how}: {address} is {given}, should be {right}")
                        .unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "wrong answers of {asked}:\n{wrong}");
    assert!(themes.values().all(|n| *n > 10), "too few answers were asked: {themes:?}");
}

/// Plans in which a provider that no rule covers stands beside one that rules do cover.
#[test]
fn a_provider_does_not_hide_behind_another() {
    let Some(folder) = common::peers::beside("cases", "HOLDPOINT_CASES", "redteam") else { return };
    for (case, provider) in [("e-google-mixed", "google"), ("e-k8s-mixed", "kubernetes")] {
        let verdict = judge(&folder.join(case).join("tfplan.json"), None);
        assert_eq!(verdict.decision, Decision::Undecided, "{case}");
        let named = format!("provider `{provider}`");
        let messages: Vec<&str> = verdict.errors.iter().map(|e| e.message.as_str()).collect();
        assert!(messages.iter().any(|message| message.contains(&named)), "{case}: {messages:?}");
    }
}
