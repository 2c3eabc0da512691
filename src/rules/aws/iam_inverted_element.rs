//! `iam-inverted-element`: everything that is not listed.

use super::shared::policies::{Wording, identity};
use super::shared::risky;
use super::shared::types::IDENTITY_POLICIES;
use crate::iam::Statement;
use crate::iam::element::Clause;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy uses NotAction or NotResource
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement with `NotAction` or
    /// `NotResource`, whatever its effect.
    /// # Why
    /// Such a statement lists what it does not apply to, so nobody can read from it what it does
    /// apply to. Severity is low, and the rule is off by default, because `Deny` with `NotAction`
    /// is a sound guardrail and `Allow` has its own rules (`iam-not-action-allow`,
    /// `iam-not-resource-allow`).
    /// # How to fix
    /// List what the statement is about with `Action` and `Resource`.
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html>
    id: "iam-inverted-element",
    severity: Low,
    service: "IAM",
    types: IDENTITY_POLICIES,
    frameworks: [],
    params: [],
    yields_to: ["iam-wildcard-action"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy uses NotAction or NotResource",
    possible: "the policy may use NotAction or NotResource",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge_statements(answers, &identity(view), inverts, &WORDING);
}

fn inverts(statement: &Statement) -> Truth {
    let inverted = |clause: &Clause| match clause {
        Clause::AllBut(_) => Truth::True,
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::Missing | Clause::These(_) => Truth::False,
    };
    inverted(&statement.action).or(inverted(&statement.resource))
}
