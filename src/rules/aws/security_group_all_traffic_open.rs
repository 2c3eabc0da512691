//! `security-group-all-traffic-open`: every protocol and port from the internet.

use super::shared::types::OPENINGS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// All inbound traffic from the internet is allowed
    ///
    /// # What it checks
    /// An ingress rule with protocol `-1` (or `all`) must not be open to the internet; its ports
    /// are ignored then. Rules, ranges, prefix lists and unknown values are read as in
    /// `security-group-admin-port-open`. `tcp` with ports 0 to 65535 is not every protocol: it is
    /// reported for the ports that it opens.
    ///
    /// This rule also speaks for `security-group-admin-port-open` and
    /// `security-group-data-port-open` about the same attribute, so one line has one finding. If it
    /// is switched off, they report the line themselves.
    /// # Why
    /// Nothing that listens on the instance is protected any more: administration, databases,
    /// agents, and whatever is started there next year. Usually it is left over from a test.
    /// Severity is critical because it includes every narrower opening.
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
    types: OPENINGS,
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
    alone: "all inbound traffic from the internet is allowed",
    together: "several rules together allow all inbound traffic from the internet",
    unknown: "all inbound traffic from the internet may be allowed",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    exposure::judge(view, &[Target::Everything], &WORDING, answers);
}
