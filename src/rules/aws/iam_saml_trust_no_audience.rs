//! `iam-saml-trust-no-audience`: a role for SAML responses that were issued for another service.

use super::shared::policies::{Wording, trust};
use super::shared::risky;
use super::shared::types::TRUST_POLICIES;
use crate::iam::web_identity::{self, Question};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM role trusts a SAML provider without a condition
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role`. A statement that allows `sts:AssumeRoleWithSAML`
    /// must require a claim of the response, usually `SAML:aud`.
    /// # Why
    /// The identity provider decides who gets the role; without `SAML:aud`, a response that was
    /// issued for another service is accepted too. Severity is low, and the rule is off by default,
    /// because AWS checks the recipient itself.
    /// # How to fix
    /// Require the audience:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "StringEquals"
    ///   variable = "SAML:aud"
    ///   values   = ["https://signin.aws.amazon.com/saml"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_saml.html>
    id: "iam-saml-trust-no-audience",
    severity: Low,
    service: "IAM",
    types: TRUST_POLICIES,
    frameworks: [("NIST 800-53", ["AC-3"])],
    params: [],
    yields_to: ["iam-trust-any-principal"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the role trusts a SAML provider without a condition",
    possible: "the role may trust a SAML provider without a condition",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let lacks = |statement: &_| web_identity::statement(statement, Question::Audience);
    risky::judge_statements(answers, &trust(view), lacks, &WORDING);
}
