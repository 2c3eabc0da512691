//! `default-security-group-not-empty`: the group that everything falls back to has rules.

use super::default_security_group_open::is_of_default_group;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::opening::openings;
use crate::rules::net::opening::Direction;

declare_rule! {
    /// Default security group has rules
    ///
    /// # What it checks
    /// Any ingress or egress rule of an `aws_default_security_group`, including one that only lets
    /// members reach each other, and any separate rule resource that adds one to a VPC's default
    /// group (`aws_default_security_group.d.id`, `aws_vpc.v.default_security_group_id`).
    ///
    /// A rule that `default-security-group-open` reports is not reported here again.
    /// # Why
    /// Whatever is launched without naming a group gets the default group. If the group is empty,
    /// that is noticed at once and does no harm; if it has rules, everything works, and nobody
    /// decided who can reach it. Severity is medium because rules that expose something are
    /// reported by `default-security-group-open`.
    /// # How to fix
    /// Leave the default group empty and give each service its own group; Terraform then removes
    /// the rules that AWS created:
    ///
    /// ```hcl
    /// resource "aws_default_security_group" "this" {
    ///   vpc_id = aws_vpc.this.id
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html>
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html>
    id: "default-security-group-not-empty",
    severity: Medium,
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
    yields_to: ["default-security-group-open"],
    check: State(check),
}

const MESSAGE: &str = "the default security group has a rule";
const UNKNOWN: &str = "the default security group may have a rule";

fn check(view: &View<'_>, answers: &mut Answers) {
    let is_group = view.subject.kind == "aws_default_security_group";
    if !is_group && !is_of_default_group(view) {
        return;
    }
    for way in [Direction::Ingress, Direction::Egress] {
        let rules = openings(view, way);
        // Openings that an unknown part of the list may add come after its blocks.
        let blocks =
            if is_group { view.attribute(way.name()).elements().len() } else { rules.len() };
        for rule in rules.iter().take(blocks) {
            // The attribute that `default-security-group-open` blames, where it may report.
            let path = match rule.widest() {
                Some(list) if rule.may_be_public() => list.path.clone(),
                _ if is_group => rule.base.clone(),
                _ => "security_group_id".to_owned(),
            };
            let key = format!("{} {}", way.name(), rule.traffic.describe());
            answers.violated(path, MESSAGE).with_key(key);
        }
        if let (true, Some(why)) = (is_group, view.attribute(way.name()).rest()) {
            answers.undetermined(way.name(), UNKNOWN, why);
        }
    }
}
