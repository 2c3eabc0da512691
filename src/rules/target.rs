//! Whether a change points a part at another whole: an attachment at another role, a policy at
//! another bucket, a rule at another security group. What was wrong with the old whole excuses
//! nothing at the new one.

use rustc_hash::FxHashSet;

use crate::clouds;
use crate::model::subject::Subject;
use crate::model::value::Value;
use crate::model::view::View;

/// Whether the resource belongs to something else after the change, or to more. What another
/// version of the provider writes where there was nothing is no move.
pub(super) fn moves(before: &View<'_>, after: &View<'_>) -> bool {
    let cloud = clouds::of(&after.subject.kind);
    cloud.is_part(&after.subject.kind)
        && cloud.wholes.iter().any(|attribute| differs(before, after, attribute))
}

fn is_part(subject: &Subject) -> bool {
    clouds::of(&subject.kind).is_part(&subject.kind)
}

fn differs(before: &View<'_>, after: &View<'_>, attribute: &str) -> bool {
    let (old, new) = (before.attribute(attribute), after.attribute(attribute));
    if old.is_null() || new.is_null() {
        return false;
    }
    let known: FxHashSet<&str> = old.elements().iter().filter_map(Value::as_str).collect();
    let same = |value: &Value| value.as_str().is_some_and(|text| known.contains(text));
    if new.rest().is_none() && new.elements().iter().all(same) {
        return false;
    }
    // The same resource under a new id, since the change replaces it as well. Other parts may hold
    // the id of the whole as their own, and this one too: they do not count.
    let (from, to) = (before.follow(attribute), after.follow(attribute));
    let mut wholes = to.certain.iter().filter(|one| !is_part(one)).peekable();
    let stays = to.possible.is_empty()
        && wholes.peek().is_some()
        && wholes.all(|one| from.certain.iter().any(|old| old.id == one.id));
    !stays
}
