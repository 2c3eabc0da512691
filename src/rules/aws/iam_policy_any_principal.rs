//! `iam-policy-any-principal`: an identity policy that names everybody.

use super::shared::policies::{Wording, identity};
use super::shared::risky;
use crate::iam::Statement;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An IAM policy of an identity names everybody as principal
    ///
    /// # What it checks
    /// Every identity policy (see `iam-wildcard-action`) for a statement with `Effect: Allow` and a `Principal`
    /// that is everybody (`*`, `{"AWS": "*"}`, `arn:aws:iam::*:root`). A policy of an identity has no principal;
    /// AWS refuses it.
    /// # Why
    /// The apply fails, and what fails is a policy that was meant to be open to everybody: the next attempt
    /// is to attach it to a resource, where it works. Medium, since today it opens nothing.
    /// # How to fix
    /// Remove the principal from the policy of a role, user or group: its holder is meant. In a policy of a
    /// resource name the accounts or roles.
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    id: "iam-policy-any-principal",
    severity: Medium,
    service: "IAM",
    types: [
        "aws_iam_policy", "aws_iam_role", "aws_iam_role_policy", "aws_iam_user_policy",
        "aws_iam_group_policy", "aws_ssoadmin_permission_set_inline_policy",
    ],
    frameworks: [("NIST 800-53", ["AC-3"])],
    params: [],
    yields_to: ["iam-wildcard-action"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy of an identity names everybody",
    possible: "the policy of an identity may name everybody",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge_statements(answers, &identity(view), names_everybody, &WORDING);
}

fn names_everybody(statement: &Statement) -> Truth {
    statement.allows.clone().and(statement.principal.is_anybody())
}
