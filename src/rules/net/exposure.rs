//! Judges rules that only allow: does the world reach any of these targets, or they it?

use super::cidr::Family;
use super::internet::{WORLD_PARTS, is_share};
use super::key::Key;
use super::opening::{Direction, Opening};
use super::ports::{Reach, Target};
use super::services;
use super::sources::{Sources, World, measure, world};
use crate::model::value::Unknown;
use crate::rules::Answers;

/// A rule under one such part of what [`WORLD_PARTS`] makes the world looks for no relatives: a
/// thousand of them are not the world together, so one that is wider looks, and speaks for all.
const LOOKS_AROUND: u128 = 1_024;

/// The sentences of a rule; none holds a value.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// One rule opens it.
    pub alone: &'static str,
    /// Several rules open it together.
    pub together: &'static str,
    /// It is not known.
    pub unknown: &'static str,
}

/// The rules of one subject and direction, as a reader of its cloud found them.
pub struct Held<'h> {
    /// The direction: traffic from the world, or to it.
    pub way: Direction,
    /// The rules of the subject itself.
    pub openings: &'h [Opening],
    /// What other resources add to the same group, read only where it matters.
    pub around: &'h dyn Fn() -> Around,
    /// The same for each machine that is behind this group and others: what all of them let in.
    pub beside: &'h dyn Fn() -> Vec<Around>,
    /// Whether details may name the ports of a rule.
    pub may_show: &'h dyn Fn(&Opening) -> bool,
}

/// Rules that other resources add to the same group. One that is the world by itself answers for
/// itself, and so does one in doubt: neither belongs here.
#[derive(Clone, Default)]
pub struct Around {
    /// Those that certainly belong to it.
    pub certain: Vec<Opening>,
    /// Those that may.
    pub possible: Vec<Opening>,
    /// Why there may be any others.
    pub doubt: Option<Unknown>,
}

/// Answers for each rule of the subject that lets the world reach a target, or it the world, and for
/// those that do so together, with the rules that other resources add to the same group.
pub fn judge(held: &Held<'_>, targets: &[Target], wording: &Wording, answers: &mut Answers) {
    let mut narrow = Vec::new();
    for opening in held.openings {
        let hits = Hits::of(opening, targets);
        if hits.is_empty() || !opening.may_be_public() {
            continue;
        }
        match opening.world() {
            World::No => narrow.push(opening),
            World::Maybe { path, why, families } => {
                let key = Key::about(&opening.traffic, &hits.all(), families);
                let answer = answers.undetermined(path, wording.unknown, &why);
                answer.with_key(key.text());
                detail(held, opening, &hits.all(), answer);
            }
            World::Yes(families) => match (hits.sure.as_slice(), hits.doubt) {
                ([], None) => {}
                ([], Some((field, why))) => {
                    let key = Key::about(&opening.traffic, &hits.maybe, versions(&families));
                    let path = opening.field(field);
                    let answer = answers.undetermined(path, wording.unknown, &why);
                    answer.with_key(key.text());
                    detail(held, opening, &hits.maybe, answer);
                }
                (sure, _) => {
                    let key = Key::about(&opening.traffic, sure, versions(&families))
                        .quarters(&families)
                        .doublings("ports", opening.traffic.width().into());
                    let answer = answers.violated(blamed(opening), wording.alone);
                    answer.with_key(key.text());
                    detail(held, opening, sure, answer);
                }
            },
        }
    }
    together(held, &narrow, targets, wording, answers);
}

/// The versions of open families.
fn versions(families: &[(Family, u128)]) -> Vec<Family> {
    families.iter().map(|(family, _)| *family).collect()
}

/// Which targets an opening includes.
struct Hits {
    sure: Vec<Target>,
    maybe: Vec<Target>,
    doubt: Option<(&'static str, Unknown)>,
}

impl Hits {
    fn of(opening: &Opening, targets: &[Target]) -> Self {
        let mut hits = Self { sure: Vec::new(), maybe: Vec::new(), doubt: None };
        for target in targets {
            match opening.reaches(*target) {
                Reach::Yes => hits.sure.push(*target),
                Reach::No => {}
                Reach::Maybe(field, why) => {
                    hits.maybe.push(*target);
                    hits.doubt.get_or_insert((field, why));
                }
            }
        }
        hits
    }

    fn is_empty(&self) -> bool {
        self.sure.is_empty() && self.maybe.is_empty()
    }

    fn all(&self) -> Vec<Target> {
        self.sure.iter().chain(&self.maybe).copied().collect()
    }
}

/// Says what an opening lets in: `tcp 20-25 from 0.0.0.0/0 (22 SSH)`.
fn detail(
    held: &Held<'_>,
    opening: &Opening,
    targets: &[Target],
    answer: &mut crate::model::finding::Answer,
) {
    if !(held.may_show)(opening) {
        return;
    }
    let ranges = opening.widest().map_or_else(String::new, Sources::describe);
    answer.with_detail(format!(
        "{} {} {ranges}{}",
        opening.traffic.describe(),
        held.way.preposition(),
        name_ports(targets)
    ));
}

/// The ports among some targets with their services, ` (22 SSH, 3389 RDP)`; the first few.
#[must_use]
pub fn name_ports(targets: &[Target]) -> String {
    const SHOWN: usize = 6;
    let mut ports: Vec<i64> = targets
        .iter()
        .filter_map(|target| match target {
            Target::Tcp(port) | Target::Udp(port) => Some(*port),
            _ => None,
        })
        .collect();
    ports.sort_unstable();
    ports.dedup();
    if ports.is_empty() {
        return String::new();
    }
    let names: Vec<String> = ports
        .iter()
        .take(SHOWN)
        .map(|port| match services::name(*port) {
            Some(name) => format!("{port} {name}"),
            None => port.to_string(),
        })
        .collect();
    match ports.len().saturating_sub(SHOWN) {
        0 => format!(" ({})", names.join(", ")),
        more => format!(" ({} and {more} more)", names.join(", ")),
    }
}

/// The openings that no single one is the world; whether they are it together.
fn together(
    held: &Held<'_>,
    own: &[&Opening],
    targets: &[Target],
    wording: &Wording,
    answers: &mut Answers,
) {
    let mut own = own.to_vec();
    // The widest stands for all of them.
    own.sort_by_key(|opening| std::cmp::Reverse(opening.weight()));
    if own.is_empty() {
        return;
    }
    if !own.iter().any(|opening| looks_around(opening)) {
        added_up(held, &own, &Around::default(), targets, wording, answers);
        return;
    }
    let before = answers.count();
    added_up(held, &own, &(held.around)(), targets, wording, answers);
    for around in (held.beside)() {
        if answers.count() > before {
            break;
        }
        added_up(held, &own, &around, targets, wording, answers);
    }
}

/// The same with the rules of others.
fn added_up(
    held: &Held<'_>,
    own: &[&Opening],
    around: &Around,
    targets: &[Target],
    wording: &Wording,
    answers: &mut Answers,
) {
    let pool = || own.iter().copied().chain(&around.certain).chain(&around.possible);
    // One look at all of them settles nearly every plan.
    let all = world(pool().flat_map(|o| &o.sources).collect::<Vec<_>>());
    if all == World::No && around.doubt.is_none() {
        return;
    }
    let mut open: Vec<(Target, Vec<(Family, u128)>)> = Vec::new();
    let mut maybe: Vec<(Target, &Opening, Unknown)> = Vec::new();
    for target in targets {
        let reaching = |opening: &&Opening| opening.reaches(*target) == Reach::Yes;
        let may_reach = |opening: &&Opening| opening.reaches(*target) != Reach::No;
        let Some(first) = own.iter().find(|opening| may_reach(opening)) else {
            continue;
        };
        let sure = own.iter().copied().chain(&around.certain).filter(reaching);
        let sure = world(sure.flat_map(|o| &o.sources).collect::<Vec<_>>());
        if let (World::Yes(families), true) = (&sure, own.iter().any(reaching_ref(*target))) {
            open.push((*target, families.clone()));
            continue;
        }
        let most = world(pool().filter(may_reach).flat_map(|o| &o.sources).collect::<Vec<_>>());
        let doubt = pool().find_map(|opening| match opening.reaches(*target) {
            Reach::Maybe(_, why) => Some(why),
            _ => None,
        });
        let why = match (most, doubt, &around.doubt) {
            (World::Maybe { why, .. }, _, _) | (World::Yes(_), Some(why), _) => Some(why),
            (World::Yes(_), None, _) => {
                Some(Unknown::because("other rules may belong to the same group"))
            }
            (World::No, _, doubt) if looks_around(first) => doubt.clone(),
            (World::No, _, _) => None,
        };
        maybe.extend(why.map(|why| (*target, *first, why)));
    }
    if let Some((target, families)) = open.first() {
        let targets: Vec<Target> = open.iter().map(|(target, _)| *target).collect();
        let widest = own.iter().find(|opening| opening.reaches(*target) == Reach::Yes);
        let path = widest.map_or_else(String::new, |opening| blamed(opening));
        let answer = answers.violated(path, wording.together);
        answer.with_key(Key::of(&targets, versions(families)).quarters(families).text());
        if let Some(opening) = widest {
            detail(held, opening, &targets, answer);
        }
    } else if let Some((_, opening, why)) = maybe.first() {
        let targets: Vec<Target> = maybe.iter().map(|(target, _, _)| *target).collect();
        let answer = answers.undetermined(blamed(opening), wording.unknown, why);
        answer.with_key(Key::of(&targets, Family::BOTH).text());
    }
}

fn looks_around(opening: &Opening) -> bool {
    let is_wide = |size, family: Family| {
        let parts = WORLD_PARTS.get(family as usize).copied().unwrap_or(1);
        is_share(size, family, parts.saturating_mul(LOOKS_AROUND))
    };
    measure(&opening.sources, is_wide) != World::No
}

/// The attribute that opens a rule widest.
fn blamed(opening: &Opening) -> String {
    opening.widest().map_or_else(String::new, |list| list.path.clone())
}

fn reaching_ref(target: Target) -> impl Fn(&&Opening) -> bool {
    move |opening| opening.reaches(target) == Reach::Yes
}
