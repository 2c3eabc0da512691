//! The receipt: binds a verdict to the exact plan, policy set and time, so that the step before
//! `apply` can tell that this plan is the one that passed.
//!
//! It is an in-toto statement (version 1) whose subjects are the plan files and whose predicate is
//! [`Predicate`]; with a key it is wrapped into a DSSE envelope, so that other tools read it too.
//! Sources: <https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>,
//! <https://github.com/secure-systems-lab/dsse/blob/master/protocol.md>.

mod envelope;
mod keys;
mod predicate;
mod verify;

use std::fmt::{self, Write as _};

pub use keys::{SigningKey, VerifyingKey};
pub use predicate::{
    Counts, Digest, Policy, Predicate, Receipt, Run, Settings, Subject, UsedWaiver,
};
pub use verify::{Expected, Fault, check, open};

/// The kind of predicate; the version is part of the name.
pub const PREDICATE_TYPE: &str = "https://github.com/holdpoint/holdpoint/receipt/v1";
/// What an in-toto statement calls itself.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// What the envelope says of its payload.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Ends the name of a subject that is the JSON of the binary plan before it.
pub const SHOWN: &str = "#json";

/// Why a receipt cannot be written or read; lower case, no full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// A stable code, `receipt::key`.
    pub code: &'static str,
    /// What it is.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The text of a receipt: the statement, or with a key the signed envelope around it.
///
/// # Errors
/// When it cannot be written as JSON, which no receipt of ours causes.
pub fn render(receipt: &Receipt, key: Option<&SigningKey>) -> Result<String, Error> {
    let statement = serde_json::to_string_pretty(receipt).map_err(|error| Error {
        code: "receipt::render",
        message: format!("cannot write the receipt as JSON: {error}"),
        help: "this is a bug in holdpoint: please report it",
    })?;
    Ok(match key {
        Some(key) => envelope::seal(&statement, key),
        None => statement + "\n",
    })
}

/// SHA-256, 64 lower-case hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
