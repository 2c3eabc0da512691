//! `iam-resource-wildcard`: actions on every resource.

use super::shared::policies::{Wording, identity};
use super::shared::risky;
use super::shared::types::IDENTITY_POLICIES;
use crate::iam::element::Clause;
use crate::iam::{Statement, resource, unlimited};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows actions on every resource although they could be restricted
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement with
    /// `Effect: Allow` whose `Resource` names neither an account nor a name (`*`, `arn:aws:s3:::*`,
    /// `arn:aws:rds:*:*:cluster:*`), although at least one of its actions could be restricted to
    /// resources. Actions that take no resource (`s3:ListAllMyBuckets`, `ec2:DescribeInstances`,
    /// `xray:PutTraceSegments`) are not reported; `ec2:Describe*` is, because some of the actions
    /// that it matches can be restricted.
    /// # Why
    /// Least privilege has two sides: which actions, and on which resources. Severity is low, and
    /// the rule is off by default, because most of these statements only read names, and the
    /// serious cases have their own rules.
    /// # How to fix
    /// Put the ARNs of the workload's resources into `resources`, and the actions that take no
    /// resource into a separate statement:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["s3:GetObject"]
    ///   resources = ["${aws_s3_bucket.data.arn}/*"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
    /// - <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    id: "iam-resource-wildcard",
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
    certain: "the policy allows actions on every resource",
    possible: "the policy may allow actions on every resource",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge_statements(answers, &identity(view), everywhere, &WORDING);
}

fn everywhere(statement: &Statement) -> Truth {
    let limitable = match &statement.action {
        Clause::These(actions) => actions.any(unlimited::can_be_limited),
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::AllBut(_) => Truth::True,
        Clause::Missing => Truth::False,
    };
    statement.allows.clone().and(limitable).and(statement.on(resource::names_nothing))
}
