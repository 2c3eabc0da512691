//! What several rules have in common; no rule itself.

pub(crate) mod extent;
pub(crate) mod identities;
pub(crate) mod policies;
pub(crate) mod resource_policies;
pub(crate) mod risky;

use crate::model::view::View;

/// Whether a plan that configures the provider of the view holds none of these kinds; said of the
/// first configuration only, since it is about the plan as a whole.
pub(super) fn lacks(view: &View<'_>, kinds: &[&str]) -> bool {
    let all = view.all_subjects();
    let first = all.iter().find(|subject| subject.kind == view.subject.kind);
    let there = |own: &str| kinds.contains(&own);
    first.is_some_and(|first| first.id == view.subject.id)
        && !all.iter().any(|own| there(&own.kind) && own.exists(view.side))
}
