//! REPORT: one pure function of the verdict per format. Minimal: the formats live on their branch.

use std::fmt;
use std::str::FromStr;

use crate::model::verdict::Verdict;

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people.
    Human,
    /// `holdpoint/v1`.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab code quality.
    Gitlab,
    /// For a pull request comment.
    Markdown,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 7] = [
        Format::Human,
        Format::Json,
        Format::Sarif,
        Format::Junit,
        Format::Github,
        Format::Gitlab,
        Format::Markdown,
    ];

    /// The name used on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Markdown => "markdown",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| format!("`{text}` is no format"))
    }
}

/// How a text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Whether to use colour.
    pub color: bool,
    /// Columns of the terminal; 0 stands for 100.
    pub width: usize,
    /// Only what blocks, and the verdict.
    pub quiet: bool,
    /// Everything, also what does not block.
    pub verbose: bool,
}

/// The verdict as Markdown for `GITHUB_STEP_SUMMARY`.
#[must_use]
pub fn step_summary(verdict: &Verdict) -> String {
    format!("verdict: {}\n", verdict.decision.name())
}

/// The verdict in a format.
#[must_use]
pub fn render(format: Format, verdict: &Verdict, _style: &Style) -> String {
    match format {
        Format::Json => {
            serde_json::json!({
                "schema": "holdpoint/v1",
                "verdict": verdict.decision.name(),
                "errors": verdict.errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>(),
            })
            .to_string()
                + "\n"
        }
        _ => {
            let errors: String = verdict
                .errors
                .iter()
                .map(|e| format!("error: {}\n", e.message))
                .collect();
            format!("{errors}verdict: {}\n", verdict.decision.name())
        }
    }
}
