//! `iam-credentials-exposure`: other principals' credentials for the asking.

use super::shared::managed;
use super::shared::policies::Wording;
use super::shared::risky;
use super::shared::types::GRANTS;
use crate::iam::classes;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows obtaining other principals' credentials
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement that allows actions
    /// which return credentials (`iam:CreateAccessKey`, `ec2:GetPasswordData`, `rds-db:connect`,
    /// `redshift:GetClusterCredentials`, `lightsail:GetInstanceAccessDetails`, ...) on every
    /// resource. Named resources, a name prefix, `${aws:username}` and a condition on a resource
    /// tag are not reported. `ecr:GetAuthorizationToken` and `sts:GetSessionToken` return nothing
    /// that the caller does not already have. Escalation paths are reported by
    /// `iam-privilege-escalation` only.
    /// # Why
    /// A credential outlives the session that fetched it and acts under somebody else's name.
    /// Severity is medium because it takes a stolen credential first.
    /// # How to fix
    /// Restrict the action to the identity that it is for:
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
    types: GRANTS,
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-admin-policy-attached", "iam-wildcard-action", "iam-privilege-escalation"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows obtaining other principals' credentials",
    possible: "the policy may allow obtaining other principals' credentials",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-credentials-exposure", WORDING.certain);
    risky::judge(view, answers, classes::CREDENTIALS, &WORDING);
}
