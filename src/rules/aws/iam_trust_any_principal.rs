//! `iam-trust-any-principal`: a role for everybody.

use super::shared::extent::extent;
use super::shared::policies::{Wording, answer, culprit, trust};
use crate::iam::condition::Purpose;
use crate::iam::exposure;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An IAM role may be assumed by anybody
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role`: a statement with `Effect: Allow` whose principal is
    /// everybody (`"*"`, `{"AWS": "*"}`, `*` of any other kind, `arn:aws:iam::*:root`,
    /// `NotPrincipal`), unless a condition narrows it to callers of yours: `aws:PrincipalOrgID`,
    /// `aws:PrincipalAccount`, `aws:PrincipalArn`, `aws:SourceIp`, `aws:SourceVpce`, a known
    /// `sts:ExternalId`, .... Negated operators, `...IfExists`, `ForAllValues:` and wildcards as
    /// values do not narrow, since they hold for callers without that key; neither does MFA. A
    /// `Deny` of all but your own callers counts. With a value that is not known the answer is
    /// undetermined.
    /// # Why
    /// Any AWS account in the world can assume the role and gets all that it may do. Role names are
    /// guessed and enumerated without leaving a trace in the account that owns the role.
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
    types: ["aws_iam_role", "data.aws_iam_policy_document"],
    frameworks: [],
    params: [],
    holds: narrower,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "anybody may assume the role",
    possible: "anybody may be able to assume the role",
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
