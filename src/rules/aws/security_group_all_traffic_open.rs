//! `security-group-all-traffic-open`: every protocol and port from the world.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// All traffic from the internet is let in
    ///
    /// # What it checks
    /// Whether an ingress rule of protocol `-1` (or `all`) lets the world in; its ports mean nothing
    /// then. Rules, ranges, prefix lists and unknowns are read as `security-group-admin-port-open`
    /// reads them. `tcp` with ports 0 to 65535 is not every protocol: it is reported for the ports
    /// that it opens.
    ///
    /// This rule speaks for `security-group-admin-port-open` and `security-group-data-port-open`
    /// about the same attribute, so that one line has one finding. Where it is switched off they
    /// report the line themselves.
    /// # Why
    /// Nothing that listens on the machine is behind a firewall any more: administration, databases,
    /// agents, and whatever is started there next year. It is mostly a leftover of a trial. Critical,
    /// because it holds every narrower opening.
    /// # How to fix
    /// Name the ports, and the addresses that need them.
    ///
    /// A public web service:
    ///
    /// ```hcl
    /// ingress {
    ///   from_port   = 443
    ///   to_port     = 443
    ///   protocol    = "tcp"
    ///   cidr_blocks = ["0.0.0.0/0"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    /// - <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>
    id: "security-group-all-traffic-open",
    severity: Critical,
    service: "EC2",
    types: [
        "aws_security_group",
        "aws_default_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_lightsail_instance_public_ports",
        "aws_gamelift_fleet",
    ],
    frameworks: [
        ("AWS FSBP", ["EC2.18", "EC2.19"]),
        ("CIS AWS Foundations 1.4.0", ["5.2"]),
        ("CIS AWS Foundations 3.0.0", ["5.2", "5.3"]),
        ("CIS AWS Foundations 5.0.0", ["5.3", "5.4"]),
        ("NIST 800-53", ["AC-4", "CM-7", "SC-7"]),
    ],
    params: [],
    holds: narrower,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "all traffic from the internet is let in",
    together: "all traffic from the internet is let in by several rules together",
    unknown: "whether all traffic from the internet is let in is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    exposure::judge(view, &[Target::Everything], &WORDING, answers);
}
