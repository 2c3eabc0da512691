//! Why a manifest cannot be read, and what to do about it.

use std::fmt;

use crate::model::node::Place;

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

    /// A value of another shape than objects have there.
    pub(super) fn shape(place: Place, message: impl Into<String>) -> Self {
        Self::at("manifest::shape", place.line, place.column, message)
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
        "manifest::duplicate-key" => "keep one of the two: parsers differ in which one they use",
        "manifest::line-break" => {
            "Kubernetes treats it as a line break and other parsers do not: remove it, or write it \
             as an escape in a quoted string"
        }
        "manifest::encoding" => "write the file as UTF-8, without control characters",
        "manifest::alias" => "write out the values, or define the anchor before its alias",
        "manifest::too-large" | "manifest::too-deep" => {
            "split the file, or skip it with --exclude if it is not a manifest"
        }
        "manifest::template" => {
            "render it first, `helm template CHART | holdpoint manifests -`, or skip it with \
             --exclude"
        }
        "manifest::kustomize" => {
            "render it first, `kubectl kustomize FOLDER | holdpoint manifests -`, or skip it with \
             --exclude"
        }
        "manifest::nothing" => "name a file or folder that contains Kubernetes manifests",
        "manifest::unreadable" => "check the path and its permissions",
        "manifest::patch" => {
            "check its result, `kubectl kustomize FOLDER | holdpoint manifests -`, or skip it with \
             --exclude"
        }
        "manifest::filled" => {
            "write the value here or in the container: a substituted value can add any setting; if \
             the file is checked in another way, skip it with --exclude"
        }
        "manifest::merge-order" => "write `<<` first: parsers differ in which value they use",
        "manifest::shape" => {
            "write the object as its API defines it; `kubectl explain` shows the fields"
        }
        _ => "fix the file, or skip it with --exclude if it is not a manifest",
    }
}
