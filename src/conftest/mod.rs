//! DROP-IN: what the program `conftest` does, by holdpoint's evaluator: which files it reads, how it
//! counts, what it prints, how it ends.
//!
//! ```text
//! files::list     the files that are meant              files
//!   -> read       one input each                        input
//!     -> test     policies asked -> Checked             test
//!     -> verify   unit tests asked -> Checked           verify
//!       -> render a text                                output
//! ```
//!
//! Where conftest would pass something that nobody looked at, this refuses; docs/conftest.md names
//! every such place, and `compat` takes back those that can be.

pub(crate) mod files;
pub(crate) mod input;
pub(crate) mod output;
mod parsers;
mod test;
mod verify;

use std::collections::BTreeMap;

use crate::rego::Place;

pub use input::Input;
pub use output::{Format, Style, render};
pub use test::{Request, test};
pub use verify::verify;

/// The release of conftest whose behaviour this is.
pub const RELEASE: &str = "0.71.1";
/// The release of OPA in it.
pub const OPA: &str = "1.21.1";

/// One result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    /// What it says.
    pub msg: String,
    /// Where, if the policy says so.
    pub loc: Option<Place>,
    /// Everything else that the policy says of it.
    pub metadata: BTreeMap<String, serde_json::Value>,
}

/// What the rules of one namespace said of one file; or a unit test of one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Checked {
    /// The file, `-` for standard input, `Combined` for all of them.
    pub file: String,
    /// The namespace; empty for unit tests.
    pub namespace: String,
    /// How many rules had nothing to say.
    pub successes: usize,
    /// Unit tests that are only announced.
    pub skipped: Vec<Entry>,
    /// Results of `warn`.
    pub warnings: Vec<Entry>,
    /// Results of `deny` and `violation`.
    pub failures: Vec<Entry>,
    /// What exceptions took away.
    pub exceptions: Vec<Entry>,
    /// What `print` wrote.
    pub outputs: Vec<String>,
    /// The rules that were asked, and whether they had nothing to say.
    pub queries: Vec<(String, bool)>,
}

impl Checked {
    /// How many results there are, as conftest counts them.
    #[must_use]
    pub fn tests(&self) -> usize {
        self.successes
            + self.skipped.len()
            + self.warnings.len()
            + self.failures.len()
            + self.exceptions.len()
    }
}

/// The exit code of results, as conftest has it: with `fail_on_warn` 1 for warnings and 2 for
/// failures, else 1 for failures.
#[must_use]
pub fn exit_code(results: &[Checked], fail_on_warn: bool) -> u8 {
    let failed = results.iter().any(|checked| !checked.failures.is_empty());
    let warned = results.iter().any(|checked| !checked.warnings.is_empty());
    match (failed, fail_on_warn) {
        (true, true) => 2,
        (true, false) => 1,
        (false, true) => u8::from(warned),
        (false, false) => 0,
    }
}
