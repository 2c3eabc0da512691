//! `sarif`: SARIF 2.1.0, within what GitHub's code scanning takes.
//!
//! Source of the limits: GitHub's documentation of "SARIF support for code scanning".

mod log;
mod rules;

use serde_json::json;

use self::log::{
    Artifact, Driver, Invocation, Level, Location, Log, LogicalLocation, Message, Notification,
    PhysicalLocation, Region, Result_, ResultProperties, Run, RunProperties, Suppression, Tool,
};
use super::summary::{self, Summary, problems};
use super::text;
use crate::model::finding::{Change, Finding};
use crate::model::severity::Severity;
use crate::model::verdict::{Decision, Verdict};

/// Results that GitHub takes per run; one more and it refuses the file.
const MAX_RESULTS: usize = 25_000;

pub(super) fn render(verdict: &Verdict) -> String {
    let rules = rules::Rules::of(verdict);
    let kept = kept(&verdict.findings);
    let fingerprints = summary::fingerprints(verdict);
    let left_out = verdict.findings.len() - kept.len();
    let results = kept
        .into_iter()
        .filter_map(|i| Some((verdict.findings.get(i)?, fingerprints.get(i)?)))
        .map(|(finding, fingerprint)| result(finding, fingerprint, &rules))
        .collect();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "holdpoint",
                    version: env!("CARGO_PKG_VERSION"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: rules.list,
                },
            },
            column_kind: "unicodeCodePoints",
            invocations: [invocation(verdict, left_out)],
            results,
            properties: RunProperties {
                verdict: verdict.decision.name(),
                summary: Summary::of(verdict),
            },
        }],
    };
    super::json::write_compact(&log)
}

/// Positions of the findings that fit, those that block first.
fn kept(findings: &[Finding]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    if findings.len() > MAX_RESULTS {
        order.sort_by_key(|i| !findings.get(*i).is_some_and(|finding| finding.blocks));
        order.truncate(MAX_RESULTS);
    }
    order
}

fn invocation(verdict: &Verdict, left_out: usize) -> Invocation {
    let mut notifications: Vec<Notification> = problems(verdict)
        .iter()
        .map(|problem| Notification {
            descriptor: Some(json!({ "id": text::line(&problem.code) })),
            level: Level::Error,
            message: Message::plain(&match &problem.help {
                Some(help) => format!("{}; {help}", problem.message),
                None => problem.message.clone(),
            }),
        })
        .collect();
    if left_out > 0 {
        let note = format!(
            "{left_out} of {} findings are omitted: a SARIF run can hold at most {MAX_RESULTS} results",
            verdict.findings.len()
        );
        notifications.push(Notification {
            descriptor: None,
            level: Level::Warning,
            message: Message::plain(&note),
        });
    }
    notifications.extend(verdict.notices.iter().map(|notice| Notification {
        descriptor: None,
        level: Level::Note,
        message: Message::plain(notice),
    }));
    Invocation {
        execution_successful: verdict.decision != Decision::Undecided,
        exit_code: verdict.decision.exit() as u8,
        tool_execution_notifications: notifications,
    }
}

fn result<'v>(finding: &'v Finding, fingerprint: &str, rules: &rules::Rules) -> Result_<'v> {
    Result_ {
        rule_id: finding.rule.as_ref(),
        rule_index: rules.position(&finding.rule),
        level: level(finding),
        message: Message::plain(&summary::sentence(finding)),
        locations: [location(finding)],
        // The second is the key by which GitHub follows an alert from run to run. It would take
        // it from the text of the line, which is the same for all findings of a plan file.
        partial_fingerprints: json!({
            "holdpoint/v1": fingerprint,
            "primaryLocationLineHash": format!("{fingerprint}:1"),
        }),
        baseline_state: match finding.change {
            Change::Introduced => "new",
            Change::Existing => "unchanged",
            Change::Resolved => "absent",
        },
        suppressions: finding.waiver.as_ref().map(|waiver| {
            [Suppression {
                kind: "external",
                status: "accepted",
                justification: summary::waiver(waiver),
            }]
        }),
        properties: ResultProperties {
            severity: finding.severity,
            outcome: finding.outcome,
            change: finding.change,
            blocks: finding.blocks,
            path: &finding.path,
            reason: finding.reason.as_deref(),
            fix: text::flow(&finding.fix),
        },
    }
}

/// What blocks is an error; nothing else is, so that a check on errors agrees with the verdict.
fn level(finding: &Finding) -> Level {
    match (finding.blocks, finding.change, finding.severity) {
        (true, ..) => Level::Error,
        (false, Change::Resolved, _) | (false, _, Severity::Low) => Level::Note,
        (false, ..) => Level::Warning,
    }
}

fn location(finding: &Finding) -> Location<'_> {
    let place = &finding.location;
    Location {
        physical_location: PhysicalLocation {
            artifact_location: Artifact { uri: uri(&place.file) },
            region: Region {
                start_line: place.line.max(1),
                start_column: place.column.max(1),
                end_line: place.end_line.max(place.line).max(1),
                end_column: place.end_column.max(if place.end_line > place.line {
                    1
                } else {
                    place.column.max(1)
                }),
            },
        },
        logical_locations: [LogicalLocation {
            fully_qualified_name: &finding.address,
            kind: "resource",
        }],
    }
}

/// A file name as a relative URI reference: every byte that could mean something else is encoded.
fn uri(file: &str) -> String {
    let mut out = String::with_capacity(file.len() + 8);
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    if out.is_empty() { "plan".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_become_relative_uris() {
        assert_eq!(uri("modules/a b/größe.tf"), "modules/a%20b/gr%C3%B6%C3%9Fe.tf");
        assert_eq!(uri("javascript:x?#%\u{1b}"), "javascript%3Ax%3F%23%25%1B");
        assert_eq!(uri(""), "plan");
    }
}
