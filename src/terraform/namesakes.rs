//! Which of several resources of one name is meant: names are unique within an account at most, and
//! a plan may be about many.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::model::subject::{Side, Subject, SubjectId};
use crate::model::view::Namesakes;
use crate::terraform::Plan;
use crate::terraform::configuration::address::parent;
use crate::terraform::configuration::references::MANY;

/// The subjects that one text names.
#[derive(Default)]
pub(super) struct Candidates {
    all: Vec<SubjectId>,
    index: OnceLock<Vec<(String, Index)>>,
}

/// Subjects of one type and one name, by where they are.
struct Index {
    all: Places,
    by_key: FxHashMap<u32, Places>,
    by_account: FxHashMap<u32, Places>,
    /// Those whose account is not known.
    elsewhere: Arc<[SubjectId]>,
}

/// Subjects by module.
#[derive(Default)]
struct Places {
    all: Arc<[SubjectId]>,
    /// In a module instance itself.
    inside: FxHashMap<String, Vec<SubjectId>>,
    /// In a module instance and those that it calls; the root is left out.
    below: FxHashMap<String, Vec<SubjectId>>,
}

/// Those that are meant.
#[derive(Default)]
pub(super) struct Chosen {
    pub(super) certain: Vec<SubjectId>,
    pub(super) possible: Vec<SubjectId>,
    /// It may be one of more than [`MANY`].
    pub(super) is_open: bool,
}

impl Candidates {
    pub(super) fn add(&mut self, id: SubjectId) {
        if self.all.last() != Some(&id) {
            self.all.push(id);
        }
    }

    fn index(&self, plan: &Plan<'_>) -> &[(String, Index)] {
        self.index.get_or_init(|| {
            let mut kinds: Vec<(String, Vec<&Subject>)> = Vec::new();
            for subject in self.all.iter().filter_map(|id| plan.subject(*id)) {
                match kinds.iter_mut().find(|(kind, _)| *kind == subject.kind) {
                    Some((_, all)) => all.push(subject),
                    None => kinds.push((subject.kind.clone(), vec![subject])),
                }
            }
            kinds.into_iter().map(|(kind, all)| (kind, Index::of(plan, &all))).collect()
        })
    }
}

impl Index {
    fn of(plan: &Plan<'_>, subjects: &[&Subject]) -> Self {
        let mut by_key: FxHashMap<u32, Vec<&Subject>> = FxHashMap::default();
        let mut by_account: FxHashMap<u32, Vec<&Subject>> = FxHashMap::default();
        let mut elsewhere = Vec::new();
        for subject in subjects {
            let realm = plan.realm(subject);
            by_key.entry(realm.key).or_default().push(subject);
            by_account.entry(realm.account).or_default().push(subject);
            if !realm.is_known {
                elsewhere.push(subject.id);
            }
        }
        let places = |map: FxHashMap<u32, Vec<&Subject>>| {
            map.into_iter().map(|(number, all)| (number, Places::of(&all))).collect()
        };
        Self {
            all: Places::of(subjects),
            by_key: places(by_key),
            by_account: places(by_account),
            elsewhere: elsewhere.into(),
        }
    }

    /// Those that a text means which stands at `from`, where `referred` are those that the
    /// configuration refers to there.
    fn choose(&self, plan: &Plan<'_>, from: &Subject, referred: &[SubjectId], chosen: &mut Chosen) {
        let here = plan.realm(from);
        let realm = |id: &SubjectId| plan.subject(*id).map(|subject| plan.realm(subject));
        let is_with = |id: &SubjectId| realm(id).is_some_and(|realm| here.is_with(realm));
        let may_meet = |id: &SubjectId| realm(id).is_none_or(|realm| !here.is_apart(realm));
        let (mut own, foreign): (Vec<SubjectId>, Vec<SubjectId>) =
            referred.iter().copied().filter(may_meet).partition(is_with);
        if own.is_empty() && here.is_with(here) {
            let same = [(&self.by_key, here.key), (&self.by_account, here.account)];
            let near = same.iter().find_map(|(map, number)| map.get(number));
            own.extend(near.map_or(&[][..], |places| places.nearest(from.module())));
        }
        match (own.len(), foreign.len()) {
            (0, 0) => self.anywhere(from, &may_meet, chosen),
            // Nobody of that name is certainly there: the author names this one.
            (0, _) => chosen.certain.extend(foreign),
            (1..=MANY, _) => {
                chosen.certain.extend(own);
                chosen.possible.extend(foreign);
            }
            _ => chosen.is_open = true,
        }
    }

    /// Nobody of that name is certainly in the same account.
    fn anywhere(
        &self,
        from: &Subject,
        may_meet: &impl Fn(&SubjectId) -> bool,
        chosen: &mut Chosen,
    ) {
        if let Some([near]) = self.all.at(from.module())
            && may_meet(near)
        {
            chosen.certain.push(*near);
            return;
        }
        let mut fit = self.all.all.iter().copied().filter(may_meet);
        let few: Vec<SubjectId> = fit.by_ref().take(MANY).collect();
        match few.as_slice() {
            [one] => chosen.certain.push(*one),
            _ if fit.next().is_some() => chosen.is_open = true,
            _ => chosen.possible.extend(few),
        }
    }
}

impl Places {
    fn of(subjects: &[&Subject]) -> Self {
        let mut places = Self { all: subjects.iter().map(|s| s.id).collect(), ..Self::default() };
        for subject in subjects {
            let module = subject.module();
            places.inside.entry(module.to_owned()).or_default().push(subject.id);
            let mut here = module.to_owned();
            while let Some((outer, ..)) = parent(&here) {
                places.below.entry(here).or_default().push(subject.id);
                here = outer;
            }
        }
        places
    }

    /// Those in a module instance, else those in what it calls.
    fn at(&self, module: &str) -> Option<&[SubjectId]> {
        let found = self.inside.get(module).or_else(|| self.below.get(module));
        found.map(Vec::as_slice)
    }

    /// Those whose module is nearest.
    fn nearest(&self, module: &str) -> &[SubjectId] {
        let mut here = module.to_owned();
        loop {
            if let Some(found) = self.at(&here) {
                return found;
            }
            match parent(&here) {
                Some((outer, ..)) => here = outer,
                None => return &self.all,
            }
        }
    }
}

impl Plan<'_> {
    /// Those that a text means which stands in an attribute of `from`; `referred` gives those that
    /// the configuration refers to there.
    pub(super) fn meant(
        &self,
        from: &Subject,
        candidates: &Candidates,
        referred: impl FnOnce() -> Vec<SubjectId>,
    ) -> Chosen {
        let mut chosen = Chosen::default();
        if let ([only], false) = (candidates.all.as_slice(), self.realms().are_apart) {
            chosen.certain.push(*only);
            return chosen;
        }
        let referred = referred();
        for (kind, index) in candidates.index(self) {
            let same = |id: &&SubjectId| self.subject(**id).is_some_and(|s| s.kind == *kind);
            let referred: Vec<SubjectId> = referred.iter().filter(same).copied().collect();
            index.choose(self, from, &referred, &mut chosen);
        }
        chosen
    }

    /// Other subjects of the type and the name of this one, which may be the same object.
    pub(super) fn namesakes_of(&self, subject: &Subject, side: Side, name: &str) -> Namesakes {
        let identities = self.identities_of(&subject.kind, side);
        let Some(candidates) = identities.get(name).filter(|found| found.all.len() > 1) else {
            return Namesakes::default();
        };
        let realm = self.realm(subject);
        let own = candidates.index(self).iter().find(|(kind, _)| *kind == subject.kind);
        let Some((_, index)) = own else { return Namesakes::default() };
        let same = index.by_account.get(&realm.account).filter(|_| realm.is_with(realm));
        Namesakes {
            certain: same.map_or_else(|| Arc::from([subject.id]), |same| Arc::clone(&same.all)),
            possible: Arc::clone(if realm.is_known { &index.elsewhere } else { &index.all.all }),
        }
    }
}
