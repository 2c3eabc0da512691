//! `security-group-ingress-open`: anything at all from the world.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// A security group lets the internet in
    ///
    /// # What it checks
    /// Whether an ingress rule lets the world in, on whatever protocol and port, 443 and ICMP too. Rules,
    /// ranges, prefix lists and unknowns are read as `security-group-admin-port-open` reads them.
    /// # Why
    /// Some networks have one way in, and every other group shall name its clients. Low and off by
    /// default, because a public service has to let everybody in; what must never be open is reported by
    /// `security-group-all-traffic-open`, `security-group-admin-port-open`,
    /// `security-group-data-port-open` and `security-group-unlisted-port-open`.
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
    types: [
        "aws_security_group",
        "aws_default_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
    ],
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "the internet is let in",
    together: "the internet is let in by several rules together",
    unknown: "whether the internet is let in is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    exposure::judge(view, &[Target::Anything], &WORDING, answers);
}
