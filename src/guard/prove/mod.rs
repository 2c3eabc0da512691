//! The matrix: every verb that the guard denies and every verb that it must leave open, on managed
//! and other things, for everybody; and the attacks. What is expected is worked out from the
//! catalogue, what happens from the rendered documents, by the evaluator.

mod attacks;
mod cases;

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::Serialize;

use super::catalogue::catalogue;
use super::statements::{Guard, Vehicle};
use crate::iam::evaluate::{Decision, Kind, Policies, Policy, Refusal, evaluate};
pub(super) use attacks::on_itself;
pub(super) use cases::{ACCOUNT, instance, own_account, sample};
use cases::{Caller as Who, Case, cases};

/// A row of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// `matrix`, `open`, `arn`, `setting` or the name of an attack.
    pub case: String,
    /// Who.
    pub caller: &'static str,
    /// What.
    pub action: String,
    /// On what.
    pub resource: String,
    /// How it is tagged.
    pub tag: &'static str,
    /// What must happen.
    pub expected: &'static str,
    /// What happens.
    pub decided: &'static str,
    /// The statement that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why something is open that people may not expect to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hole: Option<&'static str>,
    /// Whether the two are the same.
    pub same: bool,
}

/// A proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// All rows, in the order of the matrix.
    pub rows: Vec<Row>,
}

impl Proof {
    /// The rows where something else happens than must.
    pub fn differences(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.same)
    }

    /// What is open although people may not expect it.
    pub fn holes(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.hole.is_some())
    }
}

const ADMIN: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Admin","Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// Proves what documents, as JSON, do, against what the guard is to do.
///
/// # Errors
/// A document that the evaluator does not understand.
pub fn prove(guard: &Guard, documents: &[String]) -> Result<Proof, Refusal> {
    let mut all = cases(guard);
    all.extend(attacks::cases(guard));
    let accounts = all.iter().map(|case| case.request.caller.account.clone()).collect();
    let placed = Placed::new(guard.spec.vehicle, documents, &accounts)?;
    let bare = Placed::new(guard.spec.vehicle, &[], &accounts)?;
    let rows = all.par_iter().map(|case| row(case, &placed, &bare)).collect();
    Ok(Proof { rows })
}

/// AdministratorAccess.
///
/// # Errors
/// None, as long as the evaluator reads its own policies.
pub(super) fn administrator() -> Result<Policy, Refusal> {
    let is_key = |key: &str| catalogue().is_key(key);
    Policy::read("AdministratorAccess", ADMIN, Kind::Identity, &is_key)
}

/// Everybody is an administrator; the guard stands where it is to stand.
pub(super) fn place(vehicle: Vehicle, documents: &[String]) -> Result<Policies, Refusal> {
    let is_key = |key: &str| catalogue().is_key(key);
    let kind = if vehicle == Vehicle::Rcp { Kind::Resource } else { Kind::Identity };
    let each = documents.iter().enumerate();
    let guard: Vec<Policy> = each
        .map(|(i, document)| Policy::read(&format!("guard-{}", i + 1), document, kind, &is_key))
        .collect::<Result<_, _>>()?;
    let admin = administrator;
    let mut policies = Policies { identity: vec![admin()?], ..Policies::default() };
    match vehicle {
        Vehicle::ManagedPolicy => policies.identity.extend(guard),
        Vehicle::Boundary => policies.boundary = (!guard.is_empty()).then_some(guard),
        Vehicle::Rcp => policies.rcps = vec![guard],
        Vehicle::Scp => {
            let mut level = vec![admin()?];
            level.extend(guard);
            policies.scps = vec![level];
        }
    }
    Ok(policies)
}

/// The policies over a request; a key also has a key policy, which passes all on to the
/// account, as AWS's default does.
struct Placed {
    plain: Policies,
    key: Policies,
}

/// The policy of a key that passes all on to these accounts.
fn key_policy(accounts: &BTreeSet<String>) -> String {
    serde_json::json!({"Version": "2012-10-17", "Statement": [{"Sid": "Account", "Effect": "Allow",
        "Principal": {"AWS": accounts}, "Action": "kms:*", "Resource": "*"}]})
    .to_string()
}

impl Placed {
    fn new(
        vehicle: Vehicle,
        documents: &[String],
        accounts: &BTreeSet<String>,
    ) -> Result<Self, Refusal> {
        let plain = place(vehicle, documents)?;
        let text = key_policy(accounts);
        let policy = Policy::read("key", &text, Kind::Resource, &|key| catalogue().is_key(key))?;
        let key = Policies { resource: Some(policy), ..plain.clone() };
        Ok(Self { plain, key })
    }
}

fn row(case: &Case, placed: &Placed, bare: &Placed) -> Row {
    let placed = if case.caller == Who::Unbound { bare } else { placed };
    let is_key = case.request.action.starts_with("kms:");
    let policies = if is_key { &placed.key } else { &placed.plain };
    let answer = evaluate(&case.request, policies);
    let denied = !answer.decision.is_allowed();
    let by = answer.reasons.first().filter(|_| denied).map(ToString::to_string);
    let target = case.request.targets.first();
    Row {
        case: case.name.clone(),
        caller: case.caller.name(),
        action: case.request.action.clone(),
        resource: target.map(|target| target.arn.clone()).unwrap_or_default(),
        tag: case.tag.name(),
        expected: if case.denied { Decision::ExplicitlyDenied } else { Decision::Allowed }.name(),
        decided: answer.decision.name(),
        by,
        hole: case.hole,
        same: if case.denied {
            answer.decision == Decision::ExplicitlyDenied
        } else {
            answer.decision.is_allowed()
        },
    }
}
