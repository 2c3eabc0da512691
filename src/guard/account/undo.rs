//! Puts the old guard back when the new one cannot be finished. "The old guard is in force" is reported
//! only after it was read back, whole: also what an earlier run had taken away already.

use std::collections::BTreeMap;

use super::apply::Run;
use super::document::minified;
use super::journal::Event;
use super::outcome::{Failure, InForce};
use super::plan::Plan;
use super::state::State;

impl Run<'_> {
    /// Puts everything back as it was before the plan; what is in force then, and why the plan was
    /// not carried out.
    pub(super) fn undo(&mut self, plan: &Plan, why: Failure) -> Failure {
        match self.back(plan, &why.message) {
            Ok(None) => Failure { in_force: InForce::Old, ..why },
            Ok(Some(left)) => Failure {
                message: format!(
                    "{}; and part of the new guard could not be removed: {left}",
                    why.message
                ),
                in_force: InForce::OldOnMore,
                ..why
            },
            Err(second) => Failure {
                message: format!("{}; and restoring the old guard failed: {second}", why.message),
                help: "check `holdpoint guard status`, then run the same command again to resume, \
                       or `holdpoint guard rollback` with the same plan"
                    .to_owned(),
                in_force: InForce::Unknown,
            },
        }
    }

    /// The way back, as the way there: make and put on what is missing, switch, read back, and only
    /// then take away. What is left over when the old guard stands is no failure of it.
    fn back(&mut self, plan: &Plan, why: &str) -> Result<Option<String>, String> {
        // Undoing stops for nothing, and goes on without a journal: what it undoes is in there.
        self.stop = &|| false;
        self.journal.spare();
        let _ = self.journal.write(&Event::Undo { why: why.to_owned() });
        self.outcome.failed.clear();
        self.stuck.clear();

        let live = self.account.read().map_err(|fault| fault.message)?;
        let mut goal = plan.before.clone();
        if !live.principals.is_empty() {
            let exists = |on: &String| live.principals.iter().any(|principal| principal.arn == *on);
            goal.parts.iter_mut().for_each(|part| part.attached.retain(exists));
        }
        let now = ours(live.state, plan);
        let mut ids: BTreeMap<String, String> =
            now.parts.iter().map(|part| (part.name.clone(), part.id.clone())).collect();
        for part in goal.parts.iter().filter(|part| now.part(&part.name).is_none()) {
            let id = self.create(part).map_err(|failure| failure.message)?;
            ids.insert(part.name.clone(), id);
        }
        self.join(&goal, &now, &ids).map_err(|failure| failure.message)?;
        if let Some((on, why)) = self.stuck.first() {
            return Err(format!("`{on}`: {why}"));
        }
        let way = Plan::between(plan.place.clone(), now.clone(), goal.clone());
        for name in &way.order {
            let (Some(now), Some(old)) = (now.part(name), goal.part(name)) else { continue };
            let text = minified(&old.document);
            let staged = self.account.stage(&now.id, &text).map_err(|fault| fault.message)?;
            let done = self.account.switch(&now.id, staged.as_deref(), &text);
            done.map_err(|fault| fault.message)?;
        }
        let now = self.verify(&goal).map_err(|failure| failure.message)?;
        Ok(self.leave(&goal, &ours(now, plan)).err().map(|failure| failure.message))
    }
}

/// What somebody else put there is not ours to take away.
fn ours(mut state: State, plan: &Plan) -> State {
    state.parts.retain(|part| {
        plan.before.part(&part.name).is_some() || plan.after.part(&part.name).is_some()
    });
    state
}
