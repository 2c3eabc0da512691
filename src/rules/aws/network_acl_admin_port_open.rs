//! `network-acl-admin-port-open`: SSH and RDP from the internet through a network ACL.

use super::shared::types::NETWORK_ACLS;
use std::borrow::Cow;

use crate::clouds::aws::network::EPHEMERAL;
use crate::model::rule::{Param, ParamSpec};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::acl;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::{Target, Traffic};
use crate::rules::net::services::ADMIN_PORTS;

declare_rule! {
    /// Network ACL opens an administrative port to the internet
    ///
    /// # What it checks
    /// An ingress rule with action `allow` must not let the internet reach TCP or UDP port 22 (SSH)
    /// or 3389 (RDP); `ports` replaces the list. Inline `ingress` of `aws_network_acl` and
    /// `aws_default_network_acl` counts, and so does `aws_network_acl_rule`. What counts as the
    /// internet is defined in `security-group-admin-port-open`; the ranges of all rules are added
    /// up as numbers.
    ///
    /// The matching rule with the lowest number decides, so whatever a deny rule with a lower
    /// number covers is subtracted, including separate rules of the same ACL. If the number, the
    /// ports or the range of a deny rule is not known and the rule could close the opening, the
    /// answer is undetermined; a deny rule that is not in the plan is no excuse. A deny for TCP
    /// leaves UDP open.
    ///
    /// A rule for exactly the TCP or UDP ports 1024 to 65535, or 1025 to 5000, is spared: these are the
    /// ephemeral ports that AWS names for return traffic. They hold port 3389, so deny it with a
    /// lower number where the security groups are not enough.
    /// # Why
    /// A network ACL is the second line of defence, for the day when a security group is opened by
    /// mistake. An ACL that lets in SSH and RDP from anywhere is no defence. Severity is high
    /// rather than critical because the security group still has to allow the traffic.
    /// # How to fix
    /// Deny the administrative ports with a lower number than the rule that lets traffic in, or
    /// allow only what is needed:
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
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html>
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html>
    id: "network-acl-admin-port-open",
    severity: High,
    service: "EC2",
    types: NETWORK_ACLS,
    frameworks: [
        ("AWS FSBP", ["EC2.21"]),
        ("CIS AWS Foundations 1.4.0", ["5.1"]),
        ("CIS AWS Foundations 3.0.0", ["5.1"]),
        ("CIS AWS Foundations 5.0.0", ["5.2"]),
        ("NIST 800-53", ["AC-4", "CM-7", "SC-7"]),
    ],
    params: [ParamSpec {
        name: Cow::Borrowed("ports"),
        help: Cow::Borrowed("the ports that must not be open to the internet, over TCP and UDP"),
        default: Param::Ints(Cow::Borrowed(&ADMIN_PORTS)),
    }],
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a network ACL opens an administrative port to the internet",
    together: "rules of a network ACL together open an administrative port to the internet",
    unknown: "a network ACL may open an administrative port to the internet",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let targets = Target::tcp_and_udp(view.params().ints("ports"));
    let is_ephemeral =
        |traffic: &Traffic| traffic.exact_ports().is_some_and(|ports| EPHEMERAL.contains(&ports));
    acl::judge_but(view, is_ephemeral, &targets, &WORDING, answers);
}
