//! `iam-self-administrator`: one call away from administrator, without anybody else.

use std::collections::BTreeMap;

use super::shared::holder::holder;
use super::shared::managed;
use super::shared::policies::{Place, Wording, answer, identity};
use super::shared::types::GRANTS;
use crate::iam::escalation::{self, Found};
use crate::iam::holder::{self as own, Holder};
use crate::iam::paths::Grade;
use crate::model::truth::Truth;
use crate::model::value::Unknown;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy makes its holder administrator
    ///
    /// # What it checks
    /// Two kinds of permissions in an identity policy (see `iam-wildcard-action`).
    ///
    /// *Writing one's own permissions*: `iam:PutUserPolicy`, `iam:AttachUserPolicy` and their
    /// counterparts for groups and roles, and `iam:CreatePolicyVersion`, on the user, group, role or
    /// policy that the statement stands in or is attached to: by name
    /// (`arn:aws:iam::123456789012:user/ci` in a policy of the user `ci`, also `user/c*`), by
    /// reference, or by `user/${aws:username}` and `${aws:PrincipalArn}`, which are whoever asks.
    ///
    /// *Deciding who may sign in as what*, on everything: `sso:CreateAccountAssignment`, writing and
    /// provisioning permission sets, `identitystore:CreateGroupMembership`,
    /// `sso-directory:UpdatePassword`, `iam:UpdateSAMLProvider`,
    /// `iam:UpdateOpenIDConnectProviderThumbprint`, `iam:AddClientIDToOpenIDConnectProvider`.
    ///
    /// Conditions and `Deny` count as in `iam-privilege-escalation`, which also reports who may write
    /// the permissions of every user, group or role. One's own access keys, password and MFA devices
    /// are not permissions, and a policy that allows everything is reported by `iam-wildcard-action`
    /// only.
    /// # Why
    /// The policy is administrator in disguise: one call replaces it with `*`, and nobody else has to
    /// do anything. Severity is critical for that reason.
    /// # How to fix
    /// Leave permissions to a role that only the pipeline can assume. For self-service, allow what
    /// touches credentials only, or require a permissions boundary:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["iam:ChangePassword", "iam:CreateAccessKey", "iam:DeleteAccessKey"]
    ///   resources = ["arn:aws:iam::*:user/$${aws:username}"]
    /// }
    /// ```
    /// # References
    /// - <https://pathfinding.cloud/paths/iam-007>
    /// - <https://docs.aws.amazon.com/singlesignon/latest/userguide/security-iam.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
    id: "iam-self-administrator",
    severity: Critical,
    service: "IAM",
    types: GRANTS,
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-admin-policy-attached"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy makes its holder administrator",
    possible: "the policy may make its holder administrator",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-self-administrator", WORDING.certain);
    let places = identity(view);
    if places.is_empty() {
        return;
    }
    let holder = holder(view);
    for place in places.iter() {
        let document = &place.document;
        if document.statements.iter().any(|statement| statement.grants_everything().is_true()) {
            continue;
        }
        let (ways, doubt) = ways(place, &holder);
        for (grant, methods) in ways {
            let key = format!("administrator {}", grant.join(" "));
            answer(answers, place, &Truth::True, &WORDING, &key, &methods.join("; "));
        }
        if let Some(why) = doubt {
            answer(answers, place, &Truth::Unknown(why), &WORDING, "unknown", "");
        }
    }
}

/// The ways by the patterns that grant them, and why there may be more.
fn ways(place: &Place, holder: &Holder) -> (BTreeMap<Vec<String>, Vec<String>>, Option<Unknown>) {
    let mut ways: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    let (itself, doubt) = own::writes_itself(&place.document, holder);
    let (direct, more) = escalation::find_graded(&place.document, Grade::Direct);
    for Found { method, granted_by } in itself {
        ways.entry(granted_by).or_default().push(format!("{method} on itself"));
    }
    for Found { method, granted_by } in direct {
        ways.entry(granted_by).or_default().push(method);
    }
    (ways, doubt.or(more))
}
