//! `iam-resource-exposure`: who can share resources with others.

use super::shared::managed;
use super::shared::policies::Wording;
use super::shared::risky;
use super::shared::types::GRANTS;
use crate::iam::exposing;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows sharing all resources of a service
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement that allows actions
    /// which decide who else may use a resource (`s3:PutBucketPolicy`, `kms:PutKeyPolicy`,
    /// `kms:CreateGrant`, `lambda:AddPermission`, `ec2:ModifySnapshotAttribute`,
    /// `sqs:SetQueueAttributes`, ...) on every resource. Named resources, a name prefix,
    /// `kms:GrantIsForAWSResource` and a condition on a resource tag are not reported. A whole
    /// service (`s3:*`) is reported by `iam-service-wildcard` only.
    /// # Why
    /// One call gives a bucket, a snapshot or a key to anyone, without even reading it first.
    /// Severity is medium because it takes a stolen credential first.
    /// # How to fix
    /// Name the resources, or leave their policies to the pipeline that creates them:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["lambda:AddPermission"]
    ///   resources = ["arn:aws:lambda:*:123456789012:function:orders-*"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html>
    /// - <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    id: "iam-resource-exposure",
    severity: Medium,
    service: "IAM",
    types: GRANTS,
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-admin-policy-attached", "iam-wildcard-action"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows sharing all resources of a service",
    possible: "the policy may allow sharing all resources of a service",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-resource-exposure", WORDING.certain);
    risky::judge(view, answers, exposing::EXPOSURE, &WORDING);
}
