//! Errors of AWS in our words.

use std::error::Error;

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};

use crate::guard::account::{Cause, Fault};

/// An error that has a code, and may be no answer at all.
pub(super) trait Failed {
    /// AWS's code, `NoSuchEntity`.
    fn code(&self) -> Option<&str>;
    /// AWS's message, or what happened instead of an answer.
    fn text(&self) -> String;
    /// The status of the answer.
    fn status(&self) -> Option<u16>;
    /// Whether there was no answer.
    fn is_unanswered(&self) -> bool;
}

impl<E> Failed for SdkError<E, HttpResponse>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn code(&self) -> Option<&str> {
        self.as_service_error().and_then(ProvideErrorMetadata::code)
    }

    fn text(&self) -> String {
        if let Some(message) = self.as_service_error().and_then(ProvideErrorMetadata::message) {
            return message.to_owned();
        }
        chain(self)
    }

    fn status(&self) -> Option<u16> {
        self.raw_response().map(|response| response.status().as_u16())
    }

    fn is_unanswered(&self) -> bool {
        matches!(
            self,
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_)
        )
    }
}

/// The errors behind an error, in one line.
fn chain(error: &dyn Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(source) = next {
        let text = source.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = source.source();
    }
    let text = texts.join(": ");
    text.chars().take(400).collect()
}

/// What a code of AWS means here.
pub(super) fn cause(code: &str) -> Cause {
    match code {
        "NoSuchEntity"
        | "NoSuchEntityException"
        | "PolicyNotFoundException"
        | "PolicyNotAttachedException"
        | "TargetNotFoundException" => Cause::Gone,
        "UnmodifiableEntity" | "UnmodifiableEntityException" => Cause::Fixed,
        "LimitExceeded" | "LimitExceededException" | "ConstraintViolationException" => Cause::Limit,
        "ConcurrentModification"
        | "ConcurrentModificationException"
        | "PolicyChangesInProgressException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "ServiceFailure"
        | "ServiceFailureException"
        | "ServiceUnavailable"
        | "ServiceException"
        | "InternalFailure"
        | "InternalError"
        | "InternalServerError" => Cause::Unavailable,
        code if code.starts_with("Throttl") => Cause::Unavailable,
        code if code.starts_with("AccessDenied") || code == "UnauthorizedOperation" => {
            Cause::Denied
        }
        _ => Cause::Other,
    }
}

/// A failure of `what`.
pub(super) fn of(what: &str, error: &impl Failed) -> Fault {
    let found = error.code().map_or(Cause::Other, cause);
    let is_ill = error.status().is_some_and(|status| status >= 500 || status == 429);
    let cause = match found {
        Cause::Other if is_ill || error.is_unanswered() => Cause::Unavailable,
        other => other,
    };
    let text = error.text();
    let text = text.trim_end_matches('.');
    match error.code() {
        Some(code) => Fault::new(cause, format!("{what} failed: {code}: {text}")),
        None => Fault::new(cause, format!("{what} failed: {text}")),
    }
}
