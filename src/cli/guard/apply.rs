//! `holdpoint guard apply`: carries a plan out, or goes on with one.

use std::path::PathBuf;

use clap::Args;

use crate::error::Error;
use crate::guard::account::apply::standing;
use crate::guard::account::plan::{Plan, Standing};
use crate::model::verdict::Exit;

use super::super::{console, output};
use super::live::{
    AccountArgs, AgreeArgs, Here, Which, check_place, locked_out, read_plan, within,
};
use super::{problem, shown};

/// Carry out a plan of `guard plan`
///
/// Refuses when the guard is no longer what the plan was made of, and when somebody would be locked
/// out. Run it again after an interruption: it goes on where it stopped. What cannot be switched, or
/// does not read back as it was written, is put back as it was. Exits with 1 when somebody could
/// not be bound.
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// What `guard plan --out FILE` wrote
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    agree: AgreeArgs,
}

pub(super) fn run(args: &ApplyArgs) -> Result<Exit, Error> {
    let plan = read_plan(&args.plan)?;
    within(&args.account, Which::of(&plan)?, |here| {
        check_place(&plan, here)?;
        here.check_vehicle()?;
        carry_out(&plan, here, &args.account, &args.agree)
    })
}

/// Checks, asks, and carries a plan out.
pub(super) fn carry_out(
    plan: &Plan,
    here: &mut Here<'_>,
    account: &AccountArgs,
    agree: &AgreeArgs,
) -> Result<Exit, Error> {
    match standing(plan, &here.live) {
        Standing::Moved(lines) => {
            return Err(problem(
                "moved",
                format!("the guard is not what the plan was made of: {}", lines.join(", ")),
                "make a new plan",
                None,
            ));
        }
        Standing::After => {
            here.settle(plan, account)?;
            output::to_stdout("no changes: the guard stands as it is to stand\n")?;
            return Ok(Exit::Pass);
        }
        Standing::Between => {
            console::to_stderr("this plan was begun before and is gone on with\n");
        }
        Standing::Before => {}
    }
    let wrong = here.lockout(&plan.after, &plan.exempt)?;
    if locked_out(&wrong, agree.force) {
        return Ok(Exit::Block);
    }
    if !agree.yes {
        console::to_stderr(&shown::report(plan, &wrong, 0)?.human(here.live.limit));
    }
    here.agree(agree)?;
    let done = here.apply(plan, account)?;
    output::to_stdout(&shown::outcome(&done))?;
    Ok(if done.failed.is_empty() { Exit::Pass } else { Exit::Block })
}
