//! The network rules over hand-made subjects: what each must say, and what must never change it.

mod acls;
mod answers;
mod groups;
mod plans;
mod properties;

use serde_json::{Value as Json, json};

use crate::model::finding::{Answer, Outcome};
use crate::rules::testing::Fake;
use crate::rules::{Rule, catalogue};

const ADMIN: &str = "security-group-admin-port-open";
const ALL: &str = "security-group-all-traffic-open";
const DATA: &str = "security-group-data-port-open";
const WIDE: &str = "security-group-wide-cidr";
const DEFAULT: &str = "default-security-group-open";
const ACL: &str = "network-acl-admin-port-open";

fn rule(id: &str) -> &'static Rule {
    catalogue::find(id).expect("the rule")
}

/// What a rule says of a group with these ingress blocks.
fn group(id: &str, ingress: Json) -> Vec<Answer> {
    let fake = Fake::new([("aws_security_group.g", json!({ "ingress": ingress }))]);
    fake.ask(rule(id), "aws_security_group.g")
}

/// The worst outcome among answers; `None` is satisfied.
fn worst(answers: &[Answer]) -> Option<Outcome> {
    answers.iter().map(|answer| answer.outcome).min()
}

fn block(protocol: &str, from: impl Into<Json>, to: impl Into<Json>, cidrs: &[&str]) -> Json {
    json!({
        "protocol": protocol, "from_port": from.into(), "to_port": to.into(),
        "cidr_blocks": cidrs, "ipv6_cidr_blocks": [], "prefix_list_ids": null,
        "security_groups": [], "self": false, "description": "",
    })
}

const VIOLATED: Option<Outcome> = Some(Outcome::Violated);
const UNDETERMINED: Option<Outcome> = Some(Outcome::Undetermined);
