//! `guardduty-missing`: in Rust because it looks at the plan as a whole.

use super::shared::lacks;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// No GuardDuty detector stands in the plan
    ///
    /// # What it checks
    /// A plan for AWS must hold an `aws_guardduty_detector`, or the configuration of GuardDuty for an
    /// organization. For those who keep a whole account, or its base, in one configuration.
    /// # Why
    /// GuardDuty is what notices stolen credentials and machines that mine coins. Low and off by
    /// default: the detector of most accounts is made elsewhere.
    /// # How to fix
    /// Add a detector to the configuration that sets up the account.
    ///
    /// ```hcl
    /// resource "aws_guardduty_detector" "main" {
    ///   enable = true
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_settingup.html>
    id: "guardduty-missing",
    severity: Low,
    service: "GuardDuty",
    types: ["provider.aws"],
    frameworks: [("AWS FSBP", ["GuardDuty.1"]), ("NIST 800-53", ["RA-3", "SI-4"])],
    params: [],
    default: off,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    if lacks(view, &["aws_guardduty_detector", "aws_guardduty_organization_configuration"]) {
        answers.violated("", "the plan holds no GuardDuty detector");
    }
}
