//! The results of unit tests, for people and for tools.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::rego::Coverage;

use super::super::console::{Console, printable};

/// The outcome of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    Skipped,
    /// It could not be evaluated.
    Error(String),
}

/// A test that was run.
#[derive(Debug)]
pub(super) struct Tested {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) outcome: Outcome,
    pub(super) outputs: Vec<String>,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) tests: Vec<Tested>,
    pub(super) coverage: Option<Coverage>,
}

impl Ran {
    /// The policy files, with the lines that can be reached and whether they were. Test files are not
    /// counted.
    fn files(&self) -> Vec<(&str, &BTreeMap<u32, bool>)> {
        let files = self.coverage.iter().flat_map(|coverage| &coverage.files);
        files
            .filter(|(file, _)| !self.tests.iter().any(|test| test.file == **file))
            .map(|(file, lines)| (file.as_str(), lines))
            .collect()
    }

    /// How many lines were reached, of how many.
    fn lines(&self) -> (usize, usize) {
        let files = self.files();
        let all = files.iter().map(|(_, lines)| lines.len()).sum();
        (files.iter().map(|(_, lines)| lines.values().filter(|hit| **hit).count()).sum(), all)
    }

    /// The share of lines reached, in percent; none without coverage or without lines.
    #[expect(clippy::cast_precision_loss, reason = "lines of files are few")]
    pub(super) fn percent(&self) -> Option<f64> {
        self.coverage.as_ref()?;
        let (reached, all) = self.lines();
        (all > 0).then(|| reached as f64 * 100.0 / all as f64)
    }

    fn count(&self, fits: impl Fn(&Outcome) -> bool) -> usize {
        self.tests.iter().filter(|test| fits(&test.outcome)).count()
    }
}

/// For people: what did not pass, and the totals.
pub(super) fn human(ran: &Ran, console: Console) -> String {
    let mut out = String::new();
    for test in &ran.tests {
        let word = match &test.outcome {
            Outcome::Passed if !console.verbose => continue,
            Outcome::Passed => "pass",
            Outcome::Skipped if console.quiet => continue,
            Outcome::Skipped => "skip",
            Outcome::Failed => "FAIL",
            Outcome::Error(_) => "ERROR",
        };
        let place = printable(&format!("{} ({}:{})", test.name, test.file, test.line));
        out.push_str(&format!("{word}  {place}\n"));
        if let Outcome::Error(message) = &test.outcome {
            out.push_str(&format!("      {}\n", printable(message)));
        }
        for line in &test.outputs {
            out.push_str(&format!("      {}\n", printable(line)));
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let passed = ran.count(|outcome| *outcome == Outcome::Passed);
    let failed = ran.count(|outcome| *outcome == Outcome::Failed);
    let skipped = ran.count(|outcome| *outcome == Outcome::Skipped);
    let errors = ran.tests.len() - passed - failed - skipped;
    out.push_str(&format!("{} tests, {passed} passed, {failed} failed", ran.tests.len()));
    for (number, what) in [(errors, "not run"), (skipped, "skipped")] {
        if number > 0 {
            out.push_str(&format!(", {number} {what}"));
        }
    }
    out.push('\n');
    if ran.coverage.is_some() {
        let (reached, all) = ran.lines();
        let percent = ran.percent().unwrap_or(100.0);
        out.push_str(&format!("coverage {percent:.1} %, {reached} of {all} lines\n"));
        for (file, lines) in ran.files() {
            let missing: Vec<u32> =
                lines.iter().filter(|(_, hit)| !**hit).map(|(line, _)| *line).collect();
            if !missing.is_empty() {
                out.push_str(&format!(
                    "  {}: not covered: {}\n",
                    printable(file),
                    ranges(&missing)
                ));
            }
        }
    }
    out
}

/// `3, 7-9`
fn ranges(lines: &[u32]) -> String {
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => parts.push((*line, *line)),
        }
    }
    let shown =
        parts.iter().map(
            |(first, last)| {
                if first == last { first.to_string() } else { format!("{first}-{last}") }
            },
        );
    shown.collect::<Vec<_>>().join(", ")
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    tests: Vec<One<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Covered<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    name: &'a str,
    file: &'a str,
    line: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    outputs: &'a [String],
}

#[derive(Serialize)]
struct Covered<'a> {
    percent: f64,
    files: BTreeMap<&'a str, Lines>,
}

#[derive(Serialize)]
struct Lines {
    reached: Vec<u32>,
    missed: Vec<u32>,
}

/// One document, `holdpoint-policy-test/v1`.
pub(super) fn json(ran: &Ran) -> String {
    let lines = |lines: &BTreeMap<u32, bool>, wanted: bool| {
        lines.iter().filter(|(_, hit)| **hit == wanted).map(|(line, _)| *line).collect()
    };
    let report = Report {
        schema: "holdpoint-policy-test/v1",
        tests: ran
            .tests
            .iter()
            .map(|test| One {
                name: &test.name,
                file: &test.file,
                line: test.line,
                outcome: match test.outcome {
                    Outcome::Passed => "passed",
                    Outcome::Failed => "failed",
                    Outcome::Skipped => "skipped",
                    Outcome::Error(_) => "error",
                },
                error: match &test.outcome {
                    Outcome::Error(message) => Some(message),
                    _ => None,
                },
                outputs: &test.outputs,
            })
            .collect(),
        coverage: ran.coverage.as_ref().map(|_| Covered {
            percent: ran.percent().unwrap_or(100.0),
            files: ran
                .files()
                .into_iter()
                .map(|(file, all)| {
                    (file, Lines { reached: lines(all, true), missed: lines(all, false) })
                })
                .collect(),
        }),
    };
    // A structure of texts and numbers can always be written.
    serde_json::to_string_pretty(&report).map(|text| text + "\n").unwrap_or_default()
}

/// JUnit: a suite a file.
pub(super) fn junit(ran: &Ran) -> String {
    let escape = |text: &str| {
        let safe: String = text
            .chars()
            .map(|c| match c {
                '\t' | '\n' | '\r' => ' ',
                c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
                c => c,
            })
            .collect();
        quick_xml::escape::escape(safe).into_owned()
    };
    let mut files: BTreeMap<&str, Vec<&Tested>> = BTreeMap::new();
    for test in &ran.tests {
        files.entry(&test.file).or_default().push(test);
    }
    let counts = |tests: &[&Tested]| {
        let number =
            |fits: fn(&Outcome) -> bool| tests.iter().filter(|test| fits(&test.outcome)).count();
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"",
            tests.len(),
            number(|outcome| *outcome == Outcome::Failed),
            number(|outcome| matches!(outcome, Outcome::Error(_))),
            number(|outcome| *outcome == Outcome::Skipped),
        )
    };
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (file, tests) in files {
        let name = escape(file);
        out.push_str(&format!("  <testsuite name=\"{name}\" {}>\n", counts(&tests)));
        for test in tests {
            let inside = match &test.outcome {
                Outcome::Passed => String::new(),
                Outcome::Failed => {
                    format!("<failure message=\"not true, {name}:{}\"/>", test.line)
                }
                Outcome::Skipped => "<skipped/>".to_owned(),
                Outcome::Error(message) => format!("<error message=\"{}\"/>", escape(message)),
            };
            let output =
                test.outputs.iter().map(|line| escape(line)).collect::<Vec<_>>().join("\n");
            let output = match output.as_str() {
                "" => String::new(),
                text => format!("<system-out>{text}</system-out>"),
            };
            out.push_str(&format!(
                "    <testcase classname=\"{name}\" name=\"{}\">{inside}{output}</testcase>\n",
                escape(&test.name)
            ));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}
