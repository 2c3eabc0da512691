//! `security-group-egress-port-range`: more than one port in one egress rule.

use super::shared::types::EGRESS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::each;
use crate::rules::net::exposure::Wording;
use crate::rules::net::opening::Direction;

declare_rule! {
    /// Egress rule of a security group spans a range of ports
    ///
    /// # What it checks
    /// An egress rule for TCP or UDP must not include more than one port, whatever the destination.
    /// ICMP has no ports, and neither has a rule for every protocol, which is reported by
    /// `security-group-egress-all-traffic-open`.
    /// # Why
    /// A range lets out traffic that nobody thought of, today and when something new uses a port in
    /// it. Severity is low, and the rule is off by default, because some services need a range
    /// (passive FTP, media, node ports).
    /// # How to fix
    /// Write one rule per port:
    ///
    /// ```hcl
    /// egress {
    ///   from_port   = 443
    ///   to_port     = 443
    ///   protocol    = "tcp"
    ///   cidr_blocks = ["10.0.0.0/16"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-egress-port-range",
    severity: Low,
    service: "EC2",
    types: EGRESS,
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "the egress rule spans a range of ports",
    together: "the egress rules span a range of ports",
    unknown: "the egress rule may span a range of ports",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let way = Direction::Egress;
    each::judge(view, way, "from_port", |t| t.spans_ports(), false, &WORDING, answers);
}
