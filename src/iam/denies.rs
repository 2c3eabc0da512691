//! Whether a policy document denies all that another one denied: policies of an organization, which a
//! change may weaken without deleting them.

use super::condition::{Condition, Conditions};
use super::document::Document;
use super::element::{Clause, Texts};
use super::pattern::{Case, Pattern, is_wild};
use super::statement::Statement;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

/// Whether whatever the old document denies, the new one denies as well. Compared statement by
/// statement; a deny that was split over several statements is found again action by action and
/// resource by resource.
#[must_use]
pub fn are_kept(old: &Document, new: &Document) -> Truth {
    let denials = old.statements.iter().filter(|statement| statement.denies.is_true());
    let kept = Truth::all(denials.map(|statement| is_kept(statement, new)));
    match new.doubt().or(old.doubt()) {
        Some(why) if !kept.is_true() => Truth::Unknown(why),
        _ => kept,
    }
}

/// Whether a document allows every action without having done so before.
#[must_use]
pub fn allows_all_now(old: &Document, new: &Document) -> Truth {
    let all = |document: &Document| {
        let everything = |one: &Statement| one.allows.clone().and(one.names_every_action());
        Truth::any(document.statements.iter().map(everything))
    };
    all(new).and(all(old).not())
}

fn is_kept(old: &Statement, new: &Document) -> Truth {
    let any = |action: &Clause, resource: &Clause| {
        Truth::any(new.statements.iter().map(|statement| {
            let same = statement.denies.is_true() && statement.principal == old.principal;
            Truth::from(same)
                .and(covers(&statement.action, action, Case::Ignored))
                .and(covers(&statement.resource, resource, Case::Kept))
                .and(demand_no_more(&statement.conditions, &old.conditions))
        }))
    };
    let actions = parts(&old.action);
    let resources = parts(&old.resource);
    Truth::all(
        actions
            .iter()
            .map(|action| Truth::all(resources.iter().map(|resource| any(action, resource)))),
    )
}

/// A list as one clause for each of its elements.
fn parts(clause: &Clause) -> Vec<Clause> {
    match clause {
        Clause::These(texts) => {
            let one = |item: &Value| Clause::These(Texts { items: vec![item.clone()], rest: None });
            texts.items.iter().map(one).collect()
        }
        other => vec![other.clone()],
    }
}

/// Whether a clause names all that another one names.
fn covers(own: &Clause, other: &Clause, case: Case) -> Truth {
    match (own, other) {
        (Clause::Unknown(why), _) | (_, Clause::Unknown(why)) => Truth::Unknown(why.clone()),
        (Clause::Missing, Clause::Missing) => Truth::True,
        (Clause::Missing, _) | (_, Clause::Missing) => Truth::False,
        (Clause::These(own), Clause::These(other)) => other.all(|text| is_among(text, own, case)),
        (Clause::These(own), Clause::AllBut(_)) => is_among(&Value::string("*"), own, case),
        (Clause::AllBut(own), Clause::AllBut(other)) => {
            let excepted = |text: &Value| is_among(text, other, case);
            Truth::all(own.items.iter().map(excepted)).and(is_closed(own))
        }
        (Clause::AllBut(own), Clause::These(other)) => {
            let apart = |text: &Value| {
                let from = |excepted: &Value| are_apart(text, excepted, case);
                Truth::all(own.items.iter().map(from))
            };
            Truth::all(other.items.iter().map(apart)).and(is_closed(own))
        }
    }
}

fn is_closed(texts: &Texts) -> Truth {
    texts.rest.as_ref().map_or(Truth::True, |why| Truth::Unknown(why.clone()))
}

fn is_among(text: &Value, texts: &Texts, case: Case) -> Truth {
    texts.any(|own| match (own.as_str(), text.as_str()) {
        (Some(own), Some(text)) => {
            Truth::from(Pattern::new(own, case).covers(&Pattern::new(text, case)))
        }
        _ if own == text => Truth::True,
        _ => Truth::Unknown(doubt(own, text)),
    })
}

/// Whether two patterns have nothing in common, as far as that is easily told.
fn are_apart(one: &Value, other: &Value, case: Case) -> Truth {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => {
            let (wild, patterns) = (
                is_wild(one) && is_wild(other),
                (Pattern::new(one, case), Pattern::new(other, case)),
            );
            let meet = patterns.0.covers(&patterns.1) || patterns.1.covers(&patterns.0);
            Truth::from(!wild && !meet)
        }
        _ => Truth::Unknown(doubt(one, other)),
    }
}

fn doubt(one: &Value, other: &Value) -> Unknown {
    let found = one.doubt().or(other.doubt()).cloned();
    found.unwrap_or_else(|| Unknown::because("it is no text"))
}

/// Whether conditions hold whenever the old ones held.
fn demand_no_more(new: &Conditions, old: &Conditions) -> Truth {
    let known = Truth::all(new.entries.iter().map(|condition| {
        let same = |other: &&Condition| {
            other.operator.eq_ignore_ascii_case(&condition.operator)
                && other.key.eq_ignore_ascii_case(&condition.key)
        };
        let found = old.entries.iter().filter(same);
        Truth::any(found.map(|other| holds_as_often(condition, other)))
    }));
    match &new.rest {
        Some(why) => known.and(Truth::Unknown(why.clone())),
        None => known,
    }
}

/// Whether a condition holds whenever another one on the same key did: more values make a positive
/// one hold more often, and a negated one less often.
fn holds_as_often(new: &Condition, old: &Condition) -> Truth {
    let negated = new.operator.to_lowercase().contains("not");
    let (wider, narrower) =
        if negated { (&old.values, &new.values) } else { (&new.values, &old.values) };
    let found = |value: &Value| {
        wider.any(|own| match value.doubt().or(own.doubt()) {
            Some(why) if own != value => Truth::Unknown(why.clone()),
            _ => Truth::from(own == value),
        })
    };
    Truth::all(narrower.items.iter().map(found)).and(is_closed(narrower))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kept(old: serde_json::Value, new: serde_json::Value) -> Truth {
        let read = |statements: serde_json::Value| {
            let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
            Document::read(&Value::string(text)).unwrap()
        };
        are_kept(&read(old), &read(new))
    }

    #[test]
    fn a_denial_is_kept_when_it_is_split_widened_or_less_conditional() {
        let deny = |action: serde_json::Value| json!({"Effect": "Deny", "Action": action, "Resource": "*"});
        let both = json!([deny(json!(["s3:DeleteBucket", "kms:ScheduleKeyDeletion"]))]);
        let split = json!([deny(json!("s3:DeleteBucket")), deny(json!("KMS:Schedule*"))]);
        assert!(kept(both.clone(), split.clone()).is_true());
        assert!(kept(split, json!([deny(json!("*"))])).is_true());
        assert!(kept(both.clone(), json!([deny(json!("s3:DeleteBucket"))])).is_false());
        let allow = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        assert!(kept(both.clone(), allow).is_false());
        assert!(kept(both, json!([])).is_false());
    }

    #[test]
    fn exceptions_and_conditions_count() {
        let but = |actions: serde_json::Value| json!([{"Effect": "Deny", "NotAction": actions, "Resource": "*"}]);
        assert!(kept(but(json!(["a:b", "c:d"])), but(json!(["a:b"]))).is_true());
        assert!(kept(but(json!(["a:b"])), but(json!(["a:b", "c:d"]))).is_false());
        let region = |values: serde_json::Value| {
            json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": values}}}])
        };
        assert!(
            kept(region(json!(["eu-west-1", "us-east-1"])), region(json!(["eu-west-1"]))).is_true()
        );
        assert!(
            kept(region(json!(["eu-west-1"])), region(json!(["eu-west-1", "us-east-1"])))
                .is_false()
        );
        let all = json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]);
        assert!(kept(region(json!("eu-west-1")), all.clone()).is_true());
        assert!(kept(all, region(json!("eu-west-1"))).is_false());
    }
}
