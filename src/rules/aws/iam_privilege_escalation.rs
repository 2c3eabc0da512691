//! `iam-privilege-escalation`: a few permissions that add up to all of them.

use std::collections::BTreeMap;

use super::shared::extent::extent_of;
use super::shared::managed;
use super::shared::policies::{Wording, answer, identity};
use super::shared::types::GRANTS;
use crate::iam::escalation;
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows privilege escalation
    ///
    /// # What it checks
    /// Every identity policy (see `iam-wildcard-action`) is compared with the published escalation
    /// paths, which docs/escalation.md lists with their sources: new policy versions, access keys or
    /// passwords of others, attached and inline policies, trust policies, `sts:AssumeRole` on every
    /// role, the code of functions, the user data of instances, commands on machines and in tasks,
    /// builds, and `iam:PassRole` together with a service that works under the passed role (EC2,
    /// Lambda, Glue, CloudFormation, ECS, CodeBuild, SageMaker, Scheduler, Automation, ...). The
    /// detail names the path.
    ///
    /// The statement must reach resources that its author did not name: `*`,
    /// `arn:aws:iam::*:role/*`, a `NotResource`. Patterns are added up, over statements too:
    /// `role/a*` to `role/z*` are every role. Named ARNs, a path or prefix are not reported; what a
    /// policy lets its holder write to itself is `iam-self-administrator`. Conditions on
    /// `iam:PolicyARN`, `iam:PermissionsBoundary`, `iam:PassedToService` and resource tags are
    /// understood, and an unconditional `Deny` in the same document counts. Paths that need two
    /// policies of one identity are `iam-combined-escalation`. A policy that allows everything is
    /// reported by `iam-wildcard-action` only.
    ///
    /// A service role of AWS (`AWSBackupServiceRolePolicyForBackup`, `AWSBatchServiceRole`, ...) is
    /// not reported on a role of the plan that only its service can assume.
    /// # Why
    /// The policy reads like a few harmless permissions but is one step from administrator: whoever
    /// can write a policy, or run code under a stronger role, can do everything. Severity is high
    /// because it takes that step and a credential.
    /// # How to fix
    /// Restrict the action to the ARNs that it is for, or require a permissions boundary:
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
    types: GRANTS,
    frameworks: [],
    params: [],
    yields_to: ["iam-admin-policy-attached"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows privilege escalation",
    possible: "the policy may allow privilege escalation",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-privilege-escalation", WORDING.certain);
    for place in identity(view).iter() {
        let document = &place.document;
        if document.statements.iter().any(|statement| statement.grants_everything().is_true()) {
            continue;
        }
        let (found, doubt) = escalation::find(document);
        // One finding for each set of patterns: `iam:*` alone opens a dozen paths.
        let mut by_grant: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for path in found {
            by_grant.entry(path.granted_by).or_default().push(path.method);
        }
        for (grant, methods) in by_grant {
            let key = format!("escalation {}\n{}", grant.join(" "), extent_of(document, &grant));
            answer(answers, place, &Truth::True, &WORDING, &key, &methods.join("; "));
        }
        if let Some(why) = doubt {
            answer(answers, place, &Truth::Unknown(why), &WORDING, "unknown", "");
        }
    }
}
