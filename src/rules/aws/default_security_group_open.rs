//! `default-security-group-open`: the group that everything falls back to is open to the internet.

use crate::model::finding::Answer;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::opening::{may_show, openings};
use crate::rules::net::cidr::Family;
use crate::rules::net::key::Key;
use crate::rules::net::opening::{Direction, Opening};
use crate::rules::net::sources::{self, Sources, World};

declare_rule! {
    /// Default security group allows traffic from or to the internet
    ///
    /// # What it checks
    /// An ingress or egress rule of `aws_default_security_group`, on any port and protocol, that is
    /// open to the internet, and a separate rule resource that adds such a rule to a VPC's default
    /// group (`aws_default_security_group.d.id`, `aws_vpc.v.default_security_group_id`). Ranges,
    /// prefix lists and unknown values are read as in `security-group-admin-port-open`.
    ///
    /// The CIS benchmark requires a default group to have no rules at all; that is
    /// `default-security-group-not-empty`. This rule reports the part of it that exposes something:
    /// a group whose members can only reach each other or a private range is not reported. An
    /// `aws_default_security_group` without rules is the best state, because Terraform then removes
    /// the rules that AWS created.
    /// # Why
    /// Whatever is launched without naming a group gets the default group: nobody decided that it
    /// should be reachable, and nobody looks for it there. Egress counts because outbound traffic
    /// is how stolen data leaves and how the next stage of an attack is fetched. Severity is high
    /// rather than critical because it takes a resource that falls back to the group.
    /// # How to fix
    /// Leave the default group empty and give each service its own group:
    ///
    /// ```hcl
    /// resource "aws_default_security_group" "this" {
    ///   vpc_id = aws_vpc.this.id
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html>
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html>
    id: "default-security-group-open",
    severity: High,
    service: "EC2",
    types: [
        "aws_default_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_vpc_security_group_egress_rule",
    ],
    frameworks: [
        ("AWS FSBP", ["EC2.2"]),
        ("CIS AWS Foundations 1.4.0", ["5.3"]),
        ("CIS AWS Foundations 3.0.0", ["5.4"]),
        ("CIS AWS Foundations 5.0.0", ["5.5"]),
        ("NIST 800-53", ["AC-4", "SC-7"]),
    ],
    params: [],
    holds: narrower,
    check: State(check),
}

const OPEN: &str = "the default security group allows traffic from or to the internet";
const UNKNOWN: &str = "the default security group may allow traffic from or to the internet";

/// The types that a rule's `security_group_id` leads to when it is a default group.
const DEFAULTS: [&str; 4] =
    ["aws_default_security_group", "aws_vpc", "aws_default_vpc", "data.aws_vpc"];

fn check(view: &View<'_>, answers: &mut Answers) {
    if view.subject.kind != "aws_default_security_group" && !is_of_default_group(view) {
        return;
    }
    for direction in [Direction::Ingress, Direction::Egress] {
        let rules = openings(view, direction);
        let mut narrow = Vec::new();
        for rule in &rules {
            match (rule.world(), rule.traffic.condition()) {
                (World::No, _) => narrow.push(rule),
                (World::Maybe { path, why, families }, _) => {
                    let key = key(direction, rule, &families);
                    answers.undetermined(path, UNKNOWN, &why).with_key(key.text());
                }
                (World::Yes(families), Some((field, why))) => {
                    let answer = answers.undetermined(rule.field(field), UNKNOWN, why);
                    describe(view, direction, rule, &families, answer);
                }
                (World::Yes(families), None) => {
                    describe(view, direction, rule, &families, answers.violated(path(rule), OPEN));
                }
            }
        }
        // Blocks that add up to the internet only together.
        let all: Vec<&Sources> = narrow.iter().flat_map(|rule| &rule.sources).collect();
        let widest = narrow.iter().max_by_key(|rule| rule.weight());
        match (sources::world(all), widest) {
            (World::Yes(families), Some(rule)) => {
                describe(view, direction, rule, &families, answers.violated(path(rule), OPEN));
            }
            (World::Maybe { why, .. }, Some(rule)) => {
                answers.undetermined(path(rule), UNKNOWN, &why);
            }
            _ => {}
        }
    }
}

/// Whether a separate rule belongs to a default group. A group that cannot be found does not count
/// as one here: what such a rule lets in is judged by the other rules.
pub(super) fn is_of_default_group(view: &View<'_>) -> bool {
    let links = view.follow("security_group_id");
    links.certain.iter().any(|subject| DEFAULTS.contains(&subject.kind.as_str()))
}

fn path(rule: &Opening) -> String {
    rule.widest().map_or_else(String::new, |list| list.path.clone())
}

fn key(direction: Direction, rule: &Opening, families: &[Family]) -> Key {
    families.iter().fold(Key::default(), |key, family| {
        key.line(format!("{} {} {}", direction.name(), rule.traffic.describe(), family.name()))
    })
}

fn describe(
    view: &View<'_>,
    direction: Direction,
    rule: &Opening,
    open: &[(Family, u128)],
    answer: &mut Answer,
) {
    let families: Vec<Family> = open.iter().map(|(family, _)| *family).collect();
    answer.with_key(key(direction, rule, &families).quarters(open).text());
    if may_show(view, rule) {
        let ranges = rule.widest().map_or_else(String::new, Sources::describe);
        let way = direction.preposition();
        answer.with_detail(format!("{} {way} {ranges}", rule.traffic.describe()));
    }
}
