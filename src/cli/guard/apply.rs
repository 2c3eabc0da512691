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

/// Apply a plan made by `guard plan`
///
/// Refuses if the guard has changed since the plan was made, or if somebody would be locked out.
/// After an interruption, run it again: it resumes where it stopped. A policy that cannot be
/// replaced, or that does not read back as written, is restored. Exits with 1 if the guard could not
/// be attached to some principals.
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// Plan written by `guard plan --out FILE`
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

/// Checks a plan, asks for approval, and applies it.
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
                format!("the guard has changed since the plan was made: {}", lines.join(", ")),
                "make a new plan",
                None,
            ));
        }
        Standing::After => {
            here.settle(plan, account)?;
            output::to_stdout("no changes: the guard is up to date\n")?;
            return Ok(Exit::Pass);
        }
        Standing::Between => {
            console::to_stderr("resuming this plan, which was started earlier\n");
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
