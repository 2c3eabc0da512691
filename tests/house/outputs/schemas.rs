//! SARIF, JUnit and GitLab against their published schemas.
//!
//! The first two are not ours to ship: `.ci/schemas DIR` fetches them, `HOLDPOINT_SCHEMAS=DIR`
//! names them here. GitLab publishes its fields as a table, which stands below as a schema.

use std::path::PathBuf;
use std::process::Command;

use holdpoint::model::verdict::Verdict;
use holdpoint::report::{Format, Style, render};
use serde_json::{Value, json};

use super::sample::{finding, mixed, problem, verdict};

fn verdicts() -> Vec<Verdict> {
    let hostile = "a\u{1b}[2J]]></failure>&\u{202e}\u{fffe}\"'<\n::error::x";
    vec![
        mixed(),
        verdict(Vec::new(), Vec::new()),
        verdict(mixed().findings, vec![problem()]),
        verdict(vec![finding(hostile, hostile), finding("other", hostile)], Vec::new()),
    ]
}

/// The folder of the schemas, if it is there.
fn schemas() -> Option<PathBuf> {
    crate::common::peers::below("schemas", "HOLDPOINT_SCHEMAS", "")
}

fn assert_valid(schema: &Value, document: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn sarif_is_valid() {
    let Some(folder) = schemas() else {
        return;
    };
    let schema = std::fs::read_to_string(folder.join("sarif-2.1.0.json")).unwrap();
    // Its pattern for languages, which we do not write, is no regular expression outside browsers.
    let schema = schema.replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    for verdict in verdicts() {
        let text = render(Format::Sarif, &verdict, &Style::default());
        assert_valid(&schema, &serde_json::from_str(&text).unwrap());
    }
    let broken = json!({ "version": "2.1.0", "runs": [{ "results": [] }] });
    assert!(!jsonschema::is_valid(&schema, &broken), "the schema judges");
}

#[test]
fn junit_is_valid() {
    let Some(folder) = schemas() else {
        return;
    };
    let judge = |text: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let script = "import sys, xmlschema; xmlschema.validate(sys.argv[2], sys.argv[1])";
        Command::new("python3")
            .env("PYTHONPATH", folder.join("python"))
            .args(["-c", script])
            .args([folder.join("junit.xsd").as_path(), file.path()])
            .output()
            .unwrap()
    };
    for verdict in verdicts() {
        let output = judge(&render(Format::Junit, &verdict, &Style::default()));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let broken = judge("<testsuites><testsuite><testcase/></testsuite></testsuites>");
    let complaint = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert!(complaint.contains("required attribute"), "the schema judges: {complaint}");
}

#[test]
fn gitlab_is_valid() {
    let schema = json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "additionalProperties": false,
            "properties": {
                "description": { "type": "string", "minLength": 1 },
                "check_name": { "type": "string", "minLength": 1 },
                "fingerprint": { "type": "string", "minLength": 1 },
                "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": { "type": "string", "not": { "pattern": "^(/|\\./)" } },
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": { "begin": { "type": "integer", "minimum": 1 } },
                        },
                    },
                },
            },
        },
    });
    for verdict in verdicts() {
        let text = render(Format::Gitlab, &verdict, &Style::default());
        assert_valid(&schema, &serde_json::from_str(&text).unwrap());
    }
}
