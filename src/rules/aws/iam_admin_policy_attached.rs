//! `iam-admin-policy-attached`: the administrator policies that AWS manages.

use super::shared::managed;
use super::shared::outside;
use crate::clouds::aws::managed::{classes, date};
use crate::iam::element::shown;
use crate::iam::pattern::extremes;
use crate::model::rule::{Param, ParamSpec, Text};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;

use std::borrow::Cow;

declare_rule! {
    /// AWS managed administrator policy is attached
    ///
    /// # What it checks
    /// The policy ARNs in attachments (to roles, users, groups, permission sets), in
    /// `managed_policy_arns` and in the exclusive attachment resources must not be
    /// `arn:aws:iam::aws:policy/` followed by one of the names in the parameter `policies`, in any
    /// partition; by default these are `AdministratorAccess` and `IAMFullAccess`, which is
    /// enough to become administrator. Every other policy that AWS manages is judged by what it
    /// grants, by the rules that judge a policy of the same content, such as `iam-service-wildcard`
    /// and `iam-privilege-escalation`; docs/managed-policies.md lists what blocks. One that is newer
    /// than that list is undetermined here. A policy that the plan creates is not an AWS managed
    /// policy; it is judged on its own. An ARN that is not known is undetermined. A permissions
    /// boundary grants nothing and is not reported.
    ///
    /// What a customer managed policy or a group grants that is neither in the plan nor looked up by
    /// it is not known either: attaching such a policy, or joining such a group, is undetermined. A
    /// policy that `data "aws_iam_policy"` looks up is judged by its text. The parameter `elsewhere`
    /// names the policies and groups that another plan judges.
    /// # Why
    /// Whoever gets hold of that identity owns the account; see `iam-wildcard-action`.
    /// # How to fix
    /// Attach a policy with only what the workload needs. For people, use a permission set with a
    /// short session; for deployments, use a role that only the pipeline can assume, and waive it
    /// by name.
    /// # References
    /// - <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html>
    /// - <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/IAMFullAccess.html>
    id: "iam-admin-policy-attached",
    severity: Critical,
    service: "IAM",
    types: [
        "aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment",
        "aws_iam_group_policy_attachment", "aws_iam_policy_attachment", "aws_iam_role",
        "aws_iam_role_policy_attachments_exclusive", "aws_iam_user_policy_attachments_exclusive",
        "aws_iam_group_policy_attachments_exclusive", "aws_ssoadmin_managed_policy_attachment",
        "aws_iam_group_membership", "aws_iam_user_group_membership",
    ],
    frameworks: [("CIS AWS Foundations 3.0.0", ["1.16"])],
    params: [ParamSpec {
        name: Text::Borrowed("policies"),
        help: Text::Borrowed("names of the AWS managed policies that count as administrator"),
        default: Param::Texts(Cow::Borrowed(&[
            Text::Borrowed("AdministratorAccess"),
            Text::Borrowed("IAMFullAccess"),
        ])),
    }, ParamSpec {
        name: Text::Borrowed("elsewhere"),
        help: Text::Borrowed(
            "ARNs of customer managed policies and names of groups that another plan judges; \
             `*` stands for any text",
        ),
        default: Param::Texts(Cow::Borrowed(&[])),
    }],
    check: State(check),
}

/// The rules that a policy must not break by its content for an ARN that is known in part to be
/// harmless: those that block by default.
const BLOCKING: [&str; 5] = [
    "iam-wildcard-action",
    "iam-service-wildcard",
    "iam-privilege-escalation",
    "iam-self-administrator",
    "iam-not-action-allow",
];

fn check(view: &View<'_>, answers: &mut Answers) {
    if outside::is_membership(view) {
        return outside::groups(view, answers);
    }
    let Some(attribute) = managed::attribute(&view.subject.kind) else { return };
    for (path, arn) in managed::arns(view) {
        judge(view, &arn, &path, attribute, answers);
    }
}

fn judge(view: &View<'_>, arn: &Value, path: &str, attribute: &str, answers: &mut Answers) {
    let mut broken = is_admin(view, arn);
    if !broken.is_true()
        && arn.doubt().is_some()
        && leads_to_planned_policies(view, path, attribute)
    {
        broken = Truth::False;
    }
    if broken.is_false()
        && let Some(name) = managed::name(arn)
        && classes(&name).is_none()
        && !shown(arn).contains(":policy/aws-service-role/")
    {
        let why = format!("the AWS managed policy is not among those known on {}", date());
        answers
            .undetermined(
                path,
                "what the attached AWS managed policy grants is not known",
                &Unknown::because(why),
            )
            .with_key(format!("{attribute} {name}"))
            .with_detail(shown(arn));
        return;
    }
    if broken.is_false()
        && let Some(why) = outside::hides(view, arn, path)
    {
        broken = Truth::Unknown(why);
    }
    let message = if broken.is_true() {
        "an administrator policy is attached"
    } else {
        "an administrator policy may be attached"
    };
    let Some(answer) = answers.judge(&broken, path, message) else { return };
    let shown = shown(arn);
    answer.with_key(format!("{attribute} {shown}")).with_detail(shown);
}

/// Whether an ARN names one of the policies.
fn is_admin(view: &View<'_>, arn: &Value) -> Truth {
    let names = view.params().texts("policies");
    let known = |text: &str| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        matches!(parts.as_slice(), ["arn", _, "iam", _, "aws", resource]
            if resource.strip_prefix("policy/").is_some_and(|name| names.iter().any(|n| n == name)))
    };
    let Some(extremes) = extremes(arn) else { return Truth::False };
    let Some((pattern, why)) = extremes.any_text else {
        return Truth::from(known(&extremes.narrowest));
    };
    let pattern = crate::iam::pattern::Pattern::new(&pattern, crate::iam::pattern::Case::Kept);
    let fits = names.iter().any(|name| {
        ["aws", "aws-cn", "aws-us-gov"]
            .iter()
            .any(|partition| pattern.matches(&format!("arn:{partition}:iam::aws:policy/{name}")))
    });
    // A template that ends in the whole name can be nothing else (`arn:${partition}:...`).
    let certain = matches!(arn, Value::Template(_))
        && names.iter().any(|n| extremes.narrowest.ends_with(&format!(":iam::aws:policy/{n}")));
    if certain {
        Truth::True
    } else if fits {
        Truth::Unknown(Unknown::clone(&why))
    } else if managed::name(arn).is_some() {
        // The name is known; only the partition is not.
        Truth::False
    } else {
        managed::may_break(arn, &BLOCKING)
    }
}

/// Whether an unknown ARN belongs to policies that this plan creates.
fn leads_to_planned_policies(view: &View<'_>, path: &str, attribute: &str) -> bool {
    let planned = |path: &str| {
        let links = view.follow(path);
        links.possible.is_empty()
            && !links.certain.is_empty()
            && links.certain.iter().all(|subject| subject.kind == "aws_iam_policy")
    };
    planned(path) || (path != attribute && planned(attribute))
}
