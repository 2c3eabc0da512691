//! `iam-web-identity-unscoped`: a role for the users of everybody's apps.

use super::shared::policies::{Wording, trust};
use super::shared::risky;
use crate::iam::web_identity::{self, Question};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An IAM role trusts the users of every application of a provider
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role`: a statement that allows `sts:AssumeRoleWithWebIdentity` to
    /// Amazon Cognito, Google, Facebook or Login with Amazon must demand the application:
    /// `cognito-identity.amazonaws.com:aud` (the identity pool), `accounts.google.com:aud`,
    /// `graph.facebook.com:app_id`, `www.amazon.com:app_id`. `*` as the value, `...IfExists`, `ForAllValues:` and
    /// negated operators demand nothing.
    /// # Why
    /// These providers sign tokens for everybody's applications. Without the application's id, whoever makes
    /// an identity pool or an app of their own gets the role. It takes the role's name, so it is high.
    /// # How to fix
    /// Demand the id of the identity pool, or of the application:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "StringEquals"
    ///   variable = "cognito-identity.amazonaws.com:aud"
    ///   values   = [aws_cognito_identity_pool.app.id]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>
    id: "iam-web-identity-unscoped",
    severity: High,
    service: "IAM",
    types: ["aws_iam_role", "data.aws_iam_policy_document"],
    frameworks: [("NIST 800-53", ["AC-3"])],
    params: [],
    yields_to: ["iam-trust-any-principal"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the users of every application of a provider may assume the role",
    possible: "the users of every application of a provider may be able to assume the role",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let lacks = |statement: &_| web_identity::statement(statement, Question::Application);
    risky::judge_statements(answers, &trust(view), lacks, &WORDING);
}
