//! `iam-identity-escalation`: who can gain more rights, by identity.

use super::shared::identities::policies;
use crate::iam::escalation;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// An identity can gain more rights than it was given
    ///
    /// # What it checks
    /// Roles, users, groups and permission sets: all of their policies that the plan holds (inline,
    /// attached, and those of a user's groups) as one, against the ways to escalate that
    /// `iam-privilege-escalation` knows. It says at the identity what that rule and
    /// `iam-combined-escalation` say at the policy and of the sum, and more: a `Deny` in another
    /// policy of the identity counts.
    /// # Why
    /// A review by identity asks who can become administrator, not which policy does it. It says
    /// nothing new, so it is medium, and off by default.
    /// # How to fix
    /// Restrict what the detail names, in the policy that grants it; see
    /// `iam-privilege-escalation`.
    /// # References
    /// - <https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/>
    id: "iam-identity-escalation",
    severity: Medium,
    service: "IAM",
    types: ["aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_ssoadmin_permission_set"],
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-combined-escalation"],
    default: off,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let own = policies(view);
    let (found, doubt) = escalation::find(&own.merged(false));
    if !found.is_empty() {
        let methods: Vec<String> = found.into_iter().map(|one| one.method).collect();
        answers
            .violated("", "the identity can gain further rights")
            .with_key(format!("escalation {}", methods.join(" ")))
            .with_detail(methods.join("; "));
        return;
    }
    let open = own.certain.iter().find_map(crate::iam::Document::doubt);
    let possible = own.possible.first().filter(|_| {
        let (found, doubt) = escalation::find(&own.merged(true));
        !found.is_empty() || doubt.is_some()
    });
    if let Some(why) =
        doubt.or(open).or(own.open.clone()).or_else(|| possible.map(|(_, why)| why.clone()))
    {
        answers
            .undetermined("", "the identity may be able to gain further rights", &why)
            .with_key("escalation unknown");
    }
}
