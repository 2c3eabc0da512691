//! `security-group-ingress-all-protocols`: every protocol and port, from whomever.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::each;
use crate::rules::aws::network::opening::Direction;
use crate::rules::net::exposure::Wording;

declare_rule! {
    /// An ingress rule of a security group is for every protocol
    ///
    /// # What it checks
    /// Whether an ingress rule has protocol `-1` (or `all`), whoever it lets in: a private range or another
    /// group as well. Rules by which only members of the group reach each other are left out. Where the
    /// world is let in, `security-group-all-traffic-open` reports it too, as critical.
    /// # Why
    /// Whoever is let in reaches everything that listens, now and later, also what is only meant for the
    /// machine itself. Low and off by default, because within one network many accept that.
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
    alone: "the ingress rule is for every protocol",
    together: "the ingress rules are for every protocol",
    unknown: "whether the ingress rule is for every protocol is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    // What the rule is must stand at another attribute than whom it names, which others judge.
    let field = match view.subject.kind.as_str() {
        "aws_vpc_security_group_ingress_rule" => "ip_protocol",
        _ => "protocol",
    };
    let way = Direction::Ingress;
    each::judge(view, way, field, |t| t.is_everything(), true, &WORDING, answers);
}
