//! Ways around a policy, found by asking the evaluator as an engineer with AdministratorAccess.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::statement::{Meant, Statement};
use super::{Finding, Level};

use crate::guard::catalogue::{Level as Verb, catalogue};
use crate::guard::prove::administrator;
use crate::guard::prove::{ACCOUNT, instance, on_itself, own_account, sample};
use crate::guard::scope::full;
use crate::guard::statements::Vehicle;
use crate::iam::evaluate::{Caller, Context, Kind, Policies, Policy, Request, Target, evaluate};

/// An engineer who may do everything, signed in through IAM Identity Center.
const ENGINEER: &str = "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b2c3d";

/// What would turn an exempt role into a way around.
const ON_ROLES: [&str; 8] = [
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UpdateAssumeRolePolicy",
];

struct Asker {
    policies: Policies,
    caller: Caller,
}

impl Asker {
    fn new(document: &Value, beside: &[&Value], vehicle: Vehicle) -> Result<Self, String> {
        let is_key = |key: &str| catalogue().is_key(key);
        let kind = if vehicle == Vehicle::Rcp { Kind::Resource } else { Kind::Identity };
        let ready = |document: &Value| Policy::read("it", &document.to_string(), kind, &is_key);
        let mut documents = vec![ready(document).map_err(|refusal| refusal.what)?];
        // What is wrong with the others is told where they are audited.
        documents.extend(beside.iter().filter_map(|document| ready(document).ok()));
        let admin = administrator().map_err(|refusal| refusal.what)?;
        let mut policies = Policies { identity: vec![admin.clone()], ..Policies::default() };
        match vehicle {
            // What only denies leaves the default in its place; as a policy of the account it is
            // the same.
            Vehicle::Scp | Vehicle::ManagedPolicy => policies.identity.extend(documents),
            Vehicle::Boundary => {
                documents.push(admin);
                policies.boundary = Some(documents);
            }
            Vehicle::Rcp => policies.rcps = vec![documents],
        }
        let name = format!("arn:aws:iam::{ACCOUNT}:{ENGINEER}");
        let caller = Caller::parse(&name).ok_or("the engineer has no name")?;
        Ok(Self { policies, caller })
    }

    fn allows(&self, action: &str, target: &Target, context: Context) -> bool {
        let request = Request {
            caller: self.caller.clone(),
            action: action.to_owned(),
            targets: vec![own_account(target, &self.caller)],
            context,
        };
        evaluate(&request, &self.policies).decision.is_allowed()
    }
}

pub(super) fn check(
    document: &Value,
    beside: &[&Value],
    statements: &[Statement],
    vehicle: Vehicle,
    findings: &mut Vec<Finding>,
) {
    let asker = match Asker::new(document, beside, vehicle) {
        Ok(asker) => asker,
        Err(why) => {
            findings.push(whole(
                "not-understood",
                Level::Wrong,
                format!("{why}: not checked for ways around it"),
                Vec::new(),
                "AWS would reject it, or it uses something that holdpoint does not support",
            ));
            return;
        }
    };
    tags(&asker, statements, findings);
    principals(&asker, statements, findings);
    if statements.iter().any(|statement| statement.denies) {
        itself(&asker, document, beside, vehicle, findings);
    }
    if vehicle == Vehicle::Scp
        && statements.iter().any(|statement| statement.denies && !statement.conditions.is_empty())
        && asker.allows("organizations:LeaveOrganization", &Target::new("*"), Context::new())
    {
        findings.push(whole(
            "leave-open",
            Level::Note,
            "this policy does not deny leaving the organization".to_owned(),
            vec!["organizations:LeaveOrganization".to_owned()],
            "deny it, here or in another policy on the same target",
        ));
    }
}

fn whole(
    code: &'static str,
    level: Level,
    message: String,
    items: Vec<String>,
    help: &str,
) -> Finding {
    Finding { code, level, statement: String::new(), message, items, help: help.to_owned() }
}

/// A policy of the account that an engineer may edit, delete or take off: then nothing is denied.
fn itself(
    asker: &Asker,
    document: &Value,
    beside: &[&Value],
    vehicle: Vehicle,
    findings: &mut Vec<Finding>,
) {
    if !matches!(vehicle, Vehicle::ManagedPolicy | Vehicle::Boundary) {
        return;
    }
    // The document does not say where it stands: it is taken to be below the path that one of them
    // protects, and else anywhere.
    let path = std::iter::once(document).chain(beside.iter().copied()).find_map(protected);
    let policy_arn = path.unwrap_or_else(|| format!("arn:aws:iam::{ACCOUNT}:policy/guard"));
    let open: Vec<String> = on_itself(vehicle)
        .into_iter()
        .filter(|(_, verb, on)| {
            let target = match *on {
                "policy" => Target::new(&policy_arn),
                on => Target::new(&format!("arn:aws:iam::{ACCOUNT}:{on}/someone")),
            };
            let context = Context::new().with("iam:PolicyARN", policy_arn.as_str());
            // Another boundary in its place is as good as none.
            let other = format!("arn:aws:iam::{ACCOUNT}:policy/other");
            asker.allows(verb, &target, context.with("iam:PermissionsBoundary", other.as_str()))
        })
        .map(|(_, verb, _)| verb.to_owned())
        .collect();
    if !open.is_empty() {
        findings.push(whole(
            "guard-open",
            Level::Hole,
            "an engineer may edit, delete or detach the policy itself, and then nothing is denied"
                .to_owned(),
            open,
            "deny these on the policy's path, as `guard render` does, here or in another policy \
             on the same principals",
        ));
    }
}

/// The ARN of a policy that a document keeps from being edited.
fn protected(document: &Value) -> Option<String> {
    let list = document.get("Statement")?;
    let list = list.as_array().map_or_else(|| std::slice::from_ref(list), Vec::as_slice);
    let denies = list
        .iter()
        .filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some("Deny"));
    let resources =
        denies.filter_map(|statement| statement.get("Resource")).flat_map(
            |element| match element {
                Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
                single => single.as_str().into_iter().collect::<Vec<_>>(),
            },
        );
    let mut policies = resources.filter(|arn| arn.contains(":policy/"));
    policies.next().map(|arn| instance(&arn.replace("${Account}", ACCOUNT)))
}

/// Tags that decide, and that may be taken off or put on.
fn tags(asker: &Asker, statements: &[Statement], findings: &mut Vec<Finding>) {
    // The tags that a Deny rests on, and the services where it does.
    let mut rests: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    for statement in statements.iter().filter(|statement| statement.denies && !statement.all_but) {
        for condition in statement.conditions.iter().filter(|condition| !condition.is_negated()) {
            let (Some(tag), Some(value)) = (condition.resource_tag(), condition.values.first())
            else {
                continue;
            };
            if condition.operator == "null" {
                continue;
            }
            let entry = rests.entry((tag.to_owned(), value.clone())).or_default();
            for pattern in &statement.patterns {
                match Statement::meant(pattern) {
                    Meant::Actions(service, _) => {
                        entry.insert(service.name);
                    }
                    Meant::Everything => {
                        entry.extend(catalogue().services().map(|service| service.name));
                    }
                    Meant::NoService => {}
                }
            }
        }
    }
    for ((tag, value), services) in rests {
        let value = value.replace(['*', '?'], "x");
        let mut open = BTreeSet::new();
        for name in services {
            let Some(service) = catalogue().service(name) else { continue };
            for action in service.actions.values().filter(|action| action.level == Verb::Tagging) {
                for on in action.on.iter().filter(|on| on.tags.can_hold()) {
                    let Some(kind) = service.types.get(on.kind) else { continue };
                    let held = Context::new().with(&format!("aws:ResourceTag/{tag}"), &value);
                    let target = Target::new(&sample(kind, "aws")).with(held);
                    let mut context = Context::new();
                    if action.tag_keys {
                        context = context.with_list("aws:TagKeys", vec![tag.clone()]);
                    }
                    let verb = full(service, action);
                    if asker.allows(&verb, &target, context) {
                        open.insert(verb);
                    }
                }
            }
        }
        if !open.is_empty() {
            findings.push(whole(
                "untag-open",
                Level::Hole,
                format!(
                    "an engineer may change the tag `{tag}` with {} actions, and then nothing is denied",
                    open.len()
                ),
                open.into_iter().collect(),
                "deny `*` with `ForAnyValue:StringEqualsIgnoreCase` on `aws:TagKeys`, and these \
                 actions by the tag",
            ));
        }
    }
}

/// Exempt roles that an engineer may change or take.
fn principals(asker: &Asker, statements: &[Statement], findings: &mut Vec<Finding>) {
    let exempt: BTreeSet<&str> = statements
        .iter()
        .filter(|statement| statement.denies)
        .flat_map(Statement::exempt)
        .map(|(_, arn)| arn)
        .filter(|arn| arn.contains(":role/") && !arn.contains("/aws-service-role/"))
        // Nobody in the account can change these.
        .filter(|arn| !arn.contains("/aws-reserved/"))
        .collect();
    let mut open: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for arn in exempt {
        let target = Target::new(&instance(&arn.replace("${Account}", ACCOUNT)));
        for verb in ON_ROLES {
            if asker.allows(verb, &target, Context::new()) {
                open.entry(verb.to_owned()).or_default().insert(arn);
            }
        }
    }
    if open.is_empty() {
        return;
    }
    let roles: BTreeSet<&str> = open.values().flatten().copied().collect();
    findings.push(whole(
        "self-protection",
        Level::Hole,
        format!(
            "an engineer may change, replace or pass exempt roles ({})",
            roles.iter().take(3).copied().collect::<Vec<_>>().join(", ")
        ),
        open.into_keys().collect(),
        "deny these on the ARNs of the exempt roles, here or in another policy on the same target",
    ));
}
