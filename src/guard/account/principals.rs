//! Whom a guard is put on, and whom not, and why not.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::state::{Live, Principal, State};
use crate::guard::statements::Vehicle;
use crate::iam::pattern::{Case, Pattern};

/// Whom the guard is not put on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// Its ARN.
    pub arn: String,
    /// Why; for people.
    pub why: String,
    /// Whether that is a hole that somebody should close.
    pub hole: bool,
}

/// Whom a guard goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Their ARNs.
    pub on: BTreeSet<String>,
    /// The others, but for those that nobody asked for.
    pub skipped: Vec<Skipped>,
}

/// Chooses the principals of a guard in so many policies: those that the patterns of ARNs mean, but
/// for the exempt and those that AWS or a quota forbids.
#[must_use]
pub fn choose(
    live: &Live,
    vehicle: Vehicle,
    exempt: &[String],
    only: &[String],
    parts: usize,
) -> Chosen {
    let patterns = |list: &[String]| -> Vec<Pattern> {
        list.iter().map(|text| Pattern::new(text, Case::Kept)).collect()
    };
    let (exempt, only) = (patterns(exempt), patterns(only));
    let matches = |list: &[Pattern], arn: &str| list.iter().any(|pattern| pattern.matches(arn));
    let mut chosen = Chosen::default();
    for principal in &live.principals {
        let arn = &principal.arn;
        if !only.is_empty() && !matches(&only, arn) {
            continue;
        }
        let refused = if matches(&exempt, arn) {
            Some(("it is exempt".to_owned(), false))
        } else {
            refused(principal, live, vehicle, parts)
        };
        match refused {
            Some((why, hole)) => chosen.skipped.push(Skipped { arn: arn.clone(), why, hole }),
            None => {
                chosen.on.insert(arn.clone());
            }
        }
    }
    chosen
}

fn refused(
    principal: &Principal,
    live: &Live,
    vehicle: Vehicle,
    parts: usize,
) -> Option<(String, bool)> {
    let path = principal.arn.split_once(":role/").map(|(_, path)| path);
    if path.is_some_and(|path| path.starts_with("aws-service-role/")) {
        return Some(("a service-linked role, which cannot be changed".to_owned(), false));
    }
    if path.is_some_and(|path| path.starts_with("aws-reserved/")) {
        let why = "an IAM Identity Center role: add the guard to its permission set";
        return Some((why.to_owned(), true));
    }
    match vehicle {
        Vehicle::Boundary => {
            let other = principal.boundary.as_ref();
            let other = other.filter(|arn| !is_guard_policy(&live.state, arn));
            other.map(|other| (format!("it has another boundary, `{other}`"), true))
        }
        _ => {
            let guards = live.state.parts.iter();
            let guards = guards.filter(|part| part.attached.contains(&principal.arn)).count();
            let others = principal.policies.saturating_sub(guards);
            (others + parts > live.most).then(|| {
                let why = format!(
                    "it has {others} of at most {} policies, and the guard needs {parts}",
                    live.most
                );
                (why, true)
            })
        }
    }
}

fn is_guard_policy(state: &State, policy: &str) -> bool {
    state.parts.iter().any(|part| part.id == policy)
}

#[cfg(test)]
mod tests {
    use super::super::state::Part;
    use super::*;

    fn principal(tail: &str, policies: usize) -> Principal {
        Principal { arn: format!("arn:aws:iam::1:{tail}"), policies, boundary: None }
    }

    #[test]
    fn skips_whom_it_must_and_says_why() {
        let mut live = Live { most: 10, ..Live::default() };
        live.principals = vec![
            principal("role/app", 3),
            principal("role/ci/Terraform", 0),
            principal("role/aws-service-role/ecs.amazonaws.com/X", 1),
            principal("role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1", 1),
            principal("role/full", 9),
            principal("role/full-with-us", 10),
            principal("user/ann", 9),
        ];
        live.state.parts.push(Part {
            name: "g".to_owned(),
            id: "arn:aws:iam::1:policy/holdpoint/g".to_owned(),
            version: None,
            document: serde_json::json!({}),
            attached: BTreeSet::from(["arn:aws:iam::1:role/full-with-us".to_owned()]),
        });
        let exempt = ["arn:aws:iam::*:role/ci/*".to_owned()];
        let chosen = choose(&live, Vehicle::ManagedPolicy, &exempt, &[], 1);
        let on: Vec<&str> = chosen.on.iter().filter_map(|arn| arn.rsplit(':').next()).collect();
        assert_eq!(on, ["role/app", "role/full", "role/full-with-us", "user/ann"]);
        let holes: Vec<bool> = chosen.skipped.iter().map(|skipped| skipped.hole).collect();
        assert_eq!(holes, [false, false, true], "{:?}", chosen.skipped);
        let chosen = choose(&live, Vehicle::ManagedPolicy, &exempt, &[], 2);
        assert!(
            chosen.skipped.iter().any(|skipped| skipped.arn.ends_with("role/full") && skipped.hole)
        );
        let chosen = choose(&live, Vehicle::ManagedPolicy, &[], &["*:user/*".to_owned()], 1);
        assert_eq!((chosen.on.len(), chosen.skipped.len()), (1, 0));
    }

    #[test]
    fn another_boundary_is_left_alone() {
        let mut live = Live { most: 10, ..Live::default() };
        live.principals = vec![principal("role/a", 0), principal("role/b", 0)];
        live.principals[0].boundary = Some("arn:aws:iam::1:policy/theirs".to_owned());
        let chosen = choose(&live, Vehicle::Boundary, &[], &[], 1);
        assert_eq!(chosen.on, BTreeSet::from(["arn:aws:iam::1:role/b".to_owned()]));
        assert!(chosen.skipped[0].hole);
    }
}
