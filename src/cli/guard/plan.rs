//! `holdpoint guard plan`: what would change in the account, who gains and loses what.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::error::Error;
use crate::guard::account::document;
use crate::guard::account::layout::{Wanted, layout};
use crate::guard::account::plan::Plan;
use crate::guard::account::principals::choose;
use crate::guard::account::unlock::{self, Unlock};
use crate::guard::prove::prove;
use crate::guard::statements::Vehicle;
use crate::model::verdict::Exit;

use super::super::{console, output};
use super::live::{AccountArgs, Here, Which, within};
use super::spec::{Made, SpecArgs};
use super::{problem, shown};

/// Show what a guard would change in the account, without changing it
///
/// Compares the requested guard with the deployed one, statement by statement, proves it, and checks
/// that nobody who must keep working is locked out: if somebody is, the exit code is 1. Never makes a
/// call that changes anything.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    account: AccountArgs,
    /// Name of the policy; further policies are numbered
    #[arg(long, value_name = "NAME", default_value = "holdpoint-guard", help_heading = "Scope")]
    name: String,
    /// Account, OU or root to attach a control policy to
    #[arg(long = "target", value_name = "ID", help_heading = "Scope")]
    targets: Vec<String>,
    /// Allow attaching a control policy to the root, above all accounts
    #[arg(long, help_heading = "Safety")]
    yes_root: bool,
    /// Users and roles to attach a policy or boundary to, ARNs with wildcards [default: all]
    #[arg(long = "principal", value_name = "ARN", help_heading = "Scope")]
    principals: Vec<String>,
    /// End active unlocks of `guard unlock` before they expire
    #[arg(long, help_heading = "Scope")]
    end_unlocks: bool,
    /// Write the plan to this file, for `guard apply`
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value = "human", value_name = "FMT", help_heading = "Output")]
    format: Shape,
}

/// Output formats of a plan.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    /// For people
    Human,
    /// One JSON document, `holdpoint-guard-change/v1`
    Json,
}

pub(super) fn run(args: &PlanArgs) -> Result<Exit, Error> {
    let made = args.spec.make()?;
    check_name(&args.name)?;
    let spec = &made.guard.spec;
    check_targets(spec.vehicle, &args.targets, args.yes_root)?;
    let which = Which {
        vehicle: spec.vehicle,
        name: args.name.clone(),
        path: spec.path.clone(),
        targets: args.targets.clone(),
    };
    within(&args.account, which, |here| plan(args, &made, here))
}

fn plan(args: &PlanArgs, made: &Made, here: &mut Here<'_>) -> Result<Exit, Error> {
    let spec = &made.guard.spec;
    if spec.partition != here.place.partition {
        return Err(Error::Usage {
            message: format!("the account is in the partition `{}`", here.place.partition),
            help: Some(format!("give --partition {}", here.place.partition)),
        });
    }
    here.check_vehicle()?;
    let limit = made.limit.min(here.live.limit);
    let wanted = wanted(args, made, here, limit)?;
    let most = spec.vehicle.most();
    let mut skipped = Vec::new();
    let on = if matches!(spec.vehicle, Vehicle::ManagedPolicy | Vehicle::Boundary) {
        let parts = wanted.len();
        let chosen = choose(&here.live, spec.vehicle, &spec.exempt, &args.principals, parts);
        skipped = chosen.skipped;
        chosen.on
    } else {
        check_room(here, wanted.len(), most)?;
        args.targets.iter().cloned().collect()
    };
    let mut plan = Plan::new(here.place.clone(), here.live.state.clone(), wanted, &on);
    plan.exempt.clone_from(&spec.exempt);
    plan.skipped = skipped;
    plan.seal();

    let texts: Vec<String> = plan.after.documents().into_iter().map(document::minified).collect();
    let proof = prove(&made.guard, &texts).map_err(|refusal| {
        problem("policy", refusal.to_string(), "this is a bug in holdpoint: please report it", None)
    })?;
    let differences = proof.differences().count();
    let locked_out = here.lockout(&plan.after, &plan.exempt)?;
    here.doors(&plan.exempt);
    let report = shown::report(&plan, &locked_out, differences)?;
    let text = match args.format {
        Shape::Human => report.human(limit),
        Shape::Json => serde_json::to_string(&report).map_err(|_| Error::Internal)? + "\n",
    };
    output::to_stdout(&text)?;
    if let Some(path) = &args.out {
        std::fs::write(path, plan.text()).map_err(|error| Error::Output {
            target: format!("`{}`", path.display()),
            message: output::reason(&error),
        })?;
    }
    if spec.vehicle == Vehicle::Scp {
        console::to_stderr("a control policy does not apply to the management account\n");
    }
    let freed = set_free(&plan);
    let is_safe = differences == 0 && locked_out.is_empty() && freed == 0;
    Ok(if is_safe { Exit::Pass } else { Exit::Block })
}

/// Reports principals that the guard applies to now and no longer would, though nobody asked for that.
fn set_free(plan: &Plan) -> usize {
    let bound = plan.before.attached();
    let freed =
        plan.skipped.iter().filter(|skipped| skipped.hole && bound.contains(skipped.arn.as_str()));
    let mut count = 0;
    for skipped in freed {
        count += 1;
        let words = format!(
            "no longer guarded: the guard applies to {} now, but {}",
            skipped.arn, skipped.why
        );
        console::to_stderr(&(console::printable(&words) + "\n"));
    }
    count
}

/// The documents to deploy: the guard, with the unlocks that are active now.
fn wanted(
    args: &PlanArgs,
    made: &Made,
    here: &Here<'_>,
    limit: usize,
) -> Result<Vec<Wanted>, Error> {
    let mut packed: Vec<Value> = made
        .documents
        .iter()
        .map(|document| document::canonical(&document.minified()))
        .collect::<Result<_, _>>()
        .map_err(|_| Error::Internal)?;
    for open in unlock::unlocks(&here.live.state.documents()) {
        let now = jiff::Timestamp::now();
        let is_over = open.until.parse::<jiff::Timestamp>().is_ok_and(|until| until <= now);
        if is_over || args.end_unlocks {
            console::to_stderr(&format!(
                "the unlock of {} until {} is removed\n",
                console::printable(&open.principal),
                console::printable(&open.until)
            ));
        } else {
            console::to_stderr(&format!(
                "{} stays unlocked until {}; --end-unlocks ends it\n",
                console::printable(&open.principal),
                console::printable(&open.until)
            ));
            packed = with_unlock(&packed, &open)?;
        }
    }
    fit(here, &packed, limit)
}

/// The documents with an unlock, followed by the twins.
pub(super) fn with_unlock(packed: &[Value], open: &Unlock) -> Result<Vec<Value>, Error> {
    let (mut documents, twins) =
        unlock::open(&packed.iter().collect::<Vec<_>>(), open).map_err(|why| {
            problem("unlock", why, "name a principal that the guard applies to", None)
        })?;
    documents.extend(twins.into_iter().map(|twin| document::of(vec![twin])));
    Ok(documents)
}

/// Fits documents onto the deployed policies, under the limit.
pub(super) fn fit(here: &Here<'_>, packed: &[Value], limit: usize) -> Result<Vec<Wanted>, Error> {
    let most = here.which.vehicle.most();
    let wanted = layout(&here.live.state, packed, &here.which.name, limit, most);
    let large = wanted.iter().find(|(_, document)| document::size(document) > limit);
    if large.is_some() || wanted.len() > most {
        return Err(problem(
            "too-large",
            format!("the guard needs more than {most} policies of {limit} characters"),
            "cover less, exempt fewer principals, or use `--patterns short`",
            None,
        ));
    }
    Ok(wanted)
}

fn check_room(here: &Here<'_>, parts: usize, most: usize) -> Result<(), Error> {
    for (target, count) in &here.live.targets {
        let guards = here.live.state.parts.iter().filter(|part| part.attached.contains(target));
        let others = count.saturating_sub(guards.count());
        if others + parts > most {
            return Err(problem(
                "quota",
                format!(
                    "`{target}` has {others} of at most {most} policies, and the guard needs {parts}"
                ),
                "detach policies from it, or cover less",
                None,
            ));
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty()
        || name.len() > 100
        || name.chars().any(|c| !(c.is_ascii_alphanumeric() || c == '-'))
    {
        return Err(Error::Usage {
            message: format!("`{}` is not a valid policy name", console::printable(name)),
            help: Some("use letters, digits and `-`, at most 100 characters".to_owned()),
        });
    }
    Ok(())
}

fn check_targets(vehicle: Vehicle, targets: &[String], yes_root: bool) -> Result<(), Error> {
    let usage = |message: String, help: &str| {
        Err(Error::Usage { message: console::printable(&message), help: Some(help.to_owned()) })
    };
    if matches!(vehicle, Vehicle::ManagedPolicy | Vehicle::Boundary) {
        return match targets.first() {
            Some(target) => usage(
                format!("--target `{target}` does not fit a guard that is attached to principals"),
                "choose principals with --principal",
            ),
            None => Ok(()),
        };
    }
    if targets.is_empty() {
        return usage(
            "the control policy has no target".to_owned(),
            "add --target ID: an account, an OU (ou-...) or the root (r-...)",
        );
    }
    for target in targets {
        let is_account = target.len() == 12 && target.chars().all(|c| c.is_ascii_digit());
        if target.starts_with("r-") {
            if !yes_root {
                return usage(
                    format!("`{target}` is the root, above all accounts"),
                    "try an OU first, then add --yes-root",
                );
            }
        } else if !is_account && !target.starts_with("ou-") {
            return usage(
                format!("`{target}` is not an account, OU or root"),
                "write 12 digits, ou-... or r-...",
            );
        }
    }
    Ok(())
}
