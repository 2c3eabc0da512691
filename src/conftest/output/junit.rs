//! `junit`: a suite a namespace; warnings are failures there.

use super::super::Checked;
use super::go::xml;

enum Outcome<'a> {
    Passed,
    Failed(&'a str),
    Skipped(&'a str),
}

pub(super) fn render(results: &[Checked], hide_message: bool) -> String {
    let mut suites: Vec<(&str, Vec<(String, Outcome<'_>)>)> = Vec::new();
    for checked in results {
        let name = |message: &str| match message.split('\n').next() {
            Some(first) if !hide_message && !message.is_empty() => {
                format!("{} - {first}", checked.file)
            }
            _ => checked.file.clone(),
        };
        let mut tests = Vec::new();
        for entry in checked.warnings.iter().chain(&checked.failures) {
            tests.push((name(&entry.msg), Outcome::Failed(&entry.msg)));
        }
        for entry in &checked.skipped {
            tests.push((name(&entry.msg), Outcome::Skipped(&entry.msg)));
        }
        tests.extend((0..checked.successes).map(|_| (name(""), Outcome::Passed)));
        // A namespace without a test has no suite.
        if tests.is_empty() {
            continue;
        }
        match suites.iter_mut().find(|(namespace, _)| *namespace == checked.namespace) {
            Some((_, suite)) => suite.extend(tests),
            None => suites.push((&checked.namespace, tests)),
        }
    }
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>".to_owned();
    for (namespace, tests) in &suites {
        out.push_str(&suite(namespace, tests));
    }
    if !suites.is_empty() {
        out.push('\n');
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(namespace: &str, tests: &[(String, Outcome<'_>)]) -> String {
    let failures =
        tests.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_))).count();
    let name = xml(&format!("conftest.{namespace}"));
    let class = name.rsplit('/').next().unwrap_or(&name);
    let mut out = format!(
        "\n\t<testsuite tests=\"{}\" failures=\"{failures}\" time=\"0.000\" name=\"{name}\">\n\
         \t\t<properties>\n\
         \t\t\t<property name=\"go.version\" value=\"{}\"></property>\n\
         \t\t</properties>\n",
        tests.len(),
        concat!("holdpoint-", env!("CARGO_PKG_VERSION")),
    );
    for (test, outcome) in tests {
        out.push_str(&format!(
            "\t\t<testcase classname=\"{class}\" name=\"{}\" time=\"0.000\">",
            xml(test)
        ));
        match outcome {
            Outcome::Passed => {}
            Outcome::Failed(text) => out.push_str(&format!(
                "\n\t\t\t<failure message=\"Failed\" type=\"\">{}</failure>\n\t\t",
                xml(text)
            )),
            Outcome::Skipped(text) => {
                out.push_str(&format!(
                    "\n\t\t\t<skipped message=\"{}\"></skipped>\n\t\t",
                    xml(text)
                ));
            }
        }
        out.push_str("</testcase>\n");
    }
    out.push_str("\t</testsuite>");
    out
}
