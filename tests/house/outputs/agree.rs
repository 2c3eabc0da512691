//! The eight formats say the same of the same verdict.

use holdpoint::model::finding::Finding;
use holdpoint::model::verdict::{Decision, Verdict};
use holdpoint::report::{Format, Style, render, step_summary};

use super::parse::{self, Reading, read};
use super::sample::{finding, mixed, problem, verdict};

/// Fails unless each format reads back as the verdict itself.
pub(crate) fn assert_agree(verdict: &Verdict) {
    let truth = Reading {
        findings: verdict.findings.len(),
        blocking: verdict.blocking().count(),
        verdict: verdict.decision.name().to_owned(),
    };
    for format in Format::ALL {
        assert_eq!(read(format, verdict), truth, "{format}");
    }
}

fn many(count: usize) -> Verdict {
    let findings = (0..count)
        .map(|i| Finding {
            blocks: i % 2 == 0,
            ..finding("iam-wildcard-action", &format!("aws_iam_policy.p[{i}]"))
        })
        .collect();
    verdict(findings, Vec::new())
}

#[test]
fn formats_agree() {
    assert_agree(&mixed());
    assert_agree(&many(60));
    assert_agree(&verdict(Vec::new(), Vec::new()));
    assert_agree(&Verdict { findings: Vec::new(), ..verdict(Vec::new(), vec![problem()]) });
    assert_agree(&verdict(mixed().findings, vec![problem(), problem()]));
}

#[test]
fn undecided_never_looks_like_a_pass() {
    let verdict = Verdict { decision: Decision::Undecided, ..verdict(Vec::new(), Vec::new()) };
    assert_agree(&verdict);
}

#[test]
fn json_keeps_the_contract() {
    let text = render(Format::Json, &mixed(), &Style::default());
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort_unstable();
        keys.join(" ")
    };
    assert_eq!(keys(&report), "errors findings notices schema summary verdict");
    assert_eq!(
        keys(&report["findings"][0]),
        "address blocks change column file fingerprint fix line message outcome path reason rule \
         severity waiver"
    );
    assert_eq!(report["findings"][2]["outcome"], "undetermined");
    assert_eq!(report["findings"][2]["change"], "introduced");
    let waived: Vec<&serde_json::Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| !finding["waiver"].is_null())
        .collect();
    assert_eq!(waived.len(), 1);
    assert_eq!(waived[0]["waiver"]["ticket"], "OPS-12");
    let summary = &report["summary"];
    assert_eq!(summary["waived"], 1);
    assert_eq!(summary["severity"]["critical"], 4);
    assert_eq!(summary["outcome"]["undetermined"], 1);
    assert_eq!(summary["change"]["resolved"], 1);
    assert_eq!(summary["subjects"], 4);
}

#[test]
fn sarif_classes_waives_and_points() {
    let text = render(Format::Sarif, &mixed(), &Style::default());
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let states: Vec<&str> =
        results.iter().map(|result| result["baselineState"].as_str().unwrap()).collect();
    assert_eq!(states, ["new", "new", "new", "new", "new", "unchanged", "absent"]);
    let place = &results[0]["locations"][0];
    let uri = &place["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "modules/net%20work/main.tf");
    assert_eq!(place["physicalLocation"]["region"]["startColumn"], 17);
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "aws_security_group.web");
    let waived = &results[4]["suppressions"][0];
    assert_eq!((&waived["kind"], &waived["status"]), (&"external".into(), &"accepted".into()));
    assert!(waived["justification"].as_str().unwrap().contains("OPS-12"));
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3);
    assert_eq!(rules[2]["properties"]["security-severity"], "9.5");
    assert_eq!(rules[2]["properties"]["tags"][2], "CIS AWS Foundations 3.0.0: 5.2, 5.3");
}

#[test]
fn sarif_leaves_out_what_github_would_refuse_and_says_so() {
    let text = render(Format::Sarif, &many(25_100), &Style::default());
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 25_000);
    let blocking = |r: &&serde_json::Value| r["properties"]["blocks"] == true;
    assert_eq!(run["results"].as_array().unwrap().iter().filter(blocking).count(), 12_550);
    let note = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(note.as_str().unwrap().starts_with("100 of 25100 findings are omitted"), "{note}");
}

#[test]
fn annotations_are_rolled_up_at_ten() {
    let text = render(Format::Github, &many(60), &Style::default());
    let commands = parse::commands(&text);
    let errors: Vec<_> = commands.iter().filter(|command| command.level == "error").collect();
    assert_eq!(errors.len(), 10);
    assert_eq!(errors[0].property("file"), Some("modules/net work/main.tf"));
    assert_eq!(errors[0].property("line"), Some("12"));
    assert!(errors[9].message.starts_with("21 more findings that block"), "{}", errors[9].message);
    assert_eq!(commands.len(), 20);
}

#[test]
fn markdown_keeps_to_its_limits_and_counts_what_it_leaves_out() {
    let verdict = many(20_000);
    let comment = render(Format::Markdown, &verdict, &Style::default());
    assert!(comment.starts_with("<!-- holdpoint:v1 -->\n"));
    assert!(comment.len() <= 65_000 && comment.len() > 60_000, "{}", comment.len());
    let reading = parse::markdown(&comment);
    assert_eq!(reading.findings, 20_000);
    assert!(reading.blocking > 300 && !comment.contains("not blocking"), "{}", reading.blocking);
    let summary = step_summary(&verdict);
    assert!(summary.len() <= 1_048_576 && summary.len() > 900_000, "{}", summary.len());
    assert_eq!(parse::markdown(&summary).findings, 20_000);
}

#[test]
fn quiet_and_brief_reports_still_count() {
    for style in [Style { quiet: true, ..Style::default() }, Style::default()] {
        let text = render(Format::Human, &mixed(), &style);
        assert!(text.contains("\n7 findings (3 blocking, 1 waived): 4 critical,"), "{text}");
        assert!(text.ends_with("\nBLOCK: 3 findings block this change\n"), "{text}");
        assert_eq!(text.contains("OPS-12"), !style.quiet);
    }
}

#[test]
fn a_plan_that_changes_nothing_says_so() {
    let mut verdict = verdict(Vec::new(), Vec::new());
    verdict.counts.changed = 0;
    let text = render(Format::Human, &verdict, &Style::default());
    assert!(text.ends_with("PASS: the plan makes no changes\n"), "{text}");
}
