//! A text of a policy with wildcards and variables, ready to be compared.

use std::borrow::Cow;

use super::context::Context;
use crate::iam::pattern::{Case, Pattern};

/// A text of a policy.
#[derive(Debug, Clone)]
pub(super) struct Text {
    raw: String,
    /// The pattern, where no variable has to be filled first.
    ready: Option<Pattern>,
    variables: bool,
}

impl Text {
    /// `variables` is false for documents of version 2008-10-17, where `${...}` is plain text.
    pub(super) fn new(raw: &str, variables: bool) -> Self {
        let ready = if !raw.contains("${") {
            Some(Pattern::new(raw, Case::Kept))
        } else if variables {
            None
        } else {
            Pattern::filled(raw, Case::Kept, |name| Some(format!("${{{name}}}")))
        };
        Self { raw: raw.to_owned(), ready, variables }
    }

    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    /// Whether it has to be filled before it says anything.
    pub(super) fn is_open(&self) -> bool {
        self.ready.is_none()
    }

    /// Whether it matches as a pattern; `None` when a variable has no value.
    pub(super) fn like(&self, text: &str, context: &Context) -> Option<bool> {
        if let Some(pattern) = &self.ready {
            return Some(pattern.matches(text));
        }
        let pattern = Pattern::filled(&self.raw, Case::Kept, |name| fill(name, context))?;
        Some(pattern.matches(text))
    }

    /// The text with its variables filled; `None` when one has no value.
    pub(super) fn filled(&self, context: &Context) -> Option<Cow<'_, str>> {
        if !self.variables || !self.raw.contains("${") {
            return Some(Cow::Borrowed(&self.raw));
        }
        let mut out = String::with_capacity(self.raw.len());
        let mut left = self.raw.as_str();
        while let Some((before, tail)) = left.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = tail.split_once('}') else {
                out.push_str("${");
                left = tail;
                break;
            };
            out.push_str(&fill(name, context)?);
            left = after;
        }
        out.push_str(left);
        Some(Cow::Owned(out))
    }
}

/// The value of a variable: one of `*`, `?`, `$`, or a key with one value, or its default.
fn fill(name: &str, context: &Context) -> Option<String> {
    if matches!(name, "*" | "?" | "$") {
        return Some(name.to_owned());
    }
    let (key, default) = match name.split_once(',') {
        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
        None => (name.trim(), None),
    };
    match context.get(key) {
        Some(values) if values.is_list => None,
        Some(values) => values.items.first().cloned(),
        None => default.map(str::to_owned),
    }
}
