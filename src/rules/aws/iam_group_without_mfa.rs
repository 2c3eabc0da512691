//! `iam-group-without-mfa`: members who need nothing but a password.

use super::shared::identities::policies;
use crate::iam::accounts;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An IAM group has no policy that demands MFA
    ///
    /// # What it checks
    /// `aws_iam_group`: one of its policies that the plan holds (inline or attached) must have a `Deny`
    /// for what is asked without MFA (`aws:MultiFactorAuthPresent`), or each statement with
    /// `Effect: Allow` a condition that demands it. A group without policies in the plan is not asked.
    /// # Why
    /// A guessed password of one member is then enough. Groups of machines cannot have MFA, and the
    /// policy may come from elsewhere, so it is low, and off by default.
    /// # How to fix
    /// Attach a policy to the group that denies what is asked without MFA; see
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
    let own = policies(view);
    let all = own.merged(true);
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
    answers.judge(&lax, "", "no policy of the group demands MFA");
}
