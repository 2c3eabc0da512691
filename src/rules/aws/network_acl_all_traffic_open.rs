//! `network-acl-all-traffic-open`: every protocol and port from the internet through a network ACL.

use super::shared::types::NETWORK_ACLS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::acl;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// Network ACL lets in all traffic from the internet
    ///
    /// # What it checks
    /// An ingress rule with action `allow` and protocol `-1` (or `all`) must not be open to the
    /// internet. What deny rules with a lower number cover for every protocol is subtracted.
    /// Ranges, separate rules of the same ACL and unknown values are read as in
    /// `network-acl-admin-port-open`. A deny of single ports does not help: the rule itself is
    /// broader than needed.
    /// # Why
    /// Such an ACL keeps nothing out, so one mistake in a security group is enough. Severity is
    /// low, and the rule is off by default, because AWS creates every VPC this way and most
    /// networks rely on their security groups; `network-acl-admin-port-open` judges the ports that
    /// matter most.
    /// # How to fix
    /// Allow what the subnet serves, and the ephemeral ports for return traffic:
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
    types: NETWORK_ACLS,
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a network ACL lets in all traffic from the internet",
    together: "rules of a network ACL together let in all traffic from the internet",
    unknown: "a network ACL may let in all traffic from the internet",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    acl::judge(view, &[Target::Everything], &WORDING, answers);
}
