//! Plans that a red team made, from the folder that `HOLDPOINT_CASES` names (else
//! `../shared/cases`): each hole must end in a failure, each innocent plan must pass.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::{Path, PathBuf};

use common::run;
use serde::Deserialize;

/// One line of `index.jsonl`.
#[derive(Deserialize)]
struct Case {
    case: String,
    label: Label,
    /// What the attacker wanted.
    want: String,
    /// Whether the source is given beside the plan.
    source: bool,
    /// Whether more empty `.tf` files lie beside it than holdpoint reads.
    many_empty_files: bool,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Label {
    Hole,
    Innocent,
}

/// The case's folder, or a copy of it with 2,001 empty files of Terraform.
fn source(case: &Case, folder: &Path, scratch: &Path) -> PathBuf {
    if !case.many_empty_files {
        return folder.to_owned();
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, scratch.join(path.file_name().unwrap())).unwrap();
    }
    for n in 0..=2000 {
        fs::write(scratch.join(format!("empty-{n}.tf")), "").unwrap();
    }
    scratch.to_owned()
}

#[test]
fn holes_are_closed_and_innocents_pass() {
    let Some(cases) = common::peers::beside("cases", "HOLDPOINT_CASES", "redteam") else { return };
    let index = fs::read_to_string(cases.join("index.jsonl")).unwrap();
    let (mut holes, mut innocents, mut wrong) = (0, 0, Vec::new());
    for line in index.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let folder = cases.join(&case.case);
        let scratch = common::scratch();
        let mut args = vec!["plan".to_owned(), folder.join("tfplan.json").display().to_string()];
        if case.source {
            let source = source(&case, &folder, scratch.path());
            args.extend(["--source".to_owned(), source.display().to_string()]);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let code = run(scratch.path(), &args).code;
        let right = if case.label == Label::Hole {
            holes += 1;
            matches!(code, Some(1 | 2))
        } else {
            innocents += 1;
            code == Some(0)
        };
        if !right {
            wrong.push(format!("{}: exit {code:?}: {}", case.case, case.want));
        }
    }
    assert!(holes > 0 && innocents > 0, "{} holds no case", cases.display());
    assert!(wrong.is_empty(), "{} of them wrong:\n{}", wrong.len(), wrong.join("\n"));
}
