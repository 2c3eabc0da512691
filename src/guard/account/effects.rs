//! Who gains and who loses what between two states of a guard, by the evaluator.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde_json::Value;

use super::atoms::{Atom, atoms};
use super::document::{self, texts};
use super::state::State;
use super::unlock::{is_opened, unlocks};
use crate::guard::catalogue::catalogue;
use crate::guard::prove::place;
use crate::guard::prove::{ACCOUNT, instance, sample};
use crate::guard::statements::Vehicle;
use crate::iam::evaluate::{Caller, Context, Decision, Policies, Request, Target, evaluate};

/// What changes for somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Effect {
    /// What was let through and is denied.
    pub loses: BTreeSet<String>,
    /// What was denied and is let through.
    pub gains: BTreeSet<String>,
}

/// The tag that a guard goes by: key and value.
#[must_use]
pub fn tag(documents: &[&Value]) -> Option<(String, String)> {
    let all = documents.iter().flat_map(|document| document::statements(document));
    for statement in all {
        let Some(operators) = statement.get("Condition").and_then(Value::as_object) else {
            continue;
        };
        for keys in operators.values().filter_map(Value::as_object) {
            for key in keys.keys() {
                if let Some(tag) = key.strip_prefix("aws:ResourceTag/") {
                    let by_key: Value = keys.clone().into();
                    let value = texts(&by_key, key).first().map(|text| (*text).to_owned())?;
                    return Some((tag.to_owned(), value));
                }
            }
        }
    }
    None
}

/// The principals that statements of a guard exempt for ever: who is let in for a while is bound by
/// the rest of the guard, and again when the time is over.
#[must_use]
pub fn exempt(documents: &[&Value]) -> BTreeSet<String> {
    let mut exempt = named(documents, |_| true);
    let open = unlocks(documents);
    let kept = named(documents, |statement| !is_opened(statement));
    exempt.retain(|arn| kept.contains(arn) || !open.iter().any(|unlock| unlock.principal == *arn));
    exempt
}

/// The principals that some statements leave out.
fn named(documents: &[&Value], which: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let all = documents.iter().flat_map(|document| document::statements(document));
    all.filter(|statement| which(statement))
        .filter_map(|statement| statement.pointer("/Condition/ArnNotLike"))
        .flat_map(|keys| texts(keys, "aws:PrincipalArn"))
        .map(str::to_owned)
        .collect()
}

/// What is asked about a verb: on what, with which tag.
fn requests(atom: &Atom, tag: &(String, String), partition: &str) -> Vec<(String, Target)> {
    let held = Context::new().with(&format!("aws:ResourceTag/{}", tag.0), tag.1.as_str());
    if &*atom.verb == "*" {
        let target = Target::new(&format!("arn:{partition}:sqs:eu-central-1:{ACCOUNT}:queue"));
        let target = target.with(Context::new().with_list("aws:TagKeys", vec![tag.0.clone()]));
        return vec![(format!("set or remove the tag `{}`", tag.0), in_account(target))];
    }
    let Some((service, action)) = catalogue().action(&atom.verb) else { return Vec::new() };
    if atom.resource() != "*" {
        let target = Target::new(&instance(atom.resource())).with(held);
        return vec![(atom.verb.to_string(), in_account(target))];
    }
    let mut all: Vec<(String, Target)> = Vec::new();
    for on in &action.on {
        let Some(kind) = service.types.get(on.kind) else { continue };
        let target = Target::new(&sample(kind, partition));
        let target = if on.tags.can_hold() { target.with(held.clone()) } else { target };
        all.push((atom.verb.to_string(), in_account(target)));
    }
    if all.is_empty() {
        all.push((atom.verb.to_string(), in_account(Target::new("*"))));
    }
    all
}

fn in_account(target: Target) -> Target {
    Target { account: ACCOUNT.to_owned(), ..target }
}

/// Those who are asked about: everybody that either guard exempts or lets in, an engineer, a workload.
fn callers(documents: &[&Value], partition: &str) -> Vec<(String, Caller)> {
    let role = |tail: &str| format!("arn:{partition}:iam::{ACCOUNT}:role/{tail}");
    let mut names = vec![
        (
            "an engineer".to_owned(),
            role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b2c3d"),
        ),
        ("a workload".to_owned(), role("holdpoint-asks/worker")),
    ];
    names.extend(
        named(documents, |_| true).into_iter().map(|arn| (format!("`{arn}`"), instance(&arn))),
    );
    let parsed =
        names.into_iter().map(|(name, arn)| Caller::parse(&arn).map(|caller| (name, caller)));
    parsed.flatten().collect()
}

/// What changes for whom, on things that carry the tag. `None` where a document is not understood.
#[must_use]
pub fn effects(
    vehicle: Vehicle,
    partition: &str,
    before: &State,
    after: &State,
) -> Option<BTreeMap<String, Effect>> {
    let read = |state: &State| -> Option<Policies> {
        let texts: Vec<String> = state.documents().into_iter().map(document::minified).collect();
        place(vehicle, &texts).ok()
    };
    let (old, new) = (read(before)?, read(after)?);
    let all: Vec<&Value> = before.documents().into_iter().chain(after.documents()).collect();
    let tag = tag(&all).unwrap_or_else(|| ("ManagedBy".to_owned(), "Terraform".to_owned()));
    let of = |state: &State| -> BTreeSet<Atom> {
        state.documents().into_iter().flat_map(atoms).collect()
    };
    let (was, is) = (of(before), of(after));
    let mut asked: BTreeMap<String, Vec<Target>> = BTreeMap::new();
    for atom in was.symmetric_difference(&is) {
        for (verb, target) in requests(atom, &tag, partition) {
            let targets = asked.entry(verb).or_default();
            if !targets.iter().any(|known| known.arn == target.arn) {
                targets.push(target);
            }
        }
    }
    let denied = |policies: &Policies, caller: &Caller, verb: &str, target: &Target| {
        let action = if verb.contains(' ') { "sqs:TagQueue" } else { verb };
        let request = Request {
            caller: caller.clone(),
            action: action.to_owned(),
            targets: vec![target.clone()],
            context: Context::new(),
        };
        evaluate(&request, policies).decision == Decision::ExplicitlyDenied
    };
    let asked: Vec<(&String, &Vec<Target>)> = asked.iter().collect();
    let mut effects = BTreeMap::new();
    for (name, caller) in callers(&all, partition) {
        let answers: Vec<(&String, bool, bool)> = asked
            .par_iter()
            .map(|(verb, targets)| {
                let any = |policies: &Policies| {
                    targets
                        .iter()
                        .map(|target| denied(policies, &caller, verb, target))
                        .collect::<Vec<_>>()
                };
                let pairs: Vec<(bool, bool)> = any(&old).into_iter().zip(any(&new)).collect();
                let loses = pairs.iter().any(|(old, new)| !old && *new);
                let gains = pairs.iter().any(|(old, new)| *old && !new);
                (*verb, loses, gains)
            })
            .collect();
        let mut effect = Effect::default();
        for (verb, loses, gains) in answers {
            if loses {
                effect.loses.insert(verb.clone());
            }
            if gains {
                effect.gains.insert(verb.clone());
            }
        }
        if effect != Effect::default() {
            effects.insert(name, effect);
        }
    }
    Some(effects)
}
