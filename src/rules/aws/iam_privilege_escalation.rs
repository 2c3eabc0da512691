//! `iam-privilege-escalation`: a few permissions that add up to all of them.

use std::collections::BTreeMap;

use super::shared::policies::{Wording, answer, identity};
use crate::iam::escalation;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An IAM policy lets its holder gain more rights than it grants
    ///
    /// # What it checks
    /// Every identity policy (see `iam-wildcard-action`) against the published ways to escalate:
    /// new policy versions, keys or passwords of others, attached and inline policies, trust
    /// policies, `sts:AssumeRole` on every role, the code of functions, commands on instances,
    /// and `iam:PassRole` together with a service that runs code under the passed role (EC2,
    /// Lambda, Glue, CloudFormation, ECS, CodeBuild, SageMaker, ...). The detail names the way.
    ///
    /// The statement must reach resources that its author did not name: `*`,
    /// `arn:aws:iam::*:role/*`, a `NotResource`. Named ARNs, a path or prefix, and
    /// `${aws:username}` are not meant. Conditions on `iam:PolicyARN`, `iam:PermissionsBoundary`,
    /// `iam:PassedToService` and resource tags are understood; a `Deny` without conditions in the
    /// same document counts. Ways that need two policies of one identity are not seen.
    /// What allows everything is `iam-wildcard-action`, and is reported there alone.
    /// # Why
    /// The policy reads as a few harmless permissions, and is administrator in one more step: who
    /// may write a policy, or run code under a stronger role, may do all. It needs that step and a
    /// credential, so it is high.
    /// # How to fix
    /// Restrict the action to the ARNs that it is meant for, or demand a permissions boundary:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["iam:PassRole"]
    ///   resources = [aws_iam_role.task.arn]
    ///   condition {
    ///     test     = "StringEquals"
    ///     variable = "iam:PassedToService"
    ///     values   = ["ecs-tasks.amazonaws.com"]
    ///   }
    /// }
    /// ```
    /// # References
    /// - <https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/>
    /// - <https://bishopfox.com/blog/privilege-escalation-in-aws>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
    id: "iam-privilege-escalation",
    severity: High,
    service: "IAM",
    types: [
        "aws_iam_policy", "aws_iam_role", "aws_iam_role_policy", "aws_iam_user_policy",
        "aws_iam_group_policy", "aws_ssoadmin_permission_set_inline_policy",
        "data.aws_iam_policy_document",
    ],
    frameworks: [],
    params: [],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy lets its holder gain further rights",
    possible: "the policy may let its holder gain further rights",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    for place in identity(view).iter() {
        let document = &place.document;
        if document.statements.iter().any(|statement| statement.grants_everything().is_true()) {
            continue;
        }
        let (found, doubt) = escalation::find(document);
        // One finding for what one set of patterns opens: `iam:*` opens a dozen ways.
        let mut by_grant: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for one in found {
            by_grant.entry(one.granted_by).or_default().push(one.method);
        }
        for (grant, methods) in by_grant {
            let key = format!("escalation {}", grant.join(" "));
            answer(answers, place, &Truth::True, &WORDING, &key, &methods.join("; "));
        }
        if let Some(why) = doubt {
            answer(answers, place, &Truth::Unknown(why), &WORDING, "unknown", "");
        }
    }
}
