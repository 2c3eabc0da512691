//! A plan: the guard as it stands, the guard as it is to stand, and in which order it gets there.
//! Written to a file, bound to what it was made of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::layout::Wanted;
use super::order::{Change, order};
use super::principals::Skipped;
use super::state::{Part, State, sha256};
use crate::guard::statements::Vehicle;

/// The kind of file; the version is part of the name.
pub const SCHEMA: &str = "holdpoint-guard-plan/v1";

/// Where a guard stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// `scp`, `managed-policy`, `boundary`, `rcp`.
    pub vehicle: String,
    /// Its name.
    pub name: String,
    /// The path of its policies.
    pub path: String,
    /// The account.
    pub account: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The address of the API that changes it.
    pub endpoint: String,
}

impl Place {
    /// Where it stands.
    #[must_use]
    pub fn vehicle(&self) -> Option<Vehicle> {
        let all = [Vehicle::Scp, Vehicle::ManagedPolicy, Vehicle::Boundary, Vehicle::Rcp];
        all.into_iter().find(|vehicle| vehicle.name() == self.vehicle)
    }
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of holdpoint that made it.
    pub made_by: String,
    /// Where.
    pub place: Place,
    /// Whom it does not bind.
    pub exempt: Vec<String>,
    /// Why, where a reason was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The digest of the plan that this one goes back behind: a rollback that is run again goes on
    /// with this one, and not behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_back: Option<String>,
    /// The hash of `before`.
    pub base: String,
    /// The guard as it stands.
    pub before: State,
    /// The guard as it is to stand.
    pub after: State,
    /// The names of the policies that change, in their order.
    pub order: Vec<String>,
    /// Verbs that no order keeps denied at every moment.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub open_for_a_moment: BTreeSet<String>,
    /// Whom it is not put on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
    /// The hash of all of this.
    pub digest: String,
}

/// How an account stands to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// As it was when the plan was made.
    Before,
    /// On the way: the plan was begun and interrupted.
    Between,
    /// As the plan wants it.
    After,
    /// Elsewhere; each line says what somebody else changed.
    Moved(Vec<String>),
}

impl Plan {
    /// A plan from what stands to what is wanted, on these principals or targets.
    #[must_use]
    pub fn new(place: Place, before: State, wanted: Vec<Wanted>, on: &BTreeSet<String>) -> Self {
        let part = |(name, document): Wanted| Part {
            id: before.part(&name).map(|part| part.id.clone()).unwrap_or_default(),
            name,
            version: None,
            document,
            attached: on.clone(),
        };
        let after = State { parts: wanted.into_iter().map(part).collect() };
        Self::between(place, before, after)
    }

    /// A plan from one state to another.
    #[must_use]
    pub fn between(place: Place, before: State, after: State) -> Self {
        let mut names: Vec<String> = before.parts.iter().map(|part| part.name.clone()).collect();
        for part in &after.parts {
            if before.part(&part.name).is_none() {
                names.push(part.name.clone());
            }
        }
        names.retain(|name| document(&before, name) != document(&after, name));
        let changes: Vec<Change<'_>> = names
            .iter()
            .map(|name| Change { before: document(&before, name), after: document(&after, name) })
            .collect();
        let (places, open) = order(&changes);
        // What stays in a policy that does not change stays denied.
        let order = places.into_iter().filter_map(|i| names.get(i).cloned()).collect();
        let mut plan = Self {
            schema: SCHEMA.to_owned(),
            made_by: concat!("holdpoint ", env!("CARGO_PKG_VERSION")).to_owned(),
            place,
            exempt: Vec::new(),
            reason: None,
            goes_back: None,
            base: before.hash(),
            before,
            after,
            order,
            open_for_a_moment: open,
            skipped: Vec::new(),
            digest: String::new(),
        };
        plan.seal();
        plan
    }

    /// The plan with its digest renewed, after a field was set.
    pub fn seal(&mut self) {
        self.digest = self.sum();
    }

    fn sum(&self) -> String {
        let bare = Self { digest: String::new(), ..self.clone() };
        let mut hash = Sha256::new();
        hash.update(serde_json::to_vec(&bare).unwrap_or_default());
        sha256(hash)
    }

    /// Whether nobody changed it since it was made, or cut it off.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.digest == self.sum() && self.base == self.before.hash()
    }

    /// Reads a plan file.
    ///
    /// # Errors
    /// It is none, or was changed after it was made; in words for a report.
    pub fn read(text: &str) -> Result<Self, String> {
        let plan: Self =
            serde_json::from_str(text).map_err(|error| format!("not a plan: {error}"))?;
        if plan.schema != SCHEMA {
            return Err(format!("it is a `{}`, not a `{SCHEMA}`", plan.schema));
        }
        if !plan.is_whole() {
            return Err("it was modified after it was created".to_owned());
        }
        if plan.place.vehicle().is_none() {
            return Err(format!("a guard cannot be deployed as `{}`", plan.place.vehicle));
        }
        Ok(plan)
    }

    /// The text of its file.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty() && self.joining().next().is_none() && self.leaving().next().is_none()
    }

    /// Who gets a policy: policy and target.
    pub fn joining(&self) -> impl Iterator<Item = (&str, &str)> {
        more(&self.after, &self.before)
    }

    /// Who loses one.
    pub fn leaving(&self) -> impl Iterator<Item = (&str, &str)> {
        more(&self.before, &self.after)
    }

    /// How the account stands to the plan. Principals that are gone meanwhile do not count.
    #[must_use]
    pub fn standing(&self, live: &State, exists: &dyn Fn(&str) -> bool) -> Standing {
        let (mut moved, mut old, mut new) = (Vec::new(), true, true);
        let names: BTreeSet<&str> = [&self.before, &self.after, live]
            .iter()
            .flat_map(|state| state.parts.iter().map(|part| part.name.as_str()))
            .collect();
        for name in names {
            let now = document(live, name);
            let (before, after) = (document(&self.before, name), document(&self.after, name));
            old &= now == before;
            new &= now == after;
            if now != before && now != after {
                moved.push(match (now, before) {
                    (None, _) => format!("`{name}` was deleted"),
                    (_, None) if after.is_none() => format!("`{name}` was created"),
                    // Before the plan or after it: which, nobody can say.
                    (_, None) => format!("`{name}` was changed or created"),
                    _ => format!("`{name}` was changed"),
                });
                continue;
            }
            let on = |state: &State| state.part(name).map(|part| part.attached.clone());
            let (now, before, after) =
                (on(live).unwrap_or_default(), on(&self.before), on(&self.after));
            let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
            let there = |set: &BTreeSet<String>| -> BTreeSet<String> {
                set.iter().filter(|target| exists(target)).cloned().collect()
            };
            old &= now == there(&before);
            new &= there(&after) == now;
            for target in now.difference(&before).filter(|target| !after.contains(*target)) {
                moved.push(format!("`{name}` was attached to `{target}`"));
            }
            for target in there(&before).difference(&now).filter(|target| after.contains(*target)) {
                moved.push(format!("`{name}` was detached from `{target}`"));
            }
        }
        match (moved.is_empty(), new, old) {
            (false, ..) => Standing::Moved(moved),
            (_, true, _) => Standing::After,
            (_, _, true) => Standing::Before,
            _ => Standing::Between,
        }
    }
}

fn document<'s>(state: &'s State, name: &str) -> Option<&'s Value> {
    state.part(name).map(|part| &part.document)
}

fn more<'s>(of: &'s State, than: &'s State) -> impl Iterator<Item = (&'s str, &'s str)> {
    of.parts.iter().flat_map(move |part| {
        let other = than.part(&part.name);
        let new = part
            .attached
            .iter()
            .filter(move |target| !other.is_some_and(|other| other.attached.contains(*target)));
        new.map(|target| (part.name.as_str(), target.as_str()))
    })
}
