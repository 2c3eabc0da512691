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

/// Where policies are read from.
#[derive(Debug, Args)]
pub(super) struct LiveArgs {
    /// Read the policies deployed in the organization (SCPs, RCPs) or attached in the account (managed
    /// policies, boundaries), except AWS managed ones
    #[arg(long, conflicts_with = "files", help_heading = "Account")]
    live: bool,
    /// Only policies that apply to this account, OU or root, including inherited ones
    #[arg(long, requires = "live", value_name = "ID", help_heading = "Account")]
    target: Option<String>,
    /// AWS profile [default: the standard AWS credential chain]
    #[arg(long, requires = "live", value_name = "NAME", help_heading = "Account")]
    profile: Option<String>,
}

impl LiveArgs {
    pub(super) fn is_on(&self) -> bool {
        self.live
    }
}

/// The deployed policies, ready to be audited.
pub(super) fn subjects(args: &LiveArgs, vehicle: Vehicle) -> Result<Vec<Subject>, Error> {
    let is_in_iam = matches!(vehicle, Vehicle::ManagedPolicy | Vehicle::Boundary);
    if let (Some(target), true) = (&args.target, is_in_iam) {
        return Err(Error::Usage {
            message: format!(
                "--target `{}` applies only to control policies",
                console::printable(target)
            ),
            help: Some("add --as scp or --as rcp, or remove --target".to_owned()),
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
            0 => format!("{} ({}), not attached", policy.name, policy.id),
            1 => format!("{} ({})", policy.name, policy.id),
            n => format!("{} ({}), attached to {n}", policy.name, policy.id),
        };
        // What binds one target stands beside all else that does.
        let on = args.target.is_none().then(|| policy.on.clone());
        all.push(Subject { name, document, on });
    }
    if only_allow > 0 {
        console::to_stderr(&format!("{only_allow} policies deny nothing and were skipped\n"));
    }
    if all.is_empty() {
        return Err(problem(
            "nothing",
            format!("found no {} that denies anything", vehicle.name()),
            "choose another policy type with --as, or another account",
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
            "AWS returned this document; inspect it with the AWS CLI",
            None,
        )
    })?;
    list.into_iter().next().ok_or(Error::Internal)
}

fn denies(document: &Value) -> bool {
    let is_deny =
        |statement: &Value| statement.get("Effect").and_then(Value::as_str) == Some("Deny");
    match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().any(is_deny),
        Some(statement) => is_deny(statement),
        None => false,
    }
}
