//! `iam-trust-no-external-id`: a role that a third party can be tricked into using.

use std::borrow::Cow;

use super::shared::policies::{Wording, trust};
use super::shared::risky;
use super::shared::types::TRUST_POLICIES;
use crate::iam::{Statement, accounts};
use crate::model::rule::{Param, ParamSpec, Text};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM role trusts another account without an external ID or MFA
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role`. A statement with `Effect: Allow` whose principal is
    /// a whole account (`123456789012`, `arn:aws:iam::123456789012:root`) must require
    /// `sts:ExternalId`, MFA (`Bool`, not `BoolIfExists`) or a condition that names principals or
    /// an organization. Your own accounts, listed in the parameter `accounts`, are exempt; without
    /// that parameter every account counts as somebody else's.
    /// # Why
    /// A service that acts for many customers can be tricked by one of them into using another
    /// customer's role; the external ID is what prevents that. Severity is low, and the rule is off
    /// by default, because it takes a mistake by that third party, and many accounts in trust
    /// policies are your own.
    /// # How to fix
    /// Require the ID that the third party gives to you alone:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "StringEquals"
    ///   variable = "sts:ExternalId"
    ///   values   = ["8f6f2c1e-..."]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
    id: "iam-trust-no-external-id",
    severity: Low,
    service: "IAM",
    types: TRUST_POLICIES,
    frameworks: [("NIST 800-53", ["AC-3"])],
    params: [ParamSpec {
        name: Text::Borrowed("accounts"),
        help: Text::Borrowed("the ids of your own accounts"),
        default: Param::Texts(Cow::Borrowed(&[])),
    }],
    yields_to: ["iam-trust-any-principal"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the role trusts another account without an external ID or MFA",
    possible: "the role may trust another account without an external ID or MFA",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let accounts = view.params().texts("accounts");
    let trusts = |statement: &Statement| {
        accounts::trusts_whole(statement, |account| !accounts.iter().any(|id| id == account))
            .and(accounts::demands_mfa(statement).not())
    };
    risky::judge_statements(answers, &trust(view), trusts, &WORDING);
}
