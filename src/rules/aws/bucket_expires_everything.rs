//! Rule `bucket-expires-everything`: in Rust because it compares rules of a life cycle, and asks whether
//! the bucket is new.

use crate::model::subject::Side;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::{Answers, Transition};

declare_rule! {
    /// The change deletes what stands in a bucket by its life cycle
    ///
    /// # What it checks
    /// A life cycle rule that is enabled, expires objects, and has no filter, so that it is about
    /// every object: one that the change adds to a bucket, enables, whose filter it removes, or that
    /// it makes expire sooner. A bucket that the same change creates is empty and is not judged, nor
    /// is a rule for a prefix, a tag or a size, for old versions, or for unfinished uploads.
    ///
    /// # Why
    /// Within a day of the apply S3 deletes each object that is older than the rule says, and no diff
    /// shows one of them. With one day that is everything. Severity is high because it is
    /// irreversible but sometimes intended, so a person must confirm it.
    ///
    /// # How to fix
    /// Give the rule a filter, or let the objects expire no sooner than before. If it is intended,
    /// waive this address with a reason.
    ///
    /// ```hcl
    /// rule {
    ///   id     = "temporary"
    ///   status = "Enabled"
    ///   filter { prefix = "tmp/" }
    ///   expiration { days = 7 }
    /// }
    /// ```
    ///
    /// # References
    /// - <https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html>
    id: "bucket-expires-everything",
    severity: High,
    service: "Change",
    types: [
        "aws_s3_bucket",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3control_bucket_lifecycle_configuration",
    ],
    frameworks: [("NIST 800-53", ["CP-9", "CM-3"])],
    params: [],
    check: Change(check),
}

const MESSAGE: &str = "every object of the bucket expires, sooner than before";

fn check(change: &Transition<'_>, answers: &mut Answers) {
    let Some(after) = &change.after else { return };
    if after.subject.actions().is_no_op() || is_new(after) {
        return;
    }
    let path = if after.subject.kind == "aws_s3_bucket" { "lifecycle_rule" } else { "rule" };
    let old = change.before.as_ref().map_or(Ok(f64::INFINITY), |view| soonest(view, path));
    let sooner = match (old, soonest(after, path)) {
        (Ok(old), Ok(new)) => Truth::from(new < old),
        (Ok(old), Err(_)) if old <= 0.0 => Truth::False,
        (Err(why), _) | (_, Err(why)) => Truth::Unknown(why),
    };
    answers.judge(&sooner, path, MESSAGE);
}

/// Whether the change creates the bucket.
fn is_new(after: &View<'_>) -> bool {
    if after.subject.kind == "aws_s3_bucket" {
        return !after.subject.exists(Side::Before);
    }
    let links = after.follow("bucket");
    let mut buckets = links.certain.iter().filter(|one| one.kind.ends_with("_bucket")).peekable();
    buckets.peek().is_some() && buckets.all(|bucket| !bucket.exists(Side::Before))
}

/// After how many days the first rule about every object lets them expire; infinite without one.
fn soonest(view: &View<'_>, path: &str) -> Result<f64, Unknown> {
    let rules = view.attribute(path);
    if let Some(why) = rules.rest() {
        return Err(why.clone());
    }
    let mut soonest = f64::INFINITY;
    for rule in rules.elements() {
        match expires_everything(rule) {
            Truth::True => soonest = soonest.min(days(rule)?),
            Truth::False => {}
            Truth::Unknown(why) => return Err(why),
        }
    }
    match &*rules {
        Value::Unknown(why) => Err(why.clone()),
        _ => Ok(soonest),
    }
}

/// Whether a rule is enabled, expires objects, and is about all of them.
fn expires_everything(rule: &Value) -> Truth {
    let enabled = rule.get("status").equals("Enabled").or(rule.get("enabled").is_true());
    let expiration = rule.at("expiration[0]");
    let expires = ["days", "date"].map(|name| is_given(&expiration.get(name)));
    let filter = rule.at("filter[0]");
    let both = filter.at("and[0]");
    let limits = [rule.get("prefix"), rule.get("tags")]
        .into_iter()
        .chain(FILTERS.map(|name| filter.get(name)))
        .chain(FILTERS.map(|name| both.get(name)));
    let limited = Truth::any(limits.map(|limit| is_given(&limit)));
    enabled.and(Truth::any(expires)).and(limited.not())
}

/// What a filter limits a rule by.
const FILTERS: [&str; 5] =
    ["prefix", "tag", "tags", "object_size_greater_than", "object_size_less_than"];

/// Whether something stands there that is not empty and not 0.
fn is_given(value: &Value) -> Truth {
    match value {
        Value::Null => Truth::False,
        Value::String(text) => Truth::from(!text.is_empty()),
        Value::Number(_) => Truth::from(value.as_f64().is_some_and(|number| number > 0.0)),
        Value::List(list) if list.rest.is_none() => Truth::from(!list.items.is_empty()),
        Value::Object(object) if object.rest.is_none() => {
            Truth::any(object.entries.iter().map(|(_, inner)| is_given(inner)))
        }
        other => match other.doubt() {
            Some(why) => Truth::Unknown(why.clone()),
            None => Truth::True,
        },
    }
}

/// After how many days; a date is no time after which, and counts as at once.
fn days(rule: &Value) -> Result<f64, Unknown> {
    let days = rule.at("expiration[0].days").into_owned();
    match (days.as_f64(), days.doubt()) {
        (Some(days), _) if days > 0.0 => Ok(days),
        (_, Some(why)) => Err(why.clone()),
        _ => Ok(0.0),
    }
}
