//! `network-acl-admin-port-open`: SSH and RDP from the world past a network ACL.

use std::borrow::Cow;

use crate::model::rule::{Param, ParamSpec};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::acl;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;
use crate::rules::net::services::ADMIN_PORTS;

declare_rule! {
    /// A network ACL lets the internet reach an administration port
    ///
    /// # What it checks
    /// Whether an allow rule for ingress lets the world reach TCP or UDP port 22 (SSH) or 3389 (RDP);
    /// `ports` names others. Inline `ingress` of `aws_network_acl` and `aws_default_network_acl` and
    /// `aws_network_acl_rule` count. The world is what `security-group-admin-port-open` calls so, with
    /// all ranges of all rules added up as numbers.
    ///
    /// The rule with the lowest number that fits decides, so what a deny rule of a lower number takes
    /// away is taken off, separate rules of the same ACL included. A deny rule of which the number,
    /// the ports or the range is not known makes the answer undetermined where it could close the
    /// opening; one that cannot be found in the plan is no excuse. A deny for TCP leaves UDP open.
    /// # Why
    /// A network ACL is the second wall, for the day on which a security group is opened by mistake.
    /// One that lets SSH and RDP in from everywhere is no wall. High and not critical, because the
    /// security group still has to let the packets in.
    /// # How to fix
    /// Deny the administration ports below the rule that lets traffic in, or allow only what is
    /// needed:
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
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html>
    id: "network-acl-admin-port-open",
    severity: High,
    service: "EC2",
    types: ["aws_network_acl", "aws_default_network_acl", "aws_network_acl_rule"],
    frameworks: [
        ("AWS FSBP", ["EC2.21"]),
        ("CIS AWS Foundations 1.4.0", ["5.1"]),
        ("CIS AWS Foundations 3.0.0", ["5.1"]),
        ("CIS AWS Foundations 5.0.0", ["5.2"]),
        ("NIST 800-53", ["AC-4", "CM-7", "SC-7"]),
    ],
    params: [ParamSpec {
        name: Cow::Borrowed("ports"),
        help: Cow::Borrowed("the ports that may not be open to the internet, over TCP and UDP"),
        default: Param::Ints(Cow::Borrowed(&ADMIN_PORTS)),
    }],
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a network ACL lets the internet reach an administration port",
    together: "rules of a network ACL together let the internet reach an administration port",
    unknown: "whether a network ACL lets the internet reach an administration port is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let targets = Target::tcp_and_udp(view.params().ints("ports"));
    acl::judge(view, &targets, &WORDING, answers);
}
