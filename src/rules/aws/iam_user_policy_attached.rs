//! `iam-user-policy-attached`: permissions that are granted person by person.

use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Policy is attached to an IAM user
    ///
    /// # What it checks
    /// The plan must not contain an `aws_iam_user_policy`, an `aws_iam_user_policy_attachment`, or
    /// an `aws_iam_policy_attachment` that names a user in `users`.
    /// # Why
    /// Permissions that are granted to people one by one are forgotten one by one. A group or a
    /// permission set describes what a role in the team may do, and is reviewed once. Severity is
    /// low because this opens nothing by itself.
    /// # How to fix
    /// Attach the policy to a group or a role, and give the user access through it:
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
