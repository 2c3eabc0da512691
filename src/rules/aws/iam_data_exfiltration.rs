//! `iam-data-exfiltration`: reading everyone's data.

use super::shared::managed;
use super::shared::policies::Wording;
use super::shared::risky;
use super::shared::types::GRANTS;
use crate::iam::classes;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows reading all data of a service
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement that allows actions
    /// which read stored data (`s3:GetObject`, `dynamodb:Scan`, `secretsmanager:GetSecretValue`,
    /// `ssm:GetParameter*`, `sqs:ReceiveMessage`, `rds:CopyDBSnapshot`, ...) on every resource:
    /// `*`, `arn:aws:s3:::*`, all secrets of an account. Named resources, a name prefix, and a
    /// condition on a resource tag are not reported. A whole service (`s3:*`) is reported by
    /// `iam-service-wildcard` only.
    /// # Why
    /// Whoever gets hold of the identity gets the data of every team, with the backups and the
    /// secrets. Severity is medium because it takes a stolen credential first, and nothing can be
    /// changed.
    /// # How to fix
    /// Name the buckets, tables and secrets that the workload uses, or a prefix that belongs to the
    /// workload:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["secretsmanager:GetSecretValue"]
    ///   resources = ["arn:aws:secretsmanager:*:123456789012:secret:orders/*"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege>
    /// - <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
    id: "iam-data-exfiltration",
    severity: Medium,
    service: "IAM",
    types: GRANTS,
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-admin-policy-attached", "iam-wildcard-action"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows reading all data of a service",
    possible: "the policy may allow reading all data of a service",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-data-exfiltration", WORDING.certain);
    risky::judge(view, answers, classes::DATA, &WORDING);
}
