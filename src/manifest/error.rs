//! Why a manifest cannot be read, and what to do about it.

use std::fmt;

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A stable code, `manifest::syntax`.
    pub code: &'static str,
    /// What it is; lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The line, from 1; 0 when it is about the whole file.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl Fault {
    pub(super) fn at(
        code: &'static str,
        line: u32,
        column: u32,
        message: impl Into<String>,
    ) -> Self {
        Self { code, message: message.into(), help: help(code).to_owned(), line, column }
    }

    pub(super) fn whole(code: &'static str, message: impl Into<String>) -> Self {
        Self::at(code, 0, 0, message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
        } else {
            f.write_str(&self.message)
        }
    }
}

fn help(code: &str) -> &'static str {
    match code {
        "manifest::duplicate-key" => "keep one of the two: readers differ in which one counts",
        "manifest::line-break" => {
            "Kubernetes reads it as the end of a line and other readers do not: take it out, or \
             write it as an escape in a quoted text"
        }
        "manifest::encoding" => "write the file as UTF-8, without control characters",
        "manifest::alias" => "write the values out, or name the anchor before its alias",
        "manifest::too-large" | "manifest::too-deep" => {
            "split the file, or leave it out with --exclude when it is no manifest"
        }
        "manifest::template" => {
            "render it first, `helm template CHART | holdpoint manifests -`, or leave it out with \
             --exclude"
        }
        "manifest::kustomize" => {
            "render it first, `kubectl kustomize FOLDER | holdpoint manifests -`, or leave it out \
             with --exclude"
        }
        "manifest::nothing" => "name a file or folder that holds Kubernetes manifests",
        "manifest::unreadable" => "check the path and its permissions",
        "manifest::patch" => {
            "judge what it makes, `kubectl kustomize FOLDER | holdpoint manifests -`, or leave it \
             out with --exclude"
        }
        "manifest::filled" => {
            "write the value there, or set it in the container itself: as a value that is filled in \
             it can bring any setting; a file that is reviewed otherwise is left out with --exclude"
        }
        "manifest::merge-order" => "write `<<` first: readers differ in which value counts",
        "manifest::shape" => "write the object as its API says; `kubectl explain` shows how",
        _ => "correct the file, or leave it out with --exclude when it is no manifest",
    }
}
