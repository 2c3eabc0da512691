//! Relations between subjects: who names whom, while most ids are still unknown.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::value::RawValue;

use crate::clouds;
use crate::model::subject::{Side, Subject, SubjectId};
use crate::model::value::{Unknown, Value};
use crate::model::view::{Attributes, Links};
use crate::terraform::Plan;
use crate::terraform::attributes::PlannedAttributes;
use crate::terraform::configuration::references::MANY;
use crate::terraform::configuration::refine::waits;
use crate::terraform::namesakes::Candidates;
use crate::terraform::read::skim;

/// Chains of attributes that repeat another resource's attribute are not followed further.
const MAX_CHAIN: u32 = 8;

/// Relations that were worked out, by target type, type, attribute and side.
#[derive(Default)]
pub(super) struct Cache<'p> {
    relations: Mutex<FxHashMap<Question, Arc<Relation>>>,
    identities: [std::sync::OnceLock<Identities<'p>>; 2],
    /// By everything that may name a subject of a type.
    of_kind: Mutex<FxHashMap<(String, Side), Arc<Identities<'p>>>>,
}

/// Which subjects of this type are pointed at by that type's attribute, on that side.
type Question = (String, String, String, Side);
pub(super) type Identities<'p> = FxHashMap<Cow<'p, str>, Candidates>;

/// Which subjects point at which.
#[derive(Default)]
struct Relation {
    certain: FxHashMap<SubjectId, Vec<SubjectId>>,
    possible: FxHashMap<SubjectId, Vec<(SubjectId, Unknown)>>,
    /// Those that may point at any.
    open: Vec<(SubjectId, Unknown)>,
}

/// What an attribute leads to.
#[derive(Default)]
struct Reach {
    /// Known texts.
    names: Vec<String>,
    /// Subjects and the attribute of each that is asked for.
    targets: Vec<(SubjectId, String)>,
    /// Attributes on the way that were looked into.
    passed: FxHashSet<(SubjectId, String)>,
    /// Why it may lead elsewhere.
    open: Option<Unknown>,
}

impl<'p> Plan<'p> {
    pub(super) fn links_to(
        &self,
        subject: &Subject,
        side: Side,
        kind: &str,
        attribute: &str,
    ) -> Links<'_> {
        let key = (subject.kind.clone(), kind.to_owned(), attribute.to_owned(), side);
        let cached = self.cached(&key);
        let relation = cached.unwrap_or_else(|| {
            let relation = Arc::new(self.relate(&subject.kind, kind, attribute, side));
            let mut all = self.links.relations.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(key, Arc::clone(&relation));
            relation
        });
        let look = |id: &SubjectId| self.subject(*id);
        let certain = relation.certain.get(&subject.id).map_or(&[][..], Vec::as_slice);
        let possible = relation.possible.get(&subject.id).map_or(&[][..], Vec::as_slice);
        let doubts = possible.iter().chain(&relation.open);
        let possible = if possible.len() + relation.open.len() > MANY {
            // Which of them it would be changes nothing: any may be.
            doubts.take(1).map(|(_, why)| (None, why.clone())).collect()
        } else {
            doubts.map(|(id, why)| (look(id), why.clone())).collect()
        };
        Links { certain: certain.iter().filter_map(look).collect(), possible }
    }

    fn cached(&self, key: &Question) -> Option<Arc<Relation>> {
        let all = self.links.relations.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).cloned()
    }

    fn relate(&self, target_kind: &str, kind: &str, attribute: &str, side: Side) -> Relation {
        let mut relation = Relation::default();
        let identities = self.identities_of(target_kind, side);
        let is_target = |id: &SubjectId| self.subject(*id).is_some_and(|s| s.kind == target_kind);
        for other in self.subjects.iter().filter(|s| s.kind == kind && s.exists(side)) {
            let mut reach = Reach::default();
            self.reach(other, side, attribute, target_kind, MAX_CHAIN, &mut reach);
            let mut found: Vec<SubjectId> = Vec::new();
            let mut seen = FxHashSet::default();
            let mut add = |id: SubjectId| {
                if seen.insert(id) {
                    found.push(id);
                }
            };
            let cut = attribute.find(['.', '[']).unwrap_or(attribute.len());
            let (own, tail) = attribute.split_at(cut);
            for name in &reach.names {
                let Some(candidates) = identities.get(name.as_str()) else {
                    // By reference to one whose name is not known yet.
                    let (_, maybe) = self.named(other, side, own, tail, name);
                    for (id, why) in maybe.into_iter().filter(|(id, _)| is_target(id)) {
                        relation.possible.entry(id).or_default().push((other.id, why));
                    }
                    continue;
                };
                let referred = || self.named(other, side, own, tail, name).0;
                let chosen = self.meant(other, candidates, referred);
                chosen.certain.into_iter().for_each(&mut add);
                for id in chosen.possible {
                    let possible = relation.possible.entry(id).or_default();
                    possible.push((other.id, ambiguous(other)));
                }
                if chosen.is_open {
                    reach.open.get_or_insert_with(|| ambiguous(other));
                }
            }
            reach.targets.iter().map(|(id, _)| *id).filter(is_target).for_each(&mut add);
            match (found.as_slice(), &reach.open) {
                ([one], None) => relation.certain.entry(*one).or_default().push(other.id),
                // A list of names points at each of them.
                (many, None) if reach.targets.is_empty() => {
                    for id in many {
                        relation.certain.entry(*id).or_default().push(other.id);
                    }
                }
                (many, open) => {
                    let why = open.clone().unwrap_or_else(|| ambiguous(other));
                    for id in many {
                        relation.possible.entry(*id).or_default().push((other.id, why.clone()));
                    }
                    if open.is_some() {
                        relation.open.push((other.id, why));
                    }
                }
            }
        }
        relation
    }

    /// What the attribute of a subject leads to, until a subject of the wanted type is met.
    fn reach(
        &self,
        from: &Subject,
        side: Side,
        attribute: &str,
        wanted: &str,
        depth: u32,
        reach: &mut Reach,
    ) {
        let cut = attribute.find(['.', '[']).unwrap_or(attribute.len());
        let (name, tail) = attribute.split_at(cut);
        let value = PlannedAttributes::open(self, from, side).get(name);
        let value = value.at(tail);
        for item in value.elements() {
            if let Some(text) = item.as_str() {
                reach.names.push(text.to_owned());
            }
        }
        let (references, silent) = waits(&value);
        let refused = || self.refused(from).filter(|_| !references.is_empty());
        if let Some(why) = silent.or_else(|| partly(&value)).or_else(refused) {
            reach.open.get_or_insert(why);
        }
        for text in references {
            let targets = self.absolute(&text);
            if targets.is_empty() {
                reach.open.get_or_insert_with(|| Unknown::waits_for([text]));
                continue;
            }
            for (id, attribute) in targets {
                let Some(subject) = self.subject(id) else { continue };
                if subject.kind == wanted && clouds::of(wanted).identifies(&attribute) {
                    reach.targets.push((id, attribute));
                } else if depth > 0
                    && !attribute.is_empty()
                    && subject.exists(side)
                    && reach.passed.len() < MANY
                {
                    // An attribute that is set by another resource's attribute repeats it.
                    let attribute = clouds::of(&subject.kind).repeated(&subject.kind, &attribute);
                    if !reach.passed.insert((id, attribute.to_owned())) {
                        continue;
                    }
                    self.reach(subject, side, attribute, wanted, depth - 1, reach);
                } else {
                    reach.open.get_or_insert_with(|| Unknown::waits_for([&text]));
                }
            }
        }
    }

    pub(super) fn followed(&self, subject: &Subject, side: Side, path: &str) -> Links<'_> {
        let cut = path.find(['.', '[']).unwrap_or(path.len());
        let (name, tail) = path.split_at(cut);
        let value = PlannedAttributes::open(self, subject, side).get(name);
        let value = value.at(tail);
        let mut links = Links::default();
        let mut seen = FxHashSet::default();
        let known = value.elements().iter().filter_map(Value::as_str);
        let (references, silent) = waits(&value);
        let (mut targets, mut wanted) = (Vec::new(), FxHashSet::default());
        let mut unnamed = Vec::new();
        let refused = || self.refused(subject).filter(|_| !references.is_empty());
        let mut doubt = silent.or_else(|| partly(&value)).or_else(refused);
        for text in known {
            let same = match self.identities(side).get(text) {
                Some(candidates) => {
                    let referred = || self.named(subject, side, name, tail, text).0;
                    let chosen = self.meant(subject, candidates, referred);
                    unnamed.extend(chosen.possible.iter().map(|id| (*id, ambiguous(subject))));
                    if chosen.is_open {
                        doubt.get_or_insert_with(|| ambiguous(subject));
                    }
                    chosen.certain
                }
                None => {
                    let (same, maybe) = self.named(subject, side, name, tail, text);
                    if same.is_empty() {
                        unnamed.extend(maybe);
                    }
                    same
                }
            };
            for id in same {
                if let Some(other) = self.subject(id).filter(|_| seen.insert(id)) {
                    links.certain.push(other);
                }
            }
        }
        for text in &references {
            let found = self.absolute(text);
            if found.is_empty() {
                doubt.get_or_insert_with(|| Unknown::waits_for([text]));
            }
            targets.extend(found.into_iter().map(|(id, _)| id).filter(|id| wanted.insert(*id)));
        }
        // One unknown that waits for several may become any of them; several that wait for one
        // each become all.
        let sure = doubt.is_none()
            && (targets.len() == 1 || holes(&value) == references.len())
            && value.rest().is_none_or(|_| targets.len() == 1);
        for id in targets {
            let Some(other) = self.subject(id).filter(|_| seen.insert(id)) else { continue };
            if sure {
                links.certain.push(other);
            } else {
                let why = Unknown::waits_for(&references);
                links.possible.push((Some(other), why));
            }
        }
        for (id, why) in unnamed {
            if let Some(other) = self.subject(id).filter(|_| seen.insert(id)) {
                links.possible.push((Some(other), why));
            }
        }
        if let Some(why) = doubt {
            links.possible.push((None, why));
        }
        links
    }

    /// The subjects whose name stands here by reference: the configuration says which, and the name
    /// is theirs, or may turn out to be theirs. A name alone may be that of several.
    fn named(
        &self,
        subject: &Subject,
        side: Side,
        name: &str,
        tail: &str,
        text: &str,
    ) -> (Vec<SubjectId>, Vec<(SubjectId, Unknown)>) {
        let module = crate::terraform::configuration::address::module_path(subject.module());
        let resource = self.configuration.resource(&module, &subject.kind, &subject.name);
        let (mut same, mut maybe) = (Vec::new(), Vec::new());
        let Some(node) = resource.and_then(|resource| resource.expression(name)) else {
            return (same, maybe);
        };
        let references = crate::terraform::configuration::references(&node.at(tail));
        for (id, attribute) in self.resolve(&references, &self.place(subject)).targets {
            let Some(other) = self.subject(id).filter(|other| other.exists(side)) else { continue };
            if attribute.is_empty() || !clouds::of(&other.kind).identifies(&attribute) {
                continue;
            }
            let theirs = PlannedAttributes::open(self, other, side).planned(&attribute);
            match theirs.doubt() {
                Some(why) => maybe.push((id, why.clone())),
                None if theirs.as_str() == Some(text) => same.push(id),
                None => {}
            }
        }
        (same, maybe)
    }

    /// Subjects of every type by what names them without their type.
    fn identities(&self, side: Side) -> &Identities<'p> {
        let slot = match side {
            Side::Before => &self.links.identities[0],
            Side::After => &self.links.identities[1],
        };
        slot.get_or_init(|| {
            let mut all = Identities::default();
            for subject in self.subjects.iter().filter(|subject| subject.exists(side)) {
                self.identify(subject, side, clouds::of(&subject.kind).ids, &mut all);
            }
            all
        })
    }

    /// Subjects of one type by everything that may name them.
    pub(super) fn identities_of(&self, kind: &str, side: Side) -> Arc<Identities<'p>> {
        let key = (kind.to_owned(), side);
        let known = self.links.of_kind.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&key) {
            return Arc::clone(known);
        }
        drop(known);
        let mut all = Identities::default();
        for subject in self.subjects.iter().filter(|s| s.kind == kind && s.exists(side)) {
            self.identify(subject, side, clouds::of(kind).names, &mut all);
        }
        let all = Arc::new(all);
        let mut known = self.links.of_kind.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, Arc::clone(&all));
        all
    }

    /// Notes a subject under the known texts of some of its attributes. All subjects are asked, so
    /// their other attributes are passed over.
    fn identify(&self, subject: &Subject, side: Side, names: &[&str], all: &mut Identities<'p>) {
        let Some(slices) = self.slices(subject.id).filter(|_| subject.is_resource()) else {
            return;
        };
        let (known, marks) = match side {
            Side::Before => (slices.before, None),
            Side::After => (slices.after, slices.after_unknown),
        };
        let mut left = names.len();
        for (key, value) in known.into_iter().flat_map(skim::entries) {
            let Some(name) = names.iter().find(|name| key.is(name)) else { continue };
            if let Some(text) = skim::text(value)
                && !text.is_empty()
                && !marks.is_some_and(|marks| is_marked(marks, name))
            {
                all.entry(text).or_default().add(subject.id);
            }
            left -= 1;
            if left == 0 {
                return;
            }
        }
    }
}

/// Whether the marks say that an attribute is not known.
fn is_marked(marks: &RawValue, key: &str) -> bool {
    skim::entries(marks).any(|(own, mark)| own.is(key) && mark == "true")
}

fn ambiguous(subject: &Subject) -> Unknown {
    Unknown::because(format!("`{}` may belong to one of several resources", subject.address))
}

/// A text with holes is no plain reference: it may name anything that fits.
fn partly(value: &Value) -> Option<Unknown> {
    value.elements().iter().find_map(|item| match item {
        Value::Template(_) | Value::Json(_) | Value::Base64(_) => item.doubt().cloned(),
        _ => None,
    })
}

/// How many unknown elements there are.
fn holes(value: &Value) -> usize {
    match value {
        Value::Unknown(_) => 1,
        value => value.elements().iter().filter(|item| matches!(item, Value::Unknown(_))).count(),
    }
}
