//! A new edge to an old danger is introduced, whichever half is new: an old policy for a new user,
//! an old open group for a new machine. The same edge to something harmless is nothing, and an old
//! edge to an old danger stays existing.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use common::scratch;

use holdpoint::decide::{Config, Unjudged};
use holdpoint::gate::{PlanRequest, plan};
use holdpoint::model::finding::{Change, Finding, Outcome};
use serde_json::{Value, json};

/// A resource: its address, and what it is before and after; null where it is not.
type Resource = (String, Value, Value);

fn still(address: &str, value: Value) -> Resource {
    (address.to_owned(), value.clone(), value)
}

fn made(address: &str, value: Value) -> Resource {
    (address.to_owned(), Value::Null, value)
}

fn changed(address: &str, before: Value, after: Value) -> Resource {
    (address.to_owned(), before, after)
}

fn judge(resources: &[Resource]) -> Vec<Finding> {
    let (mut changes, mut configured, mut known) = (Vec::new(), Vec::new(), Vec::new());
    for (address, before, after) in resources {
        let data = address.starts_with("data.");
        let bare = address.strip_prefix("data.").unwrap_or(address);
        let (kind, name) = bare.split_once('.').unwrap();
        let mode = if data { "data" } else { "managed" };
        if data {
            known.push(json!({"address": address, "mode": mode, "type": kind, "name": name,
                "provider_name": "registry.terraform.io/hashicorp/aws", "values": after}));
            continue;
        }
        let actions = match (before.is_null(), after.is_null()) {
            (true, _) => json!(["create"]),
            (_, true) => json!(["delete"]),
            _ if before == after => json!(["no-op"]),
            _ => json!(["update"]),
        };
        changes.push(json!({"address": address, "mode": mode, "type": kind, "name": name,
            "provider_name": "registry.terraform.io/hashicorp/aws", "change": {
            "actions": actions, "before": before, "after": after, "after_unknown": {},
            "before_sensitive": {}, "after_sensitive": {}}}));
        if !after.is_null() {
            let values = after.as_object().unwrap().iter();
            let expressions: serde_json::Map<String, Value> = values
                .map(|(key, value)| (key.clone(), json!({"constant_value": value})))
                .collect();
            configured.push(json!({"address": address, "mode": mode, "type": kind, "name": name,
                "expressions": expressions}));
        }
    }
    let text = json!({"format_version": "1.2", "resource_changes": changes,
        "prior_state": {"values": {"root_module": {"resources": known}}},
        "configuration": {"root_module": {"resources": configured}}});
    let folder = scratch();
    let file = folder.path().join("plan.json");
    std::fs::write(&file, text.to_string()).unwrap();
    // The edge is asked for, not whether other rules cover all that the plan changes.
    let mut config = Config::default();
    config.gate.unjudged.default = Unjudged::Report;
    let verdict = plan(&PlanRequest {
        inputs: &[file.display().to_string()],
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config: &config,
        policies: None,
        today: jiff::civil::date(2026, 1, 1),
    });
    assert!(verdict.errors.is_empty(), "{:?}", verdict.errors);
    verdict.findings
}

/// What a rule says of a plan, apart from what was so before: `change address path`.
fn news(rule: &str, resources: &[Resource]) -> Vec<String> {
    let findings = judge(resources);
    let own = findings.iter().filter(|one| one.rule == rule && one.change == Change::Introduced);
    own.map(|one| format!("{} {}", one.address, one.path)).collect()
}

fn policy(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn everything() -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*"})
}

fn harmless() -> Value {
    json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"})
}

const ARN: &str = "arn:aws:iam::123456789012:policy/p";

fn managed(statement: Value) -> Value {
    json!({"name": "p", "id": ARN, "arn": ARN, "policy": policy(&json!([statement]))})
}

fn inline(whole: &str, name: &str, statement: Value) -> Value {
    let mut all =
        json!({"name": "p", "id": format!("{name}:p"), "policy": policy(&json!([statement]))});
    all[whole] = json!(name);
    all
}

fn group(open: bool) -> Value {
    let range = if open { "0.0.0.0/0" } else { "10.0.0.0/8" };
    json!({"id": "sg-1", "name": "g", "ingress": [{"from_port": 22, "to_port": 22,
        "protocol": "tcp", "cidr_blocks": [range], "ipv6_cidr_blocks": [], "prefix_list_ids": [],
        "security_groups": [], "self": false, "description": ""}]})
}

fn role(trust: Value) -> Value {
    json!({"name": "r", "id": "r", "arn": "arn:aws:iam::123456789012:role/r",
        "assume_role_policy": policy(&json!([trust]))})
}

fn service(name: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"Service": name}, "Action": "sts:AssumeRole"})
}

/// A danger, what connects it already, and the edge that completes the way.
struct Class {
    name: &'static str,
    rule: &'static str,
    /// The address of the danger, harmless and dangerous.
    danger: (&'static str, Value, Value),
    around: Vec<Resource>,
    /// The edge without and with the danger; null if it is not there without.
    edge: (&'static str, Value, Value),
    /// The attribute of the edge that is to blame.
    blamed: &'static str,
}

fn permissions() -> Vec<Class> {
    let rule = "iam-wildcard-action";
    let managed_policy = || ("aws_iam_policy.p", managed(harmless()), managed(everything()));
    let one = |name, edge: (&'static str, Value), blamed| Class {
        name,
        rule,
        danger: managed_policy(),
        around: Vec::new(),
        edge: (edge.0, Value::Null, edge.1),
        blamed,
    };
    let attached = |whole: &str, name: Value| {
        let mut all = json!({"policy_arn": ARN});
        all[whole] = name;
        all
    };
    let to_group = || {
        (
            "aws_iam_group_policy.p",
            inline("group", "g", harmless()),
            inline("group", "g", everything()),
        )
    };
    let to_role = || {
        (
            "aws_iam_role_policy.p",
            inline("role", "r", harmless()),
            inline("role", "r", everything()),
        )
    };
    let with_role = || vec![still("aws_iam_role.r", role(service("ec2.amazonaws.com")))];
    let profile = json!({"name": "i", "id": "i", "arn": "arn:aws:iam::123456789012:instance-profile/i",
        "role": "r"});
    let mut with_profile = with_role();
    with_profile.push(still("aws_iam_instance_profile.i", profile.clone()));
    vec![
        one(
            "user",
            ("aws_iam_user_policy_attachment.a", attached("user", json!("mallory"))),
            "policy_arn",
        ),
        one(
            "group",
            ("aws_iam_group_policy_attachment.a", attached("group", json!("g"))),
            "policy_arn",
        ),
        one(
            "role",
            ("aws_iam_role_policy_attachment.a", attached("role", json!("r"))),
            "policy_arn",
        ),
        one(
            "many",
            ("aws_iam_policy_attachment.a", attached("users", json!(["mallory"]))),
            "policy_arn",
        ),
        one(
            "exclusive",
            (
                "aws_iam_role_policy_attachments_exclusive.a",
                json!({"role_name": "r", "policy_arns": [ARN]}),
            ),
            "policy_arns",
        ),
        one(
            "of a new role",
            (
                "aws_iam_role.n",
                json!({"name": "n", "managed_policy_arns": [ARN],
                "assume_role_policy": policy(&json!([service("ec2.amazonaws.com")]))}),
            ),
            "managed_policy_arns",
        ),
        Class {
            name: "one user more",
            rule,
            danger: managed_policy(),
            around: Vec::new(),
            edge: (
                "aws_iam_policy_attachment.a",
                attached("users", json!(["alice"])),
                attached("users", json!(["alice", "mallory"])),
            ),
            blamed: "users",
        },
        Class {
            name: "a group by name",
            rule,
            danger: to_group(),
            around: Vec::new(),
            edge: (
                "aws_iam_user_group_membership.m",
                Value::Null,
                json!({"user": "mallory", "groups": ["g"]}),
            ),
            blamed: "groups",
        },
        Class {
            name: "a group of the plan",
            rule,
            danger: to_group(),
            around: vec![still("aws_iam_group.g", json!({"name": "g", "id": "g"}))],
            edge: (
                "aws_iam_group_membership.m",
                json!({"name": "m", "group": "g", "users": ["alice"]}),
                json!({"name": "m", "group": "g", "users": ["alice", "mallory"]}),
            ),
            blamed: "users",
        },
        Class {
            name: "a profile",
            rule,
            danger: to_role(),
            around: with_role(),
            edge: ("aws_iam_instance_profile.i", Value::Null, profile),
            blamed: "role",
        },
        Class {
            name: "an instance",
            rule,
            danger: to_role(),
            around: with_profile,
            edge: (
                "aws_instance.i",
                json!({"id": "i-1", "ami": "ami-1", "iam_instance_profile": null}),
                json!({"id": "i-1", "ami": "ami-1", "iam_instance_profile": "i"}),
            ),
            blamed: "iam_instance_profile",
        },
        Class {
            name: "a function",
            rule,
            danger: to_role(),
            around: with_role(),
            edge: (
                "aws_lambda_function.f",
                Value::Null,
                json!({"function_name": "f", "role": "arn:aws:iam::123456789012:role/r"}),
            ),
            blamed: "role",
        },
        Class {
            name: "a task",
            rule,
            danger: to_role(),
            around: with_role(),
            edge: (
                "aws_ecs_task_definition.t",
                Value::Null,
                json!({"family": "t", "task_role_arn": "arn:aws:iam::123456789012:role/r"}),
            ),
            blamed: "task_role_arn",
        },
        Class {
            name: "a trust",
            rule,
            danger: to_role(),
            around: Vec::new(),
            edge: (
                "aws_iam_role.r",
                role(service("ec2.amazonaws.com")),
                role(json!({"Effect": "Allow", "Action": "sts:AssumeRole",
                    "Principal": {"AWS": "arn:aws:iam::999999999999:role/x"}})),
            ),
            blamed: "assume_role_policy",
        },
        Class {
            name: "a trust without its condition",
            rule,
            danger: to_role(),
            around: Vec::new(),
            edge: (
                "aws_iam_role.r",
                role(json!({"Effect": "Allow", "Action": "sts:AssumeRole",
                    "Principal": {"AWS": "arn:aws:iam::999999999999:role/x"},
                    "Condition": {"StringEquals": {"sts:ExternalId": "x"}}})),
                role(json!({"Effect": "Allow", "Action": "sts:AssumeRole",
                    "Principal": {"AWS": "arn:aws:iam::999999999999:role/x"}})),
            ),
            blamed: "assume_role_policy",
        },
        Class {
            name: "a boundary",
            rule,
            danger: to_role(),
            around: Vec::new(),
            edge: {
                let mut bounded = role(service("ec2.amazonaws.com"));
                bounded["permissions_boundary"] = json!("arn:aws:iam::123456789012:policy/b");
                ("aws_iam_role.r", bounded, role(service("ec2.amazonaws.com")))
            },
            blamed: "permissions_boundary",
        },
        Class {
            name: "a boundary that is none",
            rule,
            danger: (
                "aws_iam_user_policy.p",
                inline("user", "u", harmless()),
                inline("user", "u", everything()),
            ),
            around: Vec::new(),
            edge: (
                "aws_iam_user.u",
                json!({"name": "u", "id": "u", "permissions_boundary": "arn:aws:iam::123456789012:policy/b"}),
                json!({"name": "u", "id": "u",
                    "permissions_boundary": "arn:aws:iam::aws:policy/AdministratorAccess"}),
            ),
            blamed: "permissions_boundary",
        },
        Class {
            name: "a deny of another policy",
            rule,
            danger: to_role(),
            around: with_role(),
            edge: (
                "aws_iam_role_policy.d",
                inline("role", "r", json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*"})),
                inline("role", "r", harmless()),
            ),
            blamed: "",
        },
    ]
}

fn openings() -> Vec<Class> {
    let opening = || ("aws_security_group.g", group(false), group(true));
    let one = |name, edge: (&'static str, Value, Value), blamed| Class {
        name,
        rule: "security-group-admin-port-open",
        danger: opening(),
        around: Vec::new(),
        edge,
        blamed,
    };
    let instance = || json!({"id": "i-1", "ami": "ami-1", "vpc_security_group_ids": ["sg-1"]});
    let with = |name: &str, on: bool| {
        let mut all = instance();
        all[name] = json!(on);
        all
    };
    let behind = |address: &str, value: Value| vec![still(address, value)];
    vec![
        one("an instance", ("aws_instance.i", Value::Null, instance()), "vpc_security_group_ids"),
        one(
            "an instance that joins",
            (
                "aws_instance.i",
                json!({"id": "i-1", "vpc_security_group_ids": ["sg-9"]}),
                json!({"id": "i-1", "vpc_security_group_ids": ["sg-9", "sg-1"]}),
            ),
            "vpc_security_group_ids",
        ),
        one(
            "an interface",
            (
                "aws_network_interface.e",
                Value::Null,
                json!({"subnet_id": "s", "security_groups": ["sg-1"]}),
            ),
            "security_groups",
        ),
        one(
            "an attachment",
            (
                "aws_network_interface_sg_attachment.e",
                Value::Null,
                json!({"security_group_id": "sg-1", "network_interface_id": "eni-1"}),
            ),
            "security_group_id",
        ),
        one(
            "a balancer",
            ("aws_lb.l", Value::Null, json!({"name": "l", "security_groups": ["sg-1"]})),
            "security_groups",
        ),
        one(
            "a database",
            (
                "aws_db_instance.d",
                Value::Null,
                json!({"identifier": "d", "vpc_security_group_ids": ["sg-1"]}),
            ),
            "vpc_security_group_ids",
        ),
        one(
            "a function",
            (
                "aws_lambda_function.f",
                Value::Null,
                json!({"function_name": "f", "vpc_config": [{"subnet_ids": ["s"], "security_group_ids": ["sg-1"]}]}),
            ),
            "vpc_config[0].security_group_ids",
        ),
        one(
            "a template",
            (
                "aws_launch_template.t",
                Value::Null,
                json!({"name": "t", "network_interfaces": [{"security_groups": ["sg-1"]}]}),
            ),
            "network_interfaces[0].security_groups",
        ),
        one(
            "a public address",
            (
                "aws_instance.i",
                with("associate_public_ip_address", false),
                with("associate_public_ip_address", true),
            ),
            "associate_public_ip_address",
        ),
        Class {
            name: "an elastic address",
            rule: "security-group-admin-port-open",
            danger: opening(),
            around: behind("aws_instance.i", instance()),
            edge: ("aws_eip.e", Value::Null, json!({"instance": "i-1"})),
            blamed: "instance",
        },
        Class {
            name: "an interface of an instance",
            rule: "security-group-admin-port-open",
            danger: opening(),
            around: behind(
                "aws_network_interface.e",
                json!({"id": "eni-1", "security_groups": ["sg-1"]}),
            ),
            edge: (
                "aws_network_interface_attachment.a",
                Value::Null,
                json!({"instance_id": "i-1", "network_interface_id": "eni-1", "device_index": 1}),
            ),
            blamed: "network_interface_id",
        },
        Class {
            name: "a rule by itself",
            rule: "security-group-admin-port-open",
            danger: {
                let rule = |range: &str| {
                    json!({"id": "sgr-1", "type": "ingress", "from_port": 22, "to_port": 22,
                    "protocol": "tcp", "cidr_blocks": [range], "security_group_id": "sg-1"})
                };
                ("aws_security_group_rule.r", rule("10.0.0.0/8"), rule("0.0.0.0/0"))
            },
            around: Vec::new(),
            edge: ("aws_instance.i", Value::Null, instance()),
            blamed: "vpc_security_group_ids",
        },
        Class {
            name: "a subnet",
            rule: "network-acl-admin-port-open",
            danger: {
                let acl = |range: &str| {
                    json!({"id": "acl-1", "vpc_id": "v", "subnet_ids": [], "ingress": [
                    {"rule_no": 1, "action": "allow", "protocol": "tcp", "from_port": 22, "to_port": 22,
                        "cidr_block": range}]})
                };
                ("aws_network_acl.a", acl("10.0.0.0/8"), acl("0.0.0.0/0"))
            },
            around: Vec::new(),
            edge: (
                "aws_network_acl_association.s",
                Value::Null,
                json!({"network_acl_id": "acl-1", "subnet_id": "subnet-1"}),
            ),
            blamed: "network_acl_id",
        },
    ]
}

fn all() -> Vec<Class> {
    permissions().into_iter().chain(openings()).collect()
}

impl Class {
    fn plan(&self, danger: (&Value, &Value), edge: (&Value, &Value)) -> Vec<Resource> {
        let mut resources = self.around.clone();
        resources.push((self.danger.0.to_owned(), danger.0.clone(), danger.1.clone()));
        resources.push((self.edge.0.to_owned(), edge.0.clone(), edge.1.clone()));
        resources
    }
}

#[test]
fn a_new_edge_to_an_old_danger_is_introduced_at_the_edge() {
    for class in all() {
        let (_, _, danger) = &class.danger;
        let (address, without, with) = &class.edge;
        let found = news(class.rule, &class.plan((danger, danger), (without, with)));
        assert_eq!(found, [format!("{address} {}", class.blamed)], "{}", class.name);
    }
}

#[test]
fn an_old_edge_to_a_new_danger_and_two_new_halves_are_introduced() {
    for class in all() {
        let (_, harmless, danger) = &class.danger;
        let with = &class.edge.2;
        let old_edge = class.plan((harmless, danger), (with, with));
        assert!(!news(class.rule, &old_edge).is_empty(), "{}", class.name);
        let both = class.plan((&Value::Null, danger), (&Value::Null, with));
        assert!(!news(class.rule, &both).is_empty(), "{}", class.name);
    }
}

#[test]
fn a_new_edge_to_something_harmless_is_nothing() {
    for class in all() {
        let harmless = &class.danger.1;
        let (_, without, with) = &class.edge;
        let found = news(class.rule, &class.plan((harmless, harmless), (without, with)));
        assert!(found.is_empty(), "{}: {found:?}", class.name);
    }
}

#[test]
fn what_does_not_change_introduces_nothing() {
    for class in all() {
        let danger = &class.danger.2;
        let with = &class.edge.2;
        let still = judge(&class.plan((danger, danger), (with, with)));
        let new = still.iter().filter(|one| one.change != Change::Existing);
        assert_eq!(new.count(), 0, "{}", class.name);
        let mut tagged = with.clone();
        tagged["tags"] = json!({"a": "b"});
        let found = news(class.rule, &class.plan((danger, danger), (with, &tagged)));
        assert!(found.is_empty(), "{}: {found:?}", class.name);
        let mut tagged = danger.clone();
        tagged["tags"] = json!({"a": "b"});
        let found = news(class.rule, &class.plan((danger, &tagged), (with, with)));
        assert!(found.is_empty(), "{}: {found:?}", class.name);
    }
}

#[test]
fn an_edge_that_goes_introduces_nothing() {
    for class in all().into_iter().filter(|class| !class.name.contains("deny")) {
        let danger = &class.danger.2;
        let (_, without, with) = &class.edge;
        let findings = judge(&class.plan((danger, danger), (with, without)));
        let own = findings.iter().filter(|one| one.rule == class.rule);
        let new: Vec<&Finding> = own.filter(|one| one.change == Change::Introduced).collect();
        assert!(new.is_empty() || class.name.contains("trust"), "{}: {new:?}", class.name);
        if class.name == "one user more" || class.name == "an instance that joins" {
            let resolved = findings.iter().filter(|one| one.change == Change::Resolved);
            assert_eq!(
                resolved.map(|one| one.address.as_str()).collect::<Vec<_>>(),
                [class.edge.0]
            );
        }
    }
}

#[test]
fn who_had_it_already_gets_nothing_new() {
    let attached = |user: &str| json!({"user": user, "policy_arn": ARN});
    let rule = "iam-wildcard-action";
    let plan = [
        still("aws_iam_policy.p", managed(everything())),
        changed("aws_iam_user_policy_attachment.old", attached("alice"), Value::Null),
        made("aws_iam_user_policy_attachment.new", attached("alice")),
    ];
    assert!(news(rule, &plan).is_empty());
    let plan = [
        still("aws_iam_policy.p", managed(everything())),
        still("aws_iam_user_policy_attachment.old", attached("alice")),
        still("aws_iam_group_policy_attachment.g", json!({"group": "g", "policy_arn": ARN})),
        made("aws_iam_user_group_membership.m", json!({"user": "alice", "groups": ["g"]})),
    ];
    assert!(news(rule, &plan).is_empty());
}

#[test]
fn a_route_to_the_internet_opens_what_stands_behind_an_open_group() {
    let subnet = json!({"id": "subnet-1", "vpc_id": "v"});
    let tied = |table: &str| json!({"id": "a-1", "subnet_id": "subnet-1", "route_table_id": table});
    let instance = json!({"id": "i-1", "ami": "ami-1", "subnet_id": "subnet-1",
        "vpc_security_group_ids": ["sg-1"]});
    let route = |attribute: &str, to: &str| {
        let mut all = json!({"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0"});
        all[attribute] = json!(to);
        all
    };
    let of = |open: bool, ties: (&str, &str), route: Resource| {
        let plan = [
            still("aws_security_group.g", group(open)),
            still("aws_instance.i", instance.clone()),
            still("aws_subnet.s", subnet.clone()),
            changed("aws_route_table_association.a", tied(ties.0), tied(ties.1)),
            route,
        ];
        news("security-group-admin-port-open", &plan)
    };
    let stays = ("rtb-1", "rtb-1");
    let out = || route("gateway_id", "igw-1");
    assert_eq!(of(true, stays, made("aws_route.r", out())), ["aws_route.r gateway_id"]);
    assert!(of(false, stays, made("aws_route.r", out())).is_empty());
    assert!(of(true, stays, still("aws_route.r", out())).is_empty());
    assert!(of(true, stays, made("aws_route.r", route("nat_gateway_id", "nat-1"))).is_empty());
    let moved = of(true, ("rtb-9", "rtb-1"), still("aws_route.r", out()));
    assert_eq!(moved, ["aws_route_table_association.a route_table_id"]);
    let other = ("rtb-9", "rtb-9");
    assert!(of(true, other, made("aws_route.r", out())).is_empty());
}

#[test]
fn a_role_in_everybodys_hands_gets_nothing_more() {
    let anybody = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
    let attached = |arn: &str| json!({"role": "r", "policy_arn": arn});
    let read = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let rule = "iam-trust-any-principal";
    let plan = |trust: Value, before: Value| {
        [
            still("aws_iam_role.r", role(trust)),
            changed("aws_iam_role_policy_attachment.a", before, attached(read)),
        ]
    };
    let found = news(rule, &plan(anybody.clone(), Value::Null));
    assert_eq!(found, ["aws_iam_role_policy_attachment.a policy_arn"]);
    assert!(news(rule, &plan(anybody, attached(read))).is_empty());
    assert!(news(rule, &plan(service("ec2.amazonaws.com"), Value::Null)).is_empty());
}

#[test]
fn a_policy_that_is_looked_up_is_judged_where_it_is_attached() {
    let attached =
        || made("aws_iam_user_policy_attachment.a", json!({"user": "m", "policy_arn": ARN}));
    let rule = "iam-wildcard-action";
    let found = news(rule, &[still("data.aws_iam_policy.p", managed(everything())), attached()]);
    assert_eq!(found, ["aws_iam_user_policy_attachment.a policy_arn"]);
    let known = [still("data.aws_iam_policy.p", managed(harmless())), attached()];
    assert!(judge(&known).iter().all(|one| !one.blocks), "{:?}", judge(&known));
}

#[test]
fn what_the_plan_does_not_hold_is_undetermined() {
    let rule = "iam-admin-policy-attached";
    let outcome = |resources: &[Resource]| {
        let findings = judge(resources);
        let own = findings.into_iter().filter(|one| one.rule == rule);
        own.map(|one| (one.change, one.outcome, one.path)).collect::<Vec<_>>()
    };
    let joins = |users: Value| json!({"name": "m", "group": "Administrators", "users": users});
    let new = made("aws_iam_group_membership.m", joins(json!(["mallory"])));
    let unknown = |change, path: &str| (change, Outcome::Undetermined, path.to_owned());
    assert_eq!(outcome(&[new]), [unknown(Change::Introduced, "group")]);
    let (one, two) = (joins(json!(["alice"])), joins(json!(["alice", "mallory"])));
    let of = |before: &Value, after: &Value| {
        outcome(&[changed("aws_iam_group_membership.m", before.clone(), after.clone())])
    };
    assert_eq!(of(&one, &two), [unknown(Change::Introduced, "group")]);
    assert_eq!(of(&two, &one), [unknown(Change::Existing, "group")]);
    let of_plan = [
        made("aws_iam_group.g", json!({"name": "Administrators"})),
        made("aws_iam_group_membership.m", joins(json!(["mallory"]))),
    ];
    // The name alone is no reference: another group of that name may stand outside.
    assert_eq!(outcome(&of_plan).len(), 1);
    let attached =
        made("aws_iam_user_policy_attachment.a", json!({"user": "m", "policy_arn": ARN}));
    assert_eq!(outcome(&[attached]), [unknown(Change::Introduced, "policy_arn")]);
}

#[test]
fn a_condition_that_goes_is_introduced_for_every_broad_statement() {
    let of = |rule: &str, statement: Value, condition: Value| {
        let mut limited = statement.clone();
        limited["Condition"] = condition;
        let plan = |before: &Value, after: &Value| {
            [changed("aws_iam_policy.p", managed(before.clone()), managed(after.clone()))]
        };
        assert!(!news(rule, &plan(&limited, &statement)).is_empty(), "{rule}");
        assert!(news(rule, &plan(&statement, &limited)).is_empty(), "{rule}");
    };
    let mfa = || json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let tag = || json!({"StringEquals": {"aws:ResourceTag/team": "x"}});
    of(
        "iam-service-wildcard",
        json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),
        tag(),
    );
    of("iam-wildcard-action", everything(), mfa());
    let put = json!({"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*"});
    of("iam-privilege-escalation", put, mfa());
    let all_but = json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"});
    of("iam-not-action-allow", all_but, mfa());
    let pass = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"});
    of("iam-pass-role-any", pass, mfa());
}
