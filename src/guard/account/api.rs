//! What the guard asks of an account.

use std::fmt;

use super::state::Live;

/// A policy and whom or what it is put on: the ARN of a principal, or the id of a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The policy's ARN or id.
    pub policy: String,
    /// The principal's ARN, or the id of an account, unit or root.
    pub target: String,
}

/// What kind of failure it is, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "some are only known from AWS"))]
pub enum Cause {
    /// The caller may not do this.
    Denied,
    /// There are no credentials to ask with.
    NoCredentials,
    /// It is not there.
    Gone,
    /// It cannot be changed by anybody: a service-linked role, a role of single sign-on.
    Fixed,
    /// A quota.
    Limit,
    /// Too many requests, no answer or an error of the service, and trying again did not help.
    Unavailable,
    /// Anything else.
    Other,
}

/// Why the account did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its kind.
    pub cause: Cause,
    /// What was asked, and the account's answer; for people.
    pub message: String,
}

impl Fault {
    /// A fault.
    #[must_use]
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into() }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self.cause {
            Cause::Denied => {
                "the caller needs the permissions listed in docs/guard-live.md, and must be exempt"
            }
            Cause::NoCredentials => {
                "log in, or name a profile with --profile or AWS_PROFILE, or set AWS_ACCESS_KEY_ID"
            }
            Cause::Gone => "somebody else is changing this guard: make a new plan",
            Cause::Fixed => "AWS does not allow anyone to change this principal",
            Cause::Limit => "request a higher quota from AWS, or make the guard smaller",
            Cause::Unavailable => "run the same command again: it resumes where it stopped",
            Cause::Other => "fix the reported problem and run the same command again",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Hears how it went with each pair, as it happens.
pub type Done<'d> = dyn FnMut(&Pair, Result<(), Fault>) + 'd;

/// An account, or an organization, and the guard of one name in it.
///
/// Every call may be repeated: what has been done already is a success. A call that failed may
/// have been done all the same.
pub trait Account {
    /// The guard as it stands, and whom it may stand on.
    ///
    /// # Errors
    /// The account does not say.
    fn read(&mut self) -> Result<Live, Fault>;

    /// Makes a policy, on nobody yet; gives its ARN or id.
    ///
    /// # Errors
    /// It could not be made.
    fn create(&mut self, name: &str, document: &str) -> Result<String, Fault>;

    /// Lays a document ready without effect, where policies have versions: the version that holds
    /// it already, or a new one, for which the oldest goes only when there is no room.
    ///
    /// # Errors
    /// It could not be written.
    fn stage(&mut self, policy: &str, document: &str) -> Result<Option<String>, Fault>;

    /// Puts a document in force at once: what was laid ready, or the text itself.
    ///
    /// # Errors
    /// The old one is still in force, or it is not known which.
    fn switch(&mut self, policy: &str, staged: Option<&str>, document: &str) -> Result<(), Fault>;

    /// Puts policies on principals or targets.
    fn attach(&mut self, pairs: &[Pair], done: &mut Done<'_>);

    /// Takes policies off again.
    fn detach(&mut self, pairs: &[Pair], done: &mut Done<'_>);

    /// Deletes a policy that is on nobody.
    ///
    /// # Errors
    /// It is still there.
    fn delete(&mut self, policy: &str) -> Result<(), Fault>;

    /// Waits a little longer each time, until all of AWS knows of a change.
    fn wait(&mut self, attempt: u32);
}
