//! An account that keeps all it was ever told, and dies whenever a test likes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::canonical;
use super::state::{Live, Part, Principal, State, part_number};
use super::{Account, Cause, Done, Fault, Pair};

#[derive(Debug, Clone)]
struct Held {
    versions: Vec<(u32, Value)>,
    default: u32,
    next: u32,
    attached: BTreeSet<String>,
}

/// When the process dies: at the nth change, before it is made or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Death {
    Never,
    Before(usize),
    After(usize),
}

/// How calls fail without anybody dying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    /// Putting the guard on this target.
    Attach(String),
    /// Switching this policy.
    Switch(String),
    /// This policy never says what was written.
    Deaf(String),
    /// Somebody else writes this policy while the guard is put on others.
    Meanwhile(String, Value),
    /// Somebody else writes this policy before the nth time that the guard is read.
    AtRead(usize, String, Value),
    /// The guard cannot be read any more from the nth time on.
    Blind(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Fake {
    /// Whether policies have versions.
    pub(super) versions: bool,
    pub(super) death: Death,
    pub(super) trouble: Trouble,
    /// What was in force after each change.
    pub(super) history: Vec<State>,
    pub(super) principals: Vec<String>,
    /// Boundaries that are not ours.
    pub(super) boundaries: BTreeMap<String, String>,
    /// How many changes were asked for.
    pub(super) changes: usize,
    /// How often the guard was read.
    pub(super) reads: usize,
    /// Names of policies whose oldest version was deleted.
    pub(super) pruned: Vec<u32>,
    dead: bool,
    held: BTreeMap<String, Held>,
}

impl Fake {
    pub(super) fn new(principals: usize) -> Self {
        Self {
            versions: true,
            death: Death::Never,
            trouble: Trouble::None,
            history: Vec::new(),
            principals: (0..principals).map(|i| format!("arn:aws:iam::1:role/r{i}")).collect(),
            boundaries: BTreeMap::new(),
            changes: 0,
            reads: 0,
            pruned: Vec::new(),
            dead: false,
            held: BTreeMap::new(),
        }
    }

    /// A new process against the same account.
    pub(super) fn again(&mut self) {
        self.dead = false;
        self.changes = 0;
        self.reads = 0;
        self.death = Death::Never;
        self.trouble = Trouble::None;
        self.history.clear();
    }

    /// Somebody else writes.
    pub(super) fn meddle(&mut self, name: &str, document: &Value) {
        let held = self.held.get_mut(name).unwrap();
        held.versions.push((held.next, document.clone()));
        held.default = held.next;
        held.next += 1;
    }

    pub(super) fn state(&self) -> State {
        let part = |(name, held): (&String, &Held)| {
            let document = held.versions.iter().find(|version| version.0 == held.default).unwrap();
            Part {
                name: name.clone(),
                id: format!("id:{name}"),
                version: self.versions.then(|| format!("v{}", held.default)),
                document: document.1.clone(),
                attached: held.attached.clone(),
            }
        };
        let mut parts: Vec<Part> = self.held.iter().map(part).collect();
        parts.sort_by_key(|part| part_number("g", &part.name));
        State { parts }
    }

    /// How many versions there are of each policy.
    pub(super) fn counts(&self) -> Vec<usize> {
        self.held.values().map(|held| held.versions.len()).collect()
    }

    fn change<T>(&mut self, what: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let gone = || Err(Fault::new(Cause::Unavailable, "no answer"));
        if self.dead {
            return gone();
        }
        self.changes += 1;
        if self.death == Death::Before(self.changes) {
            self.dead = true;
            return gone();
        }
        let done = what(self);
        let state = self.state();
        self.history.push(state);
        if self.death == Death::After(self.changes) {
            self.dead = true;
            return gone();
        }
        done
    }

    fn name(policy: &str) -> &str {
        policy.strip_prefix("id:").unwrap()
    }
}

impl Account for Fake {
    fn read(&mut self) -> Result<Live, Fault> {
        if self.dead {
            return Err(Fault::new(Cause::Unavailable, "no answer"));
        }
        self.reads += 1;
        match self.trouble.clone() {
            Trouble::Blind(at) if self.reads >= at => {
                return Err(Fault::new(Cause::Denied, "you may not look"));
            }
            Trouble::AtRead(at, name, document) if self.reads == at => {
                self.meddle(&name, &document);
            }
            _ => {}
        }
        let principal = |arn: &String| Principal {
            arn: arn.clone(),
            policies: 0,
            boundary: self.boundaries.get(arn).cloned(),
        };
        Ok(Live {
            state: self.state(),
            principals: self.principals.iter().map(principal).collect(),
            most: 10,
            limit: 6_144,
            targets: Vec::new(),
        })
    }

    fn create(&mut self, name: &str, document: &str) -> Result<String, Fault> {
        self.change(|fake| {
            let document = canonical(document).unwrap();
            let held = Held {
                versions: vec![(1, document)],
                default: 1,
                next: 2,
                attached: BTreeSet::new(),
            };
            assert!(fake.held.insert(name.to_owned(), held).is_none(), "made twice");
            Ok(format!("id:{name}"))
        })
    }

    fn stage(&mut self, policy: &str, document: &str) -> Result<Option<String>, Fault> {
        if !self.versions {
            return Ok(None);
        }
        let document = canonical(document).unwrap();
        let held = self.held.get(Self::name(policy)).unwrap();
        if let Some((number, _)) = held.versions.iter().find(|version| version.1 == document) {
            return Ok(Some(number.to_string()));
        }
        if held.versions.len() == 5 {
            self.change(|fake| {
                let held = fake.held.get_mut(Self::name(policy)).unwrap();
                let oldest = held.versions.iter().map(|version| version.0);
                let oldest = oldest.filter(|version| *version != held.default).min().unwrap();
                held.versions.retain(|version| version.0 != oldest);
                fake.pruned.push(oldest);
                Ok(())
            })?;
        }
        self.change(|fake| {
            let held = fake.held.get_mut(Self::name(policy)).unwrap();
            assert!(held.versions.len() < 5, "a sixth version");
            held.versions.push((held.next, document));
            held.next += 1;
            Ok(Some((held.next - 1).to_string()))
        })
    }

    fn switch(&mut self, policy: &str, staged: Option<&str>, document: &str) -> Result<(), Fault> {
        let name = Self::name(policy).to_owned();
        if self.trouble == Trouble::Switch(name.clone()) {
            return Err(Fault::new(Cause::Denied, "you may not"));
        }
        let is_deaf = self.trouble == Trouble::Deaf(name.clone());
        let has_versions = self.versions;
        self.change(|fake| {
            let held = fake.held.get_mut(&name).unwrap();
            if is_deaf {
                return Ok(());
            }
            if has_versions {
                held.default = staged.unwrap().parse().unwrap();
            } else {
                held.versions = vec![(1, canonical(document).unwrap())];
            }
            Ok(())
        })
    }

    fn attach(&mut self, pairs: &[Pair], done: &mut Done<'_>) {
        if let Trouble::Meanwhile(name, document) = self.trouble.clone() {
            self.trouble = Trouble::None;
            self.meddle(&name, &document);
        }
        for pair in pairs {
            let result = if self.trouble == Trouble::Attach(pair.target.clone()) {
                Err(Fault::new(Cause::Fixed, "nobody can"))
            } else {
                self.change(|fake| {
                    let held = fake.held.get_mut(Self::name(&pair.policy)).unwrap();
                    assert!(held.attached.insert(pair.target.clone()), "put on twice");
                    Ok(())
                })
            };
            done(pair, result);
        }
    }

    fn detach(&mut self, pairs: &[Pair], done: &mut Done<'_>) {
        for pair in pairs {
            let result = self.change(|fake| {
                let held = fake.held.get_mut(Self::name(&pair.policy)).unwrap();
                assert!(held.attached.remove(&pair.target), "taken off twice");
                Ok(())
            });
            done(pair, result);
        }
    }

    fn delete(&mut self, policy: &str) -> Result<(), Fault> {
        self.change(|fake| {
            let held = fake.held.get(Self::name(policy)).unwrap();
            assert!(held.attached.is_empty(), "deleted while it is on somebody");
            fake.held.remove(Self::name(policy));
            Ok(())
        })
    }

    fn wait(&mut self, _: u32) {}
}
