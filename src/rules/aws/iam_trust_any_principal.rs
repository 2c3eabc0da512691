//! `iam-trust-any-principal`: a role for everyone.

use super::shared::extent::extent;
use super::shared::policies::{Wording, answer, culprit, trust};
use super::shared::types::TRUST_POLICIES;
use crate::iam::condition::Purpose;
use crate::iam::exposure;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM role can be assumed by anyone
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role` must not have a statement with `Effect: Allow` whose
    /// principal is everyone (`"*"`, `{"AWS": "*"}`, `*` of any other kind, `arn:aws:iam::*:root`,
    /// `NotPrincipal`), unless a condition narrows it to your own callers: `aws:PrincipalOrgID`,
    /// `aws:PrincipalAccount`, `aws:PrincipalArn`, `aws:SourceIp`, `aws:SourceVpce`, and so on. What
    /// the caller chooses does not narrow: `sts:ExternalId` (a password that stands in the policy,
    /// and in every plan of it), `sts:RoleSessionName`, tags of the principal. Negated operators, `...IfExists`, `ForAllValues:` and wildcards
    /// as values do not narrow, because they also match callers without that key; MFA does not
    /// narrow either. A `Deny` for everyone except your own callers counts. If a value is not
    /// known, the answer is undetermined.
    /// # Why
    /// Any AWS account in the world can assume the role and gets everything that it may do. Role
    /// names can be guessed and enumerated without leaving a trace in the account that owns the
    /// role.
    /// # How to fix
    /// Name the accounts, roles or services that need it:
    ///
    /// ```hcl
    /// principals {
    ///   type        = "AWS"
    ///   identifiers = ["arn:aws:iam::123456789012:role/deploy"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
    id: "iam-trust-any-principal",
    severity: Critical,
    service: "IAM",
    types: TRUST_POLICIES,
    frameworks: [],
    params: [],
    holds: narrower,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "anyone can assume the role",
    possible: "anyone may be able to assume the role",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    for place in trust(view).iter() {
        let document = &place.document;
        let broken = exposure::opens(document, Purpose::Trust);
        if broken.is_false() {
            continue;
        }
        let detail = culprit(document, |s| exposure::is_open(document, s, Purpose::Trust));
        let key = format!(
            "anybody\n{}",
            extent(document, |s| exposure::is_open(document, s, Purpose::Trust))
        );
        answer(answers, place, &broken, &WORDING, &key, &detail);
    }
}
