//! `iam-service-wildcard`: every action of a service, on all of its resources.

use std::collections::BTreeMap;

use super::shared::extent::extent;
use super::shared::policies::{Wording, answer, brief, identity};
use super::shared::types::IDENTITY_POLICIES;
use crate::iam::element::{Clause, shown};
use crate::iam::pattern::is_wild;
use crate::iam::{Document, Statement, action, resource};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows every action of a service
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement with
    /// `Effect: Allow` whose `Action` covers a whole service (`s3:*`, `S3:**`, `s3:?*`) on every
    /// resource of that service: `*`, `arn:aws:s3:::*`, a `NotResource`. The same on named
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
    types: IDENTITY_POLICIES,
    frameworks: [("AWS FSBP", ["IAM.21"])],
    params: [],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows every action of a service",
    possible: "the policy may allow every action of a service",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    for place in identity(view).iter() {
        let document = &place.document;
        if document.statements.iter().any(|statement| statement.grants_everything().is_true()) {
            continue;
        }
        let (certain, doubt) = services(document);
        for (service, detail) in certain {
            let reach = extent(document, |own| wildcards(own, &service));
            let key = format!("service {service}\n{reach}");
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

/// The services that are certainly allowed, each with its statement, and why there may be more.
fn services(document: &Document) -> (BTreeMap<String, String>, Option<Unknown>) {
    let mut certain = BTreeMap::new();
    let mut doubt = document.doubt();
    for statement in &document.statements {
        if statement.allows.is_false() {
            continue;
        }
        match &statement.action {
            Clause::These(texts) => {
                for action in &texts.items {
                    let Some((service, truth)) = grants(statement, action) else { continue };
                    match truth {
                        Truth::True => {
                            certain.entry(service).or_insert_with(|| brief(document, statement));
                        }
                        Truth::Unknown(why) => doubt = doubt.or(Some(why)),
                        Truth::False => {}
                    }
                }
                doubt = doubt.or_else(|| texts.rest.clone());
            }
            Clause::Unknown(why) => doubt = doubt.or_else(|| Some(why.clone())),
            Clause::Missing | Clause::AllBut(_) => {}
        }
    }
    (certain, doubt)
}

/// The service that an action of a statement allows, and how certain that is.
fn grants(statement: &Statement, pattern: &Value) -> Option<(String, Truth)> {
    let allows = statement.allows.clone();
    let every = action::is_every_action(pattern);
    if every.is_true() {
        // On everything it is `iam-wildcard-action`; an unknown resource is at least this.
        let everything = statement.on(resource::is_everything).is_true();
        return (!everything).then(|| ("*".to_owned(), allows));
    }
    let whole = action::whole_service(pattern).map(|(service, whole)| {
        let resources = statement.on(|value| match (service.as_str(), pattern.doubt()) {
            ("", Some(why)) => resource::is_whole_unknown_service(value, why),
            ("sts", _) => resource::is_whole_service(value, "iam"),
            (service, _) => resource::is_whole_service(value, service),
        });
        (service, allows.clone().and(whole).and(resources))
    });
    match whole {
        Some((_, Truth::True)) => whole,
        // It may turn out to be `*`, which is a violation on named resources too.
        _ if !every.is_false() => Some(("*".to_owned(), allows.and(every))),
        whole => whole,
    }
}
