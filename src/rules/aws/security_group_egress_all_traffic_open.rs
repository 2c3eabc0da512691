//! `security-group-egress-all-traffic-open`: every protocol and port to the internet.

use super::shared::types::EGRESS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::opening::Direction;
use crate::rules::net::ports::Target;

declare_rule! {
    /// Security group allows all traffic to the internet
    ///
    /// # What it checks
    /// An egress rule with protocol `-1` (or `all`) must not include the internet. Rules, ranges,
    /// prefix lists and unknown values are read as in `security-group-admin-port-open`, for
    /// outbound traffic.
    /// # Why
    /// Whoever gets into the instance can send anything anywhere, including over protocols that no
    /// proxy sees. Severity is low, and the rule is off by default, because AWS creates every new
    /// group this way and most modules write it; restricting egress to port 443 is a cheap first
    /// step, and `security-group-egress-open` is the next.
    /// # How to fix
    /// Name the protocol and the ports:
    ///
    /// ```hcl
    /// egress {
    ///   from_port   = 443
    ///   to_port     = 443
    ///   protocol    = "tcp"
    ///   cidr_blocks = ["0.0.0.0/0"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-egress-all-traffic-open",
    severity: Low,
    service: "EC2",
    types: EGRESS,
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "all outbound traffic to the internet is allowed",
    together: "several rules together allow all outbound traffic to the internet",
    unknown: "all outbound traffic to the internet may be allowed",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    exposure::judge_way(view, Direction::Egress, &[Target::Everything], &WORDING, answers);
}
