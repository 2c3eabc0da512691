//! `iam-user-credentials`: keys that do not expire.

use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Long-lived credential of an IAM user is created
    ///
    /// # What it checks
    /// The plan must not create an `aws_iam_access_key` (unless its `status` is `Inactive`), an
    /// `aws_iam_user_login_profile` or an `aws_iam_service_specific_credential`.
    /// # Why
    /// An access key works from anywhere until somebody deletes it, and Terraform writes its secret
    /// into the state. Leaked keys are the most common way into AWS accounts. Severity is medium
    /// because what a key can do depends on the policies of its user.
    /// # How to fix
    /// Give workloads a role (instance profile, task role, OIDC for CI), and people IAM Identity
    /// Center. If a third party accepts nothing but a key, add a waiver that expires when the key
    /// is due for rotation.
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles>
    id: "iam-user-credentials",
    severity: Medium,
    service: "IAM",
    types: [
        "aws_iam_access_key", "aws_iam_user_login_profile", "aws_iam_service_specific_credential",
    ],
    frameworks: [("AWS FSBP", ["IAM.3"])],
    params: [],
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    if view.subject.kind == "aws_iam_user_login_profile" {
        answers.violated("", "a console password of an IAM user is created");
        return;
    }
    let inactive = view.attribute("status").equals("Inactive");
    let message = if view.subject.kind == "aws_iam_access_key" {
        "an access key of an IAM user is created"
    } else {
        "a service-specific credential of an IAM user is created"
    };
    match inactive.not() {
        Truth::False => {}
        Truth::True => {
            answers.violated("", message);
        }
        Truth::Unknown(why) => {
            answers.undetermined("status", message, &why);
        }
    }
}
