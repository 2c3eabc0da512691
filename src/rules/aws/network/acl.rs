//! Network ACLs: numbered rules, of which the lowest that fits decides.

use super::group::{self, Membership};
use super::opening::Opening;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::net::cidr::{Family, IpSet};
use crate::rules::net::exposure::Wording;
use crate::rules::net::key::Key;
use crate::rules::net::ports::{Reach, Target, Traffic};
use crate::rules::net::sources::{Sources, World, world};

const CONTAINERS: [&str; 2] = ["aws_network_acl", "aws_default_network_acl"];

/// How a network ACL comes by its rules. AWS lets one hold 40 a direction.
const MEMBERSHIP: Membership = Membership {
    containers: &CONTAINERS,
    members: &["aws_network_acl_rule"],
    by: "network_acl_id",
    limit: 200,
};

/// So many deny rules are taken into account, the lowest first: more than AWS lets an ACL hold. In
/// a plan that has more, the rest count as absent, which can only make an answer stricter.
const DENIES: usize = 100;

/// What a rule does with the packets that fit.
#[derive(Debug, Clone)]
enum Action {
    Allow,
    Deny,
    Unknown(Unknown),
}

/// One numbered ingress rule.
#[derive(Debug, Clone)]
struct Entry {
    number: Result<i64, Unknown>,
    action: Action,
    opening: Opening,
    /// Whether it belongs to the subject that is judged.
    own: bool,
}

/// Answers for each allow rule of the subject through which the world reaches a target.
pub fn judge(view: &View<'_>, targets: &[Target], wording: &Wording, answers: &mut Answers) {
    let mut entries = entries(view, true);
    let counts =
        |entry: &Entry| !matches!(entry.action, Action::Deny) && entry.opening.may_be_public();
    if !entries.iter().any(counts) {
        return;
    }
    let relatives = group::relatives(view, &MEMBERSHIP);
    for subject in relatives.certain {
        entries.extend(self::entries(&view.look_at(subject), false));
    }
    // A relative that is not certain is no excuse, and what it lets in it answers for itself.
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
                    let field =
                        if entry.opening.base.is_empty() { "rule_action" } else { "action" };
                    found.maybe(*target, entry.opening.field(field), why.clone());
                }
                (Reach::Yes, _, World::Yes(families)) => match cuts.may_close(entry) {
                    Some(why) => found.maybe(*target, blamed(&entry.opening), why),
                    None => found.open.push((*target, families)),
                },
            }
        }
        if entry.own {
            found.answer(view, &entry.opening, wording.alone, wording, answers);
        }
    }
    together(view, &entries, targets, &cuts, &narrow, wording, answers);
}

/// Allow rules that are only together the world.
fn together(
    view: &View<'_>,
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
                let why = Unknown::because("a rule beside it is not wholly known");
                found.maybe(*target, blamed(&first.opening), why);
            }
            (_, World::No) => continue,
        }
        widest = widest.or(Some(first));
    }
    if let Some(entry) = widest {
        found.answer(view, &entry.opening, wording.together, wording, answers);
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
        view: &View<'_>,
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
        if opening.may_show(view) {
            let from = opening.widest().map_or_else(String::new, Sources::describe);
            let names = crate::rules::net::exposure::name_ports(&targets);
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

/// The ingress rules that a subject holds.
fn entries(view: &View<'_>, own: bool) -> Vec<Entry> {
    if CONTAINERS.contains(&view.subject.kind.as_str()) {
        return blocks(view, own);
    }
    rule(view, own).into_iter().collect()
}

fn blocks(view: &View<'_>, own: bool) -> Vec<Entry> {
    let value = view.attribute("ingress");
    let is_list = matches!(*value, Value::List(_));
    let mut entries = Vec::with_capacity(value.elements().len());
    for (i, block) in value.elements().iter().enumerate() {
        let base = if is_list { format!("ingress[{i}]") } else { "ingress".to_owned() };
        let get = |field: &str| block.get(field).into_owned();
        entries.push(match block {
            Value::Object(_) => {
                let action = get("action");
                entry(own, base, &get, ("rule_no", &get("rule_no")), &action, None)
            }
            other => {
                let why = other.doubt().cloned();
                unknown_entry(own, base, &why.unwrap_or_else(|| Unknown::because("it is no block")))
            }
        });
    }
    if let Some(why) = value.rest() {
        entries.push(unknown_entry(own, "ingress".to_owned(), why));
    }
    entries
}

fn rule(view: &View<'_>, own: bool) -> Option<Entry> {
    let egress = view.attribute("egress").is_true();
    if egress.is_true() {
        return None;
    }
    let condition = egress.unknown().map(|why| ("egress", why.clone()));
    let get = |field: &str| (*view.attribute(field)).clone();
    let (number, action) = (get("rule_number"), get("rule_action"));
    Some(entry(own, String::new(), &get, ("rule_number", &number), &action, condition))
}

fn entry(
    own: bool,
    base: String,
    get: &dyn Fn(&str) -> Value,
    number: (&str, &Value),
    action: &Value,
    condition: Option<(&'static str, Unknown)>,
) -> Entry {
    let traffic = Traffic::read("protocol", &get("protocol"), &get("from_port"), &get("to_port"));
    let mut opening = Opening { traffic: traffic.only_if(condition), sources: Vec::new(), base };
    let read = |field: &str, family| Sources::read(opening.field(field), &get(field), Some(family));
    opening.sources = vec![read("cidr_block", Family::V4), read("ipv6_cidr_block", Family::V6)];
    let why = || number.1.doubt().cloned();
    let number = number
        .1
        .as_i64()
        .ok_or_else(|| why().unwrap_or_else(|| Unknown::because("the rule number is no number")));
    let action = match (action.as_str(), action.doubt()) {
        (Some(text), _) if text.trim().eq_ignore_ascii_case("deny") => Action::Deny,
        (_, Some(why)) => Action::Unknown(why.clone()),
        // Anything else is refused by AWS; as an allow it cannot hide.
        _ => Action::Allow,
    };
    Entry { number, action, opening, own }
}

fn unknown_entry(own: bool, base: String, why: &Unknown) -> Entry {
    let mut list = Sources::new(base.clone(), None);
    list.doubt(why);
    let opening = Opening { traffic: Traffic::unknown(why), sources: vec![list], base };
    Entry { number: Err(why.clone()), action: Action::Unknown(why.clone()), opening, own }
}
