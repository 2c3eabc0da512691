//! `iam-pass-role-any`: any role, for any service.

use super::shared::managed;
use super::shared::policies::{Wording, identity};
use super::shared::risky;
use super::shared::types::GRANTS;
use crate::iam::{Statement, classes};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows passing any role
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement that allows
    /// `iam:PassRole` on roles that its author did not name: `*`, `arn:aws:iam::*:role/*`, a
    /// `NotResource`. A condition on `iam:PassedToService` or `iam:AssociatedResourceArn` counts as
    /// a restriction. Together with a service that runs code it is reported by
    /// `iam-privilege-escalation` only.
    /// # Why
    /// Passing a role to a service means using that role. The permission that is still missing for
    /// that arrives with the next policy somebody attaches. Severity is medium because that
    /// permission is missing today.
    /// # How to fix
    /// Name the roles, and the service they may be passed to:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["iam:PassRole"]
    ///   resources = [aws_iam_role.task.arn]
    ///   condition {
    ///     test     = "StringEquals"
    ///     variable = "iam:PassedToService"
    ///     values   = ["ecs-tasks.amazonaws.com"]
    ///   }
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
    id: "iam-pass-role-any",
    severity: Medium,
    service: "IAM",
    types: GRANTS,
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-admin-policy-attached", "iam-wildcard-action", "iam-privilege-escalation", "iam-service-wildcard", "iam-not-action-allow"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows passing any role",
    possible: "the policy may allow passing any role",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-pass-role-any", WORDING.certain);
    risky::judge_statements(answers, &identity(view), passes, &WORDING);
}

fn passes(statement: &Statement) -> Truth {
    if statement.grants_everything().is_true() {
        return Truth::False;
    }
    statement
        .allows
        .clone()
        .and(statement.names("iam:PassRole"))
        .and(statement.reaches_all_of("iam", &["role/"]))
        .and(classes::limited(statement).not())
}
