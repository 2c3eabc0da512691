//! Three-valued logic after Kleene: an unknown only matters where it could change the answer.

use super::value::Unknown;

/// The answer to a question about something that may be unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// Certainly true.
    True,
    /// Certainly false.
    False,
    /// It depends on something unknown, for this reason.
    Unknown(Unknown),
}

impl Truth {
    /// Conjunction; a certain *false* decides.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, other) => other,
            (unknown, _) => unknown,
        }
    }

    /// Disjunction; a certain *true* decides.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::False, other) => other,
            (unknown, _) => unknown,
        }
    }

    /// Negation; unknown stays unknown.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads as logic beside `and` and `or`")]
    pub fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            unknown => unknown,
        }
    }

    /// Whether any of these holds; *false* for none at all.
    #[must_use]
    pub fn any(answers: impl IntoIterator<Item = Truth>) -> Truth {
        answers.into_iter().fold(Truth::False, Truth::or)
    }

    /// Whether each of these holds; *true* for none at all.
    #[must_use]
    pub fn all(answers: impl IntoIterator<Item = Truth>) -> Truth {
        answers.into_iter().fold(Truth::True, Truth::and)
    }

    /// True only when it is certain.
    #[must_use]
    pub fn is_true(&self) -> bool {
        matches!(self, Truth::True)
    }

    /// True only when the opposite is certain.
    #[must_use]
    pub fn is_false(&self) -> bool {
        matches!(self, Truth::False)
    }

    /// The reason why it is unknown, if it is.
    #[must_use]
    pub fn unknown(&self) -> Option<&Unknown> {
        match self {
            Truth::Unknown(why) => Some(why),
            _ => None,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }
}
