//! Reads each format back, as the tool that it is meant for would.

use holdpoint::model::verdict::Verdict;
use holdpoint::report::{Format, Style, render};
use pulldown_cmark::{Event, Options, Parser, Tag};
use quick_xml::events::Event as Xml;
use serde_json::Value;

/// What a reader of one format knows of the verdict.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) findings: usize,
    pub(crate) blocking: usize,
    pub(crate) verdict: String,
}

pub(crate) fn plain() -> Style {
    Style { verbose: true, ..Style::default() }
}

pub(crate) fn read(format: Format, verdict: &Verdict) -> Reading {
    let text = render(format, verdict, &plain());
    match format {
        Format::Human => human(&text),
        Format::Json => json(&text),
        Format::Sarif => sarif(&text),
        Format::Junit => junit(&text),
        Format::Github => github(&text),
        Format::Gitlab => gitlab(&text),
        Format::Markdown => markdown(&text),
        Format::Atlantis => atlantis(&text),
    }
}

fn lower_until_colon(line: &str) -> String {
    line.split(':').next().unwrap().trim().to_lowercase()
}

fn human(text: &str) -> Reading {
    let heads: Vec<&str> = text
        .lines()
        .filter(|line| {
            ["critical", "high", "medium", "low"]
                .iter()
                .any(|name| line.starts_with(&format!("  {name}  ")))
        })
        .collect();
    let lines: Vec<&str> = text.lines().collect();
    let (counts, last) = (lines[lines.len() - 3], lines[lines.len() - 1]);
    let reading = Reading {
        findings: heads.len(),
        blocking: heads.iter().filter(|line| line.ends_with("blocks]")).count(),
        verdict: lower_until_colon(last),
    };
    let findings = counts.split(':').next().unwrap();
    assert!(findings.starts_with(&format!("{} finding", reading.findings)), "{counts}");
    assert!(findings.contains(&format!("({} blocking, ", reading.blocking)), "{counts}");
    reading
}

fn json(text: &str) -> Reading {
    let report: Value = serde_json::from_str(text).unwrap();
    assert_eq!(report["schema"], "holdpoint/v1");
    let findings = report["findings"].as_array().unwrap();
    let blocking = findings.iter().filter(|finding| finding["blocks"] == true).count();
    assert_eq!(report["summary"]["findings"], findings.len());
    assert_eq!(report["summary"]["blocking"], blocking);
    Reading {
        findings: findings.len(),
        blocking,
        verdict: report["verdict"].as_str().unwrap().to_owned(),
    }
}

fn sarif(text: &str) -> Reading {
    let log: Value = serde_json::from_str(text).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let position = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[position]["id"], result["ruleId"]);
        assert_eq!(result["level"] == "error", result["properties"]["blocks"] == true);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert!(
            region["startLine"].as_u64() >= Some(1) && region["startColumn"].as_u64() >= Some(1)
        );
    }
    let undecided = run["properties"]["verdict"] == "undecided";
    assert_eq!(run["invocations"][0]["executionSuccessful"], !undecided);
    Reading {
        findings: results.len(),
        blocking: results.iter().filter(|result| result["level"] == "error").count(),
        verdict: run["properties"]["verdict"].as_str().unwrap().to_owned(),
    }
}

fn junit(text: &str) -> Reading {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut reading = Reading { findings: 0, blocking: 0, verdict: String::new() };
    let (mut errors, mut sums) = (0, None);
    loop {
        let event = reader.read_event().unwrap();
        let (Xml::Start(element) | Xml::Empty(element)) = &event else {
            if event == Xml::Eof {
                break;
            }
            continue;
        };
        let value = |name: &str| {
            let mut all = element.attributes().map(|attribute| attribute.unwrap());
            all.find(|attribute| attribute.key.as_ref() == name).map(|attribute| {
                attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned()
            })
        };
        match element.name().as_ref() {
            "testcase" => {
                let silent = value("classname").unwrap() == "rules that found nothing";
                reading.findings += usize::from(!silent);
            }
            "failure" => reading.blocking += 1,
            "error" => errors += 1,
            "property" => reading.verdict = value("value").unwrap(),
            "testsuite" => {
                let count = |name| value(name).unwrap().parse::<usize>().unwrap();
                sums = Some((count("failures"), count("errors")));
            }
            _ => {}
        }
    }
    reading.findings -= errors;
    assert_eq!(sums, Some((reading.blocking, errors)));
    assert_eq!(errors > 0, reading.verdict == "undecided");
    reading
}

/// A workflow command as GitHub's runner takes it apart.
pub(crate) struct Command {
    pub(crate) level: String,
    pub(crate) properties: Vec<(String, String)>,
    pub(crate) message: String,
}

impl Command {
    pub(crate) fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) fn commands(text: &str) -> Vec<Command> {
    let decode = |text: &str| {
        text.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%25", "%")
    };
    text.lines()
        .filter_map(|line| line.trim_start().strip_prefix("::"))
        .map(|line| {
            let (head, message) = line.split_once("::").unwrap();
            let (level, properties) = head.split_once(' ').unwrap();
            let properties = properties
                .split(',')
                .map(|pair| pair.split_once('=').unwrap())
                .map(|(name, value)| (name.to_owned(), decode(value)))
                .collect();
            Command { level: level.to_owned(), properties, message: decode(message) }
        })
        .collect()
}

fn github(text: &str) -> Reading {
    let mut reading = Reading { findings: 0, blocking: 0, verdict: String::new() };
    for command in commands(text) {
        assert!(["error", "warning", "notice"].contains(&command.level.as_str()));
        let title = command.property("title").unwrap();
        let count = match title.strip_suffix(" more") {
            Some(count) if command.property("file").is_none() => count.parse().unwrap(),
            _ => usize::from(title.ends_with(')')),
        };
        reading.findings += count;
        if command.level == "error" {
            reading.blocking += count;
        }
    }
    let last = text.lines().last().unwrap().strip_prefix("holdpoint: ").unwrap();
    reading.verdict = lower_until_colon(last);
    reading
}

fn gitlab(text: &str) -> Reading {
    let all: Vec<Value> = serde_json::from_str(text).unwrap();
    let undecided = |entry: &&Value| entry["check_name"] == "holdpoint-undecided";
    let described = |entry: &&Value| entry["description"].as_str().unwrap().starts_with("[blocks");
    let mut fingerprints: Vec<&str> =
        all.iter().map(|entry| entry["fingerprint"].as_str().unwrap()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), all.len(), "fingerprints are unique");
    let refused = all.iter().filter(undecided).count();
    let blocking = all.iter().filter(described).count();
    let verdict = match (refused, blocking) {
        (0, 0) => "pass",
        (0, _) => "block",
        _ => "undecided",
    };
    Reading { findings: all.len() - refused, blocking, verdict: verdict.to_owned() }
}

pub(crate) fn markdown(text: &str) -> Reading {
    let mut reading = Reading { findings: 0, blocking: 0, verdict: String::new() };
    let (mut folded, mut item, mut heading) = (String::new(), String::new(), false);
    let mut left_out = 0;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::TableRow) => reading.blocking += 1,
            Event::Start(Tag::Heading { .. }) => heading = true,
            Event::End(pulldown_cmark::TagEnd::Heading(_)) => heading = false,
            Event::Start(Tag::Item) => item.clear(),
            Event::End(pulldown_cmark::TagEnd::Item) => {
                let counts = !item.starts_with("note:") && folded != "How to fix";
                reading.findings += usize::from(counts);
            }
            Event::Html(html) => {
                if let Some(title) = html.trim().strip_prefix("<details><summary>") {
                    folded = title.trim_end_matches("</summary>").to_owned();
                }
            }
            Event::Text(part) | Event::Code(part) => {
                if heading {
                    reading.verdict = part.trim_start_matches("holdpoint: ").to_lowercase();
                }
                item.push_str(&part);
                if let Some(count) = part.strip_suffix(" omitted: the report is too long") {
                    left_out = count.split(' ').next().unwrap().parse().unwrap();
                }
            }
            _ => {}
        }
    }
    reading.findings += reading.blocking + left_out;
    reading
}

/// Whether Atlantis takes the text of a custom policy check for a failure, by its rule.
pub(crate) fn atlantis_fails(text: &str) -> bool {
    let counted = text.match_indices(" failure").any(|(at, _)| {
        let digits = text[..at].chars().rev().take_while(char::is_ascii_digit);
        digits.collect::<Vec<_>>().iter().any(|digit| *digit != '0')
    });
    let text = text.trim();
    text.is_empty() || text.starts_with("FAIL") || counted || text.contains("failures\": [")
}

fn atlantis(text: &str) -> Reading {
    let lines: Vec<&str> = text.lines().collect();
    let (counts, last) = (lines[lines.len() - 2], lines[lines.len() - 1]);
    let count = |kind: &str| {
        let part = counts.split(", ").find(|part| part.trim_end_matches('s').ends_with(kind));
        part.unwrap().split(' ').next().unwrap().parse::<usize>().unwrap()
    };
    let (failures, rest) = (count("failure"), count("warning") + count("exception"));
    let listed = lines.iter().filter(|line| line.starts_with("FAIL - ")).count();
    assert_eq!(listed, failures, "{text}");
    let verdict = lower_until_colon(last.strip_prefix("holdpoint: ").unwrap());
    assert_eq!(atlantis_fails(text), verdict != "pass", "{text}");
    let codes = |line: &&&str| line.starts_with("FAIL - ") && is_problem(line);
    let problems = lines.iter().filter(codes).count();
    Reading { findings: failures - problems + rest, blocking: failures - problems, verdict }
}

/// A problem names its code, `plan::empty`; a finding its rule and severity.
fn is_problem(line: &str) -> bool {
    !["(critical)", "(high)", "(medium)", "(low)"]
        .iter()
        .any(|severity| line.split(" - ").nth(1).unwrap().ends_with(severity))
}
