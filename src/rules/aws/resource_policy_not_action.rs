//! `resource-policy-not-action`: all but a few actions, including those that AWS adds later.

use super::shared::policies::Wording;
use super::shared::resource_policies::{TYPES, judge};
use crate::iam::element::Clause;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Resource policy allows every action except the listed ones
    ///
    /// # What it checks
    /// A resource policy (see `resource-policy-public`) must not have a statement with
    /// `Effect: Allow` and `NotAction`. `Deny` with `NotAction` is a sound guardrail and is not
    /// reported.
    /// # Why
    /// `NotAction` with `Allow` grants everything that is not listed, including what AWS adds
    /// later; usually that includes the right to change the policy itself. Severity is medium
    /// because it takes one of the named principals.
    /// # How to fix
    /// Turn it around and list what is allowed.
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
    certain: "the resource policy allows every action except the listed ones",
    possible: "the resource policy may allow every action except the listed ones",
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
