//! Rule `organization-policy-weakened`: in Rust because it compares what policy documents deny.

use crate::iam::{Document, denies};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::{Answers, Transition};

declare_rule! {
    /// A policy of the organization denies less than before
    ///
    /// # What it checks
    /// An update of the content of an `aws_organizations_policy`. A service control policy or a
    /// resource control policy must deny all that it denied, statement by statement: a deny that was
    /// split, widened or made less conditional is kept, one that lost an action, a resource or a
    /// statement, or got an exception, is not. Nor may it begin to allow every action. Of a policy of
    /// another type every part must still be there; whether a changed value is stricter is
    /// *undetermined*. `protection-removed` covers the deletion and the detachment.
    ///
    /// # Why
    /// A service control policy is the one limit that the administrators of an account cannot lift.
    /// An update that empties it leaves the resource and its attachments as they were, so the diff
    /// shows one changed text. Severity is high because it is sometimes intended, so a person must
    /// confirm it.
    ///
    /// # How to fix
    /// Keep what the policy denied. If less is intended, waive this address with a reason.
    ///
    /// # References
    /// - <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
    id: "organization-policy-weakened",
    severity: High,
    service: "Change",
    types: ["aws_organizations_policy"],
    frameworks: [("NIST 800-53", ["AC-3", "CM-3"])],
    params: [],
    check: Change(check),
}

fn check(change: &Transition<'_>, answers: &mut Answers) {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return };
    if after.subject.actions().is_no_op() {
        return;
    }
    let (old, new) = (before.attribute("content"), after.attribute("content"));
    let denies = ["", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];
    let kind = |view: &View<'_>| view.attribute("type").as_str().unwrap_or_default().to_owned();
    if !denies.contains(&kind(before).as_str()) {
        let less = has_all(&document(&new), &document(&old)).not();
        answers.judge(&less, "content", "an organization policy loses part of its content");
        return;
    }
    let Some(old) = Document::read(&old) else { return };
    let new = Document::read(&new).unwrap_or_default();
    let less = denies::are_kept(&old, &new).not().or(denies::allows_all_now(&old, &new));
    answers.judge(&less, "content", "a policy of the organization denies less than before");
}

/// A JSON document.
fn document(content: &Value) -> Value {
    match content {
        Value::Json(inner) => inner.as_ref().clone(),
        Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        other => other.clone(),
    }
}

/// Whether a document still has all parts of another one.
fn has_all(new: &Value, old: &Value) -> Truth {
    match (new, old) {
        (Value::Unknown(why), _) | (_, Value::Unknown(why)) => Truth::Unknown(why.clone()),
        (Value::Object(new), Value::Object(old)) => {
            Truth::all(old.entries.iter().map(|(name, was)| has_all(&new.get(name), was)))
        }
        (Value::List(new), Value::List(old)) => {
            let found = |was: &Value| Truth::any(new.items.iter().map(|own| has_all(own, was)));
            let all = Truth::all(old.items.iter().map(found));
            match &new.rest {
                Some(why) => all.or(Truth::Unknown(why.clone())),
                None => all,
            }
        }
        (new, old) if new == old => Truth::True,
        (Value::Null, _) => Truth::False,
        (new, _) => Truth::Unknown(new.doubt().cloned().unwrap_or_else(|| {
            Unknown::because("holdpoint does not know which of the two values is stricter")
        })),
    }
}
