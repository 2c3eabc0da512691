//! The check before a guard goes live: those who must go on can go on, and somebody can still change
//! the guard.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;

use super::atoms::atoms;
use super::document;
use super::effects;
use super::plan::Place;
use crate::guard::catalogue::catalogue;
use crate::guard::prove::place;
use crate::guard::prove::{instance, sample};
use crate::guard::statements::Vehicle;
use crate::iam::evaluate::{Caller, Context, Decision, Policies, Request, Target, evaluate};

/// Whether somebody who must not be bound is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// There is one of this name, with another path: the exemption matches nobody.
    OtherPath,
    /// It lives in another account, or its name has a wildcard.
    NotAsked,
}

/// Who must go on.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The exempt, as the guard names them, and whether they are there.
    pub exempt: Vec<(String, Found)>,
    /// The ARN of whoever calls: a role with its path, a user, or the account's root.
    pub caller: String,
    /// Whether the guard cannot bind the caller: it is the management account, and SCPs do not.
    pub caller_is_beyond: bool,
}

/// The verbs that change a guard, and the resource that they are done to.
const OWN_VERBS: [(&str, &str); 7] = [
    ("iam:CreatePolicy", "policy"),
    ("iam:CreatePolicyVersion", "policy"),
    ("iam:SetDefaultPolicyVersion", "policy"),
    ("iam:DeletePolicyVersion", "policy"),
    ("iam:DeletePolicy", "policy"),
    ("iam:DetachRolePolicy", "role"),
    ("iam:DetachUserPolicy", "user"),
];

/// The same for a boundary.
const BOUNDARY_VERBS: [(&str, &str); 4] = [
    ("iam:PutRolePermissionsBoundary", "role"),
    ("iam:DeleteRolePermissionsBoundary", "role"),
    ("iam:PutUserPermissionsBoundary", "user"),
    ("iam:DeleteUserPermissionsBoundary", "user"),
];

/// What is wrong; empty when nobody is locked out.
#[must_use]
pub fn check(at: &Place, documents: &[&Value], watched: &Watched) -> Vec<String> {
    let mut wrong = Vec::new();
    if documents.is_empty() {
        return wrong;
    }
    let Some(vehicle) = at.vehicle() else { return vec!["the policy type is unknown".to_owned()] };
    let texts: Vec<String> =
        documents.iter().map(|document| document::minified(document)).collect();
    let policies = match place(vehicle, &texts) {
        Ok(policies) => policies,
        Err(refusal) => return vec![format!("the document could not be evaluated: {refusal}")],
    };
    for (arn, found) in &watched.exempt {
        match found {
            Found::No => wrong.push(format!("the exempt principal `{arn}` does not exist")),
            Found::OtherPath => wrong.push(format!(
                "the exempt principal `{arn}` exists with another path, so the guard would apply to it"
            )),
            Found::Yes | Found::NotAsked => {}
        }
    }
    let asked = questions(documents, &at.partition);
    for (arn, _) in &watched.exempt {
        let Some(caller) = Caller::parse(&instance(arn)) else {
            wrong.push(format!("the exempt principal `{arn}` is neither a role nor a user"));
            continue;
        };
        let denied = denied(&policies, &caller, &asked);
        if let Some((verb, by)) = denied.first() {
            wrong.push(format!(
                "the exempt principal `{arn}` would be denied {} actions, such as {verb} by {by}",
                denied.len()
            ));
        }
    }
    if !watched.caller_is_beyond {
        wrong.extend(caller(at, vehicle, &policies, &watched.caller));
    }
    wrong
}

/// Whether the caller can still change the guard when it is there.
fn caller(at: &Place, vehicle: Vehicle, policies: &Policies, arn: &str) -> Option<String> {
    let Some(caller) = Caller::parse(arn) else {
        return Some(format!("the caller `{arn}` is neither a role nor a user"));
    };
    let iam = |tail: &str| format!("arn:{}:iam::{}:{tail}", at.partition, at.account);
    let policy = iam(&format!("policy{}{}", at.path, at.name));
    let mut asked = Vec::new();
    let verbs: &[_] = match vehicle {
        Vehicle::ManagedPolicy => &OWN_VERBS,
        Vehicle::Boundary => &[OWN_VERBS.as_slice(), BOUNDARY_VERBS.as_slice()].concat(),
        Vehicle::Scp | Vehicle::Rcp => &[],
    };
    for (verb, on) in verbs {
        let target = match *on {
            "policy" => Target::new(&policy),
            other => Target::new(&iam(&format!("{other}/someone"))).with(
                Context::new()
                    .with("iam:PolicyARN", policy.as_str())
                    .with("iam:PermissionsBoundary", policy.as_str()),
            ),
        };
        asked.push(((*verb).to_owned(), target));
    }
    for verb in ["organizations:UpdatePolicy", "organizations:DetachPolicy"] {
        asked.push((verb.to_owned(), Target::new("*")));
    }
    let denied = denied(policies, &caller, &asked);
    let (verb, by) = denied.first()?;
    Some(format!(
        "the caller `{arn}` could no longer change or remove the guard: {verb} is denied by {by}"
    ))
}

fn denied(
    policies: &Policies,
    caller: &Caller,
    asked: &[(String, Target)],
) -> Vec<(String, String)> {
    let in_account = |target: &Target| Target { account: caller.account.clone(), ..target.clone() };
    asked
        .par_iter()
        .filter_map(|(verb, target)| {
            let request = Request {
                caller: caller.clone(),
                action: verb.clone(),
                targets: vec![in_account(target)],
                context: Context::new(),
            };
            let answer = evaluate(&request, policies);
            (answer.decision == Decision::ExplicitlyDenied).then(|| {
                let by = answer.reasons.first().map(ToString::to_string).unwrap_or_default();
                (verb.clone(), by)
            })
        })
        .collect()
}

/// Everything that the documents could deny, on managed things and with the tag's key.
fn questions(documents: &[&Value], partition: &str) -> Vec<(String, Target)> {
    let (key, value) = effects::tag(documents).unwrap_or_default();
    let held = || {
        Context::new()
            .with(&format!("aws:ResourceTag/{key}"), value.as_str())
            .with_list("aws:TagKeys", vec![key.clone()])
    };
    let mut asked: BTreeMap<(String, String), Target> = BTreeMap::new();
    let all: BTreeSet<_> = documents.iter().flat_map(|document| atoms(document)).collect();
    for atom in all {
        let verb = if &*atom.verb == "*" { "sqs:TagQueue" } else { &*atom.verb };
        let Some((service, action)) = catalogue().action(verb) else { continue };
        let mut add = |arn: String| {
            let target = Target::new(&arn).with(held());
            asked.entry((verb.to_owned(), arn)).or_insert(target);
        };
        match atom.resource() {
            "*" => {
                add("*".to_owned());
                let kinds = action.on.iter().filter_map(|on| service.types.get(on.kind));
                kinds.for_each(|kind| add(sample(kind, partition)));
            }
            arn => add(instance(arn)),
        }
    }
    asked.into_iter().map(|((verb, _), target)| (verb, target)).collect()
}
