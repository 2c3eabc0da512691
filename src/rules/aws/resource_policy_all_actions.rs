//! `resource-policy-all-actions`: full control where use was meant.

use super::shared::policies::Wording;
use super::shared::resource_policies::{TYPES, judge};
use crate::iam::element::Clause;
use crate::iam::pattern::extremes;
use crate::iam::principal::Principals;
use crate::iam::{Statement, action};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Resource policy allows every action of its service
    ///
    /// # What it checks
    /// A resource policy (see `resource-policy-public`) must not have a statement with
    /// `Effect: Allow` and an action that is everything, or a whole service (`*`, `sqs:*`,
    /// `S3:**`), whatever its principals. On KMS keys, a statement for the root of an account is
    /// not reported: AWS requires `kms:*` there so that the key stays manageable.
    /// # Why
    /// Every action includes the ones that change the policy itself, delete the resource, or lock
    /// out its owner. A caller who needs to send or to read gets control. Severity is medium
    /// because it takes one of the named principals.
    /// # How to fix
    /// List the actions that the caller needs:
    ///
    /// ```hcl
    /// actions = ["sqs:SendMessage"]
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege>
    id: "resource-policy-all-actions",
    severity: Medium,
    service: "IAM",
    types: TYPES,
    frameworks: [("NIST 800-53", ["AC-6"])],
    params: [],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the resource policy allows every action of its service",
    possible: "the resource policy may allow every action of its service",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let key = view.subject.kind.starts_with("aws_kms_");
    judge(view, answers, &WORDING, "all actions", |statement| {
        let exempt = if key { only_roots(statement) } else { Truth::False };
        statement.allows.clone().and(every(statement)).and(exempt.not())
    });
}

/// Whether one of the actions is a whole service, or everything.
fn every(statement: &Statement) -> Truth {
    match &statement.action {
        Clause::These(texts) => texts.any(|value| {
            let whole = action::whole_service(value).map_or(Truth::False, |(_, whole)| whole);
            action::is_every_action(value).or(whole)
        }),
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        // All but the listed ones is `resource-policy-not-action`.
        Clause::AllBut(_) | Clause::Missing => Truth::False,
    }
}

/// Whether every principal is the root of an account. An unknown account number does not matter, so
/// a document with `${data.aws_caller_identity.own.account_id}` is understood.
fn only_roots(statement: &Statement) -> Truth {
    let Principals::These(named) = &statement.principal else { return Truth::False };
    let root = |text: &str| {
        let account = |text: &str| text.len() == 12 && text.bytes().all(|c| c.is_ascii_digit());
        account(text) || (text.starts_with("arn:") && text.ends_with(":root"))
    };
    let roots = named.entries.iter().map(|(_, id)| match extremes(id) {
        Some(extremes) if root(&extremes.narrowest) => Truth::True,
        _ => id.doubt().map_or(Truth::False, |why| Truth::Unknown(why.clone())),
    });
    let known = Truth::all(roots).and(Truth::from(!named.entries.is_empty()));
    match &named.rest {
        Some(why) => known.and(Truth::Unknown(why.clone())),
        None => known,
    }
}
