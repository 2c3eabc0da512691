//! `iam-group-without-mfa`: members who need nothing but a password.

use super::shared::identities::policies;
use crate::iam::accounts;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM group has no policy that requires MFA
    ///
    /// # What it checks
    /// `aws_iam_group`: among its policies in the plan (inline or attached) there must be a `Deny`
    /// for requests without MFA (`aws:MultiFactorAuthPresent`), or every statement with
    /// `Effect: Allow` must have a condition that requires MFA. A group that has no policies in the
    /// plan is not judged.
    /// # Why
    /// Without MFA, one guessed password of a member is enough. Severity is low, and the rule is
    /// off by default, because groups of machine users cannot have MFA, and the policy may come
    /// from another configuration.
    /// # How to fix
    /// Attach a policy to the group that denies requests without MFA; see
    /// `iam-user-policy-without-mfa`.
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html>
    id: "iam-group-without-mfa",
    severity: Low,
    service: "IAM",
    types: ["aws_iam_group"],
    frameworks: [("NIST 800-53", ["IA-2(1)", "IA-2(2)"])],
    params: [],
    default: off,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let policies = policies(view);
    let all = policies.merged(true);
    if all.statements.is_empty() {
        return;
    }
    let denies = Truth::any(all.statements.iter().map(accounts::denies_without_mfa));
    let demands = Truth::all(
        all.statements
            .iter()
            .filter(|statement| !statement.allows.is_false())
            .map(accounts::demands_mfa),
    );
    let lax = denies.or(demands).not();
    answers.judge(&lax, "", "no policy of the group requires MFA");
}
