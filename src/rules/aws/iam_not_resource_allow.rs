//! `iam-not-resource-allow`: all but a few resources.

use super::shared::policies::{Wording, identity};
use super::shared::risky;
use crate::iam::Statement;
use crate::iam::element::Clause;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An IAM policy allows actions on all but the listed resources
    ///
    /// # What it checks
    /// Every identity policy (see `iam-wildcard-action`) for a statement with `Effect: Allow` and
    /// `NotResource`. `Deny` with `NotResource` is a common and good guard, and is not meant.
    /// # Why
    /// `NotResource` with `Allow` grants the actions on everything that is not listed: also what others make
    /// next year. A list of what is forbidden is never complete. It needs a credential first, and the
    /// actions are at least listed: medium.
    /// # How to fix
    /// Turn it round: list the resources that are meant with `Resource`; or keep the exclusion as a `Deny`
    /// with `Resource` beside a narrow `Allow`.
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html>
    id: "iam-not-resource-allow",
    severity: Medium,
    service: "IAM",
    types: [
        "aws_iam_policy", "aws_iam_role", "aws_iam_role_policy", "aws_iam_user_policy",
        "aws_iam_group_policy", "aws_ssoadmin_permission_set_inline_policy",
        "data.aws_iam_policy_document",
    ],
    frameworks: [("NIST 800-53", ["AC-6"])],
    params: [],
    yields_to: ["iam-wildcard-action", "iam-not-action-allow"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows actions on all but the listed resources",
    possible: "the policy may allow actions on all but the listed resources",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge_statements(answers, &identity(view), excludes, &WORDING);
}

fn excludes(statement: &Statement) -> Truth {
    let form = match &statement.resource {
        Clause::AllBut(_) => Truth::True,
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::Missing | Clause::These(_) => Truth::False,
    };
    statement.allows.clone().and(form)
}
