//! What somebody does who wants around the guard, and what must happen.

use super::cases::{ACCOUNT, Caller, Case, Tagged, instance, own_account, sample};
use crate::guard::catalogue::{Level, catalogue};
use crate::guard::scope::full;
use crate::guard::statements::{Guard, Vehicle};
use crate::iam::evaluate::{Context, Request, Target};

/// The attacks on a guard. Each is tried by an engineer, who must fail where the guard can make
/// them, and by Terraform, which must never be locked out.
#[must_use]
pub(super) fn cases(guard: &Guard) -> Vec<Case> {
    let mut maker = Maker { guard, cases: Vec::new() };
    maker.tags();
    maker.itself();
    maker.principals();
    maker.new_admin();
    maker.cases
}

/// What edits, deletes or takes off a policy of the account: a name, the verb, and what it is done to.
pub(in crate::guard) fn on_itself(
    vehicle: Vehicle,
) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut attempts = Vec::new();
    if matches!(vehicle, Vehicle::ManagedPolicy | Vehicle::Boundary) {
        attempts.extend([
            ("plant a policy beside the guard", "iam:CreatePolicy", "policy"),
            ("edit the guard", "iam:CreatePolicyVersion", "policy"),
            ("edit the guard", "iam:SetDefaultPolicyVersion", "policy"),
            ("edit the guard", "iam:DeletePolicyVersion", "policy"),
            ("delete the guard", "iam:DeletePolicy", "policy"),
            ("retag the guard", "iam:UntagPolicy", "policy"),
            ("detach the guard", "iam:DetachRolePolicy", "role"),
            ("detach the guard", "iam:DetachUserPolicy", "user"),
            ("detach the guard", "iam:DetachGroupPolicy", "group"),
        ]);
    }
    if vehicle == Vehicle::Boundary {
        attempts.extend([
            ("drop the boundary", "iam:DeleteRolePermissionsBoundary", "role"),
            ("drop the boundary", "iam:DeleteUserPermissionsBoundary", "user"),
            ("drop the boundary", "iam:PutRolePermissionsBoundary", "role"),
        ]);
    }
    attempts
}

struct Maker<'g> {
    guard: &'g Guard,
    cases: Vec<Case>,
}

/// An attempt.
struct Attempt<'a> {
    name: &'a str,
    action: &'a str,
    resource: &'a str,
    tag: Tagged,
    context: Context,
    denied: bool,
    hole: Option<&'static str>,
}

impl<'a> Attempt<'a> {
    fn new(name: &'a str, action: &'a str, resource: &'a str) -> Self {
        Self {
            name,
            action,
            resource,
            tag: Tagged::Untagged,
            context: Context::new(),
            denied: true,
            hole: None,
        }
    }

    fn on(self, tag: Tagged) -> Self {
        Self { tag, ..self }
    }

    fn with(self, key: &str, value: &str) -> Self {
        Self { context: self.context.with(key, value), ..self }
    }

    fn tagging(self, keys: &[&str]) -> Self {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Self { context: self.context.with_list("aws:TagKeys", keys), ..self }
    }

    fn open(self, hole: Option<&'static str>) -> Self {
        Self { denied: false, hole, ..self }
    }
}

impl Maker<'_> {
    fn add(&mut self, caller: Caller, attempt: &Attempt<'_>, denied: bool) {
        let Some(principal) = caller.principal(&self.guard.spec) else { return };
        let target = Target::new(attempt.resource).with(attempt.tag.context(&self.guard.spec));
        self.cases.push(Case {
            name: attempt.name.to_owned(),
            caller,
            tag: attempt.tag,
            request: Request {
                targets: vec![own_account(&target, &principal)],
                caller: principal,
                action: attempt.action.to_owned(),
                context: attempt.context.clone(),
            },
            denied,
            hole: attempt.hole.filter(|_| caller != Caller::Terraform),
        });
    }

    fn both(&mut self, attempt: &Attempt<'_>) {
        self.add(Caller::Engineer, attempt, attempt.denied);
        self.add(Caller::Terraform, attempt, false);
    }

    /// Untag, retag, spoof, hide behind a second key: with each verb that changes tags.
    fn tags(&mut self) {
        let key = self.guard.spec.tag_key.clone();
        let lower = key.to_lowercase();
        let request_tag = format!("aws:RequestTag/{key}");
        for (service, kind) in self.guard.scope.kinds.clone() {
            let Some(service) = catalogue().service(service) else { continue };
            let Some((place, kind)) = service.kind(kind) else { continue };
            let arn = sample(kind, &self.guard.spec.partition);
            for action in service.actions.values() {
                let on = action.on.iter().find(|on| on.kind == place);
                if action.level != Level::Tagging || !action.tag_keys || on.is_none() {
                    continue;
                }
                let verb = full(service, action);
                let new = |name| Attempt::new(name, &verb, &arn);
                if action.request_tag {
                    self.both(
                        &new("retag").on(Tagged::Managed).tagging(&[&key]).with(&request_tag, "Me"),
                    );
                    self.both(
                        &new("spoof the tag").tagging(&[&key]).with(&request_tag, "Terraform"),
                    );
                    self.both(&new("spoof in another case").tagging(&[&lower]));
                    self.both(&new("a second key").tagging(&["Team", &key]));
                    // What is denied outright or in another way is no matter of the tag.
                    let other =
                        new("set another tag on someone else's resource").tagging(&["Team"]);
                    self.both(&other.open(None));
                } else {
                    self.both(&new("untag").on(Tagged::Managed).tagging(&[&key]));
                    self.both(&new("untag in another case").tagging(&[&lower, "Team"]));
                }
            }
        }
    }

    /// Edit, delete or detach the guard; leave its reach.
    fn itself(&mut self) {
        let spec = &self.guard.spec;
        let (partition, vehicle) = (spec.partition.clone(), spec.vehicle);
        let policy = format!("arn:{partition}:iam::{ACCOUNT}:policy{}guard", spec.path);
        match vehicle {
            Vehicle::Scp => {
                self.both(&Attempt::new(
                    "leave the organization",
                    "organizations:LeaveOrganization",
                    "*",
                ));
            }
            Vehicle::Rcp => {}
            Vehicle::ManagedPolicy | Vehicle::Boundary => {
                for (name, verb, on) in on_itself(vehicle) {
                    let target = match on {
                        "policy" => policy.clone(),
                        on => format!("arn:{partition}:iam::{ACCOUNT}:{on}/someone"),
                    };
                    let attempt = Attempt::new(name, verb, &target);
                    // What takes it off names it; what drops a boundary does not.
                    self.both(&match verb.contains(":Detach") {
                        true => attempt.with("iam:PolicyARN", &policy),
                        false => attempt,
                    });
                }
            }
        }
        if vehicle == Vehicle::Boundary {
            let role = format!("arn:{partition}:iam::{ACCOUNT}:role/someone");
            let kept = Attempt::new("create a role with the boundary", "iam:CreateRole", &role);
            self.both(&kept.with("iam:PermissionsBoundary", &policy).open(None));
        }
    }

    /// Change, replace or borrow Terraform's role.
    fn principals(&mut self) {
        if self.guard.spec.vehicle == Vehicle::Rcp {
            return;
        }
        let is_role = |arn: &&String| arn.contains(":role/");
        let roles: Vec<String> =
            self.guard.spec.exempt.iter().filter(is_role).map(|arn| instance(arn)).collect();
        for role in roles {
            for (name, verb) in [
                ("change the trust of Terraform's role", "iam:UpdateAssumeRolePolicy"),
                ("give Terraform's role more permissions", "iam:PutRolePolicy"),
                ("give Terraform's role more permissions", "iam:AttachRolePolicy"),
                ("delete Terraform's role", "iam:DeleteRole"),
                ("recreate Terraform's role", "iam:CreateRole"),
            ] {
                self.both(&Attempt::new(name, verb, &role));
            }
            let pass = Attempt::new("pass Terraform's role to a function", "iam:PassRole", &role);
            self.both(&pass.with("iam:PassedToService", "lambda.amazonaws.com"));
        }
    }

    /// A new administrator: bound at once by an SCP, never made under a boundary, and the hole of
    /// policies that are put on principals.
    fn new_admin(&mut self) {
        let spec = &self.guard.spec;
        let vehicle = spec.vehicle;
        let role = format!("arn:{}:iam::{ACCOUNT}:role/new-admin", spec.partition);
        let make = Attempt::new("create a new administrator", "iam:CreateRole", &role);
        const HOLE: &str = "anyone who may create roles can create a role without the guard; \
            only a service control policy or a boundary prevents this";
        match vehicle {
            Vehicle::Boundary => self.both(&make),
            Vehicle::Scp | Vehicle::Rcp => self.both(&make.open(None)),
            Vehicle::ManagedPolicy => self.both(&make.open(Some(HOLE))),
        }
        if vehicle != Vehicle::ManagedPolicy {
            return;
        }
        let held = self.guard.scope.kinds.iter().find_map(|(service, kind)| {
            let service = catalogue().service(service)?;
            let action = crate::guard::scope::denied_on(service, kind, true).into_iter().next()?;
            Some((full(service, action), sample(service.kind(kind)?.1, &spec.partition)))
        });
        if let Some((verb, arn)) = held {
            let use_it =
                Attempt::new("change a managed resource as the new administrator", &verb, &arn);
            self.add(Caller::Unbound, &use_it.on(Tagged::Managed).open(Some(HOLE)), false);
        }
    }
}
