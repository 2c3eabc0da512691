//! Calls that must not be made twice. The SDK repeats a call that got no answer, or a bad one; where
//! the first was carried out all the same, a second policy or version would stand there. So these
//! calls are repeated here, and only after a look at what is there.

use std::future::Future;
use std::time::Duration;

use super::fault::{self, Failed};
use crate::guard::account::{Cause, Fault};

/// Makes a call until it succeeds, or until `look` finds that it has.
pub(super) async fn once<T, E, Call, Looks>(
    what: &str,
    attempts: u32,
    mut call: impl FnMut() -> Call,
    mut look: impl FnMut() -> Looks,
) -> Result<T, Fault>
where
    E: Failed,
    Call: Future<Output = Result<T, E>>,
    Looks: Future<Output = Result<Option<T>, Fault>>,
{
    let mut attempt = 1;
    loop {
        let error = match call().await {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        let fault = fault::of(what, &error);
        let may_be_made = fault.cause == Cause::Unavailable || is_there(&error);
        if may_be_made && let Some(made) = look().await? {
            return Ok(made);
        }
        if fault.cause != Cause::Unavailable || attempt >= attempts {
            return Err(fault);
        }
        tokio::time::sleep(pause(attempt)).await;
        attempt += 1;
    }
}

fn is_there(error: &impl Failed) -> bool {
    error.code().is_some_and(|code| {
        code.contains("AlreadyExists")
            || code == "DuplicatePolicyException"
            || code == "DuplicatePolicyAttachmentException"
    })
}

/// A fifth of a second, twice as long each time, to ten seconds.
pub(super) fn pause(attempt: u32) -> Duration {
    Duration::from_millis(100 << attempt.min(7)).min(Duration::from_secs(10))
}
