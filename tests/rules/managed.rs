//! The classes of AWS's managed policies: the table that is embedded is what our own rules say of
//! their documents. `HOLDPOINT_BLESS=1 HOLDPOINT_LABELLED=... cargo test --test rules managed`
//! writes the table and its page.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use common::{root, scratch};
use holdpoint::decide::Config;
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::iam::paths::Grade;
use holdpoint::iam::{Document, classes, escalation, exposing, services};
use holdpoint::model::finding::Outcome;
use holdpoint::model::severity::Severity;
use holdpoint::model::value::Value;
use holdpoint::rules::catalogue;
use serde_json::{Value as Json, json};

/// When the documents were handed over.
const DATE: &str = "2026-11-25";

/// Policies that the collection lacks, by the reference pages of AWS: "AdministratorAccess" and
/// "PowerUserAccess" (v12) in the AWS Managed Policy Reference Guide.
fn added() -> Vec<(String, Json)> {
    let all = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let power = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["account:GetAccountInformation",
            "account:GetGovCloudAccountInformation", "account:GetPrimaryEmail",
            "account:ListRegions", "iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole",
            "iam:ListRoles", "organizations:DescribeEffectivePolicy",
            "organizations:DescribeOrganization"],
         "Resource": "*"}]});
    vec![("AdministratorAccess".to_owned(), all), ("PowerUserAccess".to_owned(), power)]
}

/// A policy: whether AWS alone may attach it, its document, and what the labels say.
struct Managed {
    service_linked: bool,
    service_role: bool,
    document: Json,
    labels: BTreeMap<&'static str, bool>,
}

const LABELS: [&str; 4] = ["privesc", "resource_exposure", "credentials_exposure", "data_access"];

fn policies(file: &Path) -> BTreeMap<String, Managed> {
    let reader = BufReader::new(flate2::read::GzDecoder::new(fs::File::open(file).unwrap()));
    let mut policies = BTreeMap::new();
    for line in reader.lines() {
        let row: Json = serde_json::from_str(&line.unwrap()).unwrap();
        let name = row["name"].as_str().unwrap().trim_end_matches(".json").to_owned();
        let arn = row["arn"].as_str().unwrap_or_default();
        let labels = LABELS.iter().filter_map(|l| Some((*l, row[*l].as_bool()?))).collect();
        let managed = Managed {
            service_linked: arn.contains("/aws-service-role/"),
            service_role: arn.contains("/service-role/"),
            document: row["document"].clone(),
            labels,
        };
        policies.insert(name, managed);
    }
    for (name, document) in added() {
        let labels = BTreeMap::new();
        let managed = Managed { service_linked: false, service_role: false, document, labels };
        policies.insert(name, managed);
    }
    policies
}

/// What the rules that are on by default say of policies: for each `aws_iam_policy` with one of
/// these documents the rule, the outcome and the detail.
pub(crate) fn judge(documents: &[&Json]) -> Vec<Vec<(String, Outcome, String)>> {
    let away = scratch();
    let file = away.path().join("plan.json");
    let changes: Vec<Json> = documents
        .iter()
        .enumerate()
        .map(|(i, document)| {
            json!({"address": format!("aws_iam_policy.p{i}"), "mode": "managed",
                "type": "aws_iam_policy", "name": format!("p{i}"),
                "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {"actions": ["create"], "before": null, "after_unknown": {},
                    "after": {"name": format!("p{i}"), "policy": document.to_string()}}})
        })
        .collect();
    let text = json!({"format_version": "1.2", "terraform_version": "1.11.4", "complete": true,
        "planned_values": {"root_module": {}}, "resource_changes": changes,
        "configuration": {"root_module": {}}});
    fs::write(&file, text.to_string()).unwrap();
    let verdict = plan(&PlanRequest {
        inputs: &[file.display().to_string()],
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config: &Config::default(),
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    });
    assert!(verdict.errors.is_empty(), "{:?}", verdict.errors);
    let mut answers = vec![Vec::new(); documents.len()];
    for finding in verdict.findings.iter().filter(|finding| finding.rule.starts_with("iam-")) {
        let address = finding.address.to_string();
        let number: usize = address.rsplit('p').next().unwrap().parse().unwrap();
        let detail = finding.message.split_once(": ").map_or("", |(_, detail)| detail);
        answers[number].push((finding.rule.to_string(), finding.outcome, detail.to_owned()));
    }
    answers
}

/// The rules that each of the documents breaks, by name.
fn judged(policies: &BTreeMap<String, Managed>) -> BTreeMap<String, BTreeSet<String>> {
    let documents: Vec<&Json> = policies.values().map(|managed| &managed.document).collect();
    let mut answers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, found) in policies.keys().zip(judge(&documents)) {
        for (rule, outcome, _) in found {
            assert_eq!(outcome, Outcome::Violated, "{name} {rule}");
            answers.entry(name.clone()).or_default().insert(rule);
        }
    }
    answers
}

/// What makes a policy of the class, without a word of its document but names of actions and
/// services.
fn detail(rule: &str, document: &Document) -> String {
    let join = |list: Vec<String>| {
        let set: BTreeSet<String> = list.into_iter().collect();
        let mut text = set.into_iter().collect::<Vec<_>>().join(", ");
        if let Some((cut, _)) = text.char_indices().nth(160) {
            text.truncate(cut);
            text.truncate(text.rfind(", ").unwrap_or(cut));
            text.push_str(", ...");
        }
        text
    };
    let ways = |grade| {
        let (found, _) = escalation::find_graded(document, grade);
        join(found.into_iter().map(|one| one.method).collect())
    };
    let class = |class| {
        join(classes::find(document, class).0.into_iter().flat_map(|hit| hit.patterns).collect())
    };
    match rule {
        "iam-privilege-escalation" => ways(Grade::Path),
        "iam-self-administrator" => ways(Grade::Direct),
        "iam-service-wildcard" => join(services::whole(document).0.into_keys().collect()),
        "iam-data-exfiltration" => class(classes::DATA),
        "iam-credentials-exposure" => class(classes::CREDENTIALS),
        "iam-permissions-management" => class(classes::PERMISSIONS),
        "iam-resource-exposure" => class(exposing::EXPOSURE),
        _ => String::new(),
    }
}

fn read(document: &Json) -> Document {
    Document::read(&Value::string(document.to_string())).unwrap()
}

fn severity(rule: &str) -> Severity {
    catalogue::find(rule).unwrap().meta.severity
}

#[test]
fn the_table_is_what_the_rules_say_of_the_documents() {
    let labelled = common::peers::beside(
        "labelled",
        "HOLDPOINT_LABELLED",
        "iam/aws-managed-policies.jsonl.gz",
    );
    let Some(file) = labelled else { return };
    let policies = policies(&file);
    let judged = judged(&policies);
    let mut table = format!(
        "# AWS's managed policies and the rules that a policy of the same content breaks, with what is\n\
         # not harmless in it; a name alone breaks none. Made by `tests/rules/managed.rs` from documents\n\
         # of the date below; no document is here, only what our rules compute of it.\n\
         date\t{DATE}\n"
    );
    for (name, managed) in &policies {
        let document = read(&managed.document);
        let rules = judged.get(name).cloned().unwrap_or_default();
        if rules.is_empty() {
            writeln!(table, "{name}").unwrap();
        }
        for rule in rules {
            writeln!(table, "{name}\t{rule}\t{}", detail(&rule, &document)).unwrap();
        }
    }
    common::expect_file(&root().join("catalogue/aws-managed-policies.tsv"), &table);
    common::expect_file(&root().join("docs/managed-policies.md"), &page(&policies, &judged));
}

/// The page: what blocks, how many of each class, and how the labels compare.
fn page(
    policies: &BTreeMap<String, Managed>,
    judged: &BTreeMap<String, BTreeSet<String>>,
) -> String {
    let mut page = format!(
        "# AWS managed policies\n\n\
         Attaching a policy that AWS manages is judged as a policy of the same content that the plan\n\
         writes: by the same rules, with the same severities. Its content is not in the plan, so\n\
         holdpoint carries what its own rules say of it: `catalogue/aws-managed-policies.tsv`, {} policies\n\
         as of {DATE}. The table holds classes, no documents.\n\n\
         - All attachments count: `aws_iam_*_policy_attachment` and their exclusive forms,\n  \
           `aws_iam_policy_attachment`, `managed_policy_arns`, `aws_ssoadmin_managed_policy_attachment`; in\n  \
           every partition. A permissions boundary grants nothing.\n\
         - A policy that the table does not have, since it is newer, is undetermined under\n  \
           `iam-admin-policy-attached`: what it grants is not known, and that is not a pass. Waive the\n  \
           attachment after reading the policy, or update holdpoint.\n\
         - AWS changes its policies. The table is made again with each release; until then a policy that\n  \
           has grown is judged as it was on that date.\n\
         - Several policies of one identity are not combined with managed ones: the table does not say\n  \
           enough for that.\n\n\
         This page is written by `tests/rules/managed.rs`.\n\n",
        policies.len()
    );
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in judged.values().flatten() {
        *counts.entry(rule).or_default() += 1;
    }
    page.push_str(
        "## How many break which rule\n\n| rule | severity | policies |\n| --- | --- | ---: |\n",
    );
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(rule, count)| {
        (std::cmp::Reverse(severity(rule)), std::cmp::Reverse(*count))
    });
    for (rule, count) in sorted {
        writeln!(page, "| `{rule}` | {} | {count} |", severity(rule)).unwrap();
    }
    let blocks = |rules: &BTreeSet<String>| rules.iter().any(|r| severity(r) >= Severity::High);
    let (mut ours, mut roles) = (Vec::new(), Vec::new());
    let mut linked = 0;
    for (name, rules) in judged.iter().filter(|(_, rules)| blocks(rules)) {
        let list: Vec<String> = rules
            .iter()
            .filter(|rule| severity(rule) >= Severity::High)
            .map(|rule| format!("`{rule}`"))
            .collect();
        let line = format!("| {name} | {} |", list.join(", "));
        match &policies[name] {
            managed if managed.service_linked => linked += 1,
            managed if managed.service_role => roles.push(line),
            _ => ours.push(line),
        }
    }
    writeln!(
        page,
        "\nOf {} policies, {} block by default: {} that anybody attaches, {} service roles, and {linked}\n\
         of service-linked roles, which only AWS can attach.\n",
        policies.len(), ours.len() + roles.len() + linked, ours.len(), roles.len()
    )
    .unwrap();
    page.push_str("## The labels as a second opinion\n\n");
    page.push_str("The collection of documents comes with labels of another tool. They count an action on whatever\nresource; the rules ask for resources that nobody named.\n\n| label | both | only the label | only we | neither |\n| --- | ---: | ---: | ---: | ---: |\n");
    for (label, rules) in [
        ("privesc", &["iam-privilege-escalation", "iam-self-administrator"][..]),
        (
            "resource_exposure",
            &[
                "iam-resource-exposure",
                "iam-permissions-management",
                "iam-pass-role-any",
                "iam-privilege-escalation",
                "iam-service-wildcard",
            ],
        ),
        ("credentials_exposure", &["iam-credentials-exposure"]),
        ("data_access", &["iam-data-exfiltration", "iam-service-wildcard"]),
    ] {
        let mut table = [0_usize; 4];
        for (name, managed) in policies {
            let Some(theirs) = managed.labels.get(label) else { continue };
            let own = judged.get(name).is_some_and(|own| rules.iter().any(|r| own.contains(*r)));
            table[usize::from(*theirs) * 2 + usize::from(own)] += 1;
        }
        let [neither, we, theirs, both] = table;
        writeln!(page, "| {label} | {both} | {theirs} | {we} | {neither} |").unwrap();
    }
    for (title, list) in [("Policies that block", ours), ("Service roles that block", roles)] {
        writeln!(page, "\n## {title}\n\n| policy | rules |\n| --- | --- |\n{}", list.join("\n"))
            .unwrap();
    }
    page
}
