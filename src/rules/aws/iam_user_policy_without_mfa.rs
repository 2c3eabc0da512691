//! `iam-user-policy-without-mfa`: permissions for whoever has the key.

use super::shared::policies::{Wording, identity};
use super::shared::risky;
use crate::iam::{Statement, accounts};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Policy of an IAM user or group does not require MFA
    ///
    /// # What it checks
    /// Every statement with `Effect: Allow` in `aws_iam_user_policy` and `aws_iam_group_policy`
    /// needs a condition that requires MFA (`Bool` on `aws:MultiFactorAuthPresent`, or a maximum
    /// age), unless a `Deny` in the same document rejects requests without MFA.
    /// # Why
    /// Without MFA, a leaked access key or a guessed password is enough. Severity is low, and the
    /// rule is off by default, because machine users cannot have MFA, and people should sign in
    /// through IAM Identity Center.
    /// # How to fix
    /// Deny requests without MFA in a policy of the group:
    ///
    /// ```hcl
    /// statement {
    ///   effect      = "Deny"
    ///   not_actions = ["iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]
    ///   resources   = ["*"]
    ///   condition {
    ///     test     = "BoolIfExists"
    ///     variable = "aws:MultiFactorAuthPresent"
    ///     values   = ["false"]
    ///   }
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html>
    id: "iam-user-policy-without-mfa",
    severity: Low,
    service: "IAM",
    types: ["aws_iam_user_policy", "aws_iam_group_policy"],
    frameworks: [("NIST 800-53", ["IA-2(1)", "IA-2(2)"])],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy does not require MFA",
    possible: "the policy may not require MFA",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    for place in identity(view).iter() {
        let guarded =
            Truth::any(place.document.statements.iter().map(accounts::denies_without_mfa));
        let lax = |statement: &Statement| {
            let required = accounts::demands_mfa(statement).or(guarded.clone());
            statement.allows.clone().and(required.not())
        };
        risky::judge_statements(answers, std::slice::from_ref(place), lax, &WORDING);
    }
}
