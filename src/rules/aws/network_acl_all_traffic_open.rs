//! `network-acl-all-traffic-open`: every protocol and port from the world past a network ACL.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::acl;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// A network ACL lets all traffic from the internet in
    ///
    /// # What it checks
    /// Whether an allow rule for ingress of protocol `-1` (or `all`) lets the world in, less what deny rules
    /// of a lower number take away for every protocol. Ranges, separate rules of the same ACL and unknowns
    /// are read as `network-acl-admin-port-open` reads them. It is about the rule: a deny of some ports
    /// leaves it broader than needed.
    /// # Why
    /// Such an ACL keeps nothing out, so one mistake in a security group is enough. Low and off by default,
    /// because it is what AWS gives every VPC, and most networks rely on their security groups;
    /// `network-acl-admin-port-open` judges the ports that matter most.
    /// # How to fix
    /// Allow what the subnet serves, and the ports of answers:
    ///
    /// ```hcl
    /// ingress {
    ///   rule_no    = 100
    ///   action     = "allow"
    ///   protocol   = "tcp"
    ///   from_port  = 443
    ///   to_port    = 443
    ///   cidr_block = "0.0.0.0/0"
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>
    id: "network-acl-all-traffic-open",
    severity: Low,
    service: "EC2",
    types: ["aws_network_acl", "aws_default_network_acl", "aws_network_acl_rule"],
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a network ACL lets all traffic from the internet in",
    together: "rules of a network ACL together let all traffic from the internet in",
    unknown: "whether a network ACL lets all traffic from the internet in is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    acl::judge(view, &[Target::Everything], &WORDING, answers);
}
