//! `iam-trust-whole-account`: a role for whomever an account lets in.

use super::shared::policies::{Wording, trust};
use super::shared::risky;
use super::shared::types::TRUST_POLICIES;
use crate::iam::{Statement, accounts};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM role trusts a whole account
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role` must not have a statement with `Effect: Allow` whose
    /// principal is a whole account (`123456789012`, `arn:aws:iam::123456789012:root`), unless a
    /// condition narrows it: `sts:ExternalId`, `aws:PrincipalArn`, `aws:PrincipalOrgID`,
    /// `aws:PrincipalTag/...`. MFA says nothing about who is calling.
    /// # Why
    /// The trusted account decides with its own policies who can assume the role. Severity is low,
    /// and the rule is off by default, because within your own account this is a usual way to share
    /// a role.
    /// # How to fix
    /// Name the roles that need it:
    ///
    /// ```hcl
    /// principals {
    ///   type        = "AWS"
    ///   identifiers = ["arn:aws:iam::123456789012:role/deploy"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    id: "iam-trust-whole-account",
    severity: Low,
    service: "IAM",
    types: TRUST_POLICIES,
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-trust-any-principal"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the role trusts a whole account",
    possible: "the role may trust a whole account",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge_statements(answers, &trust(view), trusts, &WORDING);
}

fn trusts(statement: &Statement) -> Truth {
    accounts::trusts_whole(statement, |_| true)
}
