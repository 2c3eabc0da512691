//! Verdicts to report.

use std::borrow::Cow;
use std::collections::BTreeMap;

use holdpoint::model::finding::{Change, Finding, Origin, Outcome, WaiverUse};
use holdpoint::model::location::Location;
use holdpoint::model::rule::{Meta, Text};
use holdpoint::model::severity::Severity;
use holdpoint::model::verdict::{Counted, Counts, Decision, Problem, Verdict};

pub(crate) fn rule(id: &str, severity: Severity) -> Meta {
    Meta {
        id: Text::Owned(id.to_owned()),
        title: Text::Owned(format!("the title of {id}")),
        severity,
        service: Text::Borrowed("EC2"),
        types: Cow::Borrowed(&[]),
        what: Text::Borrowed("Every rule of every group.\n\nWith `dynamic` blocks too."),
        why: Text::Borrowed("An open port is found\nwithin minutes.\n\nMore on that."),
        fix: Text::Borrowed("Narrow `cidr_blocks`.\n\n```hcl\ncidr_blocks = [\"10.0.0.0/8\"]\n```"),
        references: Cow::Owned(vec![Text::Borrowed("https://example.com/ports")]),
        frameworks: Cow::Owned(vec![(
            Text::Borrowed("CIS AWS Foundations 3.0.0"),
            Cow::Owned(vec![Text::Borrowed("5.2"), Text::Borrowed("5.3")]),
        )]),
        on_by_default: true,
        yields_to: Cow::Borrowed(&[]),
        params: Cow::Borrowed(&[]),
        blames_secrets: false,
        covers: true,
        holds_narrower: false,
    }
}

pub(crate) fn finding(rule: &str, address: &str) -> Finding {
    Finding {
        rule: Text::Owned(rule.to_owned()),
        title: Text::Owned(format!("the title of {rule}")),
        severity: Severity::Critical,
        outcome: Outcome::Violated,
        change: Change::Introduced,
        blocks: true,
        waiver: None,
        address: address.to_owned(),
        path: "ingress[0].cidr_blocks".to_owned(),
        message: "an admin port is open to the internet: tcp 22 from ::/0".to_owned(),
        reason: None,
        fix: "Narrow `cidr_blocks` to the addresses of your administrators.".to_owned(),
        location: Location {
            file: "modules/net work/main.tf".to_owned(),
            line: 12,
            column: 17,
            end_line: 12,
            end_column: 28,
            snippet: Some("\tcidr_blocks = [\"0.0.0.0/0\"]".to_owned()),
        },
        container: None,
        origin: Origin::Plan,
        fingerprint: format!("{rule}-{address}-fingerprint"),
    }
}

pub(crate) fn waiver() -> WaiverUse {
    WaiverUse {
        reason: "moved behind the proxy in May".to_owned(),
        ticket: "OPS-12".to_owned(),
        owner: "net-team".to_owned(),
        expires: "2026-12-31".to_owned(),
    }
}

/// A verdict over these findings, as the decision stage would make it.
pub(crate) fn verdict(mut findings: Vec<Finding>, errors: Vec<Problem>) -> Verdict {
    findings.sort_by_key(|finding| !finding.blocks);
    let decision = match () {
        () if !errors.is_empty() => Decision::Undecided,
        () if findings.iter().any(|finding| finding.blocks) => Decision::Block,
        () => Decision::Pass,
    };
    let mut rules: BTreeMap<String, Meta> = BTreeMap::new();
    for id in ["iam-wildcard-action", "security-group-admin-port-open", "s3-versioning-off"] {
        rules.insert(id.to_owned(), rule(id, Severity::High));
    }
    Verdict {
        decision,
        findings,
        notices: vec!["`legacy.tf` was not read: the plan says otherwise".to_owned()],
        errors,
        counts: Counts {
            inputs: 1,
            subjects: 4,
            changed: 2,
            rules: 3,
            checks: 9,
            counted: Counted::Resources,
        },
        rules,
        inputs: vec!["plan.json".to_owned()],
    }
}

pub(crate) fn problem() -> Problem {
    Problem {
        code: "plan::truncated".to_owned(),
        message: "`plan.json` ends in the middle of the plan".to_owned(),
        help: Some("write it anew with `terraform show -json`".to_owned()),
        file: Some("plan.json".to_owned()),
    }
}

/// One finding of each kind.
pub(crate) fn mixed() -> Verdict {
    let open = "security-group-admin-port-open";
    let second = Finding {
        path: "ingress[1].cidr_blocks".to_owned(),
        ..finding(open, "aws_security_group.web")
    };
    let unknown = Finding {
        severity: Severity::High,
        outcome: Outcome::Undetermined,
        path: "policy".to_owned(),
        message: "the actions are not known".to_owned(),
        reason: Some("`policy` depends on `data.aws_iam_policy_document.d.json`".to_owned()),
        location: Location {
            file: "plan.json".to_owned(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            snippet: None,
        },
        ..finding("iam-wildcard-action", "aws_iam_policy.p[\"a\"]")
    };
    let minor = Finding {
        severity: Severity::Medium,
        blocks: false,
        path: String::new(),
        message: "versioning is off".to_owned(),
        ..finding("s3-versioning-off", "module.logs.aws_s3_bucket.b")
    };
    let waived = Finding {
        blocks: false,
        waiver: Some(waiver()),
        ..finding(open, "aws_security_group.old")
    };
    let existing = Finding {
        severity: Severity::Low,
        blocks: false,
        change: Change::Existing,
        ..finding("s3-versioning-off", "aws_s3_bucket.existing")
    };
    let resolved = Finding {
        blocks: false,
        change: Change::Resolved,
        ..finding(open, "aws_security_group.closed")
    };
    let first = finding(open, "aws_security_group.web");
    verdict(vec![first, second, unknown, minor, waived, existing, resolved], Vec::new())
}
