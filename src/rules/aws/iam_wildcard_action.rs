//! `iam-wildcard-action`: a policy that makes its principal an administrator.

use super::shared::extent::extent;
use super::shared::managed;
use super::shared::policies::{Wording, answer, culprit, identity};
use super::shared::types::GRANTS;
use crate::iam::Statement;
use crate::model::truth::Truth;
use crate::model::value::Unknown;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows every action on every resource
    ///
    /// # What it checks
    /// Covers every identity policy: managed policies, inline policies of roles, users and groups,
    /// `inline_policy` blocks and permission sets, including documents from an
    /// `aws_iam_policy_document` that is read during the apply, and attached policies that AWS
    /// manages, by what they grant (docs/managed-policies.md). None may have a statement with
    /// `Effect: Allow` whose `Action` is every action (`*`, `**`, `?*`, `*:*`, in any spelling) and
    /// whose `Resource` is every resource (`*`, `arn:aws:*:*:*:*`, a `NotResource`). A region or an
    /// account in the ARN makes no difference.
    ///
    /// Conditions do not count: an administrator with MFA is still an administrator. Every action
    /// on *named* resources is `iam-service-wildcard`. A document that AWS would reject (`action`
    /// for `Action`, a duplicate key, `*:Get*`) is read as its author meant it, and never passes.
    /// # Why
    /// Whoever has the policy, or steals a key of somebody who has it, owns the account: all data,
    /// all users, the audit trail. Severity is critical because nothing more is needed.
    /// # How to fix
    /// Name the actions that the workload uses, on the resources that it uses:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["s3:GetObject", "s3:PutObject"]
    ///   resources = ["${aws_s3_bucket.data.arn}/*"]
    /// }
    /// ```
    ///
    /// IAM Access Analyzer can generate such a policy from the actions that were actually used.
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html>
    id: "iam-wildcard-action",
    severity: Critical,
    service: "IAM",
    types: GRANTS,
    frameworks: [("CIS AWS Foundations 3.0.0", ["1.16"]), ("AWS FSBP", ["IAM.1"])],
    params: [],
    yields_to: ["iam-admin-policy-attached"],
    holds: narrower,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows every action on every resource",
    possible: "the policy may allow every action on every resource",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-wildcard-action", WORDING.certain);
    for place in identity(view).iter() {
        let document = &place.document;
        let known = Truth::any(document.statements.iter().map(grants));
        let broken = match document.doubt() {
            Some(why) => known.or(Truth::Unknown(why)),
            None => known,
        };
        if broken.is_false() {
            continue;
        }
        let detail = culprit(document, Statement::grants_everything);
        let key = format!("everything\n{}", extent(document, Statement::grants_everything));
        answer(answers, place, &broken, &WORDING, &key, &detail);
    }
}

fn grants(statement: &Statement) -> Truth {
    let everything = statement.grants_everything();
    if !everything.is_false() {
        return everything;
    }
    // `*:Get*`: rejected, or interpreted in a way that nobody can predict.
    let rejected = statement.names_every_action().is_false()
        && !statement.crosses_services().is_false()
        && !statement.allows.is_false();
    if rejected {
        let why = "AWS would reject this policy document: an action has a wildcard in its service";
        return Truth::Unknown(Unknown::because(why));
    }
    everything
}
