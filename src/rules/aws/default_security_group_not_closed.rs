//! `default-security-group-not-closed`: a VPC's default group keeps the rules that AWS created.

use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The default security group of a VPC is not closed
    ///
    /// # What it checks
    /// Every `aws_vpc` and `aws_default_vpc` needs an `aws_default_security_group` in the plan that
    /// adopts the VPC's default group and leaves it with no ingress and no egress rules. Separate
    /// rules that are added to a default group are reported by `default-security-group-not-empty`.
    /// # Why
    /// AWS gives the default group of a new VPC two rules: members can reach each other on every
    /// port, and all outbound traffic is allowed. Whatever is launched without naming a group gets
    /// both. Severity is low because it takes such a resource, and the rules let in nothing from
    /// outside.
    /// # How to fix
    /// Adopt the group and give it no rules; Terraform then removes the ones from AWS:
    ///
    /// ```hcl
    /// resource "aws_default_security_group" "this" {
    ///   vpc_id = aws_vpc.this.id
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html>
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html>
    id: "default-security-group-not-closed",
    severity: Low,
    service: "VPC",
    types: ["aws_vpc", "aws_default_vpc"],
    frameworks: [
        ("AWS FSBP", ["EC2.2"]),
        ("CIS AWS Foundations 1.4.0", ["5.3"]),
        ("CIS AWS Foundations 3.0.0", ["5.4"]),
        ("CIS AWS Foundations 5.0.0", ["5.5"]),
        ("NIST 800-53", ["AC-4", "SC-7"]),
    ],
    params: [],
    check: State(check),
}

const KEPT: &str = "the default security group keeps the rules that AWS created";
const RULES: &str = "the default security group has rules";
const UNKNOWN: &str = "the default security group may have rules";

fn check(view: &View<'_>, answers: &mut Answers) {
    let groups = view.pointing_here("aws_default_security_group", "vpc_id");
    match (groups.certain.is_empty(), groups.doubt()) {
        (true, None) => {
            answers.violated("", KEPT);
        }
        (true, Some(why)) => {
            answers.undetermined("", UNKNOWN, why);
        }
        (false, _) => {}
    }
    for group in groups.certain {
        let group = view.look_at(group);
        let sides = ["ingress", "egress"].map(|way| group.attribute(way));
        if sides.iter().any(|rules| !rules.elements().is_empty()) {
            answers.violated("", RULES);
        } else if let Some(why) = sides.iter().find_map(|rules| rules.rest()) {
            answers.undetermined("", UNKNOWN, why);
        }
    }
}
