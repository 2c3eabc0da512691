//! `security-group-ingress-port-range`: more than one port in one ingress rule.

use super::shared::types::INGRESS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::each;
use crate::rules::net::exposure::Wording;
use crate::rules::net::opening::Direction;

declare_rule! {
    /// Ingress rule of a security group spans a range of ports
    ///
    /// # What it checks
    /// An ingress rule for TCP or UDP must not include more than one port, whatever the source.
    /// ICMP has no ports, and neither has a rule for every protocol, which is reported by
    /// `security-group-ingress-all-protocols`.
    /// # Why
    /// A range lets in traffic that nobody thought of, today and when something new listens on a
    /// port in it. Severity is low, and the rule is off by default, because some services need a
    /// range (passive FTP, media, node ports).
    /// # How to fix
    /// Write one rule per port:
    ///
    /// ```hcl
    /// ingress {
    ///   from_port   = 443
    ///   to_port     = 443
    ///   protocol    = "tcp"
    ///   cidr_blocks = ["10.0.0.0/16"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-ingress-port-range",
    severity: Low,
    service: "EC2",
    types: INGRESS,
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "the ingress rule spans a range of ports",
    together: "the ingress rules span a range of ports",
    unknown: "the ingress rule may span a range of ports",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let way = Direction::Ingress;
    each::judge(view, way, "from_port", |t| t.spans_ports(), false, &WORDING, answers);
}
