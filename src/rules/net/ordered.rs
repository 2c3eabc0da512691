//! Ordered rules, such as those of a network ACL: of the rules that fit, the lowest number decides.

use super::cidr::{Family, IpSet};
use super::exposure::{Wording, name_ports};
use super::key::Key;
use super::opening::Opening;
use super::ports::{Reach, Target};
use super::sources::{Sources, World, world};
use crate::model::value::Unknown;
use crate::rules::Answers;

/// So many deny rules are taken into account, the lowest first: more than a cloud lets one list hold.
/// In a plan that has more, the rest count as absent, which can only make an answer stricter.
const DENIES: usize = 100;

/// What a rule does with the packets that fit.
#[derive(Debug, Clone)]
pub enum Action {
    /// It lets them in.
    Allow,
    /// It keeps them out.
    Deny,
    /// Not known.
    Unknown(Unknown),
}

/// One numbered ingress rule.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number.
    pub number: Result<i64, Unknown>,
    /// What it does.
    pub action: Action,
    /// The field that holds the action.
    pub action_field: &'static str,
    /// The packets that fit.
    pub opening: Opening,
    /// Whether it belongs to the subject that is judged.
    pub own: bool,
}

/// The list of a subject, as a reader of its cloud found it.
pub struct List<'l> {
    /// The rules of the subject itself.
    pub entries: Vec<Entry>,
    /// Those that other resources certainly add, read only where it matters. What may belong to the
    /// list is no excuse, and what it lets in it answers for itself.
    pub others: &'l dyn Fn() -> Vec<Entry>,
    /// Whether details may name the ports of a rule.
    pub may_show: &'l dyn Fn(&Opening) -> bool,
}

/// Answers for each allow rule of the subject through which the world reaches a target.
pub fn judge(list: List<'_>, targets: &[Target], wording: &Wording, answers: &mut Answers) {
    let List { mut entries, others, may_show } = list;
    let counts =
        |entry: &Entry| !matches!(entry.action, Action::Deny) && entry.opening.may_be_public();
    if !entries.iter().any(counts) {
        return;
    }
    entries.extend(others());
    let cuts: Vec<Cuts> = targets.iter().map(|target| Cuts::of(&entries, *target)).collect();
    let mut narrow: Vec<(Target, usize, Vec<Sources>)> = Vec::new();
    for (i, entry) in entries.iter().enumerate().filter(|(_, entry)| counts(entry)) {
        let mut found = Found::default();
        for (target, cuts) in targets.iter().zip(&cuts) {
            let (reach, left) = (entry.opening.reaches(*target), cuts.left(entry));
            match (reach, &entry.action, world(&left)) {
                (Reach::No, _, _) => {}
                (_, _, World::No) => narrow.push((*target, i, left)),
                (_, _, World::Maybe { path, why, .. }) => found.maybe(*target, path, why),
                (Reach::Maybe(field, why), _, _) => {
                    found.maybe(*target, entry.opening.field(field), why);
                }
                (Reach::Yes, Action::Unknown(why), _) => {
                    found.maybe(*target, entry.opening.field(entry.action_field), why.clone());
                }
                (Reach::Yes, _, World::Yes(families)) => match cuts.may_close(entry) {
                    Some(why) => found.maybe(*target, blamed(&entry.opening), why),
                    None => found.open.push((*target, families)),
                },
            }
        }
        if entry.own {
            found.answer(may_show, &entry.opening, wording.alone, wording, answers);
        }
    }
    together(may_show, &entries, targets, &cuts, &narrow, wording, answers);
}

/// Allow rules that are only together the world.
fn together(
    may_show: &dyn Fn(&Opening) -> bool,
    entries: &[Entry],
    targets: &[Target],
    cuts: &[Cuts],
    narrow: &[(Target, usize, Vec<Sources>)],
    wording: &Wording,
    answers: &mut Answers,
) {
    let mut found = Found::default();
    let mut widest: Option<&Entry> = None;
    for (target, cuts) in targets.iter().zip(cuts) {
        let parts = || {
            let parts = narrow.iter().filter(|(own, ..)| own == target);
            parts.filter_map(|(_, i, left)| entries.get(*i).map(|entry| (entry, left)))
        };
        let certain = |entry: &Entry| {
            matches!(entry.action, Action::Allow) && entry.opening.reaches(*target) == Reach::Yes
        };
        let own =
            parts().filter(|(entry, left)| entry.own && left.iter().any(Sources::may_be_public));
        let Some((first, _)) = own.max_by_key(|(entry, _)| entry.opening.weight()) else {
            continue;
        };
        let sure = parts().filter(|(entry, _)| certain(entry) && cuts.may_close(entry).is_none());
        let sure = world(sure.flat_map(|(_, left)| left).collect::<Vec<_>>());
        let most = world(parts().flat_map(|(_, left)| left).collect::<Vec<_>>());
        match (sure, most) {
            (World::Yes(families), _) if certain(first) => found.open.push((*target, families)),
            (_, World::Maybe { why, .. }) => found.maybe(*target, blamed(&first.opening), why),
            (_, World::Yes(_)) => {
                let why = Unknown::because("another rule of the ACL is not fully known");
                found.maybe(*target, blamed(&first.opening), why);
            }
            (_, World::No) => continue,
        }
        widest = widest.or(Some(first));
    }
    if let Some(entry) = widest {
        found.answer(may_show, &entry.opening, wording.together, wording, answers);
    }
}

/// What was found of one rule.
#[derive(Default)]
struct Found {
    open: Vec<(Target, Vec<(Family, u128)>)>,
    maybe: Vec<Target>,
    doubt: Option<(String, Unknown)>,
}

impl Found {
    fn maybe(&mut self, target: Target, path: String, why: Unknown) {
        self.maybe.push(target);
        self.doubt.get_or_insert((path, why));
    }

    fn answer(
        self,
        may_show: &dyn Fn(&Opening) -> bool,
        opening: &Opening,
        message: &str,
        wording: &Wording,
        answers: &mut Answers,
    ) {
        let targets: Vec<Target> = self.open.iter().map(|(target, _)| *target).collect();
        let (targets, answer) = match (self.open.first(), self.doubt) {
            (Some((_, open)), _) => {
                let families: Vec<Family> = open.iter().map(|(family, _)| *family).collect();
                let key = Key::about(&opening.traffic, &targets, families)
                    .quarters(open)
                    .doublings("ports", opening.traffic.width().into());
                let answer = answers.violated(blamed(opening), message);
                (targets, answer.with_key(key.text()))
            }
            (None, Some((path, why))) => {
                let key = Key::about(&opening.traffic, &self.maybe, Family::BOTH);
                let answer = answers.undetermined(path, wording.unknown, &why);
                (self.maybe, answer.with_key(key.text()))
            }
            (None, None) => return,
        };
        if may_show(opening) {
            let from = opening.widest().map_or_else(String::new, Sources::describe);
            let names = name_ports(&targets);
            answer.with_detail(format!("{} from {from}{names}", opening.traffic.describe()));
        }
    }
}

fn blamed(opening: &Opening) -> String {
    opening.widest().map_or_else(String::new, |list| list.path.clone())
}

/// What deny rules take away from one target.
struct Cuts {
    /// Known rules by number, each with all that is denied up to it.
    certain: Vec<(i64, IpSet)>,
    /// Rules that may deny: number, addresses when they are known, and why it is not certain.
    possible: Vec<(Option<i64>, Option<IpSet>, Unknown)>,
}

impl Cuts {
    fn of(entries: &[Entry], target: Target) -> Self {
        let mut certain: Vec<(i64, IpSet)> = Vec::new();
        let mut possible = Vec::new();
        for entry in entries {
            let reach = entry.opening.traffic.covers(target);
            let lists = &entry.opening.sources;
            let addresses = IpSet::union(lists.iter().map(|list| &list.known));
            let doubt = lists.iter().find_map(|list| match world([list]) {
                World::Maybe { why, .. } => Some(why),
                _ if list.has_doubt() => Some(Unknown::because("a deny rule has unknown ranges")),
                _ => None,
            });
            let known = doubt.is_none().then(|| addresses.clone());
            match (&entry.action, &entry.number, &reach, doubt) {
                (Action::Allow, ..) | (_, _, Reach::No, _) => {}
                (Action::Deny, Ok(number), Reach::Yes, None) => certain.push((*number, addresses)),
                (Action::Unknown(why), number, ..)
                | (_, number @ Err(why), ..)
                | (_, number, Reach::Maybe(_, why), _) => {
                    possible.push((number.as_ref().ok().copied(), known, why.clone()));
                }
                (_, number, _, Some(why)) => {
                    possible.push((number.as_ref().ok().copied(), None, why));
                }
            }
        }
        certain.sort_by_key(|(number, _)| *number);
        certain.truncate(DENIES);
        possible.truncate(DENIES);
        let mut sum = IpSet::default();
        for (_, addresses) in &mut certain {
            sum = IpSet::union([&sum, addresses]);
            *addresses = sum.clone();
        }
        Self { certain, possible }
    }

    /// What an allow rule lets in that no lower rule has denied for certain.
    fn left(&self, entry: &Entry) -> Vec<Sources> {
        let denied = match &entry.number {
            Ok(number) => self.certain.iter().rev().find(|(own, _)| own < number),
            Err(_) => None,
        };
        let lists = entry.opening.sources.iter();
        match denied {
            Some((_, denied)) => {
                lists.map(|list| list.narrowed_to(list.known.minus(denied))).collect()
            }
            None => lists.cloned().collect(),
        }
    }

    /// Why a rule that lets the world in may not do so after all.
    fn may_close(&self, entry: &Entry) -> Option<Unknown> {
        let mut left = self.left(entry);
        let mut reason = None;
        let number = entry.number.as_ref().ok();
        if let (Err(why), false) = (&entry.number, self.certain.is_empty()) {
            // It may stand behind every deny rule.
            let denied = self.certain.last().map(|(_, denied)| denied.clone()).unwrap_or_default();
            left = left.iter().map(|l| l.narrowed_to(l.known.minus(&denied))).collect();
            reason = Some(why.clone());
        }
        for (own, addresses, why) in &self.possible {
            if let (Some(own), Some(number)) = (own, number)
                && own >= number
            {
                continue;
            }
            reason.get_or_insert_with(|| why.clone());
            left = match addresses {
                Some(cut) => left.iter().map(|l| l.narrowed_to(l.known.minus(cut))).collect(),
                None => Vec::new(),
            };
        }
        reason.filter(|_| !matches!(world(&left), World::Yes(_)))
    }
}
