//! `resource-policy-no-principal`: a statement for nobody, which AWS refuses.

use super::shared::policies::Wording;
use super::shared::resource_policies::{TYPES, judge};
use crate::iam::principal::Principals;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The policy of a resource does not say whom it is for
    ///
    /// # What it checks
    /// Resource policies (see `resource-policy-public`) for a statement with neither `Principal` nor
    /// `NotPrincipal`.
    /// # Why
    /// AWS refuses such a policy, so that the apply ends half-way: the resource is there, and what guards it
    /// is not. Low and off by default for that: it is AWS that stops it.
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
