//! `gitlab`: a code quality report, the array that merge requests show.
//!
//! Source of the fields: GitLab's documentation of "Code Quality", custom tools. GitLab keeps one
//! of several entries with the same fingerprint, so each is unique here.

use serde::Serialize;

use super::summary::{self, problems};
use super::{json, text};
use crate::model::finding::{Change, Finding, Outcome};
use crate::model::severity::Severity;
use crate::model::verdict::{Problem, Verdict};

/// The check that stands for "could not be decided"; an empty array would look like a pass.
const UNDECIDED: &str = "holdpoint-undecided";

#[derive(Serialize)]
struct Entry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

pub(super) fn render(verdict: &Verdict) -> String {
    let found = verdict.findings.iter().zip(summary::fingerprints(verdict));
    let problems = problems(verdict);
    let errors = problems.iter().enumerate().map(|(i, problem)| refused(verdict, problem, i));
    let entries: Vec<Entry> =
        errors.chain(found.map(|(finding, fingerprint)| entry(finding, fingerprint))).collect();
    json::write(&entries)
}

fn entry(finding: &Finding, fingerprint: String) -> Entry {
    Entry {
        description: description(finding),
        check_name: text::line(&finding.rule).into_owned(),
        fingerprint,
        severity: severity(finding),
        location: Place {
            path: text::line(&finding.location.file).into_owned(),
            lines: Lines { begin: finding.location.line.max(1) },
        },
    }
}

/// GitLab has five steps; what is resolved is only worth knowing.
fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        _ if finding.change == Change::Resolved => "info",
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
    }
}

/// Starts with a mark in any case: else an address could start with one.
fn description(finding: &Finding) -> String {
    let mut marks = vec![if finding.blocks { "blocks" } else { "reported" }];
    if finding.outcome == Outcome::Undetermined {
        marks.push("undetermined");
    }
    if finding.change != Change::Introduced {
        marks.push(finding.change.name());
    }
    let mut out = format!("[{}] {}", marks.join(", "), summary::sentence(finding));
    if let Some(waiver) = &finding.waiver {
        out.push_str(&format!(" ({})", summary::waiver(waiver)));
    }
    out
}

fn refused(verdict: &Verdict, problem: &Problem, position: usize) -> Entry {
    let file = problem.file.as_ref().or(verdict.inputs.first());
    let help = problem.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
    Entry {
        description: text::line(&format!("[undecided] {}{help}", problem.message)).into_owned(),
        check_name: UNDECIDED.to_owned(),
        fingerprint: text::line(&format!("{UNDECIDED}-{position}-{}", problem.code)).into_owned(),
        severity: "blocker",
        location: Place {
            path: file.map(|file| text::line(file).into_owned()).unwrap_or_default(),
            lines: Lines { begin: 1 },
        },
    }
}
