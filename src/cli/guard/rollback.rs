//! `holdpoint guard rollback`: puts the guard back as it was before a plan.

use std::path::PathBuf;

use clap::Args;

use crate::error::Error;
use crate::guard::account::apply::standing;
use crate::guard::account::journal;
use crate::guard::account::plan::{Plan, Standing};
use crate::guard::account::state::State;
use crate::model::verdict::Exit;

use super::apply::carry_out;
use super::live::{AccountArgs, AgreeArgs, Here, Which, WhichArgs, check_place, read_plan, within};
use super::problem;

/// Put the guard back as it was before the last plan
///
/// With a plan file: as it was before that plan. Without: before the last one in the journal.
/// Managed policies go back to the version that they had; control policies get their old text again.
#[derive(Debug, Args)]
pub(super) struct RollbackArgs {
    /// The plan to go back behind
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    agree: AgreeArgs,
}

pub(super) fn run(args: &RollbackArgs) -> Result<Exit, Error> {
    let given = args.plan.as_deref().map(read_plan).transpose()?;
    let which = given.as_ref().map_or_else(|| Ok(args.which.which()), Which::of)?;
    within(&args.account, which, |here| {
        let plan = match given {
            Some(plan) => plan,
            None => last(args, here)?,
        };
        check_place(&plan, here)?;
        if let (Standing::Moved(lines), false) = (standing(&plan, &here.live), args.agree.force) {
            return Err(problem(
                "moved",
                format!("the guard was changed after that plan: {}", lines.join(", ")),
                "go back behind the newest plan, or give --force",
                None,
            ));
        }
        let back = back(&plan, here);
        carry_out(&back, here, &args.account, &args.agree)
    })
}

fn last(args: &RollbackArgs, here: &Here<'_>) -> Result<Plan, Error> {
    let path = here.journal(&args.account);
    let found = journal::last(&path).map_err(|error| {
        problem(
            "journal",
            format!("cannot read the journal `{}`: {error}", path.display()),
            "name it with --journal, or give the plan",
            Some(&path),
        )
    })?;
    found.map(|(plan, _)| plan).ok_or_else(|| {
        problem(
            "journal",
            format!("the journal `{}` tells of no plan", path.display()),
            "name another with --journal, or give the plan",
            Some(&path),
        )
    })
}

/// From what stands there to what the plan was made of.
fn back(plan: &Plan, here: &Here<'_>) -> Plan {
    let live = &here.live;
    let exists = |target: &String| {
        live.principals.is_empty() || live.principals.iter().any(|own| own.arn == *target)
    };
    let mut after = State { parts: plan.before.parts.clone() };
    for part in &mut after.parts {
        part.version = None;
        part.id = live.state.part(&part.name).map(|own| own.id.clone()).unwrap_or_default();
        part.attached.retain(exists);
    }
    let mut back = Plan::between(here.place.clone(), live.state.clone(), after);
    back.exempt =
        crate::guard::account::effects::exempt(&back.after.documents()).into_iter().collect();
    back.reason = Some(format!("back from {}", plan.digest));
    back.seal();
    back
}
