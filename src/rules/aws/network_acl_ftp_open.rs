//! `network-acl-ftp-open`: FTP from the world past a network ACL.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::acl;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// A network ACL lets the internet reach FTP
    ///
    /// # What it checks
    /// Whether an allow rule for ingress lets the world reach TCP port 20 or 21. Deny rules of a lower
    /// number, separate rules of the same ACL and unknowns are read as `network-acl-admin-port-open` reads
    /// them.
    /// # Why
    /// FTP sends passwords and files in the clear. Low and off by default, because the security group still
    /// has to let the packets in, and `security-group-data-port-open` judges that one.
    /// # How to fix
    /// Deny the ports below the rule that lets traffic in, or allow only what is needed:
    ///
    /// ```hcl
    /// ingress {
    ///   rule_no    = 90
    ///   action     = "deny"
    ///   protocol   = "tcp"
    ///   from_port  = 20
    ///   to_port    = 21
    ///   cidr_block = "0.0.0.0/0"
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>
    id: "network-acl-ftp-open",
    severity: Low,
    service: "EC2",
    types: ["aws_network_acl", "aws_default_network_acl", "aws_network_acl_rule"],
    frameworks: [("NIST 800-53", ["AC-4", "CM-7", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a network ACL lets the internet reach FTP",
    together: "rules of a network ACL together let the internet reach FTP",
    unknown: "whether a network ACL lets the internet reach FTP is not known",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    acl::judge(view, &[Target::Tcp(20), Target::Tcp(21)], &WORDING, answers);
}
