//! `default-vpc-used`: the network that AWS puts into every region.

use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The default VPC is used
    ///
    /// # What it checks
    /// Whether the plan takes over the default VPC of a region (`aws_default_vpc`), or looks one up
    /// (`data "aws_vpc"` of which `default` is true).
    /// # Why
    /// Every subnet of a default VPC is public and gives its machines a public address, its network ACL
    /// lets everything in, and its address range is the same in every account, so it cannot be joined
    /// to others. Low, because what is put there still has security groups.
    /// # How to fix
    /// Make a VPC with private subnets of its own, and delete the default one where nothing uses it:
    ///
    /// ```hcl
    /// resource "aws_vpc" "main" {
    ///   cidr_block = "10.20.0.0/16"
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html>
    id: "default-vpc-used",
    severity: Low,
    service: "VPC",
    types: ["aws_default_vpc", "data.aws_vpc"],
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    check: State(check),
}

const MESSAGE: &str = "the default VPC is used";

fn check(view: &View<'_>, answers: &mut Answers) {
    if view.subject.kind == "aws_default_vpc" {
        answers.violated("", MESSAGE);
        return;
    }
    // A lookup by anything else may find it as well, but then somebody chose it by name.
    answers.judge(&view.attribute("default").is_true(), "default", MESSAGE);
}
