//! `config-recorder-missing`: in Rust because it looks at the plan as a whole.

use super::shared::lacks;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The plan has no AWS Config recorder
    ///
    /// # What it checks
    /// A plan for AWS must contain an `aws_config_configuration_recorder`. This rule is for teams
    /// that keep a whole account, or its baseline, in one configuration.
    /// # Why
    /// Without a recorder, nobody can tell how a resource was configured on the day of an incident.
    /// Severity is low, and the rule is off by default, because most accounts get their recorder
    /// from another configuration.
    /// # How to fix
    /// Add a recorder to the configuration that sets up the account.
    ///
    /// ```hcl
    /// resource "aws_config_configuration_recorder" "main" {
    ///   role_arn = aws_iam_role.config.arn
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html>
    id: "config-recorder-missing",
    severity: Low,
    service: "Config",
    types: ["provider.aws"],
    frameworks: [("AWS FSBP", ["Config.1"]), ("CIS AWS Foundations 3.0.0", ["3.3"]), ("NIST 800-53", ["CM-3", "CM-8"])],
    params: [],
    default: off,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    if lacks(view, &["aws_config_configuration_recorder"]) {
        answers.violated("", "the plan has no AWS Config recorder");
    }
}
