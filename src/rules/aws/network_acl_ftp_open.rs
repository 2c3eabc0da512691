//! `network-acl-ftp-open`: FTP from the internet through a network ACL.

use super::shared::types::NETWORK_ACLS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::acl;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// Network ACL opens FTP to the internet
    ///
    /// # What it checks
    /// An ingress rule with action `allow` must not let the internet reach TCP port 20 or 21. Deny
    /// rules with a lower number, separate rules of the same ACL and unknown values are read as in
    /// `network-acl-admin-port-open`.
    /// # Why
    /// FTP sends passwords and files in the clear. Severity is low, and the rule is off by default,
    /// because the security group still has to allow the traffic, and
    /// `security-group-data-port-open` judges that one.
    /// # How to fix
    /// Deny the ports with a lower number than the rule that lets traffic in, or allow only what is
    /// needed:
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
    types: NETWORK_ACLS,
    frameworks: [("NIST 800-53", ["AC-4", "CM-7", "SC-7"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a network ACL opens FTP to the internet",
    together: "rules of a network ACL together open FTP to the internet",
    unknown: "a network ACL may open FTP to the internet",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    acl::judge(view, &[Target::Tcp(20), Target::Tcp(21)], &WORDING, answers);
}
