//! `security-group-egress-all-traffic-open`: every protocol and port to the world.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::opening::Direction;
use crate::rules::net::exposure::{self, Wording};
use crate::rules::net::ports::Target;

declare_rule! {
    /// A security group lets all traffic out to the internet
    ///
    /// # What it checks
    /// Whether an egress rule of protocol `-1` (or `all`) names the world. Rules, ranges, prefix lists and
    /// unknowns are read as `security-group-admin-port-open` reads them, for the way out.
    /// # Why
    /// Whoever gets into the machine can send anything anywhere, also by protocols that no proxy sees. Low
    /// and off by default, because it is what AWS gives every new group and what most modules write; an
    /// egress for port 443 alone is a cheap first step, and `security-group-egress-open` is the next.
    /// # How to fix
    /// Name the protocol and the ports:
    ///
    /// ```hcl
    /// egress {
    ///   from_port   = 443
    ///   to_port     = 443
    ///   protocol    = "tcp"
    ///   cidr_blocks = ["0.0.0.0/0"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-egress-all-traffic-open",
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
    alone: "all traffic to the internet is let out",
    together: "all traffic to the internet is let out by several rules together",
    unknown: "whether all traffic to the internet is let out is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    exposure::judge_way(view, Direction::Egress, &[Target::Everything], &WORDING, answers);
}
