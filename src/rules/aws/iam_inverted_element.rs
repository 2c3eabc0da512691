//! `iam-inverted-element`: what is not listed.

use super::shared::policies::{Wording, identity};
use super::shared::risky;
use crate::iam::Statement;
use crate::iam::element::Clause;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An IAM policy uses NotAction or NotResource
    ///
    /// # What it checks
    /// Every identity policy (see `iam-wildcard-action`) for a statement with `NotAction` or `NotResource`,
    /// whatever its effect.
    /// # Why
    /// Such a statement says what it does not mean, and nobody can read from it what it does mean. `Deny`
    /// with `NotAction` is a good guard all the same, and `Allow` has rules of its own
    /// (`iam-not-action-allow`, `iam-not-resource-allow`). It is low, and off by default.
    /// # How to fix
    /// List what is meant with `Action` and `Resource`.
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html>
    id: "iam-inverted-element",
    severity: Low,
    service: "IAM",
    types: [
        "aws_iam_policy", "aws_iam_role", "aws_iam_role_policy", "aws_iam_user_policy",
        "aws_iam_group_policy", "aws_ssoadmin_permission_set_inline_policy",
        "data.aws_iam_policy_document",
    ],
    frameworks: [],
    params: [],
    yields_to: ["iam-wildcard-action"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy lists what it does not mean",
    possible: "the policy may list what it does not mean",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge_statements(answers, &identity(view), inverts, &WORDING);
}

fn inverts(statement: &Statement) -> Truth {
    let inverted = |clause: &Clause| match clause {
        Clause::AllBut(_) => Truth::True,
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::Missing | Clause::These(_) => Truth::False,
    };
    inverted(&statement.action).or(inverted(&statement.resource))
}
