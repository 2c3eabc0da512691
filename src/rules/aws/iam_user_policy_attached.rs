//! `iam-user-policy-attached`: rights of one person, one by one.

use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// A policy is attached to an IAM user
    ///
    /// # What it checks
    /// That there is no `aws_iam_user_policy`, no `aws_iam_user_policy_attachment`, and no user in
    /// `users` of `aws_iam_policy_attachment`.
    /// # Why
    /// Rights that are given to people one by one are forgotten one by one. A group, or a
    /// permission set, says what a role in the team may do, and is reviewed once. It opens nothing
    /// by itself, so it is low.
    /// # How to fix
    /// Attach the policy to a group or a role, and put the user into it:
    ///
    /// ```hcl
    /// resource "aws_iam_group_policy_attachment" "readers" {
    ///   group      = aws_iam_group.readers.name
    ///   policy_arn = aws_iam_policy.read.arn
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-2>
    id: "iam-user-policy-attached",
    severity: Low,
    service: "IAM",
    types: [
        "aws_iam_user_policy", "aws_iam_user_policy_attachment", "aws_iam_policy_attachment",
        "aws_iam_user_policy_attachments_exclusive",
    ],
    frameworks: [("CIS AWS Foundations 3.0.0", ["1.15"]), ("AWS FSBP", ["IAM.2"])],
    params: [],
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let message = "a policy is attached to an IAM user";
    let list = match view.subject.kind.as_str() {
        "aws_iam_policy_attachment" => "users",
        "aws_iam_user_policy_attachments_exclusive" => "policy_arns",
        _ => {
            answers.violated("", message);
            return;
        }
    };
    let value = view.attribute(list);
    let named = match &*value {
        Value::Null => Truth::False,
        Value::List(items) if items.items.is_empty() => {
            items.rest.clone().map_or(Truth::False, Truth::Unknown)
        }
        Value::Unknown(why) => Truth::Unknown(why.clone()),
        _ => Truth::True,
    };
    answers.judge(&named, list, message);
}
