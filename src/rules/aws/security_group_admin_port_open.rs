//! `security-group-admin-port-open`: SSH and RDP from the internet.

use super::shared::types::OPENINGS;
use std::borrow::Cow;

use crate::model::rule::{Param, ParamSpec};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;
use crate::rules::net::services::ADMIN_PORTS;

declare_rule! {
    /// Administrative port is open to the internet
    ///
    /// # What it checks
    /// An ingress rule must not let the internet reach TCP or UDP port 22 (SSH) or 3389 (RDP);
    /// `ports` replaces the list. Every way of writing such a rule counts: `ingress` blocks,
    /// dynamic blocks, `ingress` as an attribute, `aws_security_group_rule`,
    /// `aws_vpc_security_group_ingress_rule`, and default groups. The built-in firewalls of
    /// Lightsail instances (where naming no source opens the port to everyone) and of `GameLift`
    /// fleets are judged the same way.
    ///
    /// - Ranges are added up as numbers, not compared as text. A rule counts as open to the
    ///   internet if the public addresses in all of its ranges together are at least a quarter of
    ///   IPv4, or as many as a 64th of the IPv6 that IANA has allocated to the regional registries, a
    ///   network of prefix length 15. `0.0.0.0/1` with `128.0.0.0/1`, `0::/0`, `2000::/3` and
    ///   `2600::/12` are the internet. Private, shared (CGNAT), loopback, link-local, multicast and
    ///   documentation ranges do not count, and neither does the IPv6 network of a VPC or subnet of
    ///   the plan.
    /// - Rules that open the same port are added up too, across the blocks and separate resources of
    ///   one group, and across all groups of the plan in front of the same instance, network
    ///   interface, database or other machine. Groups that are not in the plan are not included.
    /// - Prefix lists of the same plan are resolved to their entries. A list that AWS maintains (an
    ///   id of eight digits, the list of a VPC endpoint, `com.amazonaws.*`) is not the internet.
    ///   The entries of any other list are not in the plan: undetermined.
    /// - Protocol `-1` and `all` are every port, `6` is TCP, ICMP has no ports. A range that
    ///   contains the port counts.
    /// - `"${aws_eip.e.public_ip}/32"` is one address, whatever it will be. Other unknown ranges
    ///   are undetermined if the ports can include a judged one, and unknown ports are undetermined
    ///   if the ranges can be the internet. A value that is not a CIDR range is undetermined, never
    ///   satisfied.
    ///
    /// A rule for every protocol is reported by `security-group-all-traffic-open` instead; if that
    /// rule does not run, it is reported here. Egress is not judged.
    /// # Why
    /// Scanners find an instance with SSH or RDP open to everyone within minutes, and it is then
    /// attacked around the clock with stolen keys, guessed passwords and the newest exploit of the
    /// service. Severity is critical because whoever gets in has a shell. UDP is judged as well
    /// because RDP uses it and the CIS benchmark requires it.
    /// # How to fix
    /// Remove the port from the group and log in through Session Manager or EC2 Instance Connect
    /// Endpoint, or name the addresses of your VPN or bastion:
    ///
    /// ```hcl
    /// ingress {
    ///   from_port   = 22
    ///   to_port     = 22
    ///   protocol    = "tcp"
    ///   cidr_blocks = ["10.20.0.0/24"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html>
    id: "security-group-admin-port-open",
    severity: Critical,
    service: "EC2",
    types: OPENINGS,
    frameworks: [
        ("AWS FSBP", ["EC2.19"]),
        ("AWS Security Hub", ["EC2.13", "EC2.14", "EC2.53", "EC2.54"]),
        ("CIS AWS Foundations 1.4.0", ["5.2"]),
        ("CIS AWS Foundations 3.0.0", ["5.2", "5.3"]),
        ("CIS AWS Foundations 5.0.0", ["5.3", "5.4"]),
        ("NIST 800-53", ["AC-4", "CM-7", "SC-7"]),
    ],
    params: [ParamSpec {
        name: Cow::Borrowed("ports"),
        help: Cow::Borrowed("the ports that must not be open to the internet, over TCP and UDP"),
        default: Param::Ints(Cow::Borrowed(&ADMIN_PORTS)),
    }],
    yields_to: ["security-group-all-traffic-open"],
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "an administrative port is open to the internet",
    together: "several rules together open an administrative port to the internet",
    unknown: "an administrative port may be open to the internet",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let targets = Target::tcp_and_udp(view.params().ints("ports"));
    exposure::judge(view, &targets, &WORDING, answers);
}
