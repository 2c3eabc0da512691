//! The numbers and the words that all formats share, so that they cannot disagree.

use std::borrow::Cow;

use serde::Serialize;

use super::text::{self, plural};
use crate::model::finding::{Change, Finding, Outcome, WaiverUse};
use crate::model::severity::Severity;
use crate::model::verdict::{Counted, Decision, Problem, Verdict};

/// How many findings there are, by each property that matters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct Summary {
    pub(super) findings: usize,
    pub(super) blocking: usize,
    pub(super) waived: usize,
    pub(super) severity: BySeverity,
    pub(super) outcome: ByOutcome,
    pub(super) change: ByChange,
    pub(super) inputs: usize,
    pub(super) subjects: usize,
    pub(super) changed: usize,
    pub(super) rules: usize,
    pub(super) checks: usize,
    #[serde(skip)]
    pub(super) counted: Counted,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct BySeverity {
    pub(super) critical: usize,
    pub(super) high: usize,
    pub(super) medium: usize,
    pub(super) low: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct ByOutcome {
    pub(super) violated: usize,
    pub(super) undetermined: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct ByChange {
    pub(super) introduced: usize,
    pub(super) existing: usize,
    pub(super) resolved: usize,
}

impl Summary {
    /// Counts the findings of a verdict and takes over how much was judged.
    pub(super) fn of(verdict: &Verdict) -> Self {
        let counts = &verdict.counts;
        let mut summary = Self::over(verdict.findings.iter());
        summary.inputs = counts.inputs;
        summary.subjects = counts.subjects;
        summary.changed = counts.changed;
        summary.rules = counts.rules;
        summary.checks = counts.checks;
        summary.counted = counts.counted;
        summary
    }

    /// Counts findings.
    pub(super) fn over<'f>(findings: impl Iterator<Item = &'f Finding>) -> Self {
        let mut summary = Self::default();
        for finding in findings {
            summary.findings += 1;
            summary.blocking += usize::from(finding.blocks);
            summary.waived += usize::from(finding.waiver.is_some());
            *match finding.severity {
                Severity::Critical => &mut summary.severity.critical,
                Severity::High => &mut summary.severity.high,
                Severity::Medium => &mut summary.severity.medium,
                Severity::Low => &mut summary.severity.low,
            } += 1;
            *match finding.outcome {
                Outcome::Violated => &mut summary.outcome.violated,
                Outcome::Undetermined => &mut summary.outcome.undetermined,
            } += 1;
            *match finding.change {
                Change::Introduced => &mut summary.change.introduced,
                Change::Existing => &mut summary.change.existing,
                Change::Resolved => &mut summary.change.resolved,
            } += 1;
        }
        summary
    }

    /// `1 critical, 2 high`; only what there is.
    pub(super) fn severities(&self) -> String {
        let by = &self.severity;
        listed(&[
            (by.critical, "critical"),
            (by.high, "high"),
            (by.medium, "medium"),
            (by.low, "low"),
        ])
    }

    /// `3 findings (2 blocking, 1 waived): 1 critical, 2 high; 3 introduced; 1 undetermined`.
    pub(super) fn words(&self) -> String {
        let head = plural(self.findings, "finding");
        let head = format!("{head} ({} blocking, {} waived)", self.blocking, self.waived);
        if self.findings == 0 {
            return head;
        }
        let change = listed(&[
            (self.change.introduced, "introduced"),
            (self.change.existing, "existing"),
            (self.change.resolved, "resolved"),
        ]);
        let outcome = listed(&[
            (self.outcome.violated, "violated"),
            (self.outcome.undetermined, "undetermined"),
        ]);
        format!("{head}: {}; {change}; {outcome}", self.severities())
    }

    /// The proof that something was evaluated.
    pub(super) fn evaluated(&self) -> String {
        let (rules, checks) = (plural(self.rules, "rule"), plural(self.checks, "check"));
        match self.counted {
            Counted::Objects => {
                format!("evaluated {} × {rules} ({checks})", plural(self.subjects, "object"))
            }
            Counted::Resources => format!(
                "evaluated {} × {rules} ({checks}; the plan changes {})",
                plural(self.subjects, "resource"),
                self.changed,
            ),
        }
    }
}

fn listed(counts: &[(usize, &str)]) -> String {
    let parts = counts.iter().filter(|(count, _)| *count > 0);
    parts.map(|(count, name)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

/// The verdict as one word in capitals.
pub(super) fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Pass => "PASS",
        Decision::Block => "BLOCK",
        Decision::Undecided => "UNDECIDED",
    }
}

/// What the verdict means, without its word.
pub(super) fn meaning(verdict: &Verdict) -> String {
    let blocking = verdict.blocking().count();
    let (found, counts) = (verdict.findings.len(), &verdict.counts);
    match verdict.decision {
        Decision::Block if blocking == 1 => "1 finding blocks this change".to_owned(),
        Decision::Block => format!("{blocking} findings block this change"),
        Decision::Undecided => {
            let errors = plural(problems(verdict).len(), "error");
            let input = match counts.counted {
                Counted::Resources => "plan",
                Counted::Objects => "manifests",
            };
            format!("could not evaluate the {input} ({errors}); treated as a failure")
        }
        Decision::Pass if counts.makes_no_changes() && found == 0 => {
            "the plan makes no changes".to_owned()
        }
        Decision::Pass if counts.makes_no_changes() => {
            format!("the plan makes no changes; {}, none blocking", plural(found, "finding"))
        }
        Decision::Pass if found == 0 => "no findings".to_owned(),
        Decision::Pass => format!("{}, none blocking", plural(found, "finding")),
    }
}

/// Why it is undecided: never empty for an undecided verdict, so that no format looks like a pass.
pub(super) fn problems(verdict: &Verdict) -> Cow<'_, [Problem]> {
    if verdict.decision == Decision::Undecided && verdict.errors.is_empty() {
        return Cow::Owned(vec![Problem {
            code: "verdict::undecided".to_owned(),
            message: "no verdict was reached".to_owned(),
            help: Some("run it again with -v".to_owned()),
            file: None,
        }]);
    }
    Cow::Borrowed(&verdict.errors)
}

/// A waiver in one line.
pub(super) fn waiver(waiver: &WaiverUse) -> String {
    let WaiverUse { reason, ticket, owner, expires } = waiver;
    text::line(&format!("waived by {owner} until {expires} ({ticket}): {reason}")).into_owned()
}

/// Resource, attribute, message and reason in one line.
pub(super) fn sentence(finding: &Finding) -> String {
    let Finding { address, path, message, .. } = finding;
    let inside = finding.container.as_ref().map(|name| format!(", container {name}"));
    let inside = inside.unwrap_or_default();
    let mut out = match path.is_empty() {
        true => format!("{address}{inside}: {message}"),
        false => format!("{address}{inside} ({path}): {message}"),
    };
    if let Some(reason) = &finding.reason {
        out.push_str(&format!("; reason: {reason}"));
    }
    text::line(&out).into_owned()
}

/// Why the rule exists, the first paragraph; empty when the verdict does not know the rule.
pub(super) fn why(verdict: &Verdict, finding: &Finding) -> String {
    let meta = verdict.rules.get(finding.rule.as_ref());
    meta.map(|meta| text::first_paragraph(&meta.why)).unwrap_or_default()
}

/// A fingerprint per finding, in order. Two offences at one attribute share theirs, and readers
/// drop what they take for a double: the later ones get a number.
pub(super) fn fingerprints(verdict: &Verdict) -> Vec<String> {
    let mut seen: rustc_hash::FxHashMap<&str, usize> = rustc_hash::FxHashMap::default();
    let number = |finding: &'_ Finding, count: usize| match count {
        1 => finding.fingerprint.clone(),
        count => format!("{}-{count}", finding.fingerprint),
    };
    verdict
        .findings
        .iter()
        .map(|finding| {
            let count = seen.entry(finding.fingerprint.as_str()).or_default();
            *count += 1;
            number(finding, *count)
        })
        .collect()
}
