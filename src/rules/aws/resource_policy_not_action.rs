//! `resource-policy-not-action`: all but a few actions, today's and tomorrow's.

use super::shared::policies::Wording;
use super::shared::resource_policies::{TYPES, judge};
use crate::iam::element::Clause;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The policy of a resource allows all but the listed actions
    ///
    /// # What it checks
    /// Resource policies (see `resource-policy-public`) for a statement with `Effect: Allow` and `NotAction`.
    /// `Deny` with `NotAction` is a good guard, and is not meant.
    /// # Why
    /// `NotAction` with `Allow` grants everything that is not listed, also what AWS adds later; among it is
    /// mostly the right to change the policy itself. Medium: it takes a principal that is named.
    /// # How to fix
    /// Turn it round: list what is allowed.
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["s3:GetObject"]
    ///   resources = ["${aws_s3_bucket.data.arn}/*"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html>
    id: "resource-policy-not-action",
    severity: Medium,
    service: "IAM",
    types: TYPES,
    frameworks: [("NIST 800-53", ["AC-6"])],
    params: [],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows all but the listed actions",
    possible: "the policy may allow all but the listed actions",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    judge(view, answers, &WORDING, "NotAction", |statement| {
        let form = match &statement.action {
            Clause::AllBut(_) => Truth::True,
            Clause::Unknown(why) => Truth::Unknown(why.clone()),
            Clause::Missing | Clause::These(_) => Truth::False,
        };
        statement.allows.clone().and(form)
    });
}
