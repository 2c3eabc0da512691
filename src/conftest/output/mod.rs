//! The output formats of conftest, each a pure function of the results.

mod azuredevops;
mod github;
mod go;
mod json;
mod junit;
mod sarif;
mod standard;
mod table;
mod tap;

use std::str::FromStr;

use super::Checked;

pub use go::indented;

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Stdout,
    /// JSON.
    Json,
    /// The Test Anything Protocol.
    Tap,
    /// A table.
    Table,
    /// JUnit's XML.
    Junit,
    /// Commands of GitHub's workflows.
    Github,
    /// Commands of Azure's pipelines.
    AzureDevOps,
    /// SARIF.
    Sarif,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "stdout" => Ok(Self::Stdout),
            "json" => Ok(Self::Json),
            "tap" => Ok(Self::Tap),
            "table" => Ok(Self::Table),
            "junit" => Ok(Self::Junit),
            "github" => Ok(Self::Github),
            "azuredevops" => Ok(Self::AzureDevOps),
            "sarif" => Ok(Self::Sarif),
            // conftest takes any other word for `stdout`.
            other => Err(format!(
                "`{other}` is not one of stdout, json, tap, table, junit, github, azuredevops, \
                 sarif"
            )),
        }
    }
}

/// How results are shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// In colours.
    pub color: bool,
    /// `stdout`: without the exceptions.
    pub suppress_exceptions: bool,
    /// `stdout`: with the number of tests that were skipped.
    pub show_skipped: bool,
    /// `junit`: without the messages in the names of tests.
    pub junit_hide_message: bool,
    /// `github`: without files whose checks all passed.
    pub github_hide_passed: bool,
}

/// The results in a format.
#[must_use]
pub fn render(format: Format, results: &[Checked], style: Style) -> String {
    match format {
        Format::Stdout => standard::render(results, style),
        Format::Json => json::render(results),
        Format::Tap => tap::render(results),
        Format::Table => table::render(results),
        Format::Junit => junit::render(results, style.junit_hide_message),
        Format::Github => github::render(results, style.github_hide_passed),
        Format::AzureDevOps => azuredevops::render(results),
        Format::Sarif => sarif::render(results),
    }
}

/// What `--trace` adds on standard error: which rules were asked about what, and whether they had
/// nothing to say.
#[must_use]
pub fn trace(results: &[Checked], color: bool) -> String {
    standard::trace(results, color)
}

/// `5 tests, 1 passed, 1 warning, 2 failures, 1 exception`
fn totals(results: &[Checked]) -> String {
    let sum = |count: fn(&Checked) -> usize| results.iter().map(count).sum::<usize>();
    let tests = sum(Checked::tests);
    let (warnings, failures) =
        (sum(|checked| checked.warnings.len()), sum(|checked| checked.failures.len()));
    let exceptions = sum(|checked| checked.exceptions.len());
    format!(
        "{}, {} passed, {}, {}, {}",
        counted(tests, "test"),
        sum(|checked| checked.successes),
        counted(warnings, "warning"),
        counted(failures, "failure"),
        counted(exceptions, "exception")
    )
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// What stands between the status and the message: `- FILE - NAMESPACE -`; standard input is only a
/// dash.
fn place(checked: &Checked) -> String {
    let part = |text: &str, behind: &str| match text {
        "-" => "-".to_owned(),
        text => format!("- {text}{behind}"),
    };
    format!("{} {}", part(&checked.file, ""), part(&checked.namespace, " -"))
}
