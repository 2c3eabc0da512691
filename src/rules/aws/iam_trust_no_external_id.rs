//! `iam-trust-no-external-id`: a role that a third party can be talked into using.

use std::borrow::Cow;

use super::shared::policies::{Wording, trust};
use super::shared::risky;
use crate::iam::{Statement, accounts};
use crate::model::rule::{Param, ParamSpec, Text};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An IAM role trusts another account without an external id or MFA
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role`: a statement with `Effect: Allow` whose principal is a whole account
    /// (`123456789012`, `arn:aws:iam::123456789012:root`) that is not one of the parameter `accounts`, the accounts
    /// that are yours, without `sts:ExternalId`, MFA (`Bool`, not `BoolIfExists`) or a condition that names
    /// principals or an organization. Without that parameter every account counts as another's.
    /// # Why
    /// A service that acts for many customers can be told by one of them to use the role of another; the
    /// external id is what stops that. It takes the mistake of that third party, and many accounts that are
    /// named in trust policies are one's own: low, and off by default.
    /// # How to fix
    /// Demand the id that the third party gives to you alone:
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
    types: ["aws_iam_role", "data.aws_iam_policy_document"],
    frameworks: [("NIST 800-53", ["AC-3"])],
    params: [ParamSpec {
        name: Text::Borrowed("accounts"),
        help: Text::Borrowed("account ids that are yours"),
        default: Param::Texts(Cow::Borrowed(&[])),
    }],
    yields_to: ["iam-trust-any-principal"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the role trusts another account without an external id or MFA",
    possible: "the role may trust another account without an external id or MFA",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let own = view.params().texts("accounts");
    let trusts = |statement: &Statement| {
        accounts::trusts_whole(statement, |account| !own.iter().any(|own| own == account))
            .and(accounts::demands_mfa(statement).not())
    };
    risky::judge_statements(answers, &trust(view), trusts, &WORDING);
}
