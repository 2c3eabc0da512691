//! `resource-policy-no-principal`: a statement for nobody, which AWS rejects.

use super::shared::policies::Wording;
use super::shared::resource_policies::{TYPES, judge};
use crate::iam::principal::Principals;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Resource policy has a statement without a principal
    ///
    /// # What it checks
    /// Every statement of a resource policy (see `resource-policy-public`) must have a `Principal` or
    /// a `NotPrincipal`.
    /// # Why
    /// AWS rejects such a policy, so the apply stops halfway: the resource exists, and what should
    /// guard it does not. Severity is low, and the rule is off by default, because AWS itself stops
    /// it.
    /// # How to fix
    /// Name the principals of every statement:
    ///
    /// ```hcl
    /// principals {
    ///   type        = "AWS"
    ///   identifiers = [aws_iam_role.app.arn]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    id: "resource-policy-no-principal",
    severity: Low,
    service: "IAM",
    types: TYPES,
    frameworks: [],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "a statement of the policy has no principal",
    possible: "a statement of the policy may have no principal",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    judge(view, answers, &WORDING, "no principal", |statement| match &statement.principal {
        Principals::Missing => Truth::True,
        Principals::Unknown(why) => Truth::Unknown(why.clone()),
        Principals::These(_) | Principals::AllBut(_) => Truth::False,
    });
}
