//! Judges the rules of a security group one by one by what they are, whoever they name.

use super::opening::{may_show, openings};
use crate::clouds::aws::network::{GROUP_OF_RULE, GROUPS, RULE};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::net::exposure::Wording;
use crate::rules::net::opening::{Direction, Opening};
use crate::rules::net::ports::{Reach, Traffic};

/// Answers at `field` of each rule of one direction that is as `is_so` says, unless it only lets
/// members of its own group reach each other and `spare_own` says that this is fine.
pub fn judge(
    view: &View<'_>,
    way: Direction,
    field: &str,
    is_so: impl Fn(&Traffic) -> Reach,
    spare_own: bool,
    wording: &Wording,
    answers: &mut Answers,
) {
    for opening in openings(view, way) {
        if spare_own && is_for_members(view, &opening) {
            continue;
        }
        let key = format!("{} {}", way.name(), opening.traffic.describe());
        let answer = match is_so(&opening.traffic) {
            Reach::No => continue,
            Reach::Yes => answers.violated(opening.field(field), wording.alone),
            Reach::Maybe(field, why) => {
                answers.undetermined(opening.field(field), wording.unknown, &why)
            }
        };
        answer.with_key(key);
        if may_show(view, &opening) {
            answer.with_detail(opening.traffic.describe());
        }
    }
}

/// Whether a rule names its own group and nobody else.
fn is_for_members(view: &View<'_>, opening: &Opening) -> bool {
    let at = |field: &str| view.at(&opening.field(field));
    let nobody = |field: &&str| {
        let value = at(field);
        value.elements().is_empty() && value.rest().is_none() || value.as_str() == Some("")
    };
    let others: &[&str] = match view.subject.kind.as_str() {
        kind if GROUPS.contains(&kind) => {
            &["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"]
        }
        RULE => &["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "source_security_group_id"],
        _ => return names_its_own_group(view),
    };
    others.iter().all(nobody) && at("self").is_true().is_true()
}

/// The same of a rule resource of one source, which has no `self`: the group that it names is the
/// one that it belongs to. AWS lets such a rule name one source only.
fn names_its_own_group(view: &View<'_>) -> bool {
    let (group, other) = (GROUP_OF_RULE, "referenced_security_group_id");
    let named = view.attribute(other);
    if named.is_null() || ["cidr_ipv4", "cidr_ipv6"].iter().any(|c| !view.attribute(c).is_null()) {
        return false;
    }
    if let Some(id) = named.as_str() {
        return view.attribute(group).as_str() == Some(id);
    }
    let (own, named) = (view.follow(group).certain, view.follow(other).certain);
    matches!((own.as_slice(), named.as_slice()), ([own], [named]) if own.id == named.id)
}
