//! Judges the rules of a security group one by one by what they are, whoever they name.

use super::exposure::Wording;
use super::opening::{Direction, Opening, openings};
use super::ports::{Reach, Traffic};
use crate::model::view::View;
use crate::rules::Answers;

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
        if opening.may_show(view) {
            answer.with_detail(opening.traffic.describe());
        }
    }
}

/// Whether a rule names its own group and nobody else.
fn is_for_members(view: &View<'_>, opening: &Opening) -> bool {
    let at = |field: &str| view.at(&opening.field(field));
    let nobody = |field: &str| {
        let value = at(field);
        value.elements().is_empty() && value.rest().is_none() || value.as_str() == Some("")
    };
    let ranges = ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"];
    let single = ["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "source_security_group_id"];
    if !ranges.into_iter().chain(single).all(nobody) {
        return false;
    }
    if at("self").is_true().is_true() {
        return true;
    }
    let (group, other) = ("security_group_id", "referenced_security_group_id");
    if at(other).is_null() {
        return false;
    }
    let same_text = at(other).as_str().is_some_and(|id| at(group).as_str() == Some(id));
    let (own, named) = (view.follow(group), view.follow(other));
    let same = own.certain.first().zip(named.certain.first()).is_some_and(|(a, b)| a.id == b.id);
    same_text || (same && own.certain.len() == 1 && named.certain.len() == 1)
}
