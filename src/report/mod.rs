//! REPORT: turns the verdict into text. Each format is a pure function of the [`Verdict`] in a
//! file of its own; none filters, none reads a clock, a path or the environment.

mod atlantis;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod markdown;
mod sarif;
mod snippet;
mod summary;
mod text;

use std::fmt;
use std::str::FromStr;

use crate::model::finding::Finding;
use crate::model::verdict::Verdict;

/// The formats that a verdict can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people, on a terminal or in a log.
    Human,
    /// The contract for other tools, `holdpoint/v1`.
    Json,
    /// SARIF 2.1.0, as code scanning reads it.
    Sarif,
    /// JUnit XML, as test reports in most CI systems read it.
    Junit,
    /// GitHub's workflow commands: annotations on the changed files.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// A comment for a pull request.
    Markdown,
    /// The text that Atlantis takes its own verdict from.
    Atlantis,
}

impl Format {
    /// All of them, in the order of the documentation.
    pub const ALL: [Format; 8] = [
        Format::Human,
        Format::Json,
        Format::Sarif,
        Format::Junit,
        Format::Github,
        Format::Gitlab,
        Format::Markdown,
        Format::Atlantis,
    ];

    /// The name used on the command line and in the configuration.
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
            Format::Atlantis => "atlantis",
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
        Format::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| {
            let names = Format::ALL.map(Format::name).join(", ");
            format!("`{}` is not one of {names}", text::line(text))
        })
    }
}

/// How the *human* format is laid out; no other format looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour.
    pub color: bool,
    /// Columns of the terminal; 0 stands for 100.
    pub width: usize,
    /// Only what blocks, the errors, the counts and the verdict.
    pub quiet: bool,
    /// Also existing and resolved findings one by one, and each explanation every time.
    pub verbose: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, quiet: false, verbose: false }
    }
}

/// The verdict in a format. Ends in a line feed.
#[must_use]
pub fn render(format: Format, verdict: &Verdict, style: &Style) -> String {
    match format {
        Format::Human => human::render(verdict, style),
        Format::Json => json::render(verdict),
        Format::Sarif => sarif::render(verdict),
        Format::Junit => junit::render(verdict),
        Format::Github => github::render(verdict),
        Format::Gitlab => gitlab::render(verdict),
        Format::Markdown => markdown::comment(verdict),
        Format::Atlantis => atlantis::render(verdict),
    }
}

/// What is appended to the file that `GITHUB_STEP_SUMMARY` names: Markdown, at most 1 MiB.
#[must_use]
pub fn step_summary(verdict: &Verdict) -> String {
    markdown::step_summary(verdict)
}

/// The verdict in one line: its word, what it means, the counts.
#[must_use]
pub fn one_line(verdict: &Verdict) -> String {
    let (word, meaning) = (summary::word(verdict.decision), summary::meaning(verdict));
    format!("{word}: {meaning}; {}", summary::Summary::of(verdict).evaluated())
}

/// A finding in one line of plain text: the rule, where, and what.
#[must_use]
pub fn headline(finding: &Finding) -> String {
    format!("{}: {}", finding.rule, summary::sentence(finding))
}

/// What there is to say of one finding, in Markdown: where, why, how to fix it, who waived it.
#[must_use]
pub fn details(verdict: &Verdict, finding: &Finding) -> String {
    markdown::details(verdict, finding)
}

/// Plain text as Markdown that shows just that.
#[must_use]
pub fn escaped(text: &str) -> String {
    markdown::escaped(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        let refused = "sarfi\u{1b}[2J".parse::<Format>().unwrap_err();
        assert!(refused.starts_with("`sarfi\\u{1b}[2J` is not one of human, json"), "{refused}");
    }
}
