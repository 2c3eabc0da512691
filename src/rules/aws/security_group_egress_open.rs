//! `security-group-egress-open`: anything at all to the world.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::opening::Direction;
use crate::rules::net::exposure::{self, Wording};
use crate::rules::net::ports::Target;

declare_rule! {
    /// A security group lets traffic out to the internet
    ///
    /// # What it checks
    /// Whether an egress rule names the world, on whatever protocol and port. Rules, ranges, prefix lists
    /// and unknowns are read as `security-group-admin-port-open` reads them, for the way out. A group
    /// without egress rules lets nothing out: Terraform removes the rule that AWS gives a new group.
    /// # Why
    /// The way out is how stolen data leaves and how the next stage of an attack comes in. Low and off by
    /// default, because most machines fetch packages and talk to AWS over the internet; it is for networks
    /// that have a proxy or endpoints for that.
    /// # How to fix
    /// Name where the traffic goes, such as the prefix list of an endpoint or the group of a proxy:
    ///
    /// ```hcl
    /// egress {
    ///   from_port       = 443
    ///   to_port         = 443
    ///   protocol        = "tcp"
    ///   prefix_list_ids = [aws_vpc_endpoint.s3.prefix_list_id]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-egress-open",
    severity: Low,
    service: "EC2",
    types: [
        "aws_security_group",
        "aws_default_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_egress_rule",
    ],
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "traffic to the internet is let out",
    together: "traffic to the internet is let out by several rules together",
    unknown: "whether traffic to the internet is let out is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    exposure::judge_way(view, Direction::Egress, &[Target::Anything], &WORDING, answers);
}
