//! The rules that stand in other resources and belong to the same security group or network ACL.

use crate::model::subject::Subject;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;

/// A container, the resources that add rules to it, and how they name it.
#[derive(Debug, Clone, Copy)]
pub struct Membership {
    /// The types that hold rules in blocks.
    pub containers: &'static [&'static str],
    /// The types that are one rule each.
    pub members: &'static [&'static str],
    /// The attribute by which a member names its container.
    pub by: &'static str,
    /// How many rules AWS lets one container hold, rounded up. What a hostile plan has beyond it
    /// cannot be applied, and is not looked at: that keeps the work in proportion to the plan.
    pub limit: usize,
}

/// The other resources that hold rules of the same container.
#[derive(Debug, Default)]
pub struct Relatives<'v> {
    /// Those that certainly do.
    pub certain: Vec<&'v Subject>,
    /// Those that may.
    pub possible: Vec<&'v Subject>,
    /// Why there may be any others, and the attribute that hides them.
    pub doubt: Option<(&'static str, Unknown)>,
}

/// Finds the relatives of a subject, itself left out.
#[must_use]
pub fn relatives<'v>(view: &View<'v>, membership: &Membership) -> Relatives<'v> {
    let mut found = Relatives::default();
    if membership.containers.contains(&view.subject.kind.as_str()) {
        members(view, view, membership, &mut found);
        return found;
    }
    let links = view.follow(membership.by);
    let containers: Vec<&Subject> = links
        .certain
        .iter()
        .copied()
        .filter(|subject| membership.containers.contains(&subject.kind.as_str()))
        .collect();
    let id = view.attribute(membership.by);
    match (containers.is_empty(), &*id) {
        (false, _) => {
            for container in containers {
                found.certain.push(container);
                members(view, &view.look_at(container), membership, &mut found);
            }
        }
        (true, Value::String(id)) => same_literal(view, id, membership, &mut found),
        (true, id) => {
            let why = links.doubt().or_else(|| id.doubt()).cloned();
            found.doubt = why.map(|why| (membership.by, why));
        }
    }
    found
}

/// The separate rules that name a container.
fn members<'v>(
    view: &View<'v>,
    container: &View<'v>,
    membership: &Membership,
    found: &mut Relatives<'v>,
) {
    for kind in membership.members {
        let links = container.pointing_here(kind, membership.by);
        let others = |subject: &&'v Subject| subject.id != view.subject.id;
        let room = membership.limit.saturating_sub(found.certain.len());
        found.certain.extend(links.certain.into_iter().filter(others).take(room));
        for (subject, why) in links.possible {
            match subject {
                Some(subject) if subject.id == view.subject.id => {}
                Some(subject) if found.possible.len() < membership.limit => {
                    found.possible.push(subject);
                }
                Some(_) => {}
                None => found.doubt = found.doubt.take().or(Some((membership.by, why))),
            }
        }
    }
}

/// The rules that name the same container, which is not part of the plan, by its id.
fn same_literal<'v>(view: &View<'v>, id: &str, membership: &Membership, found: &mut Relatives<'v>) {
    let candidates = view.all_subjects().iter().filter(|subject| {
        subject.id != view.subject.id
            && membership.members.contains(&subject.kind.as_str())
            && subject.exists(view.side)
    });
    for (i, subject) in candidates.enumerate() {
        if i >= membership.limit {
            let why = Unknown::because("too many rules to look for others with the same id");
            found.doubt = Some((membership.by, why));
            return;
        }
        if view.look_at(subject).attribute(membership.by).as_str() == Some(id) {
            found.certain.push(subject);
        }
    }
}
