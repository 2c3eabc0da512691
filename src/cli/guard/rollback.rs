//! `holdpoint guard rollback`: puts the guard back as it was before a plan.

use clap::Args;

use crate::error::Error;
use crate::guard::account::apply::standing;
use crate::guard::account::effects;
use crate::guard::account::plan::{Plan, Standing};
use crate::guard::account::state::State;
use crate::model::verdict::Exit;

use super::super::output;
use super::apply::carry_out;
use super::live::{AccountArgs, AgreeArgs, Here, PlanArgs};
use super::problem;

/// Restore the guard as it was before the last plan
///
/// With a plan file: as it was before that plan. Without: before the last plan in the journal.
/// Managed policies return to their previous version; control policies get their previous content.
/// After an interruption, run it again: it resumes. It never goes further back than one plan by
/// itself; for that, pass the plan.
#[derive(Debug, Args)]
pub(super) struct RollbackArgs {
    #[command(flatten)]
    plan_args: PlanArgs,
    #[command(flatten)]
    agree: AgreeArgs,
}

pub(super) fn run(args: &RollbackArgs) -> Result<Exit, Error> {
    let account = &args.plan_args.account;
    args.plan_args.within(|plan, here| {
        let plan = plan.ok_or_else(|| nothing(here, account))?;
        // Only the journal has plans that go back themselves: those are gone on with.
        let is_begun = plan.goes_back.is_some();
        match standing(&plan, &here.live) {
            Standing::Moved(lines) if !args.agree.force => {
                return Err(problem(
                    "moved",
                    format!("the guard was changed after that plan: {}", lines.join(", ")),
                    "roll back the newest plan first, or add --force",
                    None,
                ));
            }
            Standing::After if is_begun => {
                here.settle(&plan, account)?;
                output::to_stdout(
                    "no changes: the guard is already restored; to go further back, pass a plan\n",
                )?;
                return Ok(Exit::Pass);
            }
            _ => {}
        }
        let goal = if is_begun { &plan.after } else { &plan.before };
        let behind = plan.goes_back.as_ref().unwrap_or(&plan.digest);
        let back = back(goal, behind, here);
        carry_out(&back, here, account, &args.agree)
    })
}

fn nothing(here: &Here<'_>, account: &AccountArgs) -> Error {
    let path = here.journal(account);
    problem(
        "journal",
        format!("the journal `{}` has no plan", path.display()),
        "name another with --journal, or pass the plan",
        Some(&path),
    )
}

/// From the deployed policies to those before the plan of this digest.
fn back(goal: &State, behind: &str, here: &Here<'_>) -> Plan {
    let live = &here.live;
    let exists = |target: &String| {
        live.principals.is_empty()
            || live.principals.iter().any(|principal| principal.arn == *target)
    };
    let mut after = goal.clone();
    for part in &mut after.parts {
        part.version = None;
        part.id = live.state.part(&part.name).map(|part| part.id.clone()).unwrap_or_default();
        part.attached.retain(exists);
    }
    let mut back = Plan::between(here.place.clone(), live.state.clone(), after);
    back.exempt = effects::exempt(&back.after.documents()).into_iter().collect();
    back.reason = Some(format!("rollback of {behind}"));
    back.goes_back = Some(behind.to_owned());
    back.seal();
    back
}
