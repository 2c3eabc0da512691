//! Hands the rules of a security group to the judgement of what they open.

use super::group::{self, Membership};
use super::opening::{may_show, openings};
use crate::clouds::aws::network::{GROUP_OF_RULE, GROUPS, MOST_RULES, RULES};
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
        may_show: &|opening| may_show(view, opening),
    };
    exposure::judge(&held, targets, wording, answers);
}

/// What other resources add to the same group.
fn around(view: &View<'_>, way: Direction) -> Around {
    let relatives = group::relatives(view, &MEMBERSHIP);
    let read = |subjects: Vec<_>| -> Vec<Opening> {
        let all = subjects.into_iter().flat_map(|subject| openings(&view.look_at(subject), way));
        all.filter(|opening| opening.world() == World::No).filter(Opening::may_be_public).collect()
    };
    Around {
        certain: read(relatives.certain),
        possible: read(relatives.possible),
        doubt: relatives.doubt.map(|(_, why)| why),
    }
}
