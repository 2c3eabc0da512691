//! `security-group-ingress-open`: anything from the internet.

use super::shared::types::INGRESS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// Security group is open to the internet
    ///
    /// # What it checks
    /// An ingress rule must not be open to the internet, on any protocol and port, including 443
    /// and ICMP. Rules, ranges, prefix lists and unknown values are read as in
    /// `security-group-admin-port-open`.
    /// # Why
    /// Some networks have a single entrance, and every other group is supposed to name its clients.
    /// Severity is low, and the rule is off by default, because a public service has to let
    /// everyone in; what must never be open is reported by `security-group-all-traffic-open`,
    /// `security-group-admin-port-open`, `security-group-data-port-open` and
    /// `security-group-unlisted-port-open`.
    /// # How to fix
    /// Name the addresses or the groups of the clients:
    ///
    /// ```hcl
    /// ingress {
    ///   from_port       = 443
    ///   to_port         = 443
    ///   protocol        = "tcp"
    ///   security_groups = [aws_security_group.load_balancer.id]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-ingress-open",
    severity: Low,
    service: "EC2",
    types: INGRESS,
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "inbound traffic from the internet is allowed",
    together: "several rules together allow inbound traffic from the internet",
    unknown: "inbound traffic from the internet may be allowed",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    exposure::judge(view, &[Target::Anything], &WORDING, answers);
}
