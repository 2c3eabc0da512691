//! One harness for all tests that run the binary: a scrubbed environment, a separate folder for each.

// Every test file compiles this module for itself and uses a part of it.
#![allow(dead_code, reason = "shared by test files that each use a part")]

pub(crate) mod mangle;
pub(crate) mod peers;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a run ended with.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit code; a signal has none.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The binary in a folder, with nothing of the caller's environment but what it needs to start.
pub(crate) fn holdpoint(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdpoint"));
    command.current_dir(folder).env_clear().env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Runs the binary.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Run {
    holdpoint(folder).args(args).output().unwrap().into()
}

/// Runs the binary with a standard input.
pub(crate) fn run_with_input(folder: &Path, args: &[&str], input: &[u8]) -> Run {
    let mut child = holdpoint(folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A run that refuses its arguments closes the pipe before it has read it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap().into()
}

/// A folder that goes away again, marked as the root of a repository so that no holdpoint.toml
/// above it is found.
pub(crate) fn scratch() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    folder
}

/// Whether expected files are to be rewritten.
pub(crate) fn blessing() -> bool {
    std::env::var_os("HOLDPOINT_BLESS").is_some_and(|value| value == "1")
}

/// Holds a file to its expected text, or rewrites it.
pub(crate) fn expect_file(path: &Path, actual: &str) {
    if blessing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}; HOLDPOINT_BLESS=1 writes it", path.display()));
    snapbox::assert_data_eq!(actual.to_owned(), snapbox::Data::text(expected).raw());
}

/// All files below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
