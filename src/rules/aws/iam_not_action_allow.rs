//! `iam-not-action-allow`: all but a few actions, including those that AWS adds later.

use super::shared::extent::extent;
use super::shared::managed;
use super::shared::policies::{Wording, answer, culprit, identity};
use super::shared::types::GRANTS;
use crate::iam::Statement;
use crate::iam::element::Clause;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows every action except the listed ones
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement with
    /// `Effect: Allow` and `NotAction`. `Deny` with `NotAction` is a common, sound guardrail and is
    /// not reported.
    /// # Why
    /// `NotAction` with `Allow` grants everything that is not listed, including the services that
    /// AWS launches next year. A list of exceptions is never complete, and one that excludes
    /// `iam:*` still allows running code under any role that a function or an instance has.
    /// Severity is high because it takes a credential first.
    /// # How to fix
    /// Turn it around: list what is allowed with `Action`, or keep the exclusion as a `Deny` with
    /// `Action` next to a narrow `Allow`.
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["ec2:Describe*", "cloudwatch:Get*"]
    ///   resources = ["*"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html>
    id: "iam-not-action-allow",
    severity: High,
    service: "IAM",
    types: GRANTS,
    frameworks: [],
    params: [],
    yields_to: ["iam-admin-policy-attached"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows every action except the listed ones",
    possible: "the policy may allow every action except the listed ones",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-not-action-allow", WORDING.certain);
    for place in identity(view).iter() {
        let document = &place.document;
        let known = Truth::any(document.statements.iter().map(excludes));
        let broken = match document.doubt() {
            Some(why) => known.or(Truth::Unknown(why)),
            None => known,
        };
        if broken.is_false() {
            continue;
        }
        let detail = culprit(document, excludes);
        let key = format!("NotAction\n{}", extent(document, excludes));
        answer(answers, place, &broken, &WORDING, &key, &detail);
    }
}

fn excludes(statement: &Statement) -> Truth {
    let form = match &statement.action {
        Clause::AllBut(_) => Truth::True,
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::Missing | Clause::These(_) => Truth::False,
    };
    statement.allows.clone().and(form)
}
