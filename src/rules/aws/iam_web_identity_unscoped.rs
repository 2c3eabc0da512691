//! `iam-web-identity-unscoped`: a role for the users of anyone's apps.

use super::shared::policies::{Wording, trust};
use super::shared::risky;
use super::shared::types::TRUST_POLICIES;
use crate::iam::web_identity::{self, Question};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM role trusts the users of every application of an identity provider
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role`. A statement that allows
    /// `sts:AssumeRoleWithWebIdentity` to Amazon Cognito, Google, Facebook or Login with Amazon
    /// must require the application: `cognito-identity.amazonaws.com:aud` (the identity pool),
    /// `accounts.google.com:aud`, `graph.facebook.com:app_id`, `www.amazon.com:app_id`. `*` as the
    /// value, `...IfExists`, `ForAllValues:` and negated operators require nothing.
    /// # Why
    /// These providers sign tokens for everyone's applications. Without the application's ID,
    /// whoever creates an identity pool or an app of their own gets the role. Severity is high
    /// because it takes the role's name.
    /// # How to fix
    /// Require the ID of the identity pool or of the application:
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
    types: TRUST_POLICIES,
    frameworks: [("NIST 800-53", ["AC-3"])],
    params: [],
    yields_to: ["iam-trust-any-principal"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "users of any application of the identity provider can assume the role",
    possible: "users of any application of the identity provider may be able to assume the role",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let lacks = |statement: &_| web_identity::statement(statement, Question::Application);
    risky::judge_statements(answers, &trust(view), lacks, &WORDING);
}
