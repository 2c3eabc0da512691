//! `iam-identity-escalation`: who can escalate, by identity.

use super::shared::identities::policies;
use crate::iam::escalation;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Identity can escalate its privileges
    ///
    /// # What it checks
    /// Roles, users, groups and permission sets. All policies of an identity that are in the plan
    /// (inline, attached, and those of a user's groups) are taken together and compared with the
    /// escalation paths of `iam-privilege-escalation`. What that rule reports on the policy, and
    /// `iam-combined-escalation` on the combination, this rule reports on the identity. It is also
    /// more precise: a `Deny` in another policy of the identity counts.
    /// # Why
    /// An access review asks who can become administrator, not which policy makes it possible.
    /// Severity is medium, and the rule is off by default, because it only shows the same findings
    /// from another side.
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
    let policies = policies(view);
    let (found, doubt) = escalation::find(&policies.merged(false));
    if !found.is_empty() {
        let methods: Vec<String> = found.into_iter().map(|path| path.method).collect();
        answers
            .violated("", "the identity can escalate its privileges")
            .with_key(format!("escalation {}", methods.join(" ")))
            .with_detail(methods.join("; "));
        return;
    }
    let open = policies.certain.iter().find_map(crate::iam::Document::doubt);
    let possible = policies.possible.first().filter(|_| {
        let (found, doubt) = escalation::find(&policies.merged(true));
        !found.is_empty() || doubt.is_some()
    });
    if let Some(why) =
        doubt.or(open).or(policies.open.clone()).or_else(|| possible.map(|(_, why)| why.clone()))
    {
        answers
            .undetermined("", "the identity may be able to escalate its privileges", &why)
            .with_key("escalation unknown");
    }
}
