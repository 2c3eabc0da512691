//! `iam-write-unconstrained`: changes to every resource.

use super::shared::policies::{Wording, identity};
use super::shared::risky;
use super::shared::types::IDENTITY_POLICIES;
use crate::iam::element::Clause;
use crate::iam::{Statement, classes, resource, unlimited};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows changing every resource
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement with
    /// `Effect: Allow` whose `Resource` names neither an account nor a name (`*`,
    /// `arn:aws:s3:::*`), although at least one of its actions, judging by its name, changes
    /// something and could be restricted to resources. Conditions on resource tags count as a
    /// restriction.
    /// # Why
    /// A mistake or a stolen credential destroys what belongs to others. Severity is low, and the
    /// rule is off by default, because the more serious cases have their own rules, and the
    /// policies of deployment roles are often this wide on purpose.
    /// # How to fix
    /// Name the resources, or restrict the statement to those that carry a tag of the workload:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "StringEquals"
    ///   variable = "aws:ResourceTag/app"
    ///   values   = ["orders"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege>
    /// - <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    id: "iam-write-unconstrained",
    severity: Low,
    service: "IAM",
    types: IDENTITY_POLICIES,
    frameworks: [("NIST 800-53", ["AC-6"])],
    params: [],
    yields_to: ["iam-wildcard-action"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows changing every resource",
    possible: "the policy may allow changing every resource",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge_statements(answers, &identity(view), writes, &WORDING);
}

fn writes(statement: &Statement) -> Truth {
    let writing = match &statement.action {
        Clause::These(actions) => unlimited::any_limitable(actions, unlimited::may_write),
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::AllBut(_) => Truth::True,
        Clause::Missing => Truth::False,
    };
    statement
        .allows
        .clone()
        .and(writing)
        .and(statement.on(resource::names_nothing))
        .and(classes::limited(statement).not())
}
