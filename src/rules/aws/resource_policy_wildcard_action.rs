//! `resource-policy-wildcard-action`: more actions than intended.

use super::shared::policies::Wording;
use super::shared::resource_policies::{TYPES, judge};
use crate::iam::element::Clause;
use crate::iam::pattern::{is_wild, widens};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Resource policy allows actions with a wildcard
    ///
    /// # What it checks
    /// A resource policy (see `resource-policy-public`) must not have a statement with
    /// `Effect: Allow` and an action with a wildcard (`s3:Get*`). Every action of a service is
    /// reported by `resource-policy-all-actions` only.
    /// # Why
    /// A wildcard matches more than one expects (`s3:Get*` includes `s3:GetBucketPolicy` and every
    /// older version of every object), and what AWS adds later. Severity is low, and the rule is
    /// off by default, because wildcards for reading are common and rarely do harm.
    /// # How to fix
    /// List the actions that the caller needs:
    ///
    /// ```hcl
    /// actions = ["s3:GetObject"]
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
    id: "resource-policy-wildcard-action",
    severity: Low,
    service: "IAM",
    types: TYPES,
    frameworks: [("NIST 800-53", ["AC-6"])],
    params: [],
    yields_to: ["resource-policy-all-actions"],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the resource policy allows actions with a wildcard",
    possible: "the resource policy may allow actions with a wildcard",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    judge(view, answers, &WORDING, "a pattern of actions", |statement| {
        let pattern = match &statement.action {
            Clause::These(texts) => texts.any(|value| widens(value, is_wild)),
            Clause::Unknown(why) => Truth::Unknown(why.clone()),
            Clause::AllBut(_) | Clause::Missing => Truth::False,
        };
        statement.allows.clone().and(pattern)
    });
}
