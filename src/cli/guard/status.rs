//! `holdpoint guard status`: how the guard stands, and whether somebody changed it.

use clap::Args;

use crate::error::Error;
use crate::guard::account::apply::standing;
use crate::guard::account::plan::{Plan, Standing};
use crate::guard::account::principals::choose;
use crate::guard::account::{document, effects, unlock};
use crate::guard::statements::Vehicle;
use crate::model::verdict::Exit;

use super::super::{console, output};
use super::live::{Here, PlanArgs};
use super::{problem, shown};

/// Show the state of the deployed guard, and whether it has drifted
///
/// Compares it with a plan, or with the last one in the journal. Exits with 0 if the guard matches
/// that plan and covers everyone it should, with 1 if not, with 2 if there is nothing to compare with.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    plan_args: PlanArgs,
}

pub(super) fn run(args: &StatusArgs) -> Result<Exit, Error> {
    args.plan_args.within(|plan, here| status(plan.as_ref(), here))
}

fn status(plan: Option<&Plan>, here: &Here<'_>) -> Result<Exit, Error> {
    let live = &here.live;
    let mut text = String::new();
    let mut line = |words: String| text.push_str(&(console::printable(&words) + "\n"));
    for part in &live.state.parts {
        let version =
            part.version.as_ref().map(|version| format!(" ({version})")).unwrap_or_default();
        line(format!(
            "{}{version}: {} of {} characters, attached to {}",
            part.name,
            document::size(&part.document),
            live.limit,
            part.attached.len()
        ));
    }
    let documents = live.state.documents();
    let now = jiff::Timestamp::now();
    for unlocked in unlock::unlocks(&documents) {
        let is_over = unlocked.until.parse::<jiff::Timestamp>().is_ok_and(|until| until <= now);
        let state = if is_over { "was unlocked until" } else { "is unlocked until" };
        line(format!("{} {state} {}", unlocked.principal, unlocked.until));
    }
    let mut unbound = 0;
    if !live.state.parts.is_empty()
        && matches!(here.which.vehicle, Vehicle::ManagedPolicy | Vehicle::Boundary)
    {
        let exempt: Vec<String> = effects::exempt(&documents).into_iter().collect();
        let parts = live.state.parts.len();
        let chosen = choose(live, here.which.vehicle, &exempt, &[], parts);
        let free: Vec<&String> = chosen
            .on
            .iter()
            .filter(|arn| live.state.parts.iter().any(|part| !part.attached.contains(*arn)))
            .collect();
        unbound = free.len();
        if unbound > 0 {
            line(format!("the guard is missing on {unbound}: {}", shown::names(&free)));
        }
        let holes = chosen.skipped.iter().filter(|skipped| skipped.hole);
        for hole in holes {
            line(format!("not guarded: {} ({})", hole.arn, hole.why));
        }
    }
    if live.state.parts.is_empty() {
        line("no guard of this name exists".to_owned());
    }
    let standing = plan.map(|plan| standing(plan, live));
    match &standing {
        Some(Standing::After) => line("the guard matches its plan".to_owned()),
        Some(Standing::Before) => line("the plan was not applied".to_owned()),
        Some(Standing::Between) => {
            line("the plan was only partly applied: run `guard apply` again".to_owned());
        }
        Some(Standing::Moved(lines)) => {
            lines.iter().for_each(|change| line(format!("drift: {change}")))
        }
        None => {}
    }
    output::to_stdout(&text)?;
    match standing {
        Some(Standing::After) if unbound == 0 => Ok(Exit::Pass),
        Some(_) => Ok(Exit::Block),
        None => Err(problem(
            "status",
            "there is no plan to compare the guard with".to_owned(),
            "pass the plan that created it, or its journal with --journal",
            None,
        )),
    }
}
