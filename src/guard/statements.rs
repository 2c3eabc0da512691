//! The statements of the guard, S1 to S7, from what it has to hold and whom it binds.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::action_patterns::{Style, compress};
use super::catalogue::catalogue;
use super::scope::{Scope, denied_on, full, open_by_tag, open_on};

/// Where the guard stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vehicle {
    /// A service control policy: binds everybody in the member accounts.
    Scp,
    /// A managed policy on each principal.
    ManagedPolicy,
    /// A permissions boundary.
    Boundary,
    /// A resource control policy: binds callers from everywhere, for the services that have it.
    Rcp,
}

impl Vehicle {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scp => "scp",
            Self::ManagedPolicy => "managed-policy",
            Self::Boundary => "boundary",
            Self::Rcp => "rcp",
        }
    }

    /// How many characters a policy may have. SCPs took 5,120 until May 2026; RCPs still do.
    #[must_use]
    pub fn limit(self) -> usize {
        match self {
            Self::Scp => 10_240,
            Self::ManagedPolicy | Self::Boundary => 6_144,
            Self::Rcp => 5_120,
        }
    }

    /// How many policies of this kind one target takes by default.
    #[must_use]
    pub fn most(self) -> usize {
        match self {
            Self::Scp | Self::ManagedPolicy => 10,
            Self::Boundary => 1,
            Self::Rcp => 5,
        }
    }
}

/// Whom the guard binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bind {
    /// Everybody but the exempt.
    All,
    /// People: users, the root user, and roles of the sign-in of IAM Identity Center.
    Humans,
}

/// What the guard is to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Where it stands.
    pub vehicle: Vehicle,
    /// Whom it binds.
    pub bind: Bind,
    /// The tag that marks what is managed.
    pub tag_key: String,
    /// Its values.
    pub tag_values: Vec<String>,
    /// ARNs, with wildcards, of the principals that it does not bind.
    pub exempt: Vec<String>,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The path of the guard's policies, `/holdpoint/`.
    pub path: String,
    /// How short the patterns of actions may be.
    pub style: Style,
}

impl Spec {
    /// The guard's policies, in any account.
    #[must_use]
    pub fn guard_policies(&self) -> String {
        format!("arn:{}:iam::*:policy{}*", self.partition, self.path)
    }
}

/// A text or several: one stands alone, since every character counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Texts {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Texts {
    /// From a list.
    #[must_use]
    pub fn of(mut list: Vec<String>) -> Self {
        match list.pop() {
            Some(only) if list.is_empty() => Self::One(only),
            Some(last) => {
                list.push(last);
                Self::Many(list)
            }
            None => Self::Many(list),
        }
    }

    /// As a list.
    #[must_use]
    pub fn list(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(list) => list,
        }
    }
}

/// Operator, key, values.
pub type Conditions = BTreeMap<String, BTreeMap<String, Texts>>;

/// A statement, in the order in which people write one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// Its name: letters and digits.
    pub sid: String,
    /// `Deny`, or `Allow` for the ceiling of a boundary.
    pub effect: &'static str,
    /// `*` in a resource control policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<&'static str>,
    /// What.
    pub action: Texts,
    /// On what.
    pub resource: Texts,
    /// When.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub condition: Conditions,
}

/// The guard's statements: those that stand once, and the actions of the one that may be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What it was made for.
    pub spec: Spec,
    /// What it holds.
    pub scope: Scope,
    /// S2 to S7.
    pub fixed: Vec<Statement>,
    /// S1 without its actions.
    pub drift: Statement,
    /// The action patterns of S1.
    pub actions: Vec<String>,
}

/// The verbs that would turn an exempt role into a way around the guard.
const ROLE_VERBS: [&str; 14] = [
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
];

/// The same for an exempt user.
const USER_VERBS: [&str; 12] = [
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateUser",
    "iam:DeleteUser",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:UpdateLoginProfile",
    "iam:UpdateUser",
];

fn texts(list: &[&str]) -> Texts {
    Texts::of(list.iter().map(|text| (*text).to_owned()).collect())
}

fn single(text: &str) -> Texts {
    Texts::One(text.to_owned())
}

impl Spec {
    fn deny(&self, sid: &str, action: Texts, resource: Texts) -> Statement {
        Statement {
            sid: sid.to_owned(),
            effect: "Deny",
            principal: (self.vehicle == Vehicle::Rcp).then_some("*"),
            action,
            resource,
            condition: self.bound(),
        }
    }

    /// Whom a statement binds.
    fn bound(&self) -> Conditions {
        let mut conditions = Conditions::new();
        let mut add = |operator: &str, key: &str, values: Texts| {
            conditions.entry(operator.to_owned()).or_default().insert(key.to_owned(), values);
        };
        if !self.exempt.is_empty() {
            add("ArnNotLike", "aws:PrincipalArn", Texts::of(self.exempt.clone()));
        }
        if self.bind == Bind::Humans {
            let partition = &self.partition;
            let people = ["role/aws-reserved/sso.amazonaws.com/*", "user/*", "root"];
            let arns = people.map(|tail| format!("arn:{partition}:iam::*:{tail}"));
            add("ArnLike", "aws:PrincipalArn", Texts::of(arns.to_vec()));
        }
        if self.vehicle == Vehicle::Rcp {
            // A service that calls AWS as itself is no engineer.
            add("BoolIfExists", "aws:PrincipalIsAWSService", single("false"));
        }
        conditions
    }

    /// The statements for a scope.
    #[must_use]
    pub fn guard(&self, scope: &Scope) -> Guard {
        let reachable = |service: &str| {
            self.vehicle != Vehicle::Rcp
                || catalogue().service(service).is_some_and(|service| service.rcp)
        };
        let mut scope = scope.clone();
        let dropped: BTreeSet<&str> = scope
            .kinds
            .iter()
            .chain(scope.arns.keys())
            .map(|(service, _)| *service)
            .chain(scope.settings.iter().filter_map(|verb| verb.split(':').next()))
            .filter(|service| !reachable(service))
            .collect();
        let dropped: Vec<String> = dropped
            .into_iter()
            .map(|service| {
                format!("`{service}`: resource control policies do not support this service")
            })
            .collect();
        scope.gaps.extend(dropped);
        scope.kinds.retain(|(service, _)| reachable(service));
        scope.arns.retain(|(service, _), _| reachable(service));
        scope.settings.retain(|verb| reachable(verb.split(':').next().unwrap_or_default()));

        // Whoever switches off that DynamoDB heeds tags switches off the guard there.
        if scope.kinds.iter().any(|(service, _)| *service == "dynamodb") {
            scope.settings.insert("dynamodb:UpdateAbacStatus".to_owned());
        }

        let mut drift = self.deny("Drift", Texts::Many(Vec::new()), single("*"));
        drift.condition.entry("StringEquals".to_owned()).or_default().insert(
            format!("aws:ResourceTag/{}", self.tag_key),
            Texts::of(self.tag_values.clone()),
        );
        let denied = scope.denied();
        let mut fixed = vec![self.tag_tamper(&denied)];
        fixed.extend(self.self_protection());
        fixed.extend(self.principals());
        if self.vehicle == Vehicle::Boundary {
            fixed.extend(self.boundary());
        }
        if !scope.settings.is_empty() {
            let settings = scope.settings.iter().cloned().collect();
            fixed.push(self.deny("Settings", Texts::of(settings), single("*")));
        }
        fixed.extend(self.by_arn(&scope));
        let actions = compress(&denied, &open_by_tag(), self.style);
        Guard { spec: self.clone(), scope, fixed, drift, actions }
    }

    /// S2: nobody sets, changes or removes the tag, on nothing.
    fn tag_tamper(&self, denied: &BTreeSet<String>) -> Statement {
        let action = if self.vehicle == Vehicle::Rcp {
            // A resource control policy names its services.
            let services: BTreeSet<&str> =
                denied.iter().filter_map(|verb| verb.split(':').next()).collect();
            Texts::of(services.iter().map(|service| format!("{service}:*")).collect())
        } else {
            single("*")
        };
        let mut statement = self.deny("TagTamper", action, single("*"));
        statement
            .condition
            .entry("ForAnyValue:StringEqualsIgnoreCase".to_owned())
            .or_default()
            .insert("aws:TagKeys".to_owned(), single(&self.tag_key));
        statement
    }

    /// S3 and S4: the guard itself stays as it is and where it is; nobody leaves its reach.
    fn self_protection(&self) -> Vec<Statement> {
        match self.vehicle {
            Vehicle::Scp => {
                vec![self.deny("Leave", single("organizations:LeaveOrganization"), single("*"))]
            }
            Vehicle::Rcp => Vec::new(),
            Vehicle::ManagedPolicy | Vehicle::Boundary => {
                // A policy made below the guard's path would pass for a part of it, or for its
                // boundary.
                let verbs = [
                    "iam:CreatePolicy",
                    "iam:CreatePolicyVersion",
                    "iam:DeletePolicy",
                    "iam:DeletePolicyVersion",
                    "iam:SetDefaultPolicyVersion",
                    "iam:TagPolicy",
                    "iam:UntagPolicy",
                ];
                let policies_below =
                    self.deny("Self", texts(&verbs), single(&self.guard_policies()));
                let verbs =
                    ["iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:DetachUserPolicy"];
                let mut detach = self.deny("Detach", texts(&verbs), single("*"));
                detach
                    .condition
                    .entry("ArnLike".to_owned())
                    .or_default()
                    .insert("iam:PolicyARN".to_owned(), single(&self.guard_policies()));
                vec![policies_below, detach]
            }
        }
    }

    /// S5: nobody changes, replaces or borrows an exempt principal.
    fn principals(&self) -> Vec<Statement> {
        if self.vehicle == Vehicle::Rcp {
            return Vec::new();
        }
        let of = |kind: &str| -> Vec<String> {
            self.exempt.iter().filter(|arn| arn.contains(kind)).cloned().collect()
        };
        let mut statements = Vec::new();
        for (sid, kind, verbs) in [
            ("Principals", ":role/", ROLE_VERBS.as_slice()),
            ("Users", ":user/", USER_VERBS.as_slice()),
        ] {
            let arns = of(kind);
            if !arns.is_empty() {
                statements.push(self.deny(sid, texts(verbs), Texts::of(arns)));
            }
        }
        statements
    }

    /// S6: a boundary is a ceiling, so it must allow; whoever has it cannot make somebody who has
    /// none.
    fn boundary(&self) -> Vec<Statement> {
        let ceiling = Statement {
            sid: "Ceiling".to_owned(),
            effect: "Allow",
            principal: None,
            action: single("*"),
            resource: single("*"),
            condition: Conditions::new(),
        };
        let verbs = [
            "iam:CreateRole",
            "iam:CreateUser",
            "iam:PutRolePermissionsBoundary",
            "iam:PutUserPermissionsBoundary",
        ];
        let mut keep = self.deny("KeepBoundary", texts(&verbs), single("*"));
        keep.condition
            .entry("ArnNotLike".to_owned())
            .or_default()
            .insert("iam:PermissionsBoundary".to_owned(), single(&self.guard_policies()));
        let verbs = ["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"];
        vec![ceiling, keep, self.deny("DropBoundary", texts(&verbs), single("*"))]
    }

    /// S7: by ARN, where the tag cannot be asked about.
    fn by_arn(&self, scope: &Scope) -> Vec<Statement> {
        let mut statements = Vec::new();
        for (i, ((service, kind), arns)) in scope.arns.iter().enumerate() {
            let Some(service) = catalogue().service(service) else { continue };
            let verbs: BTreeSet<String> = denied_on(service, kind, false)
                .iter()
                .map(|action| full(service, action))
                .collect();
            if verbs.is_empty() {
                continue;
            }
            let actions = compress(&verbs, &open_on(service, kind), self.style);
            let sid = format!("ByArn{}", i + 1);
            statements.push(self.deny(
                &sid,
                Texts::of(actions),
                Texts::of(arns.iter().cloned().collect()),
            ));
        }
        statements
    }
}
