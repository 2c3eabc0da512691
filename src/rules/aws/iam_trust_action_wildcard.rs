//! `iam-trust-action-wildcard`: a trust policy that allows more than assuming the role.

use super::shared::policies::{Wording, trust};
use super::shared::risky;
use crate::iam::element::Clause;
use crate::iam::{Statement, action};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Trust policy allows every action of a service
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role` must not have a statement with `Effect: Allow` whose
    /// `Action` is everything (`*`) or a whole service (`sts:*`, `rds:*`).
    /// # Why
    /// A trust policy says who can assume the role, and how. `sts:*` also allows setting session
    /// tags and source identities, on which other policies base their decisions; anything else is
    /// rejected, or was meant for another policy. Severity is medium because it takes one of the
    /// trusted principals.
    /// # How to fix
    /// List the way in which the role is assumed:
    ///
    /// ```hcl
    /// statement {
    ///   actions = ["sts:AssumeRole"]
    ///   principals {
    ///     type        = "Service"
    ///     identifiers = ["ec2.amazonaws.com"]
    ///   }
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
    id: "iam-trust-action-wildcard",
    severity: Medium,
    service: "IAM",
    types: ["aws_iam_role"],
    frameworks: [("NIST 800-53", ["AC-6"])],
    params: [],
    yields_to: ["iam-trust-any-principal"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the trust policy allows every action of a service",
    possible: "the trust policy may allow every action of a service",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge_statements(answers, &trust(view), is_wide, &WORDING);
}

fn is_wide(statement: &Statement) -> Truth {
    let wide = match &statement.action {
        Clause::These(actions) => actions.any(|value| {
            let whole = action::whole_service(value).map_or(Truth::False, |(_, sure)| sure);
            action::is_every_action(value).or(whole)
        }),
        Clause::AllBut(_) => Truth::True,
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::Missing => Truth::False,
    };
    statement.allows.clone().and(wide)
}
