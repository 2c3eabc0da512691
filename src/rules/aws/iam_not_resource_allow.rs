//! `iam-not-resource-allow`: all but a few resources.

use super::shared::managed;
use super::shared::policies::{Wording, identity};
use super::shared::risky;
use super::shared::types::GRANTS;
use crate::iam::Statement;
use crate::iam::element::Clause;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows actions on every resource except the listed ones
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement with
    /// `Effect: Allow` and `NotResource`. `Deny` with `NotResource` is a common, sound guardrail
    /// and is not reported.
    /// # Why
    /// `NotResource` with `Allow` grants the actions on everything that is not listed, including
    /// what other teams create next year. A list of exceptions is never complete. Severity is
    /// medium because it takes a credential first, and the actions at least are listed.
    /// # How to fix
    /// Turn it around: list the resources with `Resource`, or keep the exclusion as a `Deny` with
    /// `Resource` next to a narrow `Allow`.
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html>
    id: "iam-not-resource-allow",
    severity: Medium,
    service: "IAM",
    types: GRANTS,
    frameworks: [("NIST 800-53", ["AC-6"])],
    params: [],
    yields_to: ["iam-admin-policy-attached", "iam-wildcard-action", "iam-not-action-allow"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows actions on every resource except the listed ones",
    possible: "the policy may allow actions on every resource except the listed ones",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-not-resource-allow", WORDING.certain);
    risky::judge_statements(answers, &identity(view), excludes, &WORDING);
}

fn excludes(statement: &Statement) -> Truth {
    let form = match &statement.resource {
        Clause::AllBut(_) => Truth::True,
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::Missing | Clause::These(_) => Truth::False,
    };
    statement.allows.clone().and(form)
}
