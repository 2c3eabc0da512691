//! The rows of the matrix, and what must happen in each: worked out from the catalogue and the
//! scope, never from the rendered documents.

use std::collections::BTreeSet;

use crate::guard::catalogue::{Action, Kind, On, Service, catalogue};
use crate::guard::scope::{full, open_on};
use crate::guard::statements::{Bind, Guard, Spec, Vehicle};
use crate::guard::verbs;
use crate::iam::evaluate::{Caller as Principal, Context, Request, Target};

/// The account that the matrix plays in.
pub(in crate::guard) const ACCOUNT: &str = "123456789012";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// An engineer with AdministratorAccess, signed in through IAM Identity Center.
    Engineer,
    /// The first exempt principal.
    Terraform,
    /// The last exempt principal.
    BreakGlass,
    /// A role of an application.
    Workload,
    /// A role that somebody made and that the guard was never put on.
    Unbound,
}

impl Caller {
    const MATRIX: [Self; 4] = [Self::Engineer, Self::Terraform, Self::BreakGlass, Self::Workload];

    /// The name in outputs.
    #[must_use]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Engineer => "engineer",
            Self::Terraform => "terraform",
            Self::BreakGlass => "break-glass",
            Self::Workload => "workload",
            Self::Unbound => "new-role",
        }
    }

    fn is_bound(self, spec: &Spec) -> bool {
        match self {
            Self::Engineer => true,
            Self::Workload => spec.bind == Bind::All,
            Self::Terraform | Self::BreakGlass | Self::Unbound => false,
        }
    }

    pub(super) fn principal(self, spec: &Spec) -> Option<Principal> {
        let role = |tail: &str| format!("arn:{}:iam::{ACCOUNT}:role/{tail}", spec.partition);
        let exempt = |arn: Option<&String>| arn.map(|arn| instance(arn));
        let arn = match self {
            Self::Engineer => role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b2c3d"),
            Self::Workload => role("app/worker"),
            Self::Unbound => role("new-admin"),
            Self::Terraform => exempt(spec.exempt.first())?,
            Self::BreakGlass => exempt(spec.exempt.last())?,
        };
        Principal::parse(&arn)
    }
}

/// An ARN that an ARN with wildcards means.
pub(in crate::guard) fn instance(pattern: &str) -> String {
    let mut parts: Vec<String> = pattern.splitn(6, ':').map(str::to_owned).collect();
    if let Some(account) = parts.get_mut(4)
        && account.contains('*')
    {
        *account = ACCOUNT.to_owned();
    }
    parts.join(":").replace(['*', '?'], "x")
}

/// How a resource is tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tagged {
    /// With the guard's tag.
    Managed,
    /// Not at all.
    Untagged,
    /// With another value.
    OtherValue,
    /// With the tag's key in another case, which is the same key to AWS's conditions.
    OtherCase,
}

impl Tagged {
    const ALL: [Self; 4] = [Self::Managed, Self::Untagged, Self::OtherValue, Self::OtherCase];

    /// The name in outputs.
    #[must_use]
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Untagged => "untagged",
            Self::OtherValue => "other value",
            Self::OtherCase => "other case of key",
        }
    }

    /// Whether the guard holds it.
    fn is_held(self) -> bool {
        matches!(self, Self::Managed | Self::OtherCase)
    }

    pub(super) fn context(self, spec: &Spec) -> Context {
        let value = spec.tag_values.first().map(String::as_str).unwrap_or_default();
        let key = |key: &str| format!("aws:ResourceTag/{key}");
        let swapped = || -> String {
            let swap = |c: char| {
                if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
            };
            spec.tag_key.chars().map(swap).collect()
        };
        match self {
            Self::Untagged => Context::new(),
            Self::Managed => Context::new().with(&key(&spec.tag_key), value),
            Self::OtherValue => Context::new().with(&key(&spec.tag_key), format!("not-{value}")),
            Self::OtherCase => Context::new().with(&key(&swapped()), value),
        }
    }
}

/// A row before it is asked.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// What it belongs to.
    pub(super) name: String,
    /// Who asks.
    pub(super) caller: Caller,
    /// How the resource is tagged.
    pub(super) tag: Tagged,
    /// What is asked.
    pub(super) request: Request,
    /// Whether it must be denied.
    pub(super) denied: bool,
    /// Why it is open although people may not expect it.
    pub(super) hole: Option<&'static str>,
}

/// An ARN of a resource type.
pub(in crate::guard) fn sample(kind: &Kind, partition: &str) -> String {
    let mut out = String::new();
    let mut left = kind.arn;
    while let Some((before, tail)) = left.split_once("${") {
        out.push_str(before);
        let (name, after) = tail.split_once('}').unwrap_or((tail, ""));
        out.push_str(match name {
            "Partition" => partition,
            "Region" => match partition {
                "aws-cn" => "cn-north-1",
                "aws-us-gov" => "us-gov-west-1",
                _ => "eu-central-1",
            },
            "Account" => ACCOUNT,
            _ => "sample",
        });
        left = after;
    }
    out.push_str(left);
    out
}

/// The verbs that a boundary keeps from everybody who has it, whatever the tag.
const BOUNDARY_VERBS: [&str; 6] = [
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
];

/// The matrix of a guard.
#[must_use]
pub(super) fn cases(guard: &Guard) -> Vec<Case> {
    let mut maker = Maker { guard, cases: Vec::new() };
    let services: BTreeSet<&str> = guard.scope.kinds.iter().map(|(service, _)| *service).collect();
    for name in services {
        let Some(service) = catalogue().service(name) else { continue };
        for action in service.actions.values() {
            for on in action.on.iter().filter(|on| on.tags.can_hold()) {
                maker.by_tag(service, action, *on);
            }
        }
    }
    maker.by_arn();
    maker.settings();
    maker.cases
}

struct Maker<'g> {
    guard: &'g Guard,
    cases: Vec<Case>,
}

impl Maker<'_> {
    /// Whether a verb is denied whatever it is done to.
    fn is_denied_outright(&self, verb: &str) -> bool {
        self.guard.scope.settings.contains(verb)
            || (self.guard.spec.vehicle == Vehicle::Boundary && BOUNDARY_VERBS.contains(&verb))
    }

    fn by_tag(&mut self, service: &Service, action: &Action, on: On) {
        let Some(kind) = service.types.get(on.kind) else { return };
        let denied = verbs::class(service.name, action).is_denied();
        let in_scope = self.guard.scope.kinds.contains(&(service.name, kind.name));
        // What is denied elsewhere may be denied here too: the tag says that it is managed.
        if denied && !in_scope {
            return;
        }
        let verb = full(service, action);
        let arn = sample(kind, &self.guard.spec.partition);
        let outright = self.is_denied_outright(&verb);
        for tag in Tagged::ALL {
            let target = Target::new(&arn).with(tag.context(&self.guard.spec));
            let name = if denied { "matrix" } else { "open" };
            let held = outright || (denied && tag.is_held());
            self.add(name, &verb, &target, tag, held);
        }
    }

    fn by_arn(&mut self) {
        for ((service, kind), arns) in &self.guard.scope.arns {
            let Some(service) = catalogue().service(service) else { continue };
            let Some((place, _)) = service.kind(kind) else { continue };
            let open = open_on(service, kind);
            for action in service.actions.values() {
                if !action.on.iter().any(|on| on.kind == place) {
                    continue;
                }
                let verb = full(service, action);
                let outright = self.is_denied_outright(&verb);
                for arn in arns {
                    let arn = instance(arn);
                    let other = format!("{arn}-other");
                    let held = outright || !open.contains(&verb);
                    self.add("arn", &verb, &Target::new(&arn), Tagged::Untagged, held);
                    if !arns.iter().any(|listed| instance(listed) == other) {
                        let target = Target::new(&other);
                        self.add("arn", &verb, &target, Tagged::Untagged, outright);
                    }
                }
            }
        }
    }

    fn settings(&mut self) {
        for verb in self.guard.scope.settings.clone() {
            self.add("setting", &verb, &Target::new("*"), Tagged::Untagged, true);
        }
    }

    fn add(&mut self, name: &str, verb: &str, target: &Target, tag: Tagged, held: bool) {
        for caller in Caller::MATRIX {
            let Some(principal) = caller.principal(&self.guard.spec) else { continue };
            self.cases.push(Case {
                name: name.to_owned(),
                caller,
                tag,
                request: Request {
                    targets: vec![own_account(target, &principal)],
                    caller: principal,
                    action: verb.to_owned(),
                    context: Context::new(),
                },
                denied: held && caller.is_bound(&self.guard.spec),
                hole: None,
            });
        }
    }
}

/// The matrix plays in the caller's account, also for ARNs that come from another one: what is asked
/// is what the guard does, not what accounts grant one another.
pub(in crate::guard) fn own_account(target: &Target, caller: &Principal) -> Target {
    Target { account: caller.account.clone(), ..target.clone() }
}
