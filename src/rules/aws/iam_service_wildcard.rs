//! `iam-service-wildcard`: every action of a service, on all of its resources.

use super::shared::extent::extent;
use super::shared::managed;
use super::shared::policies::{Wording, answer, brief, identity};
use super::shared::types::GRANTS;
use crate::iam::element::{Clause, shown};
use crate::iam::pattern::is_wild;
use crate::iam::{Statement, services};
use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows every action of a service
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement with
    /// `Effect: Allow` whose `Action` covers a whole service (`s3:*`, `S3:**`, `s3:?*`) on every
    /// resource of that service: `*`, `arn:aws:s3:::*`, a `NotResource`. Patterns are added up, over
    /// statements too: `arn:aws:s3:::a*` to `arn:aws:s3:::z*` are every bucket, `s3:a*` to `s3:z*`
    /// every action. The same on named
    /// resources (`s3:*` on one bucket) is not reported: it means owning that one thing.
    ///
    /// An `Action` of `*` on named resources is reported too. Such a statement allows every action
    /// of whatever service the resource belongs to, and the next ARN that somebody adds to the list
    /// brings in a whole service; a policy that is meant for one service can say so. `*` on
    /// everything is reported by `iam-wildcard-action` only. As there, conditions do not count.
    /// # Why
    /// A whole service includes the actions that nobody thinks of: `s3:PutBucketPolicy` opens a
    /// bucket to the public, `kms:ScheduleKeyDeletion` destroys other people's data, `iam:*` is the
    /// account. Severity is high rather than critical because it takes a stolen or misused
    /// credential.
    /// # How to fix
    /// List the actions, or restrict the statement to the resources of the workload:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
    ///   resources = [aws_dynamodb_table.orders.arn]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html>
    id: "iam-service-wildcard",
    severity: High,
    service: "IAM",
    types: GRANTS,
    frameworks: [("AWS FSBP", ["IAM.21"])],
    params: [],
    yields_to: ["iam-admin-policy-attached"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows every action of a service",
    possible: "the policy may allow every action of a service",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-service-wildcard", WORDING.certain);
    for place in identity(view).iter() {
        let document = &place.document;
        if document.statements.iter().any(|statement| statement.grants_everything().is_true()) {
            continue;
        }
        let (certain, doubt) = services::whole(document);
        for (service, statement) in certain {
            let reach = extent(document, |statement| wildcards(statement, &service));
            let key = format!("service {service}\n{reach}");
            let statement = document.statements.get(statement);
            let detail = statement.map(|own| brief(document, own)).unwrap_or_default();
            answer(answers, place, &Truth::True, &WORDING, &key, &detail);
        }
        if let Some(why) = doubt {
            answer(answers, place, &Truth::Unknown(why), &WORDING, "unknown", "");
        }
    }
}

/// Whether a statement allows actions of a service by a wildcard.
fn wildcards(statement: &Statement, service: &str) -> Truth {
    let by_wildcard = |action: &Value| {
        let text = shown(action).to_ascii_lowercase();
        let (start, action) = text.split_once(':').unwrap_or((&text, &text));
        is_wild(action) && (start == service || is_wild(start))
    };
    let actions = match &statement.action {
        Clause::These(texts) => texts.items.iter().any(by_wildcard),
        _ => false,
    };
    statement.allows.clone().and(Truth::from(actions))
}
