//! Where a rule puts what it found.

use crate::model::finding::{Answer, Outcome};
pub use crate::model::raised::stem;
use crate::model::truth::Truth;
use crate::model::value::Unknown;

/// Collects what one rule says of one subject; empty means *satisfied*.
#[derive(Debug, Default)]
pub struct Answers {
    list: Vec<Answer>,
}

impl Answers {
    /// The rule is certainly broken at `path`. The message holds no value of the input; put those
    /// into [`Answer::with_detail`].
    pub fn violated(&mut self, path: impl Into<String>, message: impl Into<String>) -> &mut Answer {
        self.push(Outcome::Violated, path.into(), message.into(), None)
    }

    /// Whether the rule is broken at `path` depends on what is not known. A message that says
    /// nothing of the doubt, since it serves for both outcomes, is put as a question.
    pub fn undetermined(
        &mut self,
        path: impl Into<String>,
        message: impl Into<String>,
        why: &Unknown,
    ) -> &mut Answer {
        self.push(Outcome::Undetermined, path.into(), message.into(), Some(why.to_string()))
    }

    /// Notes the answer to "is the rule broken at `path`?"; `None` when it is not.
    pub fn judge(
        &mut self,
        broken: &Truth,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Option<&mut Answer> {
        match broken {
            Truth::False => None,
            Truth::True => Some(self.violated(path, message)),
            Truth::Unknown(why) => Some(self.undetermined(path, message, why)),
        }
    }

    /// How many answers there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// Takes over answers that were given before.
    pub fn extend(&mut self, answers: impl IntoIterator<Item = Answer>) {
        self.list.extend(answers);
    }

    fn push(
        &mut self,
        outcome: Outcome,
        path: String,
        message: String,
        reason: Option<String>,
    ) -> &mut Answer {
        let key = format!("{} {message}", stem(&path));
        let doubtful = ["may ", "might ", "not known", "whether "];
        let asserts = !doubtful.iter().any(|word| message.contains(word));
        let message = match outcome {
            Outcome::Undetermined if asserts => format!("cannot tell whether {message}"),
            _ => message,
        };
        self.list.push_mut(Answer {
            outcome,
            path,
            message,
            detail: None,
            reason,
            place: None,
            key,
            container: None,
        })
    }

    /// What was found.
    #[must_use]
    pub fn into_vec(self) -> Vec<Answer> {
        self.list
    }
}

impl Answer {
    /// The values that show it; masked when the attribute is sensitive.
    pub fn with_detail(&mut self, detail: impl Into<String>) -> &mut Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a remark to the detail.
    pub(super) fn note(&mut self, remark: &str) {
        self.detail = Some(match self.detail.take() {
            Some(detail) => format!("{detail}; {remark}"),
            None => remark.to_owned(),
        });
    }

    /// What makes it the same offence before and after the change; by default the path without
    /// its indexes, and the message.
    pub fn with_key(&mut self, key: impl Into<String>) -> &mut Self {
        self.key = key.into();
        self
    }
}
