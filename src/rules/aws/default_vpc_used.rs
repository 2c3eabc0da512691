//! `default-vpc-used`: the network that AWS creates in every region.

use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The default VPC is used
    ///
    /// # What it checks
    /// An `aws_default_vpc` in the plan, which adopts the default VPC of a region, or a lookup of
    /// one (`data "aws_vpc"` with `default` set to true).
    /// # Why
    /// Every subnet of a default VPC is public and gives its instances a public address, the
    /// network ACL lets everything in, and the address range is the same in every account, so the
    /// VPC cannot be peered with another. Severity is low because what runs there still has
    /// security groups.
    /// # How to fix
    /// Create a VPC with private subnets, and delete the default one where nothing uses it:
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
    // A lookup by other criteria may find it too, but then somebody chose it deliberately.
    answers.judge(&view.attribute("default").is_true(), "default", MESSAGE);
}
