//! `holdpoint guard audit --live`: the policies that stand there, instead of files.

use clap::Args;
use serde_json::Value;

use crate::error::Error;
use crate::guard::audit::documents;
use crate::guard::aws::{Policy, control_policies, managed_policies};
use crate::guard::statements::Vehicle;

use super::super::console;
use super::audit::Subject;
use super::live::{failed, sign_in};
use super::problem;

/// Where policies are read.
#[derive(Debug, Args)]
pub(super) struct LiveArgs {
    /// Read the policies that stand in the organization (SCPs, RCPs) or are on somebody in the
    /// account (managed policies, boundaries), but for AWS's own
    #[arg(long, conflicts_with = "files", help_heading = "Account")]
    live: bool,
    /// Only what binds this account, unit or root, from itself up to the root
    #[arg(long, requires = "live", value_name = "ID", help_heading = "Account")]
    target: Option<String>,
    /// The profile whose credentials are used [default: as every tool of AWS finds them]
    #[arg(long, requires = "live", value_name = "NAME", help_heading = "Account")]
    profile: Option<String>,
}

impl LiveArgs {
    pub(super) fn is_on(&self) -> bool {
        self.live
    }
}

/// What stands there, ready to be audited.
pub(super) fn subjects(args: &LiveArgs, vehicle: Vehicle) -> Result<Vec<Subject>, Error> {
    let is_in_iam = matches!(vehicle, Vehicle::ManagedPolicy | Vehicle::Boundary);
    if let (Some(target), true) = (&args.target, is_in_iam) {
        return Err(Error::Usage {
            message: format!("`{}` is a target of control policies", console::printable(target)),
            help: Some("give --as scp or --as rcp, or no --target".to_owned()),
        });
    }
    let (session, _) = sign_in(args.profile.as_deref())?;
    let found = if is_in_iam {
        managed_policies(&session, vehicle == Vehicle::Boundary)
    } else {
        control_policies(&session, vehicle == Vehicle::Rcp, args.target.as_deref())
    };
    let found = found.map_err(|fault| failed(&fault))?;
    let mut all = Vec::new();
    let mut only_allow = 0;
    for policy in &found {
        let document = read(policy)?;
        // What only allows is no guard; an account is full of such policies.
        if is_in_iam && !denies(&document) {
            only_allow += 1;
            continue;
        }
        let name = match policy.on.len() {
            0 => format!("{} ({}), on nothing", policy.name, policy.id),
            1 => format!("{} ({})", policy.name, policy.id),
            n => format!("{} ({}), on {n}", policy.name, policy.id),
        };
        // What binds one target stands beside all else that does.
        let on = args.target.is_none().then(|| policy.on.clone());
        all.push(Subject { name, document, on });
    }
    if only_allow > 0 {
        console::to_stderr(&format!("{only_allow} policies deny nothing and are left out\n"));
    }
    if all.is_empty() {
        return Err(problem(
            "nothing",
            format!("no {} that denies anything stands there", vehicle.name()),
            "look with --as at another kind, or at another account",
            None,
        ));
    }
    Ok(all)
}

fn read(policy: &Policy) -> Result<Value, Error> {
    let list = documents(&policy.text).map_err(|why| {
        problem(
            "input",
            format!("cannot use `{}` ({}): {why}", policy.name, policy.id),
            "AWS gave this document; look at it with its own tools",
            None,
        )
    })?;
    list.into_iter().next().ok_or(Error::Internal)
}

fn denies(document: &Value) -> bool {
    let is_deny = |own: &Value| own.get("Effect").and_then(Value::as_str) == Some("Deny");
    match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().any(is_deny),
        Some(one) => is_deny(one),
        None => false,
    }
}
