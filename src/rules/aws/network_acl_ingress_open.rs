//! `network-acl-ingress-open`: anything at all from the world past a network ACL.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::acl;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// A network ACL lets the internet in
    ///
    /// # What it checks
    /// Whether an allow rule for ingress lets the world in, on whatever protocol and port, less what deny
    /// rules of a lower number take away for every protocol. Ranges, separate rules of the same ACL and
    /// unknowns are read as `network-acl-admin-port-open` reads them.
    /// # Why
    /// A subnet without public services needs no such rule. Low and off by default, because a network ACL
    /// keeps no state: without the ports of answers nothing in the subnet can use the internet.
    /// # How to fix
    /// Name the networks that may come in:
    ///
    /// ```hcl
    /// ingress {
    ///   rule_no    = 100
    ///   action     = "allow"
    ///   protocol   = "tcp"
    ///   from_port  = 443
    ///   to_port    = 443
    ///   cidr_block = "10.0.0.0/8"
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>
    id: "network-acl-ingress-open",
    severity: Low,
    service: "EC2",
    types: ["aws_network_acl", "aws_default_network_acl", "aws_network_acl_rule"],
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a network ACL lets the internet in",
    together: "rules of a network ACL together let the internet in",
    unknown: "whether a network ACL lets the internet in is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    acl::judge(view, &[Target::Anything], &WORDING, answers);
}
