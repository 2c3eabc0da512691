//! `json`: the contract that other tools rely on, `holdpoint/v1`. Fields are only ever added.

use serde::Serialize;

use super::summary::Summary;
use super::text;
use crate::model::finding::{Change, Finding, Outcome, WaiverUse};
use crate::model::severity::Severity;
use crate::model::verdict::{Problem, Verdict};

/// The value of `schema`; changes when a field changes its meaning or goes away.
const SCHEMA: &str = "holdpoint/v1";

#[derive(Serialize)]
struct ReportV1<'v> {
    schema: &'static str,
    verdict: &'static str,
    summary: Summary,
    findings: Vec<FindingV1<'v>>,
    notices: &'v [String],
    errors: Vec<ErrorV1<'v>>,
}

#[derive(Serialize)]
struct FindingV1<'v> {
    rule: &'v str,
    severity: Severity,
    outcome: Outcome,
    change: Change,
    blocks: bool,
    waiver: Option<WaiverV1<'v>>,
    address: &'v str,
    path: &'v str,
    message: &'v str,
    reason: Option<&'v str>,
    fix: &'v str,
    file: &'v str,
    line: u32,
    column: u32,
    fingerprint: &'v str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<ObjectV1<'v>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'v str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pod_security: Option<&'v str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<&'v str>,
}

/// The Kubernetes object of a finding in a manifest.
#[derive(Serialize)]
struct ObjectV1<'v> {
    api_version: &'v str,
    kind: &'v str,
    namespace: Option<&'v str>,
    name: &'v str,
}

#[derive(Serialize)]
struct WaiverV1<'v> {
    reason: &'v str,
    ticket: &'v str,
    owner: &'v str,
    expires: &'v str,
}

#[derive(Serialize)]
struct ErrorV1<'v> {
    code: &'v str,
    message: &'v str,
    help: Option<&'v str>,
    file: Option<&'v str>,
}

impl<'v> From<&'v Finding> for FindingV1<'v> {
    fn from(finding: &'v Finding) -> Self {
        Self {
            rule: &finding.rule,
            severity: finding.severity,
            outcome: finding.outcome,
            change: finding.change,
            blocks: finding.blocks,
            waiver: finding.waiver.as_ref().map(WaiverV1::from),
            address: &finding.address,
            path: &finding.path,
            message: &finding.message,
            reason: finding.reason.as_deref(),
            fix: &finding.fix,
            file: &finding.location.file,
            line: finding.location.line,
            column: finding.location.column,
            fingerprint: &finding.fingerprint,
            object: finding.origin.manifest().map(|manifest| ObjectV1 {
                api_version: &manifest.object.api_version,
                kind: &manifest.object.kind,
                namespace: manifest.object.namespace.as_deref(),
                name: &manifest.object.name,
            }),
            container: finding.container.as_deref(),
            pod_security: finding.origin.manifest().and_then(|manifest| manifest.pod_security),
            check: finding.origin.manifest().and_then(|manifest| manifest.check.as_deref()),
        }
    }
}

impl<'v> From<&'v WaiverUse> for WaiverV1<'v> {
    fn from(waiver: &'v WaiverUse) -> Self {
        Self {
            reason: &waiver.reason,
            ticket: &waiver.ticket,
            owner: &waiver.owner,
            expires: &waiver.expires,
        }
    }
}

impl<'v> From<&'v Problem> for ErrorV1<'v> {
    fn from(problem: &'v Problem) -> Self {
        Self {
            code: &problem.code,
            message: &problem.message,
            help: problem.help.as_deref(),
            file: problem.file.as_deref(),
        }
    }
}

pub(super) fn render(verdict: &Verdict) -> String {
    write(&ReportV1 {
        schema: SCHEMA,
        verdict: verdict.decision.name(),
        summary: Summary::of(verdict),
        findings: verdict.findings.iter().map(FindingV1::from).collect(),
        notices: &verdict.notices,
        errors: verdict.errors.iter().map(ErrorV1::from).collect(),
    })
}

/// Indented JSON, harmless in a log, with a line feed at its end.
pub(super) fn write(document: &impl Serialize) -> String {
    finish(serde_json::to_string_pretty(document))
}

/// The same on one line, for documents that are large and that no person reads.
pub(super) fn write_compact(document: &impl Serialize) -> String {
    finish(serde_json::to_string(document))
}

fn finish(json: serde_json::Result<String>) -> String {
    #[expect(clippy::expect_used, reason = "structs of texts and numbers always serialise")]
    let json = json.expect("plain data serialises");
    text::harmless_json(&json) + "\n"
}
