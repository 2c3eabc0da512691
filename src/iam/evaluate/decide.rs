//! The layers of policies over one request, and which of them decides.

use std::fmt;

use super::arn::Arn;
use super::caller::{Caller, CallerKind, Meant};
use super::context::Context;
use super::policy::{Effect, Policy};

/// A resource that a request works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its ARN, or `*`.
    pub arn: String,
    /// The account that it is in; empty when that is the caller's.
    pub account: String,
    /// The keys that AWS sends for this resource alone, such as `aws:ResourceTag/...`.
    pub context: Context,
}

impl Target {
    /// A resource without keys of its own, in the account that its ARN names.
    #[must_use]
    pub fn new(arn: &str) -> Self {
        let account = Arn::parse(arn).map_or("", |arn| arn.account).to_owned();
        Self { arn: arn.to_owned(), account, context: Context::new() }
    }

    /// The same with these keys.
    #[must_use]
    pub fn with(mut self, context: Context) -> Self {
        self.context = context;
        self
    }
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who.
    pub caller: Caller,
    /// `service:Verb`.
    pub action: String,
    /// On what; AWS decides each target separately, and one refusal refuses the request.
    pub targets: Vec<Target>,
    /// The keys that hold for all targets.
    pub context: Context,
}

/// All policies that stand over a request.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// On the caller, also through groups.
    pub identity: Vec<Policy>,
    /// Service control policies: root, each unit, the account. No level binds nobody.
    pub scps: Vec<Vec<Policy>>,
    /// Resource control policies, by level, without `RCPFullAWSAccess`, which every level has.
    pub rcps: Vec<Vec<Policy>>,
    /// The caller's boundary, where it has one.
    pub boundary: Option<Vec<Policy>>,
    /// The policies of its session, where there are some.
    pub session: Option<Vec<Policy>>,
    /// On the resource, where there is one.
    pub resource: Option<Policy>,
}

/// How a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is let through.
    Allowed,
    /// Nothing allows it in some layer.
    ImplicitlyDenied,
    /// A statement forbids it.
    ExplicitlyDenied,
}

impl Decision {
    /// The name in outputs, which is the one that AWS's simulator uses, in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ImplicitlyDenied => "ImplicitlyDenied",
            Self::ExplicitlyDenied => "ExplicitlyDenied",
        }
    }

    /// Whether the request is let through.
    #[must_use]
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

/// A layer of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// On the caller.
    Identity,
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// On the resource.
    Resource,
}

impl Layer {
    /// The name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Resource => "resource_policy",
        }
    }
}

/// A statement that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Where its policy stands.
    pub layer: Layer,
    /// Which level, from 0; 0 where a layer has but one.
    pub level: usize,
    /// The policy's name.
    pub policy: String,
    /// Its `Sid`, or its place (`#2`).
    pub statement: String,
    /// The resource that it decided about.
    pub resource: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "statement `{}` of {} `{}`", self.statement, self.layer.name(), self.policy)
    }
}

/// What was decided, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How it ends.
    pub decision: Decision,
    /// The statements that forbid it, or those that allow it.
    pub reasons: Vec<Reason>,
    /// The layer in which nothing allows it, and its level; for an implicit refusal.
    pub missing: Option<(Layer, usize)>,
    /// The resource that it failed on.
    pub resource: Option<String>,
}

/// Decides a request. Each target is decided separately; a refusal of one refuses the request,
/// and an explicit one is named before an implicit one.
#[must_use]
pub fn evaluate(request: &Request, policies: &Policies) -> Answer {
    let mut context = request.context.clone();
    request.caller.complete(&mut context);
    let mut worst: Option<Answer> = None;
    for target in &request.targets {
        let mut target_context = context.clone();
        target_context.extend(&target.context);
        let answer = Question { request, target, context: target_context, policies }.answer();
        let rank = |answer: &Answer| answer.decision as u8;
        match &mut worst {
            Some(worst) if rank(&answer) < rank(worst) => {}
            Some(worst) if rank(&answer) == rank(worst) => worst.reasons.extend(answer.reasons),
            _ => worst = Some(answer),
        }
    }
    worst.unwrap_or(Answer {
        decision: Decision::ImplicitlyDenied,
        reasons: Vec::new(),
        missing: None,
        resource: None,
    })
}

struct Question<'q> {
    request: &'q Request,
    target: &'q Target,
    context: Context,
    policies: &'q Policies,
}

/// What the policies of one layer and level say.
#[derive(Default)]
struct Matched {
    allows: Vec<(Meant, Reason)>,
    denies: Vec<Reason>,
}

impl Matched {
    fn allows(&self, at_least: Meant) -> bool {
        self.allows.iter().any(|(meant, _)| *meant >= at_least)
    }
}

impl Question<'_> {
    fn ask<'p>(
        &self,
        layer: Layer,
        level: usize,
        policies: impl IntoIterator<Item = &'p Policy>,
    ) -> Matched {
        let mut matched = Matched::default();
        let (service, verb) =
            self.request.action.split_once(':').unwrap_or(("", &self.request.action));
        let service = service.to_ascii_lowercase();
        for policy in policies {
            for statement in policy.statements() {
                let meant = statement.matches(
                    (&service, verb),
                    &self.target.arn,
                    &self.request.caller,
                    &self.context,
                );
                if meant == Meant::No {
                    continue;
                }
                let reason = Reason {
                    layer,
                    level,
                    policy: policy.name().to_owned(),
                    statement: statement.label.clone(),
                    resource: self.target.arn.clone(),
                };
                match statement.effect {
                    Effect::Deny => matched.denies.push(reason),
                    Effect::Allow => matched.allows.push((meant, reason)),
                }
            }
        }
        matched
    }

    fn answer(&self) -> Answer {
        let policies = self.policies;
        let caller = &self.request.caller;
        let bound = !caller.is_service_linked(&self.context);
        let levels = |layer, levels: &[Vec<Policy>]| -> Vec<Matched> {
            let each = levels.iter().enumerate();
            each.map(|(level, policies)| self.ask(layer, level, policies)).collect()
        };
        let is_principal_of_an_account =
            !matches!(caller.kind, CallerKind::Service | CallerKind::Anonymous);
        let scps = if bound && is_principal_of_an_account {
            levels(Layer::Scp, &policies.scps)
        } else {
            Vec::new()
        };
        let rcps = if bound { levels(Layer::Rcp, &policies.rcps) } else { Vec::new() };
        let identity = self.ask(Layer::Identity, 0, &policies.identity);
        let boundary =
            policies.boundary.as_ref().map(|policies| self.ask(Layer::Boundary, 0, policies));
        let session =
            policies.session.as_ref().map(|policies| self.ask(Layer::Session, 0, policies));
        let resource =
            policies.resource.as_ref().map(|policy| self.ask(Layer::Resource, 0, [policy]));

        let all = rcps.iter().chain(&scps).chain([&identity]);
        let all = all.chain(&boundary).chain(&session).chain(&resource);
        let denies: Vec<Reason> = all.flat_map(|matched| matched.denies.iter().cloned()).collect();
        if !denies.is_empty() {
            return self.end(Decision::ExplicitlyDenied, denies, None);
        }
        // Every level must allow. RCPs need no separate allow: `RCPFullAWSAccess` cannot be
        // taken off.
        for (level, matched) in scps.iter().enumerate() {
            if !matched.allows(Meant::Account) {
                return self.end(Decision::ImplicitlyDenied, Vec::new(), Some((Layer::Scp, level)));
            }
        }
        self.grants(&identity, boundary.as_ref(), session.as_ref(), resource.as_ref())
    }

    /// Who allows it, when nothing forbids it.
    fn grants(
        &self,
        identity: &Matched,
        boundary: Option<&Matched>,
        session: Option<&Matched>,
        resource: Option<&Matched>,
    ) -> Answer {
        let caller = &self.request.caller;
        let missing = |layer| self.end(Decision::ImplicitlyDenied, Vec::new(), Some((layer, 0)));
        let by = |matched: &Matched| {
            let reasons = matched.allows.iter().map(|(_, reason)| reason.clone()).collect();
            self.end(Decision::Allowed, reasons, None)
        };
        let granted = |at_least| resource.is_some_and(|matched| matched.allows(at_least));
        let account = &self.target.account;
        let same_account = account.is_empty() || *account == caller.account;

        if matches!(caller.kind, CallerKind::Service | CallerKind::Anonymous | CallerKind::Provider)
        {
            return match resource {
                Some(matched) if matched.allows(Meant::Everybody) => by(matched),
                _ => missing(Layer::Resource),
            };
        }
        let in_session = session.is_none_or(|matched| matched.allows(Meant::Account));
        if same_account && (granted(Meant::Directly) || granted(Meant::Everybody) && in_session) {
            return resource.map_or_else(|| missing(Layer::Resource), by);
        }
        // A key's policy and a role's trust must themselves allow, at least the account.
        if (!same_account || self.needs_resource_policy()) && !granted(Meant::Account) {
            return missing(Layer::Resource);
        }
        if !in_session {
            return missing(Layer::Session);
        }
        if boundary.is_some_and(|matched| !matched.allows(Meant::Account)) {
            return missing(Layer::Boundary);
        }
        if same_account && granted(Meant::Role) {
            return resource.map_or_else(|| missing(Layer::Resource), by);
        }
        if caller.kind == CallerKind::Root || identity.allows(Meant::Account) {
            return by(identity);
        }
        missing(Layer::Identity)
    }

    /// Whether the resource's own policy must allow: a key's policy and a role's trust are never
    /// absent.
    fn needs_resource_policy(&self) -> bool {
        let action = self.request.action.to_ascii_lowercase();
        let arn = Arn::parse(&self.target.arn);
        let is = |service: &str, kind: &str| {
            arn.is_some_and(|arn| arn.service == service && arn.resource.starts_with(kind))
        };
        (action.starts_with("kms:") && is("kms", "key/"))
            || (action.starts_with("sts:assumerole") && is("iam", "role/"))
    }

    fn end(
        &self,
        decision: Decision,
        reasons: Vec<Reason>,
        missing: Option<(Layer, usize)>,
    ) -> Answer {
        let resource = (!decision.is_allowed()).then(|| self.target.arn.clone());
        Answer { decision, reasons, missing, resource }
    }
}
