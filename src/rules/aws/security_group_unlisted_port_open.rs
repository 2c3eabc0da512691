//! `security-group-unlisted-port-open`: a port that is not a public service, open to the internet.

use super::shared::types::OPENINGS;
use std::borrow::Cow;

use crate::model::rule::{Param, ParamSpec};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// Port that is not listed as public is open to the internet
    ///
    /// # What it checks
    /// An ingress rule must not let the internet reach any TCP or UDP port other than 80 and 443;
    /// `public_ports` lists the ports that anyone may reach. A range counts if it includes any
    /// other port. Rules, ranges, prefix lists and unknown values are read as in
    /// `security-group-admin-port-open`. ICMP and protocols without ports do not count.
    ///
    /// What a rule about the kind of port (`security-group-all-traffic-open`,
    /// `security-group-admin-port-open`, `security-group-data-port-open`) already reports for the
    /// same attribute is not reported here again.
    /// # Why
    /// Services that are meant for everyone are few and known; any other open port was usually
    /// opened for a test, or belongs to a range that is wider than the service. Severity is medium
    /// because it may be intended: then the port belongs in `public_ports`, where readers see it.
    /// # How to fix
    /// Name the addresses or the group of the clients, or put the service behind a load balancer on
    /// 443:
    ///
    /// ```hcl
    /// ingress {
    ///   from_port       = 8080
    ///   to_port         = 8080
    ///   protocol        = "tcp"
    ///   security_groups = [aws_security_group.load_balancer.id]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html>
    id: "security-group-unlisted-port-open",
    severity: Medium,
    service: "EC2",
    types: OPENINGS,
    frameworks: [("AWS FSBP", ["EC2.18"]), ("NIST 800-53", ["AC-4", "SC-7"])],
    params: [ParamSpec {
        name: Cow::Borrowed("public_ports"),
        help: Cow::Borrowed("ports that anyone may reach, over TCP and UDP"),
        default: Param::Ints(Cow::Borrowed(&[80, 443])),
    }],
    yields_to: [
        "security-group-all-traffic-open",
        "security-group-admin-port-open",
        "security-group-data-port-open",
    ],
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a port that is not listed as public is open to the internet",
    together: "several rules together open a port that is not listed as public to the internet",
    unknown: "a port that is not listed as public may be open to the internet",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let targets = Target::beyond(view.params().ints("public_ports"));
    exposure::judge(view, &targets, &WORDING, answers);
}
