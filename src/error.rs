//! Everything that can fail on the way to a verdict, one variant per stage.
//!
//! Style: lower case, no full stop, user input in backticks, a source span if there is one; the
//! help is separate and says what to do next.

use std::error;
use std::fmt;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use crate::decide::Fault;
use crate::model::verdict::Problem;
use crate::rego;

/// Why there is no verdict, or why it could not be delivered.
#[derive(Debug)]
pub enum Error {
    /// The command line names something that does not exist or cannot be combined.
    Usage {
        /// What it is.
        message: String,
        /// What to do.
        help: Option<String>,
    },
    /// holdpoint.toml could not be read.
    ConfigRead {
        /// The file.
        file: String,
        /// Why not.
        message: String,
    },
    /// A mistake in holdpoint.toml.
    Config {
        /// The file and its text.
        source: Box<NamedSource<String>>,
        /// The mistake.
        fault: Fault,
    },
    /// A plan could not be read or judged.
    Plan(Problem),
    /// A Rego policy has an error.
    Policy {
        /// The file and its text, when a part of it is to blame.
        source: Option<Box<NamedSource<String>>>,
        /// What is wrong.
        fault: Box<rego::Fault>,
    },
    /// A guard command has no result.
    Guard(Problem),
    /// A report could not be written.
    Output {
        /// Where to.
        target: String,
        /// Why not.
        message: String,
    },
    /// A bug in holdpoint; says nothing about the input.
    Internal,
}

impl Error {
    fn name(&self) -> &str {
        match self {
            Error::Usage { .. } => "cli::usage",
            Error::ConfigRead { .. } => "config::unreadable",
            Error::Config { fault, .. } => fault.code,
            Error::Plan(problem) | Error::Guard(problem) => &problem.code,
            Error::Policy { fault, .. } => fault.code,
            Error::Output { .. } => "report::write",
            Error::Internal => "internal::panic",
        }
    }

    fn advice(&self) -> Option<&str> {
        match self {
            Error::Usage { help, .. } => help.as_deref(),
            Error::ConfigRead { .. } => {
                Some("check the path and its permissions, or name another file with --config")
            }
            Error::Config { fault, .. } => fault.help.as_deref(),
            Error::Plan(problem) | Error::Guard(problem) => problem.help.as_deref(),
            Error::Policy { fault, .. } => fault.help.as_deref(),
            Error::Output { .. } => Some("check the path, its permissions and the free space"),
            Error::Internal => Some("this is a bug in holdpoint: please report it"),
        }
    }

    fn file(&self) -> Option<&str> {
        match self {
            Error::ConfigRead { file, .. } => Some(file),
            Error::Config { source, .. } => Some(source.name()),
            Error::Plan(problem) | Error::Guard(problem) => problem.file.as_deref(),
            Error::Policy { fault, .. } => fault.file.as_deref(),
            Error::Usage { .. } | Error::Output { .. } | Error::Internal => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage { message, .. } => f.write_str(message),
            Error::ConfigRead { file, message } => write!(f, "cannot read `{file}`: {message}"),
            Error::Config { fault, .. } => f.write_str(&fault.message),
            Error::Plan(problem) | Error::Guard(problem) => f.write_str(&problem.message),
            Error::Policy { fault, .. } => f.write_str(&fault.message),
            Error::Output { target, message } => write!(f, "cannot write {target}: {message}"),
            Error::Internal => f.write_str("holdpoint failed before it reached a verdict"),
        }
    }
}

impl error::Error for Error {}

impl Diagnostic for Error {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.name()))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.advice().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self {
            Error::Config { source, .. } => Some(source.as_ref()),
            Error::Policy { source, .. } => source.as_deref().map(|text| text as &dyn SourceCode),
            _ => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        match self {
            Error::Config { fault, .. } => {
                let label = LabeledSpan::underline(fault.span.clone());
                Some(Box::new(std::iter::once(label)))
            }
            Error::Policy { fault, .. } => {
                let label = LabeledSpan::underline(fault.span.clone()?);
                Some(Box::new(std::iter::once(label)))
            }
            _ => None,
        }
    }
}

/// The longest line of a policy that is shown, in bytes.
const LONGEST_LINE: usize = 2000;

impl From<rego::Fault> for Error {
    fn from(mut fault: rego::Fault) -> Self {
        // What is underlined is shown with its line, and a line may be all of a file.
        let blamed = fault.text.as_deref().zip(fault.line());
        let line = blamed.and_then(|(text, line)| text.lines().nth(line.checked_sub(1)?));
        if line.is_some_and(|line| line.len() > LONGEST_LINE) {
            let place = fault.line().map(|line| format!(":{line}")).unwrap_or_default();
            let file = fault.file.as_deref().unwrap_or_default();
            fault.message = format!("{file}{place}: {}", fault.message);
            (fault.text, fault.span) = (None, None);
        }
        // Control characters must not reach the terminal; one `?` a byte keeps spans right.
        let safe = |text: &str| -> String {
            text.chars()
                .flat_map(|c| match c.is_control() && !matches!(c, '\n' | '\t' | '\r') {
                    true => std::iter::repeat_n('?', c.len_utf8()),
                    false => std::iter::repeat_n(c, 1),
                })
                .collect()
        };
        let source = fault.file.as_deref().zip(fault.text.as_deref());
        let source = source.map(|(file, text)| Box::new(NamedSource::new(file, safe(text))));
        Error::Policy { source, fault: Box::new(fault) }
    }
}

impl From<&Error> for Problem {
    /// For a mistake in the configuration or a policy the message begins with its line.
    fn from(error: &Error) -> Self {
        let message = match error {
            Error::Config { source, fault } => {
                let before = source.inner().get(..fault.span.start).unwrap_or_default();
                format!("line {}: {error}", before.matches('\n').count() + 1)
            }
            Error::Policy { fault, .. } => match fault.line() {
                Some(line) => format!("line {line}: {error}"),
                None => error.to_string(),
            },
            _ => error.to_string(),
        };
        Problem {
            code: error.name().to_owned(),
            message,
            help: error.advice().map(str::to_owned),
            file: error.file().map(str::to_owned),
        }
    }
}
