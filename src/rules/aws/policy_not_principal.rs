//! `policy-not-principal`: everyone except the listed principals.

use super::shared::policies::Wording;
use super::shared::resource_policies::{WITH_TRUST, judge};
use crate::iam::principal::Principals;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Policy uses NotPrincipal
    ///
    /// # What it checks
    /// A resource policy (see `resource-policy-public`) or the trust policy of a role must not have
    /// a statement with `NotPrincipal`, whatever its effect. With `Allow` it grants access to
    /// everyone else, which is reported by `resource-policy-public` or `iam-trust-any-principal`
    /// only.
    /// # Why
    /// AWS advises against it: a `Deny` with `NotPrincipal` also locks out the sessions of a listed
    /// role, unless each session is listed by its own ARN, and is often removed in haste. Severity
    /// is low, and the rule is off by default, because it errs on the side of denying.
    /// # How to fix
    /// Deny everyone, with a condition that exempts the principals you mean:
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
    certain: "the policy uses NotPrincipal",
    possible: "the policy may use NotPrincipal",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    judge(view, answers, &WORDING, "NotPrincipal", |statement| match &statement.principal {
        Principals::AllBut(_) => Truth::True,
        Principals::Unknown(why) => Truth::Unknown(why.clone()),
        Principals::These(_) | Principals::Missing => Truth::False,
    });
}
