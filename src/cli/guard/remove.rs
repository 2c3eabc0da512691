//! `holdpoint guard remove`: takes the guard off everybody and deletes it.

use clap::Args;

use crate::error::Error;
use crate::guard::account::plan::Plan;
use crate::guard::account::state::State;
use crate::model::verdict::Exit;

use super::super::output;
use super::apply::carry_out;
use super::live::{AccountArgs, AgreeArgs, WhichArgs, within};

/// Detach the guard everywhere and delete its policies
///
/// The journal keeps their content: `guard rollback` restores them.
#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    agree: AgreeArgs,
}

pub(super) fn run(args: &RemoveArgs) -> Result<Exit, Error> {
    within(&args.account, args.which.which(), |here| {
        if here.live.state.parts.is_empty() {
            output::to_stdout("no guard of this name exists\n")?;
            return Ok(Exit::Pass);
        }
        let mut plan = Plan::between(here.place.clone(), here.live.state.clone(), State::default());
        plan.reason = Some("remove".to_owned());
        plan.seal();
        carry_out(&plan, here, &args.account, &args.agree)
    })
}
