//! `json`: a list of files and namespaces with their results.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::{Checked, Entry};
use super::go;

#[derive(Serialize)]
struct Loc<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

#[derive(Serialize)]
struct Result<'a> {
    msg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    loc: Option<Loc<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'a BTreeMap<String, serde_json::Value>,
}

#[derive(Serialize)]
struct Check<'a> {
    filename: &'a str,
    namespace: &'a str,
    successes: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<Result<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Result<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Result<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<Result<'a>>,
}

fn list(entries: &[Entry]) -> Vec<Result<'_>> {
    entries
        .iter()
        .map(|entry| Result {
            msg: &entry.msg,
            loc: entry
                .loc
                .as_ref()
                .map(|loc| Loc { file: loc.file.as_deref().unwrap_or_default(), line: loc.line }),
            metadata: &entry.metadata,
        })
        .collect()
}

pub(super) fn render(results: &[Checked]) -> String {
    let checks: Vec<Check<'_>> = results
        .iter()
        .map(|checked| Check {
            filename: if checked.file == "-" { "" } else { &checked.file },
            namespace: &checked.namespace,
            successes: checked.successes,
            skipped: list(&checked.skipped),
            warnings: list(&checked.warnings),
            failures: list(&checked.failures),
            exceptions: list(&checked.exceptions),
        })
        .collect();
    if checks.is_empty() {
        // Go writes a list that was never made so.
        return "null\n".to_owned();
    }
    format!("{}\n", go::indented(&checks, "\t"))
}
