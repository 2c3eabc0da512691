//! `resource-policy-any-principal`: everyone, as far as a condition lets them.

use super::resource_policy_public::is_everyone;
use super::shared::policies::Wording;
use super::shared::resource_policies::{TYPES, judge};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Resource policy names everyone, narrowed only by a condition
    ///
    /// # What it checks
    /// A resource policy (see `resource-policy-public`) must not have a statement with
    /// `Effect: Allow` whose principal is everyone, whatever its conditions. The same applies to
    /// permissions of Lambda functions, layers and event buses for `*`. A statement that no
    /// condition narrows is reported by `resource-policy-public` only.
    /// # Why
    /// The condition is all that keeps the resource from being public: whoever deletes it,
    /// misspells a key or lists a network that is not yours opens the resource. Severity is low,
    /// and the rule is off by default, because a condition on your organization is the usual way to
    /// share with many accounts.
    /// # How to fix
    /// Name the principals, and keep the condition as a second line of defence:
    ///
    /// ```hcl
    /// principals {
    ///   type        = "AWS"
    ///   identifiers = ["arn:aws:iam::111122223333:root"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    id: "resource-policy-any-principal",
    severity: Low,
    service: "IAM",
    types: ANY,
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["resource-policy-public"],
    default: off,
    check: State(check),
}

/// [`TYPES`], and permissions that are a statement by themselves.
const ANY: [&str; TYPES.len() + 3] = {
    let mut all = [""; TYPES.len() + 3];
    let (first, second) = all.split_at_mut(TYPES.len());
    first.copy_from_slice(&TYPES);
    second.copy_from_slice(&[
        "aws_cloudwatch_event_permission",
        "aws_lambda_layer_version_permission",
        "aws_lambda_permission",
    ]);
    all
};

const WORDING: Wording = Wording {
    certain: "the policy names everyone, and only a condition narrows it",
    possible: "the policy may name everyone",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    if view.subject.kind.ends_with("_permission") {
        let broken = is_everyone(&view.attribute("principal"));
        answers.judge(&broken, "principal", "the permission is granted to everyone");
        return;
    }
    judge(view, answers, &WORDING, "any principal", |statement| {
        statement.allows.clone().and(statement.principal.is_anybody())
    });
}
