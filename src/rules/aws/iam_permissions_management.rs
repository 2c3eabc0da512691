//! `iam-permissions-management`: who can change what others may do.

use super::shared::managed;
use super::shared::policies::Wording;
use super::shared::risky;
use super::shared::types::GRANTS;
use crate::iam::classes;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows changing the permissions of every identity
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement that allows actions
    /// which change permissions (`iam:AttachRolePolicy`, `iam:DeletePolicy`,
    /// `organizations:DetachPolicy`, `sso:CreateAccountAssignment`, `eks:AssociateAccessPolicy`,
    /// ...) on every resource. Named resources, a path or prefix, and conditions on
    /// `iam:PolicyARN`, `iam:PermissionsBoundary` or a resource tag are not reported. Escalation
    /// paths are reported by `iam-privilege-escalation` only.
    /// # Why
    /// Whoever can change permissions decides what everyone else may do, and can remove a boundary,
    /// a deny or a service control policy. Severity is medium because it takes a stolen credential
    /// first.
    /// # How to fix
    /// Restrict the action to a path, or require a permissions boundary:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["iam:AttachRolePolicy"]
    ///   resources = ["arn:aws:iam::123456789012:role/app/*"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
    /// - <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    id: "iam-permissions-management",
    severity: Medium,
    service: "IAM",
    types: GRANTS,
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-admin-policy-attached", "iam-wildcard-action", "iam-privilege-escalation", "iam-self-administrator"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows changing the permissions of every identity",
    possible: "the policy may allow changing the permissions of every identity",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-permissions-management", WORDING.certain);
    risky::judge(view, answers, classes::PERMISSIONS, &WORDING);
}
