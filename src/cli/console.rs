//! Standard error and colour.

use std::io::{IsTerminal, Write};

use anstream::stream::RawStream;
use clap::{Args, ValueEnum};
use miette::{GraphicalReportHandler, GraphicalTheme};

use crate::error::Error;
use crate::model::verdict::Problem;
use crate::report;

/// Verbosity and colour.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Console")]
pub(super) struct Console {
    /// When to use colour; `auto` respects NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(super) color: When,
    /// Print only blocking findings and the verdict
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Print everything, including existing and resolved findings
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal only.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl When {
    /// Whether to colour what goes to this stream.
    pub(super) fn on<S: RawStream>(self, stream: &S) -> bool {
        match self {
            When::Always => true,
            When::Never => false,
            When::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
        }
    }
}

/// Help or a usage error, coloured where the stream has it.
pub(super) fn styled<S: RawStream>(text: &clap::builder::StyledStr, stream: &S) -> String {
    if When::Auto.on(stream) { text.ansi().to_string() } else { text.to_string() }
}

/// Columns for the human format; 0 if unknown.
pub(super) fn width() -> usize {
    if !std::io::stdout().is_terminal() {
        return 0;
    }
    std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Writes to standard error. If even that fails, only the exit code reports the outcome.
pub(super) fn to_stderr(text: &str) {
    let mut stream = std::io::stderr().lock();
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

/// Reports an error in full, with the line that it underlines.
pub(super) fn complain(error: &Error, color: When) {
    let theme = match (color.on(&std::io::stderr()), std::io::stderr().is_terminal()) {
        (true, _) => GraphicalTheme::unicode(),
        (false, true) => GraphicalTheme::unicode_nocolor(),
        (false, false) => GraphicalTheme::none(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100);
    let mut text = String::new();
    if handler.render_report(&mut text, error).is_err() {
        text = format!("error: {error}\n");
    }
    to_stderr(&text);
}

/// Reports problems in a line or two each, for runs whose standard output is for a tool.
pub(super) fn list(problems: &[Problem]) {
    let mut text = String::new();
    for problem in problems {
        let file = problem.file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default();
        text.push_str(&format!("error: {}{}\n", printable(&file), printable(&problem.message)));
        if let Some(help) = &problem.help {
            text.push_str(&format!("  help: {}\n", printable(help)));
        }
    }
    to_stderr(&text);
}

/// One line that cannot steer a terminal: names and addresses come from files that others wrote.
pub(super) fn printable(text: &str) -> String {
    report::plain(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
        assert_eq!(printable("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(printable("a\u{61c}b\u{200b}c\u{feff}d"), "a\\u{61c}b\\u{200b}c\\u{feff}d");
        assert_eq!(printable("größe"), "größe");
    }
}
