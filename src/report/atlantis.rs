//! `atlantis`: text that Atlantis's custom policy checks read.
//!
//! Atlantis takes a policy set for failed when its output starts with `FAIL`, holds
//! `[1-9][0-9]* failure` or `failures": [`, or is empty; approvals that stay are bound to the lines
//! that start with `FAIL`, so these hold nothing that changes from run to run. Source:
//! <https://www.runatlantis.io/docs/custom-policy-checks>.

use super::summary::{self, Summary, problems};
use super::text::{self, plural};
use crate::model::finding::{Change, Finding};
use crate::model::verdict::Verdict;

/// Findings that do not block are listed up to here: a comment has an end, and Atlantis cuts it.
const WARNINGS: usize = 50;

pub(super) fn render(verdict: &Verdict) -> String {
    let (problems, summary) = (problems(verdict), Summary::of(verdict));
    let mut out = String::new();
    for problem in problems.iter() {
        let place = problem.file.as_ref().map(|file| format!("{file} - ")).unwrap_or_default();
        push_line(&mut out, "FAIL", &format!("{place}{} - {}", problem.code, problem.message));
        if let Some(help) = &problem.help {
            push_line(&mut out, "      help:", help);
        }
    }
    let blocking: Vec<&Finding> = verdict.blocking().collect();
    for finding in &blocking {
        push_line(&mut out, "FAIL", &sentence(finding));
        let place = &finding.location;
        if !place.file.is_empty() && place.line > 0 {
            push_line(&mut out, "      at:", &format!("{}:{}", place.file, place.line));
        }
        push_line(&mut out, "      fix:", &text::flow(&finding.fix));
    }
    let others: Vec<&Finding> = verdict.findings.iter().filter(|f| !f.blocks).collect();
    for finding in others.iter().take(WARNINGS) {
        push_line(&mut out, kind(finding), &sentence(finding));
    }
    if others.len() > WARNINGS {
        let rest = plural(others.len() - WARNINGS, "finding");
        out.push_str(&format!("{rest} more that do not block\n"));
    }
    for notice in &verdict.notices {
        push_line(&mut out, "NOTE", notice);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let failures = blocking.len() + problems.len();
    let waived = others.iter().filter(|finding| finding.waiver.is_some()).count();
    let warnings = others.len() - waived;
    out.push_str(&format!(
        "{}, {}, {}, {}\n",
        plural(summary.checks, "test"),
        plural(warnings, "warning"),
        plural(failures, "failure"),
        plural(waived, "exception"),
    ));
    let word = summary::word(verdict.decision);
    out.push_str(&format!("holdpoint: {word}: {}\n", summary::meaning(verdict)));
    text::guard(&out)
}

fn kind(finding: &Finding) -> &'static str {
    match (&finding.waiver, finding.change) {
        (Some(_), _) => "EXCP",
        (None, Change::Resolved) => "DONE",
        (None, _) => "WARN",
    }
}

fn sentence(finding: &Finding) -> String {
    let (rule, severity) = (&finding.rule, finding.severity);
    let mut line = format!("{rule} ({severity}) - {}", summary::sentence(finding));
    if finding.change == Change::Existing {
        line.push_str(" - existed before this change");
    }
    if let Some(waiver) = &finding.waiver {
        line.push_str(&format!(" - {}", summary::waiver(waiver)));
    }
    line
}

/// A line of ours about texts that came with the input: they must neither end the code block that
/// Atlantis puts around them nor be taken for a result.
fn push_line(out: &mut String, kind: &str, text: &str) {
    let text = text::line(text)
        .replace("```", "``\\u{60}")
        .replace(" failure", " \\u{66}ailure")
        .replace("failures\"", "\\u{66}ailures\"");
    let dash = if kind.ends_with(':') { "" } else { " -" };
    out.push_str(&format!("{kind}{dash} {text}\n"));
}
