//! `security-group-http-open`: plain HTTP from the internet.

use super::shared::types::INGRESS;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;

declare_rule! {
    /// Port 80 is open to the internet
    ///
    /// # What it checks
    /// An ingress rule must not let the internet reach TCP port 80. Rules, ranges, prefix lists and
    /// unknown values are read as in `security-group-admin-port-open`. A rule for every protocol is
    /// reported by `security-group-all-traffic-open`.
    /// # Why
    /// What is served on port 80 can be read and modified in transit. Severity is low, and the rule
    /// is off by default, because a port 80 that only redirects to HTTPS is good practice, and the
    /// port alone does not tell; `lb-plaintext-listener` judges what the listener does.
    /// # How to fix
    /// Open port 443 only, or keep port 80 for a redirect and leave this rule off.
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-http-open",
    severity: Low,
    service: "EC2",
    types: INGRESS,
    frameworks: [],
    params: [],
    yields_to: ["security-group-all-traffic-open"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "port 80 is open to the internet",
    together: "several rules together open port 80 to the internet",
    unknown: "port 80 may be open to the internet",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    exposure::judge(view, &[Target::Tcp(80)], &WORDING, answers);
}
