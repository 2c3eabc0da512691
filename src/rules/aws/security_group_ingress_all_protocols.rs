//! `security-group-ingress-all-protocols`: every protocol and port, whatever the source.

use super::shared::types::INGRESS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::each;
use crate::rules::net::exposure::Wording;
use crate::rules::net::opening::Direction;

declare_rule! {
    /// Ingress rule of a security group allows every protocol
    ///
    /// # What it checks
    /// An ingress rule must not have protocol `-1` (or `all`), whatever the source, even a private
    /// range or another group. Rules by which only members of the group reach each other are
    /// exempt. If the source is the internet, `security-group-all-traffic-open` reports the rule
    /// too, as critical.
    /// # Why
    /// Whoever is let in reaches everything that listens, now and later, including what is only
    /// meant for local use. Severity is low, and the rule is off by default, because within one
    /// network many teams accept that.
    /// # How to fix
    /// Name the protocol and the port that the client needs:
    ///
    /// ```hcl
    /// ingress {
    ///   from_port       = 5432
    ///   to_port         = 5432
    ///   protocol        = "tcp"
    ///   security_groups = [aws_security_group.app.id]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-ingress-all-protocols",
    severity: Low,
    service: "EC2",
    types: INGRESS,
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "the ingress rule allows every protocol",
    together: "the ingress rules allow every protocol",
    unknown: "the ingress rule may allow every protocol",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    // Blames the protocol, not the source: other rules judge the source.
    let field = match view.subject.kind.as_str() {
        "aws_vpc_security_group_ingress_rule" => "ip_protocol",
        _ => "protocol",
    };
    let way = Direction::Ingress;
    each::judge(view, way, field, |t| t.is_everything(), true, &WORDING, answers);
}
