//! `sarif`: one rule a namespace and kind, as conftest has it. `holdpoint plan --policy` gives each
//! rule an id of its own.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::super::{Checked, Entry, exit_code};
use super::go;

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Text,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
    end_line: u64,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Physical,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    information_uri: &'static str,
    name: &'static str,
    rules: Vec<Rule>,
    version: &'static str,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    exit_code_description: &'static str,
}

#[derive(Serialize)]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    results: Vec<Found>,
}

#[derive(Serialize)]
struct Report {
    version: &'static str,
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run; 1],
}

const SUCCESS: &str = "Policy was satisfied successfully";
const SKIPPED: &str = "Policy check was skipped";

#[derive(Default)]
struct Collected {
    rules: Vec<Rule>,
    results: Vec<Found>,
}

impl Collected {
    fn add(&mut self, checked: &Checked, entry: &Entry, kind: &str, level: &'static str) {
        let rule_id = format!("{}/{kind}", checked.namespace);
        let known = self.rules.iter().position(|rule| rule.id == rule_id);
        let rule_index = known.unwrap_or_else(|| {
            let text = match kind {
                "success" => SUCCESS,
                "skip" => SKIPPED,
                "allow" => "Policy exception",
                "warn" => "Policy warning",
                _ => "Policy violation",
            };
            self.rules.push(Rule {
                id: rule_id.clone(),
                short_description: Text { text: text.to_owned() },
                properties: entry.metadata.clone(),
            });
            self.rules.len() - 1
        });
        let file = match &entry.loc {
            Some(loc) => loc.file.as_deref().unwrap_or(&checked.file),
            None => &checked.file,
        };
        // Lines begin at 1; conftest writes 0 where the policy names none.
        let line = entry.loc.as_ref().and_then(|loc| loc.line).filter(|line| *line > 0);
        let region = line.map(|line| Region { start_line: line, end_line: line });
        self.results.push(Found {
            rule_id,
            rule_index,
            level,
            message: Text { text: entry.msg.clone() },
            locations: [Location {
                physical_location: Physical {
                    artifact_location: Artifact { uri: go::url_path(file) },
                    region,
                },
            }],
        });
    }
}

pub(super) fn render(results: &[Checked]) -> String {
    let mut all = Collected::default();
    for checked in results {
        checked.failures.iter().for_each(|entry| all.add(checked, entry, "deny", "error"));
        checked.warnings.iter().for_each(|entry| all.add(checked, entry, "warn", "warning"));
        checked.exceptions.iter().for_each(|entry| all.add(checked, entry, "allow", "note"));
        if !checked.failures.is_empty() || !checked.warnings.is_empty() {
            continue;
        }
        let passed = checked.successes > 0 || !checked.exceptions.is_empty();
        let (kind, text) = if passed { ("success", SUCCESS) } else { ("skip", SKIPPED) };
        let metadata = BTreeMap::from([("description".to_owned(), json!(text))]);
        all.add(checked, &Entry { msg: text.to_owned(), loc: None, metadata }, kind, "none");
    }
    let exit_code_description = if results.iter().any(|checked| !checked.failures.is_empty()) {
        "Policy violations found"
    } else if results.iter().any(|checked| !checked.warnings.is_empty()) {
        "Policy warnings found"
    } else {
        "No policy violations found"
    };
    go::compact(&Report {
        version: "2.1.0",
        schema: "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    information_uri: "https://github.com/open-policy-agent/conftest",
                    name: "conftest",
                    rules: all.rules,
                    version: concat!("holdpoint-", env!("CARGO_PKG_VERSION")),
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                exit_code: exit_code(results, false),
                exit_code_description,
            }],
            results: all.results,
        }],
    })
}
