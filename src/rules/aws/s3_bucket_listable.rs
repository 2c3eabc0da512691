//! `s3-bucket-listable`: in Rust because a bucket and the policies that name it are read together.

use super::shared::policies::policy_at;
use crate::iam::element::Clause;
use crate::iam::{Document, Statement, action};
use crate::iam::{condition::Purpose, exposure};
use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Anyone can list the objects of a bucket
    ///
    /// # What it checks
    /// Every `aws_s3_bucket` with its policy, inline or as `aws_s3_bucket_policy`, must not have a
    /// statement with `Effect: Allow` for everyone (see `resource-policy-public`) whose action
    /// allows listing (`s3:ListBucket`, `s3:List*`, `s3:ListBucketVersions`). Every action at once
    /// is reported by `resource-policy-public` only, and a public ACL by `s3-bucket-public-acl`
    /// only.
    /// # Why
    /// Objects with names that nobody can guess are found only by listing, and a website needs no
    /// listing. Severity is low, and the rule is off by default, because `resource-policy-public`
    /// reports the same policy; this rule shows which buckets are affected.
    /// # How to fix
    /// Remove the action from the statement that is for everyone:
    ///
    /// ```hcl
    /// actions = ["s3:GetObject"]
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
    id: "s3-bucket-listable",
    severity: Low,
    service: "S3",
    types: ["aws_s3_bucket"],
    frameworks: [("AWS FSBP", ["S3.2"]), ("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    default: off,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let mut listable =
        Truth::any(policy_at(view, "policy").iter().map(|place| opens(&place.document)));
    let links = view.pointing_here("aws_s3_bucket_policy", "bucket");
    let of = |policy: &crate::model::subject::Subject| {
        let policy = Document::read(&view.look_at(policy).attribute("policy"));
        policy.map_or(Truth::False, |document| opens(&document))
    };
    for policy in links.certain {
        listable = listable.or(of(policy));
    }
    for (policy, why) in links.possible {
        if policy.is_some_and(|policy| !of(policy).is_false()) {
            listable = listable.or(Truth::Unknown(why));
        }
    }
    answers.judge(&listable, "policy", "anyone can list the bucket");
}

fn opens(document: &Document) -> Truth {
    let open = |statement: &Statement| {
        lists(statement).and(exposure::is_open(document, statement, Purpose::Resource))
    };
    let known = Truth::any(document.statements.iter().map(open));
    match document.doubt() {
        Some(why) => known.or(Truth::Unknown(why)),
        None => known,
    }
}

/// Whether an action allows listing, by name or by a pattern.
fn lists(statement: &Statement) -> Truth {
    let listing = |value: &Value| match (value.as_str(), value.doubt()) {
        (Some(text), _) => Truth::from(text.to_ascii_lowercase().starts_with("s3:list")),
        (None, Some(why)) if !action::is_every_action(value).is_true() => {
            Truth::Unknown(why.clone())
        }
        _ => Truth::False,
    };
    match &statement.action {
        Clause::These(texts) => texts.any(listing),
        Clause::Unknown(why) => Truth::Unknown(why.clone()),
        Clause::AllBut(_) | Clause::Missing => Truth::False,
    }
}
