//! `network-acl-ingress-open`: anything from the internet through a network ACL.

use super::shared::types::NETWORK_ACLS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::acl;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// Network ACL is open to the internet
    ///
    /// # What it checks
    /// An ingress rule with action `allow` must not be open to the internet, on any protocol and
    /// port. What deny rules with a lower number cover for every protocol is subtracted. Ranges,
    /// separate rules of the same ACL and unknown values are read as in
    /// `network-acl-admin-port-open`.
    /// # Why
    /// A subnet without public services needs no such rule. Severity is low, and the rule is off by
    /// default, because a network ACL is stateless: without the ephemeral ports for return traffic,
    /// nothing in the subnet can use the internet.
    /// # How to fix
    /// Name the networks that may connect:
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
    types: NETWORK_ACLS,
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a network ACL lets the internet in",
    together: "rules of a network ACL together let the internet in",
    unknown: "a network ACL may let the internet in",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    acl::judge(view, &[Target::Anything], &WORDING, answers);
}
