//! Where reports go. A report that could not be written to its end is an error, never a pass.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::model::verdict::Verdict;
use crate::report::{self, Format, Style};

use super::console;

/// A format and where it goes: `sarif=out.sarif`, or `human` for standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) format: Format,
    pub(super) path: Option<PathBuf>,
}

impl Target {
    /// Standard output for people.
    pub(super) const HUMAN: Self = Self { format: Format::Human, path: None };

    /// Whether Atlantis reads it.
    pub(super) fn is_for_atlantis(&self) -> bool {
        self.format == Format::Atlantis && self.path.is_none()
    }

    /// Reads `FORMAT[=PATH]`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((_, "")) => return Err("the path after `=` is empty".to_owned()),
            Some((name, path)) => (name, Some(PathBuf::from(path))),
            None => (text, None),
        };
        match name.parse() {
            Ok(format) => Ok(Self { format, path }),
            Err(reason) => {
                let names = Format::ALL.map(Format::name);
                Err(match crate::decide::nearest(name, names) {
                    Some(near) => format!("{reason}; did you mean `{near}`?"),
                    None => reason,
                })
            }
        }
    }
}

/// Rejects targets that would overwrite or garble one another.
pub(super) fn check(targets: &[Target]) -> Result<(), Error> {
    let on_stdout = || targets.iter().filter(|target| target.path.is_none());
    let a_document =
        on_stdout().find(|target| !matches!(target.format, Format::Human | Format::Github));
    if let (Some(target), true) = (a_document, on_stdout().count() > 1) {
        return Err(Error::Usage {
            message: format!(
                "`{}` cannot share standard output with another report",
                target.format
            ),
            help: Some(format!("write it to a file with `--format {}=PATH`", target.format)),
        });
    }
    for (i, target) in targets.iter().enumerate() {
        let clash = |other: &Target| match &target.path {
            Some(_) => other.path == target.path,
            None => other == target,
        };
        if targets.iter().skip(i + 1).any(clash) {
            let place = match &target.path {
                Some(path) => format!("`{}`", path.display()),
                None => "standard output".to_owned(),
            };
            return Err(Error::Usage {
                message: format!("two reports would be written to {place}"),
                help: Some("give each --format its own path".to_owned()),
            });
        }
    }
    Ok(())
}

/// Writes the verdict to every target, files first. All are tried; the errors are returned.
pub(super) fn deliver(
    targets: &[Target],
    verdict: &Verdict,
    console: super::Console,
) -> Vec<Error> {
    let mut errors = Vec::new();
    let style = |color| Style {
        color,
        width: if color { console::width() } else { 0 },
        quiet: console.quiet,
        verbose: console.verbose,
    };
    for target in targets {
        if let Some(path) = &target.path {
            let text = report::render(target.format, verdict, &style(false));
            errors.extend(to_file(path, &text).err());
        }
    }
    for target in targets.iter().filter(|target| target.path.is_none()) {
        let text = report::render(target.format, verdict, &style(console.color.on(&io::stdout())));
        errors.extend(to_stdout(&text).err());
    }
    let for_github = targets.iter().any(|target| target.format == Format::Github);
    if let (true, Some(file)) = (for_github, std::env::var_os("GITHUB_STEP_SUMMARY"))
        && !file.is_empty()
    {
        errors.extend(append(Path::new(&file), &report::step_summary(verdict)).err());
    }
    for error in &errors {
        console::complain(error, console.color);
    }
    errors
}

/// Writes to standard output, to the last byte.
pub(super) fn to_stdout(text: &str) -> Result<(), Error> {
    let mut stream = io::stdout().lock();
    stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush())
        .map_err(|error| failed("standard output".to_owned(), &error))
}

fn to_file(path: &Path, text: &str) -> Result<(), Error> {
    let write = || {
        let mut file = fs::File::create(path)?;
        file.write_all(text.as_bytes())?;
        file.flush()
    };
    write().map_err(|error| failed(format!("`{}`", path.display()), &error))
}

fn append(path: &Path, text: &str) -> Result<(), Error> {
    let write = || {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(text.as_bytes())?;
        file.flush()
    };
    write().map_err(|error| failed("the file of `GITHUB_STEP_SUMMARY`".to_owned(), &error))
}

fn failed(target: String, error: &io::Error) -> Error {
    Error::Output { target, message: reason(error) }
}

/// The system's error in the style of ours.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::BrokenPipe => "the reader closed the pipe".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        kind => kind.to_string(),
    }
}
