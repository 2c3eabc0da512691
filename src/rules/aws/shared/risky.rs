//! What rules about policy statements share.

use super::extent::{extent, extent_of};
use super::policies::{Place, Wording, answer, brief, culprit, identity};
use crate::iam::Statement;
use crate::iam::classes::{self, Class};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

/// Records which identity policies allow actions of a class on resources that nobody named.
pub(crate) fn judge(view: &View<'_>, answers: &mut Answers, class: Class, wording: &Wording) {
    for place in identity(view).iter() {
        let document = &place.document;
        if document.statements.iter().any(|statement| statement.grants_everything().is_true()) {
            continue;
        }
        let (found, doubt) = classes::find(document, class);
        for hit in found {
            let patterns = hit.patterns.join(", ");
            let statement = document.statements.get(hit.statement).map(|s| brief(document, s));
            let detail = format!("{} ({patterns})", statement.unwrap_or_default());
            let reach = extent_of(document, &hit.patterns);
            let key = format!("{patterns}\n{reach}");
            answer(answers, place, &Truth::True, wording, &key, &detail);
        }
        if let Some(why) = doubt {
            answer(answers, place, &Truth::Unknown(why), wording, "unknown", "");
        }
    }
}

/// Records the places with a statement for which the question is true, including the doubts of their
/// documents.
pub(crate) fn judge_statements(
    answers: &mut Answers,
    places: &[Place],
    question: impl Fn(&Statement) -> Truth,
    wording: &Wording,
) {
    for place in places {
        let document = &place.document;
        let known = Truth::any(document.statements.iter().map(&question));
        let broken = match document.doubt() {
            Some(why) => known.or(Truth::Unknown(why)),
            None => known,
        };
        if broken.is_false() {
            continue;
        }
        let detail = culprit(document, &question);
        let key = format!("\n{}", extent(document, &question));
        answer(answers, place, &broken, wording, &key, &detail);
    }
}
