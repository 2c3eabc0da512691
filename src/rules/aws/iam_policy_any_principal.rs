//! `iam-policy-any-principal`: an identity policy that names everyone.

use super::shared::policies::{Wording, identity};
use super::shared::risky;
use crate::iam::Statement;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Identity policy names everyone as its principal
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement with
    /// `Effect: Allow` and a `Principal` that matches everyone (`*`, `{"AWS": "*"}`,
    /// `arn:aws:iam::*:root`). Identity policies take no principal; AWS rejects one that has it.
    /// # Why
    /// The apply fails, and what fails is a policy that was meant to be open to everyone: the
    /// obvious next attempt is to attach it to a resource, where it works. Severity is medium
    /// because it opens nothing today.
    /// # How to fix
    /// Remove the principal from the policy of a role, user or group: the policy applies to
    /// whatever it is attached to. In a resource policy, name the accounts or roles.
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
    certain: "the identity policy names everyone as its principal",
    possible: "the identity policy may name everyone as its principal",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge_statements(answers, &identity(view), names_everybody, &WORDING);
}

fn names_everybody(statement: &Statement) -> Truth {
    statement.allows.clone().and(statement.principal.is_anybody())
}
