//! The rules of a SARIF run: all that ran, not only those that found something.

use std::collections::BTreeMap;

use super::super::text;
use super::log::{Configuration, Descriptor, Help, Level, RuleProperties, Text};
use crate::model::finding::Finding;
use crate::model::rule::Meta;
use crate::model::severity::Severity;
use crate::model::verdict::Verdict;

/// Characters that GitHub keeps of a description.
const MAX_DESCRIPTION: usize = 1024;
/// Tags that GitHub takes per rule.
const MAX_TAGS: usize = 20;

pub(super) struct Rules {
    pub(super) list: Vec<Descriptor>,
    positions: BTreeMap<String, usize>,
}

impl Rules {
    pub(super) fn of(verdict: &Verdict) -> Self {
        // A finding may come from a check that is no rule of the catalogue; it needs a
        // descriptor too. Severities are those that the configuration gave the rule.
        let mut all: BTreeMap<&str, (Option<&Meta>, Option<&Finding>)> =
            verdict.rules.iter().map(|(id, meta)| (id.as_str(), (Some(meta), None))).collect();
        for finding in &verdict.findings {
            let slot = &mut all.entry(finding.rule.as_ref()).or_default().1;
            if slot.is_none_or(|worst| worst.severity < finding.severity) {
                *slot = Some(finding);
            }
        }
        let positions = all.keys().enumerate().map(|(i, id)| ((*id).to_owned(), i)).collect();
        let list = all.iter().map(|(id, (meta, worst))| descriptor(id, *meta, *worst)).collect();
        Self { list, positions }
    }

    /// The position of a rule in the list; every finding's rule is there.
    pub(super) fn position(&self, id: &str) -> usize {
        self.positions.get(id).copied().unwrap_or_default()
    }
}

fn descriptor(id: &str, meta: Option<&Meta>, worst: Option<&Finding>) -> Descriptor {
    let title = meta.map(|meta| &meta.title).or(worst.map(|finding| &finding.title));
    let title = title.map(|title| text::line(title).into_owned()).unwrap_or_default();
    let what = meta.map(|meta| text::first_paragraph(&meta.what)).unwrap_or_default();
    let severity = worst.map(|finding| finding.severity).or(meta.map(|meta| meta.severity));
    let severity = severity.unwrap_or(Severity::High);
    let help = meta.map_or_else(|| fix_of(worst), help);
    Descriptor {
        id: id.to_owned(),
        full_description: Text {
            text: text::cut(if what.is_empty() { &title } else { &what }, MAX_DESCRIPTION)
                .into_owned(),
        },
        short_description: Text { text: text::cut(&title, MAX_DESCRIPTION).into_owned() },
        help_uri: meta
            .and_then(|meta| meta.references.iter().find(|uri| is_uri(uri)))
            .map(|uri| uri.to_string()),
        help: Help { text: text::flow(&help), markdown: help },
        default_configuration: Configuration { level: level(severity) },
        properties: RuleProperties {
            security_severity: score(severity),
            precision: "high",
            tags: tags(meta),
        },
    }
}

fn fix_of(finding: Option<&Finding>) -> String {
    let fix = finding.map(|finding| text::flow(&finding.fix)).unwrap_or_default();
    if fix.is_empty() { "see the message".to_owned() } else { fix }
}

/// The rule's page, as its author wrote it.
fn help(meta: &Meta) -> String {
    let mut page = String::new();
    let sections = [("What it checks", &meta.what), ("Why", &meta.why), ("How to fix", &meta.fix)];
    for (heading, body) in sections {
        page.push_str(&format!("## {heading}\n\n{}\n\n", body.trim()));
    }
    if !meta.references.is_empty() {
        page.push_str("## References\n\n");
        for reference in meta.references.iter() {
            page.push_str(&format!("- <{reference}>\n"));
        }
    }
    page
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical | Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low => Level::Note,
    }
}

/// The middle of the range that GitHub shows under the same name.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

/// `security` comes first: without it GitHub ignores the score, and it keeps ten tags.
fn tags(meta: Option<&Meta>) -> Vec<String> {
    let mut tags = vec!["security".to_owned()];
    if let Some(meta) = meta {
        tags.push(meta.service.to_lowercase());
        for (name, controls) in meta.frameworks.iter() {
            tags.push(format!("{name}: {}", controls.join(", ")));
        }
    }
    tags.dedup();
    tags.truncate(MAX_TAGS);
    tags
}

fn is_uri(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&b);
    text.starts_with("https://") && text.len() > 8 && text.bytes().all(allowed)
}
