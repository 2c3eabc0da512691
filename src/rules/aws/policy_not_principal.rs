//! `policy-not-principal`: everybody but some.

use super::shared::policies::Wording;
use super::shared::resource_policies::{WITH_TRUST, judge};
use crate::iam::principal::Principals;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// A policy says who is not meant
    ///
    /// # What it checks
    /// Resource policies (see `resource-policy-public`) and trust policies of roles for a statement with
    /// `NotPrincipal`, whatever its effect. With `Allow` it means everybody else, which is
    /// `resource-policy-public` or `iam-trust-any-principal`, and is reported there alone.
    /// # Why
    /// AWS advises against it: a `Deny` with `NotPrincipal` also shuts out the sessions of a role that is
    /// listed, unless each session is listed by its own ARN, and it is often lifted in haste. Low and off by
    /// default, because it errs on the side of refusing.
    /// # How to fix
    /// Deny everybody, with a condition that spares those who are meant:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "ArnNotEquals"
    ///   variable = "aws:PrincipalArn"
    ///   values   = [aws_iam_role.app.arn]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
    id: "policy-not-principal",
    severity: Low,
    service: "IAM",
    types: WITH_TRUST,
    frameworks: [],
    params: [],
    yields_to: ["resource-policy-public", "iam-trust-any-principal"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy says who is not meant",
    possible: "the policy may say who is not meant",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    judge(view, answers, &WORDING, "NotPrincipal", |statement| match &statement.principal {
        Principals::AllBut(_) => Truth::True,
        Principals::Unknown(why) => Truth::Unknown(why.clone()),
        Principals::These(_) | Principals::Missing => Truth::False,
    });
}
