//! What several rules share; not a rule itself.

pub(crate) mod extent;
pub(crate) mod holder;
pub(crate) mod identities;
pub(crate) mod managed;
pub(crate) mod outside;
pub(crate) mod policies;
pub(crate) mod resource_policies;
pub(crate) mod risky;
pub(crate) mod types;

use crate::model::view::View;

/// Whether a plan that configures the provider of the view contains none of these kinds. True for
/// the first configuration only, because the answer is about the plan as a whole.
pub(super) fn lacks(view: &View<'_>, kinds: &[&str]) -> bool {
    let all = view.all_subjects();
    let first = all.iter().find(|subject| subject.kind == view.subject.kind);
    first.is_some_and(|first| first.id == view.subject.id)
        && !all.iter().any(|it| kinds.contains(&it.kind.as_str()) && it.exists(view.side))
}
