//! The callback: what HCP Terraform shows of a verdict, within the limits of its schema.
//!
//! Source: "Run task callback", in the documentation of the run tasks integration API: message 1 to
//! 1,000 characters, at most 250 outcomes, id at most 64, description at most 1,000, body at most
//! 10,000, label at most 32.

use serde_json::{Value, json};

use crate::model::finding::{Finding, Outcome};
use crate::model::severity::Severity;
use crate::model::verdict::{Decision, Verdict};
use crate::report;

const MESSAGE: usize = 1_000;
const OUTCOMES: usize = 250;
const ID: usize = 64;
const DESCRIPTION: usize = 1_000;
const BODY: usize = 10_000;
/// Bytes of a callback: less than 1 MB is recommended.
const WHOLE: usize = 1_000_000;

/// The status of a task result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Running,
    Passed,
    Failed,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Passed => "passed",
            Status::Failed => "failed",
        }
    }

    /// Only a pass is a pass.
    pub(super) fn of(decision: Decision) -> Self {
        match decision {
            Decision::Pass => Status::Passed,
            Decision::Block | Decision::Undecided => Status::Failed,
        }
    }
}

/// A callback with a message alone.
pub(super) fn message(status: Status, message: &str) -> String {
    callback(status, message, Vec::new()).to_string()
}

/// A callback with the verdict; its findings too, where the other side takes outcomes. Too long as
/// a whole, the bodies are cut further: descriptions and tags say what was found.
pub(super) fn verdict(verdict: &Verdict, with_outcomes: bool) -> String {
    let mut message = report::one_line(verdict);
    // A message has a limited length: a long list must not push the others out.
    let mut notices: Vec<&String> = verdict.notices.iter().collect();
    notices.sort_by_key(|notice| notice.len());
    for notice in notices {
        message.push_str("; note: ");
        message.push_str(&report::plain(notice));
    }
    let mut outcomes = if with_outcomes { outcomes(verdict) } else { Vec::new() };
    let mut most = BODY;
    loop {
        let text = callback(Status::of(verdict.decision), &message, outcomes.clone()).to_string();
        if text.len() <= WHOLE || most == 0 {
            return text;
        }
        most /= 2;
        for outcome in &mut outcomes {
            if let Some(body) = outcome.pointer_mut("/attributes/body") {
                *body = cut(body.as_str().unwrap_or_default(), most).into();
            }
        }
    }
}

fn callback(status: Status, message: &str, outcomes: Vec<Value>) -> Value {
    let message = if message.is_empty() { "holdpoint" } else { message };
    let attributes = json!({"status": status.name(), "message": cut(message, MESSAGE)});
    let kind = "task-results";
    if outcomes.is_empty() {
        return json!({"data": {"type": kind, "attributes": attributes}});
    }
    let relationships = json!({"outcomes": {"data": outcomes}});
    json!({"data": {"type": kind, "attributes": attributes, "relationships": relationships}})
}

/// One for each finding, blocking ones first as they stand; what is too many is rolled up in one.
fn outcomes(verdict: &Verdict) -> Vec<Value> {
    let problems = verdict.errors.iter().enumerate().map(|(i, problem)| {
        let help = problem.help.as_deref().unwrap_or_default();
        outcome(
            &format!("error-{i}"),
            &problem.message,
            &report::escaped(help),
            ("Error", "error"),
            ("Undecided", "error"),
        )
    });
    let findings = &verdict.findings;
    let all = problems.chain(findings.iter().enumerate().map(|(i, f)| of(i, verdict, f)));
    let count = verdict.errors.len() + findings.len();
    if count <= OUTCOMES {
        return all.collect();
    }
    let mut shown: Vec<Value> = all.take(OUTCOMES - 1).collect();
    let rest = count - shown.len();
    let listed = shown.len().saturating_sub(verdict.errors.len());
    let blocking = findings.iter().skip(listed).any(|finding| finding.blocks);
    let status = if blocking { ("Denied", "error") } else { ("Reported", "info") };
    shown.push(outcome(
        "rest",
        &format!("{rest} more findings are not shown here"),
        "Run `holdpoint plan` on the JSON of this plan to see all of them.",
        ("Rest", "info"),
        status,
    ));
    shown
}

fn of(index: usize, verdict: &Verdict, finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Critical => ("Critical", "error"),
        Severity::High => ("High", "error"),
        Severity::Medium => ("Medium", "warning"),
        Severity::Low => ("Low", "info"),
    };
    let status = match (finding.blocks, &finding.waiver, finding.outcome) {
        (true, _, Outcome::Undetermined) => ("Undetermined", "error"),
        (true, _, Outcome::Violated) => ("Denied", "error"),
        (false, Some(_), _) => ("Waived", "info"),
        (false, None, _) => ("Reported", "warning"),
    };
    // Findings of one attribute share a fingerprint; ids must not repeat.
    let id = format!("{}-{index}", finding.fingerprint);
    let body = report::details(verdict, finding);
    outcome(&id, &report::headline(finding), &body, severity, status)
}

fn outcome(
    id: &str,
    description: &str,
    body: &str,
    severity: (&str, &str),
    status: (&str, &str),
) -> Value {
    let tag = |(label, level): (&str, &str)| json!([{"label": cut(label, 32), "level": level}]);
    json!({
        "type": "task-result-outcomes",
        "attributes": {
            "outcome-id": cut(id, ID),
            "description": cut(description, DESCRIPTION),
            "body": cut(body, BODY),
            "tags": {"Status": tag(status), "Severity": tag(severity)},
        },
    })
}

fn cut(text: &str, most: usize) -> String {
    if most == 0 {
        return String::new();
    }
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(std::iter::once('…')).collect()
}
