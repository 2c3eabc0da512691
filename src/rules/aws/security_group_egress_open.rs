//! `security-group-egress-open`: anything to the internet.

use super::shared::types::EGRESS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::opening::Direction;
use crate::rules::net::ports::Target;

declare_rule! {
    /// Security group allows traffic to the internet
    ///
    /// # What it checks
    /// An egress rule must not include the internet, on any protocol and port. Rules, ranges,
    /// prefix lists and unknown values are read as in `security-group-admin-port-open`, for
    /// outbound traffic. A group without egress rules lets nothing out: Terraform removes the rule
    /// that AWS gives a new group.
    /// # Why
    /// Outbound traffic is how stolen data leaves and how the next stage of an attack is fetched.
    /// Severity is low, and the rule is off by default, because most instances fetch packages and
    /// talk to AWS over the internet; it is meant for networks that have a proxy or endpoints for
    /// that.
    /// # How to fix
    /// Name where the traffic goes, such as the prefix list of an endpoint or the group of a proxy:
    ///
    /// ```hcl
    /// egress {
    ///   from_port       = 443
    ///   to_port         = 443
    ///   protocol        = "tcp"
    ///   prefix_list_ids = [aws_vpc_endpoint.s3.prefix_list_id]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-egress-open",
    severity: Low,
    service: "EC2",
    types: EGRESS,
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "outbound traffic to the internet is allowed",
    together: "several rules together allow outbound traffic to the internet",
    unknown: "outbound traffic to the internet may be allowed",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    exposure::judge_way(view, Direction::Egress, &[Target::Anything], &WORDING, answers);
}
