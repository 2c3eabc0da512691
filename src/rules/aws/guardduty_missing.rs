//! `guardduty-missing`: in Rust because it looks at the plan as a whole.

use super::shared::lacks;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The plan has no GuardDuty detector
    ///
    /// # What it checks
    /// A plan for AWS must contain an `aws_guardduty_detector`, or the GuardDuty configuration of
    /// an organization. This rule is for teams that keep a whole account, or its baseline, in one
    /// configuration.
    /// # Why
    /// GuardDuty is what notices stolen credentials and crypto mining. Severity is low, and the
    /// rule is off by default, because most accounts get their detector from another configuration.
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
        answers.violated("", "the plan has no GuardDuty detector");
    }
}
