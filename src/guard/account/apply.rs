//! Carries out a plan. Whatever happens on the way, the account is left with the old guard, with the
//! new one, or with a beginning that the same command goes on from.
//!
//! ```text
//! make new policies -> lay versions ready -> put policies on more -> [no way back from here]
//! switch, in the plan's order -> verify -> take policies off, delete what is left over
//! ```
//!
//! Up to the first switch the old guard is in force everywhere it was. A switch is one call that
//! happens or does not; between two of them everything that both guards deny is denied (the plan's
//! order sees to it). Only after the new guard has been read back is anything taken away.

use std::collections::{BTreeMap, BTreeSet};

use super::document::minified;
use super::journal::{Event, Journal};
pub use super::outcome::{Failure, InForce, Outcome};
use super::plan::{Plan, Standing};
use super::state::{Live, Part, State};
use super::{Account, Cause, Pair};
use crate::guard::statements::Vehicle;

/// How many are put on or taken off between two looks at whether to stop.
const BATCH: usize = 20;

/// How often the account is read until it says what was written.
const READS: u32 = 7;

/// Carries out a plan, or goes on with one. `stop` is asked where stopping leaves the old guard.
///
/// # Errors
/// What was in force before is put back, or the failure says what is.
pub fn apply(
    account: &mut dyn Account,
    plan: &Plan,
    journal: &mut Journal,
    stop: &dyn Fn() -> bool,
) -> Result<Outcome, Failure> {
    let live = account.read().map_err(|fault| Failure::of(&fault, InForce::Untouched))?;
    let base = InForce::Old;
    let outcome = Outcome::default();
    let mut run = Run { account, journal, stop, outcome, stuck: Vec::new(), base };
    match standing(plan, &live) {
        Standing::Moved(lines) => {
            return Err(Failure {
                message: format!(
                    "the guard has changed since the plan was made: {}",
                    lines.join(", ")
                ),
                help: "make a new plan".to_owned(),
                in_force: InForce::Untouched,
            });
        }
        Standing::After => {
            // A run that died behind the last change did not say so any more.
            run.log(&Event::Done { digest: plan.digest.clone() }, InForce::New)?;
            return Ok(run.outcome);
        }
        Standing::Between => {
            run.outcome.resumed = true;
            run.base = begun(plan, &live);
        }
        Standing::Before => {}
    }
    run.outcome.changed = true;
    run.log(&Event::Begin { plan: Box::new(plan.clone()) }, InForce::Untouched)?;
    run.forward(plan, live)?;
    run.log(&Event::Done { digest: plan.digest.clone() }, InForce::New)?;
    Ok(run.outcome)
}

/// How an account stands to a plan.
#[must_use]
pub fn standing(plan: &Plan, live: &Live) -> Standing {
    let principals: BTreeSet<&str> =
        live.principals.iter().map(|principal| principal.arn.as_str()).collect();
    // Where the guard is on targets, all of them are taken to exist.
    plan.standing(&live.state, &|target| principals.is_empty() || principals.contains(target))
}

/// What an interrupted run left in force.
fn begun(plan: &Plan, live: &Live) -> InForce {
    let exists: BTreeSet<&str> =
        live.principals.iter().map(|principal| principal.arn.as_str()).collect();
    let is_in_place = |old: &Part| {
        live.state.part(&old.name).is_some_and(|now| {
            let mut gone = old.attached.difference(&now.attached);
            now.document == old.document
                && gone.all(|on| !exists.is_empty() && !exists.contains(on.as_str()))
        })
    };
    if plan.before.parts.iter().all(is_in_place) { InForce::OldOnMore } else { InForce::Both }
}

/// A policy as it is, as it is to be, and the version laid ready for that.
type Switch<'p> = (&'p Part, &'p Part, Option<String>);

pub(super) struct Run<'a> {
    pub(super) account: &'a mut dyn Account,
    pub(super) journal: &'a mut Journal,
    pub(super) stop: &'a dyn Fn() -> bool,
    pub(super) outcome: Outcome,
    /// Who is there and did not take a policy, and why.
    pub(super) stuck: Vec<(String, String)>,
    /// What is in force as long as nothing is switched.
    base: InForce,
}

impl Run<'_> {
    fn log(&mut self, event: &Event, in_force: InForce) -> Result<(), Failure> {
        self.journal.write(event).map_err(|error| Failure {
            message: format!("cannot write the journal: {error}"),
            help: "name another file with --journal; nothing is changed without a journal"
                .to_owned(),
            in_force,
        })
    }

    /// What is in force before the first switch, when something is on more already.
    fn on_more(&self) -> InForce {
        if self.base == InForce::Old { InForce::OldOnMore } else { self.base }
    }

    fn forward(&mut self, plan: &Plan, live: Live) -> Result<(), Failure> {
        let target = &plan.after;
        let mut ids: BTreeMap<String, String> =
            live.state.parts.iter().map(|part| (part.name.clone(), part.id.clone())).collect();
        for part in target.parts.iter().filter(|part| live.state.part(&part.name).is_none()) {
            ids.insert(part.name.clone(), self.create(part)?);
        }
        let mut switches = Vec::new();
        for name in &plan.order {
            let (Some(now), Some(new)) = (live.state.part(name), target.part(name)) else {
                continue;
            };
            if now.document != new.document {
                let staged = self.account.stage(&now.id, &minified(&new.document));
                let staged = staged.map_err(|fault| Failure::of(&fault, self.base))?;
                switches.push((now, new, staged));
            }
        }
        self.spare(plan, &live, &ids);
        self.join(target, &live.state, &ids)?;
        if (self.stop)() {
            return Err(stopped(self.on_more()));
        }
        if !switches.is_empty() {
            self.all_have_room(plan)?;
            self.look_again(&switches)?;
        }
        for (now, new, staged) in switches {
            let done = self.switch(now, new, staged.as_deref());
            if let Err(broken) = done {
                return Err(self.undo(plan, broken));
            }
        }
        let now = match self.verify(target) {
            Ok(now) => now,
            // What was written may stand there all right: nobody could look.
            Err(broken) if broken.in_force == InForce::Written => return Err(broken),
            Err(broken) => return Err(self.undo(plan, broken)),
        };
        self.leave(target, &now)
    }

    /// Makes a policy, on nobody yet; gives its ARN or id.
    pub(super) fn create(&mut self, part: &Part) -> Result<String, Failure> {
        self.log(&Event::Create { policy: part.name.clone() }, self.base)?;
        let made = self.account.create(&part.name, &minified(&part.document));
        let id = made.map_err(|fault| Failure::of(&fault, self.base))?;
        self.outcome.created += 1;
        Ok(id)
    }

    /// Leaves those alone who got another boundary since the plan was made: ours would take its
    /// place, and allow what it does not.
    fn spare(&mut self, plan: &Plan, live: &Live, ids: &BTreeMap<String, String>) {
        if plan.place.vehicle() != Some(Vehicle::Boundary) {
            return;
        }
        let wanted = plan.after.attached();
        for principal in
            live.principals.iter().filter(|candidate| wanted.contains(candidate.arn.as_str()))
        {
            let other = principal.boundary.as_ref();
            if let Some(other) = other.filter(|boundary| !ids.values().any(|id| id == *boundary)) {
                let why = format!("it now has another boundary, `{other}`");
                self.outcome.failed.push((principal.arn.clone(), why));
            }
        }
    }

    /// What moves into another policy, or ends an unlock in one, must have arrived on everybody who
    /// is bound: one who cannot take it would be free when the old policy changes.
    fn all_have_room(&self, plan: &Plan) -> Result<(), Failure> {
        let bound = plan.before.attached();
        match self.stuck.iter().find(|(target, _)| bound.contains(target.as_str())) {
            None => Ok(()),
            Some((_, why)) => Err(Failure {
                message: format!("cannot attach the whole guard to a principal: {why}"),
                help: "make room there, or exclude it in a new plan; then apply again".to_owned(),
                in_force: self.on_more(),
            }),
        }
    }

    /// Putting a guard on many takes minutes: what is overwritten next is still what was read.
    fn look_again(&mut self, switches: &[Switch<'_>]) -> Result<(), Failure> {
        let live = self.account.read().map_err(|fault| Failure::of(&fault, self.on_more()))?;
        let moved = switches.iter().find(|(now, ..)| {
            live.state.part(&now.name).is_none_or(|part| part.document != now.document)
        });
        match moved {
            Some((now, ..)) => Err(Failure {
                message: format!("`{}` was changed in the meantime", now.name),
                help: "make a new plan".to_owned(),
                in_force: InForce::Unknown,
            }),
            None => Ok(()),
        }
    }

    /// Puts policies on those who do not have them.
    pub(super) fn join(
        &mut self,
        target: &State,
        live: &State,
        ids: &BTreeMap<String, String>,
    ) -> Result<(), Failure> {
        let mut pairs = Vec::new();
        let spared: BTreeSet<String> =
            self.outcome.failed.iter().map(|(target, _)| target.clone()).collect();
        // Principal by principal, so that none waits long between the parts of a guard.
        for on in target.attached().into_iter().filter(|on| !spared.contains(*on)) {
            for part in target.parts.iter().filter(|part| part.attached.contains(on)) {
                let has = live.part(&part.name).is_some_and(|live| live.attached.contains(on));
                if let (false, Some(id)) = (has, ids.get(&part.name)) {
                    pairs.push(Pair { policy: id.clone(), target: on.to_owned() });
                }
            }
        }
        for (i, batch) in pairs.chunks(BATCH).enumerate() {
            if (self.stop)() {
                return Err(stopped(if i == 0 { self.base } else { self.on_more() }));
            }
            let (journal, outcome) = (&mut *self.journal, &mut self.outcome);
            let stuck = &mut self.stuck;
            let (mut broken, mut unavailable) = (None, None);
            self.account.attach(batch, &mut |pair, done| match done {
                Ok(()) => {
                    let event = Event::Attached {
                        policy: pair.policy.clone(),
                        target: pair.target.clone(),
                    };
                    broken = journal.write(&event).err().or(broken.take());
                    outcome.attached += 1;
                }
                Err(fault) if fault.cause == Cause::Unavailable => unavailable = Some(fault),
                Err(fault) => {
                    if fault.cause != Cause::Gone {
                        stuck.push((pair.target.clone(), fault.message.clone()));
                    }
                    outcome.failed.push((pair.target.clone(), fault.message));
                }
            });
            if let Some(error) = broken {
                return Err(Failure {
                    message: format!("cannot write the journal: {error}"),
                    help: "free some disk space and run the same command again".to_owned(),
                    in_force: self.on_more(),
                });
            }
            if let Some(fault) = unavailable {
                return Err(Failure::of(&fault, self.on_more()));
            }
        }
        Ok(())
    }

    fn switch(&mut self, now: &Part, new: &Part, staged: Option<&str>) -> Result<(), Failure> {
        let event = Event::Switch {
            policy: now.id.clone(),
            from: now.version.clone(),
            before: now.document.clone(),
        };
        self.log(&event, InForce::Unknown)?;
        self.account
            .switch(&now.id, staged, &minified(&new.document))
            .map_err(|fault| Failure::of(&fault, InForce::Unknown))?;
        self.outcome.switched += 1;
        Ok(())
    }

    /// Reads the guard back until it says what it is to say.
    pub(super) fn verify(&mut self, target: &State) -> Result<State, Failure> {
        let failed: BTreeSet<String> =
            self.outcome.failed.iter().map(|(target, _)| target.clone()).collect();
        let mut wrong = String::new();
        for attempt in 0..READS {
            let live =
                self.account.read().map_err(|fault| Failure::of(&fault, InForce::Written))?;
            match difference(target, &live.state, &failed) {
                None => return Ok(live.state),
                Some(other) => wrong = other,
            }
            self.account.wait(attempt);
        }
        Err(Failure {
            message: format!("the guard that AWS returns is not the one that was written: {wrong}"),
            help: "something else is changing this guard; see `holdpoint guard status`".to_owned(),
            in_force: InForce::Unknown,
        })
    }

    /// Takes policies off those who are not to have them, and deletes what is left over.
    pub(super) fn leave(&mut self, target: &State, live: &State) -> Result<(), Failure> {
        let mut pairs = Vec::new();
        for part in &live.parts {
            let kept = target.part(&part.name);
            for on in &part.attached {
                if !kept.is_some_and(|kept| kept.attached.contains(on)) {
                    pairs.push(Pair { policy: part.id.clone(), target: on.clone() });
                }
            }
        }
        let mut left = BTreeSet::new();
        let mut first = None;
        for batch in pairs.chunks(BATCH) {
            let (journal, outcome) = (&mut *self.journal, &mut self.outcome);
            self.account.detach(batch, &mut |pair, done| match done {
                Ok(()) => {
                    let event = Event::Detached {
                        policy: pair.policy.clone(),
                        target: pair.target.clone(),
                    };
                    // It is done already, and the account itself tells of it.
                    let _ = journal.write(&event);
                    outcome.detached += 1;
                }
                Err(fault) => {
                    left.insert(pair.policy.clone());
                    first.get_or_insert(fault);
                }
            });
        }
        for part in live.parts.iter().filter(|part| target.part(&part.name).is_none()) {
            if left.contains(&part.id) {
                continue;
            }
            let event = Event::Delete { policy: part.id.clone(), before: part.document.clone() };
            self.log(&event, InForce::New)?;
            self.account.delete(&part.id).map_err(|fault| Failure::of(&fault, InForce::New))?;
            self.outcome.deleted += 1;
        }
        match first {
            Some(fault) => Err(Failure::of(&fault, InForce::New)),
            None => Ok(()),
        }
    }
}

fn stopped(in_force: InForce) -> Failure {
    Failure {
        message: "stopped on request".to_owned(),
        help: "run the same command again: it resumes where it stopped".to_owned(),
        in_force,
    }
}

/// The first thing that the account does not say; what is over does not count yet.
fn difference(target: &State, live: &State, failed: &BTreeSet<String>) -> Option<String> {
    for part in &target.parts {
        let Some(now) = live.part(&part.name) else {
            return Some(format!("`{}` does not exist", part.name));
        };
        if now.document != part.document {
            return Some(format!("`{}` has different content", part.name));
        }
        let missing =
            part.attached.difference(&now.attached).find(|target| !failed.contains(*target));
        if let Some(target) = missing {
            return Some(format!("`{}` is not attached to `{target}`", part.name));
        }
    }
    None
}
