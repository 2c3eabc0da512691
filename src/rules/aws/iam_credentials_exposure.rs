//! `iam-credentials-exposure`: credentials of others for the asking.

use super::shared::policies::Wording;
use super::shared::risky;
use crate::iam::classes;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An IAM policy lets its holder get the credentials of others
    ///
    /// # What it checks
    /// Every identity policy (see `iam-wildcard-action`) for a statement that allows actions which hand
    /// out credentials (`iam:CreateAccessKey`, `ec2:GetPasswordData`, `rds-db:connect`,
    /// `redshift:GetClusterCredentials`, `lightsail:GetInstanceAccessDetails`, ...) on every
    /// resource. Named resources, a name prefix, `${aws:username}` and a condition on a resource tag are
    /// not meant. `ecr:GetAuthorizationToken` and `sts:GetSessionToken` give nothing that the caller has
    /// not. What is a way to more rights is `iam-privilege-escalation`, and is reported there alone.
    /// # Why
    /// A credential outlives the session that fetched it, and acts in the name of somebody else. It takes
    /// a stolen credential first: medium.
    /// # How to fix
    /// Restrict the action to the identity that it is meant for:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["rds-db:connect"]
    ///   resources = ["arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-ABC/app"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege>
    /// - <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    id: "iam-credentials-exposure",
    severity: Medium,
    service: "IAM",
    types: [
        "aws_iam_policy", "aws_iam_role", "aws_iam_role_policy", "aws_iam_user_policy",
        "aws_iam_group_policy", "aws_ssoadmin_permission_set_inline_policy",
        "data.aws_iam_policy_document",
    ],
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-wildcard-action", "iam-privilege-escalation"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy hands out the credentials of others",
    possible: "the policy may hand out the credentials of others",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    risky::judge(view, answers, classes::CREDENTIALS, &WORDING);
}
