//! Which security groups are in front of the same machine: what lets half of the internet in, and what
//! lets in the other half, may be two groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::clouds::aws::network::{ADDERS, GROUPS, HOLDERS, TIES};
use crate::model::subject::{Action, Subject, SubjectId};
use crate::model::view::View;

/// The machines of an input that are behind security groups.
#[derive(Default)]
pub struct Machines {
    all: Vec<Machine>,
    by_group: FxHashMap<SubjectId, Vec<usize>>,
    /// Groups that may be in front of the same machine, since it is not known which groups of the
    /// input some machine has.
    pub loose: Vec<SubjectId>,
}

/// Whatever is behind security groups: an instance with its network interfaces, a database, a load
/// balancer.
#[derive(Default)]
pub struct Machine {
    /// The groups, and whether they are certainly in front of it.
    groups: BTreeMap<SubjectId, bool>,
}

impl Machine {
    /// The groups, and whether each is certainly in front of it.
    #[must_use]
    pub fn groups(&self) -> Vec<(SubjectId, bool)> {
        self.groups.iter().map(|(id, is_certain)| (*id, *is_certain)).collect()
    }
}

impl Machines {
    /// Those behind a group and at least one other.
    pub fn behind(&self, group: SubjectId) -> impl Iterator<Item = &Machine> {
        let places = self.by_group.get(&group).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.all.get(*place))
    }
}

/// The machines on the side of the view. Groups and machines that are not in the input are not
/// included.
#[must_use]
pub fn machines(view: &View<'_>) -> Arc<Machines> {
    view.once_for_all("machines", &[], || find(view))
}

fn find(view: &View<'_>) -> Machines {
    let mut table: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for line in HOLDERS.lines().filter(|line| !line.starts_with('#')) {
        if let Some((kind, path)) = line.split_once('\t') {
            table.entry(kind).or_default().push(path);
        }
    }
    let mut wholes = Wholes::default();
    let mut held: Vec<(SubjectId, SubjectId, bool)> = Vec::new();
    let mut loose = Loose::default();
    for subject in view.all_subjects().iter().filter(|subject| subject.exists(view.side)) {
        let here = || view.look_at(subject);
        for path in table.get(subject.kind.as_str()).into_iter().flatten() {
            let found = groups(&here(), path, &mut loose);
            held.extend(found.into_iter().map(|(group, sure)| (subject.id, group, sure)));
        }
        for (_, group, other) in ADDERS.iter().filter(|(kind, ..)| *kind == subject.kind) {
            let here = here();
            let adds = groups(&here, group, &mut loose);
            let others = here.follow(other);
            loose.is_open |= others.doubt().is_some();
            for whole in others.certain {
                held.extend(adds.iter().map(|(group, sure)| (whole.id, *group, *sure)));
            }
        }
        for (_, interface, machine) in TIES.iter().filter(|(kind, ..)| *kind == subject.kind) {
            let here = here();
            for one in end(&here, interface) {
                end(&here, machine).into_iter().for_each(|other| wholes.tie(one, other));
            }
        }
    }
    if loose.has_ids {
        loose.named = held.iter().map(|(_, group, _)| *group).collect();
    }
    let mut machines = gather(held, &mut wholes);
    machines.loose = loose.groups(view);
    machines
}

/// The groups that an attribute names, each with whether that is certain.
fn groups(view: &View<'_>, path: &str, loose: &mut Loose) -> Vec<(SubjectId, bool)> {
    let links = view.follow(path);
    let value = view.at(path);
    let ids = value.elements().iter().filter(|item| item.as_str().is_some()).count();
    loose.is_open |= links.possible.iter().any(|(subject, _)| subject.is_none());
    let certain = links.certain.iter().filter(|subject| is_group(subject));
    let mut found: Vec<(SubjectId, bool)> = certain.map(|group| (group.id, true)).collect();
    loose.has_ids |= ids > found.len();
    let possible =
        links.possible.iter().filter_map(|(subject, _)| *subject).filter(|s| is_group(s));
    found.extend(possible.map(|group| (group.id, false)));
    found
}

fn is_group(subject: &Subject) -> bool {
    GROUPS.contains(&subject.kind.as_str())
}

/// What is not known of the groups of some machines.
#[derive(Default)]
struct Loose {
    /// A machine may have any group.
    is_open: bool,
    /// A machine has groups by an id that is no group's known id.
    has_ids: bool,
    /// The groups of all machines, if there are such ids.
    named: Vec<SubjectId>,
}

impl Loose {
    fn groups(self, view: &View<'_>) -> Vec<SubjectId> {
        if !self.is_open && !self.has_ids {
            return Vec::new();
        }
        let all = view.all_subjects().iter().filter(|s| is_group(s) && s.exists(view.side));
        let may_be = |group: &&Subject| {
            // One that is made has an id that nobody can have written.
            self.is_open
                || !group.actions().has(Action::Create)
                    && view.look_at(group).attribute("id").as_str().is_none()
        };
        let mut groups: Vec<SubjectId> = all.filter(may_be).map(|group| group.id).collect();
        if !groups.is_empty() {
            groups.extend(self.named);
            groups.sort_unstable();
            groups.dedup();
        }
        groups
    }
}

/// What an attribute names; the subject itself, if it is empty.
fn end(view: &View<'_>, path: &str) -> Vec<SubjectId> {
    if path.is_empty() {
        return vec![view.subject.id];
    }
    view.follow(path).certain.into_iter().map(|subject| subject.id).collect()
}

fn gather(held: Vec<(SubjectId, SubjectId, bool)>, wholes: &mut Wholes) -> Machines {
    let mut by_whole: BTreeMap<SubjectId, Machine> = BTreeMap::new();
    for (part, group, is_certain) in held {
        let machine = by_whole.entry(wholes.of(part)).or_default();
        *machine.groups.entry(group).or_default() |= is_certain;
    }
    let mut machines = Machines::default();
    for machine in by_whole.into_values().filter(|machine| machine.groups.len() > 1) {
        for group in machine.groups.keys() {
            machines.by_group.entry(*group).or_default().push(machines.all.len());
        }
        machines.all.push(machine);
    }
    machines
}

/// Parts of the same machine, each with another of them; the last one stands for all.
#[derive(Default)]
struct Wholes(FxHashMap<SubjectId, SubjectId>);

impl Wholes {
    fn of(&mut self, part: SubjectId) -> SubjectId {
        let mut here = part;
        while let Some(next) = self.0.get(&here) {
            here = *next;
        }
        if here != part {
            self.0.insert(part, here);
        }
        here
    }

    fn tie(&mut self, one: SubjectId, other: SubjectId) {
        let (one, other) = (self.of(one), self.of(other));
        if one != other {
            self.0.insert(one, other);
        }
    }
}
