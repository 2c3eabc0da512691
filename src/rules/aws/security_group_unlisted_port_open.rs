//! `security-group-unlisted-port-open`: a port that is no public service, from the world.

use std::borrow::Cow;

use crate::model::rule::{Param, ParamSpec};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// A port that is not listed as public is open to the internet
    ///
    /// # What it checks
    /// Whether an ingress rule lets the world reach any port of TCP or UDP but 80 and 443;
    /// `public_ports` names those that anybody may reach. A range counts when it holds one other port.
    /// Rules, ranges, prefix lists and unknowns are read as `security-group-admin-port-open` reads them.
    /// ICMP and protocols without ports do not count.
    ///
    /// Where a rule about the kind of port (`security-group-all-traffic-open`,
    /// `security-group-admin-port-open`, `security-group-data-port-open`) says as much about the same
    /// attribute, this rule keeps silent.
    /// # Why
    /// Services that are meant for everybody are few and known; a port beyond them is mostly one that was
    /// opened for a trial, or a range that was written wider than the service. Medium, because it may be
    /// meant: then it belongs into `public_ports`, where a reader sees it.
    /// # How to fix
    /// Name the addresses or the group of the clients, or put the service behind a load balancer on 443:
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
    types: [
        "aws_security_group",
        "aws_default_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_lightsail_instance_public_ports",
        "aws_gamelift_fleet",
    ],
    frameworks: [("AWS FSBP", ["EC2.18"]), ("NIST 800-53", ["AC-4", "SC-7"])],
    params: [ParamSpec {
        name: Cow::Borrowed("public_ports"),
        help: Cow::Borrowed("ports that anybody may reach, over TCP and UDP"),
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
    together: "a port that is not listed as public is open to the internet by several rules \
               together",
    unknown: "whether a port that is not listed as public is open to the internet is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let targets = Target::beyond(view.params().ints("public_ports"));
    exposure::judge(view, &targets, &WORDING, answers);
}
