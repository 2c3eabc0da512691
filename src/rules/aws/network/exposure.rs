//! Hands the rules of a security group to the judgement of what they open.

use rustc_hash::FxHashSet;

use super::beside::machines;
use super::group::{self, Membership};
use super::opening::{may_show, openings};
use crate::clouds::aws::network::{GROUP_OF_RULE, GROUPS, MOST_RULES, RULES};
use crate::model::subject::{Subject, SubjectId};
use crate::model::value::Unknown;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::net::exposure::{self, Around, Held, Wording};
use crate::rules::net::opening::{Direction, Opening};
use crate::rules::net::ports::Target;
use crate::rules::net::sources::World;

/// How a security group comes by its rules.
const MEMBERSHIP: Membership =
    Membership { containers: &GROUPS, members: &RULES, by: GROUP_OF_RULE, limit: MOST_RULES };

/// Answers for each ingress rule of the subject that lets the world reach a target, and for those
/// that do so together, with the rules that other resources add to the same group.
pub fn judge(view: &View<'_>, targets: &[Target], wording: &Wording, answers: &mut Answers) {
    judge_way(view, Direction::Ingress, targets, wording, answers);
}

/// The same for either direction: traffic from the world, or to it.
pub fn judge_way(
    view: &View<'_>,
    way: Direction,
    targets: &[Target],
    wording: &Wording,
    answers: &mut Answers,
) {
    let held = Held {
        way,
        openings: &openings(view, way),
        around: &|| around(view, way),
        beside: &|| beside(view, way),
        may_show: &|opening| may_show(view, opening),
    };
    exposure::judge(&held, targets, wording, answers);
}

/// What other resources add to the same group.
fn around(view: &View<'_>, way: Direction) -> Around {
    let relatives = group::relatives(view, &MEMBERSHIP);
    Around {
        certain: read(view, way, relatives.certain),
        possible: read(view, way, relatives.possible),
        doubt: relatives.doubt.map(|(_, why)| why),
    }
}

fn read(view: &View<'_>, way: Direction, subjects: Vec<&Subject>) -> Vec<Opening> {
    let all = subjects.into_iter().flat_map(|subject| openings(&view.look_at(subject), way));
    all.filter(|opening| opening.world() == World::No).filter(Opening::may_be_public).collect()
}

/// What other groups add on each machine that is behind the group of the subject.
fn beside(view: &View<'_>, way: Direction) -> Vec<Around> {
    let is_group = |subject: &&Subject| GROUPS.contains(&subject.kind.as_str());
    let own: Vec<&Subject> = if is_group(&view.subject) {
        vec![view.subject]
    } else {
        view.follow(GROUP_OF_RULE).certain.into_iter().filter(is_group).collect()
    };
    let machines = machines(view);
    let mut seen = FxHashSet::default();
    let mut all = Vec::new();
    for machine in own.iter().flat_map(|group| machines.behind(group.id)) {
        if !seen.insert(machine.groups()) {
            continue;
        }
        let mut sum = around(view, way);
        for (id, is_certain) in machine.groups() {
            let Some(group) =
                view.subject_at(id).filter(|group| own.iter().all(|own| own.id != group.id))
            else {
                continue;
            };
            let group_view = view.look_at(group);
            let mut other = around(&group_view, way);
            other.certain.extend(read(view, way, vec![group]));
            if is_certain {
                sum.certain.append(&mut other.certain);
            } else {
                sum.possible.append(&mut other.certain);
            }
            sum.possible.append(&mut other.possible);
            sum.doubt = sum.doubt.or(other.doubt);
        }
        all.push(sum);
    }
    all.extend(loose(view, way, &own, &machines.loose));
    all
}

/// What the groups add that may be in front of the same machine.
fn loose(
    view: &View<'_>,
    way: Direction,
    own: &[&Subject],
    groups: &[SubjectId],
) -> Option<Around> {
    if !own.iter().any(|group| groups.contains(&group.id)) {
        return None;
    }
    let mut sum = around(view, way);
    let others = groups.iter().filter(|id| own.iter().all(|group| group.id != **id));
    for (count, group) in others.filter_map(|id| view.subject_at(*id)).enumerate() {
        if count == MANY {
            let why = Unknown::because("too many security groups may be on the same machine");
            sum.doubt = sum.doubt.or(Some(why));
            break;
        }
        let other = around(&view.look_at(group), way);
        sum.possible.extend(read(view, way, vec![group]));
        sum.possible.extend(other.certain.into_iter().chain(other.possible));
    }
    Some(sum)
}

/// If any groups may be on the same machine, at most so many are looked at.
const MANY: usize = 256;
