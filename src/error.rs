//! Everything that can fail on the way to a verdict, a variant per stage.
//!
//! Style: lower case, no full stop, user input in backticks, a source span where there is one, the
//! help apart and saying what to do next.

use std::error;
use std::fmt;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use crate::decide::Fault;
use crate::model::verdict::Problem;

/// Why there is no verdict, or why it could not be handed over.
#[derive(Debug)]
pub enum Error {
    /// The command line asks for what does not exist or cannot be combined.
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
    /// A report could not be written.
    Output {
        /// Where to.
        target: String,
        /// Why not.
        message: String,
    },
    /// A bug in holdpoint; says nothing of the input.
    Internal,
}

impl Error {
    fn name(&self) -> &str {
        match self {
            Error::Usage { .. } => "cli::usage",
            Error::ConfigRead { .. } => "config::unreadable",
            Error::Config { fault, .. } => fault.code,
            Error::Plan(problem) => &problem.code,
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
            Error::Plan(problem) => problem.help.as_deref(),
            Error::Output { .. } => Some("check the path, its permissions and the free space"),
            Error::Internal => Some("this is a bug in holdpoint: please report it"),
        }
    }

    fn file(&self) -> Option<&str> {
        match self {
            Error::ConfigRead { file, .. } => Some(file),
            Error::Config { source, .. } => Some(source.name()),
            Error::Plan(problem) => problem.file.as_deref(),
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
            Error::Plan(problem) => f.write_str(&problem.message),
            Error::Output { target, message } => write!(f, "cannot write {target}: {message}"),
            Error::Internal => f.write_str("holdpoint failed before it could decide"),
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
            _ => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        match self {
            Error::Config { fault, .. } => {
                let label = LabeledSpan::underline(fault.span.clone());
                Some(Box::new(std::iter::once(label)))
            }
            _ => None,
        }
    }
}

impl From<&Error> for Problem {
    /// For a mistake in the configuration the message begins with its line.
    fn from(error: &Error) -> Self {
        let message = match error {
            Error::Config { source, fault } => {
                let before = source.inner().get(..fault.span.start).unwrap_or_default();
                format!("line {}: {error}", before.matches('\n').count() + 1)
            }
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
