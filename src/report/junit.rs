//! `junit`: one test case per finding, and one per rule that found nothing.
//!
//! Only what blocks fails; the rest passes and says so in `system-out`. The address is the class
//! name. Follows the schema that Jenkins publishes, which the other readers accept.

use std::collections::BTreeSet;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use rustc_hash::FxHashMap;

use super::summary::{self, problems};
use super::text;
use crate::model::finding::Finding;
use crate::model::verdict::{Problem, Verdict};

type Xml = Writer<Vec<u8>>;

pub(super) fn render(verdict: &Verdict) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    #[expect(clippy::expect_used, reason = "writing into a vector cannot fail")]
    suites(&mut xml, verdict).expect("a vector takes all that is written");
    // Every text went through `text::line`, and all that is written is a `str`.
    let written = String::from_utf8_lossy(&xml.into_inner()).into_owned();
    text::guard(&written) + "\n"
}

fn suites(xml: &mut Xml, verdict: &Verdict) -> std::io::Result<()> {
    let fired: BTreeSet<&str> = verdict.findings.iter().map(|f| f.rule.as_ref()).collect();
    let silent: Vec<&str> =
        verdict.rules.keys().map(String::as_str).filter(|id| !fired.contains(id)).collect();
    let problems = problems(verdict);
    let tests = (verdict.findings.len() + silent.len() + problems.len()).to_string();
    let failures = verdict.blocking().count().to_string();
    let errors = problems.len().to_string();
    let counts = [
        ("name", "holdpoint"),
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
        ("errors", errors.as_str()),
    ];
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("testsuites").with_attributes(counts).write_inner_content(|xml| {
        xml.create_element("testsuite").with_attributes(counts).write_inner_content(|xml| {
            xml.create_element("properties").write_inner_content(|xml| {
                let word = verdict.decision.name();
                let attributes = [("name", "verdict"), ("value", word)];
                xml.create_element("property").with_attributes(attributes).write_empty()?;
                Ok(())
            })?;
            for problem in problems.iter() {
                error(xml, problem)?;
            }
            let mut names = Names::default();
            for finding in &verdict.findings {
                case(xml, verdict, finding, &mut names)?;
            }
            for id in &silent {
                let id = text::line(id);
                let attributes = [("classname", "rules that found nothing"), ("name", id.as_ref())];
                xml.create_element("testcase").with_attributes(attributes).write_empty()?;
            }
            for notice in &verdict.notices {
                say(xml, "system-out", &text::line(notice))?;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

fn error(xml: &mut Xml, problem: &Problem) -> std::io::Result<()> {
    let code = text::line(&problem.code);
    let file = text::line(problem.file.as_deref().unwrap_or("holdpoint"));
    let message = text::line(&problem.message);
    let attributes = [("classname", file.as_ref()), ("name", code.as_ref())];
    xml.create_element("testcase").with_attributes(attributes).write_inner_content(|xml| {
        let error = [("type", code.as_ref()), ("message", message.as_ref())];
        let help = text::line(problem.help.as_deref().unwrap_or_default());
        let element = xml.create_element("error").with_attributes(error);
        element.write_text_content(BytesText::new(&help))?;
        Ok(())
    })?;
    Ok(())
}

fn case(
    xml: &mut Xml,
    verdict: &Verdict,
    finding: &Finding,
    names: &mut Names,
) -> std::io::Result<()> {
    let address = text::line(&finding.address);
    let name = names.unique(finding);
    let file = text::line(&finding.location.file);
    let line = finding.location.line.to_string();
    let attributes = [
        ("classname", address.as_ref()),
        ("name", name.as_str()),
        ("file", file.as_ref()),
        ("line", line.as_str()),
    ];
    let message = text::line(&finding.message);
    let kind = format!("{} {}", finding.severity, finding.outcome.name());
    let body = body(verdict, finding);
    xml.create_element("testcase").with_attributes(attributes).write_inner_content(|xml| {
        if !finding.blocks {
            return say(xml, "system-out", &body);
        }
        let failure = [("type", kind.as_str()), ("message", message.as_ref())];
        let element = xml.create_element("failure").with_attributes(failure);
        element.write_text_content(BytesText::new(&body))?;
        Ok(())
    })?;
    Ok(())
}

fn say(xml: &mut Xml, element: &str, body: &str) -> std::io::Result<()> {
    xml.create_element(element).write_text_content(BytesText::new(body))?;
    Ok(())
}

/// All that a reader needs, since many viewers show nothing but this text.
fn body(verdict: &Verdict, finding: &Finding) -> String {
    let place = &finding.location;
    let mut lines = vec![
        format!("{} {} ({})", finding.severity, finding.outcome.name(), finding.change.name()),
        format!("what: {}", text::line(&finding.message)),
        format!("where: {}:{}:{}", text::line(&place.file), place.line, place.column),
    ];
    if let Some(reason) = &finding.reason {
        lines.push(format!("reason: {}", text::line(reason)));
    }
    let why = summary::why(verdict, finding);
    if !why.is_empty() {
        lines.push(format!("why: {why}"));
    }
    lines.push(format!("fix: {}", text::flow(&finding.fix)));
    lines.extend(finding.waiver.as_ref().map(summary::waiver));
    lines.join("\n")
}

/// Readers take two cases of one class with one name for the same test.
#[derive(Default)]
struct Names(FxHashMap<(String, String), usize>);

impl Names {
    fn unique(&mut self, finding: &Finding) -> String {
        let name = match finding.path.as_str() {
            "" => text::line(&finding.rule).into_owned(),
            path => format!("{} at {}", text::line(&finding.rule), text::line(path)),
        };
        let count = self.0.entry((finding.address.clone(), name.clone())).or_default();
        *count += 1;
        if *count == 1 { name } else { format!("{name} ({count})") }
    }
}
