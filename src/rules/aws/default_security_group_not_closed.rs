//! `default-security-group-not-closed`: a VPC keeps the rules that AWS gave its default group.

use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The default security group of a VPC is not closed
    ///
    /// # What it checks
    /// Whether an `aws_default_security_group` of the plan takes over the default group of each
    /// `aws_vpc` and `aws_default_vpc` and leaves it without ingress and egress. Separate rules that
    /// add to a default group are reported by `default-security-group-not-empty`.
    /// # Why
    /// AWS gives the default group of a new VPC two rules: its members reach each other on every port,
    /// and everything goes out. Whatever is started without naming a group gets them. Low, because it
    /// takes such a resource, and the rules let nobody in from outside.
    /// # How to fix
    /// Take the group over and give it no rules; Terraform then removes those of AWS:
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

const KEPT: &str = "the default security group keeps the rules that AWS gave it";
const RULES: &str = "the default security group has rules";
const UNKNOWN: &str = "whether the default security group is closed is not known";

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
