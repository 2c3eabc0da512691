//! `github`: workflow commands that put annotations on the changed files.
//!
//! Source: GitHub's documentation of "workflow commands". A step shows ten annotations of a level;
//! the tenth says how many more there are.

use super::summary::{self, Summary, problems};
use super::text;
use crate::model::finding::{Change, Finding};
use crate::model::verdict::{Problem, Verdict};

/// Annotations of one level that a step shows.
const SHOWN: usize = 10;
/// Characters of one annotation; GitHub cuts without a word what is much longer.
const MAX_MESSAGE: usize = 4_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        }
    }

    /// What blocks is an error; a waived or old finding only a notice.
    fn of(finding: &Finding) -> Self {
        if finding.blocks {
            Level::Error
        } else if finding.waiver.is_some() || finding.change != Change::Introduced {
            Level::Notice
        } else {
            Level::Warning
        }
    }
}

pub(super) fn render(verdict: &Verdict) -> String {
    let mut out = String::new();
    let problems = problems(verdict);
    for problem in problems.iter() {
        refused(problem, &mut out);
    }
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let findings: Vec<&Finding> =
            verdict.findings.iter().filter(|finding| Level::of(finding) == level).collect();
        let taken = if level == Level::Error { problems.len() } else { 0 };
        annotate(level, &findings, SHOWN.saturating_sub(taken).max(1), &mut out);
    }
    let mut plain = String::new();
    for notice in &verdict.notices {
        plain.push_str(&format!("note: {}\n", text::line(notice)));
    }
    let summary = Summary::of(verdict);
    plain.push_str(&format!(
        "holdpoint: {}: {}; {}; {}\n",
        summary::word(verdict.decision),
        summary::meaning(verdict),
        summary.words(),
        summary.evaluated(),
    ));
    out.push_str(&text::guard(&plain));
    out
}

fn annotate(level: Level, findings: &[&Finding], room: usize, out: &mut String) {
    let shown = if findings.len() > room { room - 1 } else { findings.len() };
    for finding in findings.iter().take(shown) {
        let place = &finding.location;
        let mut properties = Vec::new();
        if !place.file.is_empty() {
            properties.push(("file", place.file.clone()));
            properties.push(("line", place.line.max(1).to_string()));
            properties.push(("endLine", place.end_line.max(place.line).max(1).to_string()));
            properties.push(("col", place.column.max(1).to_string()));
        }
        properties.push(("title", format!("{} ({})", finding.rule, finding.severity)));
        command(level, &properties, &message(finding), out);
    }
    let rest = findings.len() - shown;
    if rest > 0 {
        let what = match level {
            Level::Error => "that block",
            Level::Warning => "that do not block",
            Level::Notice => "that are waived, existing or resolved",
        };
        let title = [("title", format!("{rest} more"))];
        let message = format!(
            "{rest} more {} {what}; the job summary and the other report formats list all of them",
            if rest == 1 { "finding" } else { "findings" },
        );
        command(level, &title, &message, out);
    }
}

fn message(finding: &Finding) -> String {
    let mut lines = vec![summary::sentence(finding)];
    lines.extend(finding.waiver.as_ref().map(summary::waiver));
    if finding.change != Change::Introduced {
        lines.push(format!(
            "{} this change",
            match finding.change {
                Change::Resolved => "resolved by",
                _ => "existed before",
            }
        ));
    }
    lines.push(format!("fix: {}", text::flow(&finding.fix)));
    lines.join("\n")
}

fn refused(problem: &Problem, out: &mut String) {
    let mut properties = Vec::new();
    properties.extend(problem.file.as_ref().map(|file| ("file", file.clone())));
    properties.push(("title", problem.code.clone()));
    let help = problem.help.as_deref().map(|help| format!("\n{}", text::line(help)));
    let message = format!("{}{}", text::line(&problem.message), help.unwrap_or_default());
    command(Level::Error, &properties, &message, out);
}

fn command(level: Level, properties: &[(&str, String)], message: &str, out: &mut String) {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    let message = data(&text::cut(message, MAX_MESSAGE));
    // Only what is inside is guarded; the command itself must stay one.
    let inside = text::guard(&format!("{}::{message}", properties.join(",")));
    out.push_str(&format!("::{} {inside}\n", level.name()));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(value: &str) -> String {
    data(&text::line(value)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_and_data_are_escaped() {
        let mut out = String::new();
        let properties = [("file", "a,b:c%\n".to_owned())];
        command(Level::Warning, &properties, "50% of ::/0\n::error::x", &mut out);
        assert_eq!(out, "::warning file=a%2Cb%3Ac%25\\n::50%25 of ::/0%0A::error::x\n");
    }
}
