//! What must hold of every policy document, however it is written: the order of statements and
//! the choice between `"a"` and `["a"]` change no answer, and knowing less never turns a *yes* or
//! a doubt into a *no*.

use proptest::prelude::*;

use super::condition::Purpose;
use super::{Document, Statement, escalation, exposure, federation};
use crate::model::truth::Truth;
use crate::model::value::{List, Object, Unknown, Value};

/// The answers to every question that the rules ask of a document.
fn answers(value: &Value) -> Vec<Truth> {
    let Some(document) = Document::read(&Value::Json(Box::new(value.clone()))) else {
        return Vec::new();
    };
    let doubt = document.doubt();
    let any = |question: &dyn Fn(&Statement) -> Truth| {
        let known = Truth::any(document.statements.iter().map(question));
        doubt.clone().map_or(known.clone(), |why| known.or(Truth::Unknown(why)))
    };
    let (found, open) = escalation::find(&document);
    let escalates = match (found.is_empty(), open) {
        (false, _) => Truth::True,
        (true, Some(why)) => Truth::Unknown(why),
        (true, None) => Truth::False,
    };
    vec![
        any(&Statement::grants_everything),
        any(&|s: &Statement| s.allows.clone().and(s.names_every_action())),
        exposure::opens(&document, Purpose::Resource),
        exposure::opens(&document, Purpose::Trust),
        federation::lets_everybody_in(&document, |why| Truth::Unknown(why.clone())),
        escalates,
    ]
}

fn kinds(answers: &[Truth]) -> Vec<&'static str> {
    let kind = |truth: &Truth| match truth {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown(_) => "unknown",
    };
    answers.iter().map(kind).collect()
}

fn texts(of: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let one = prop::sample::select(of).prop_map(Value::from);
    prop_oneof![one.clone(), prop::collection::vec(one, 0..4).prop_map(Value::list),]
}

fn object(entries: Vec<(&str, Value)>) -> Value {
    Value::object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)))
}

fn condition() -> impl Strategy<Value = Value> {
    let operators = &[
        "StringEquals",
        "StringLike",
        "StringNotEquals",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotLike",
        "StringEqualsIfExists",
        "ArnLike",
        "IpAddress",
        "NotIpAddress",
        "Bool",
        "Null",
    ];
    let keys = &[
        "aws:PrincipalOrgID",
        "aws:SourceArn",
        "aws:SourceIp",
        "aws:SecureTransport",
        "sts:ExternalId",
        "iam:PassedToService",
        "iam:PolicyARN",
        "token.actions.githubusercontent.com:sub",
    ];
    let values = &[
        "*",
        "o-abc",
        "${aws:PrincipalOrgID}",
        "arn:aws:sns:us-east-1:123456789012:t",
        "arn:aws:iam::aws:policy/*",
        "203.0.113.0/24",
        "0.0.0.0/0",
        "false",
        "repo:acme/app:*",
        "repo:*",
        "ec2.amazonaws.com",
    ];
    (prop::sample::select(&operators[..]), prop::sample::select(&keys[..]), texts(values))
        .prop_map(|(operator, key, values)| object(vec![(operator, object(vec![(key, values)]))]))
}

fn statement() -> impl Strategy<Value = Value> {
    let actions = &[
        "*",
        "s3:*",
        "s3:GetObject",
        "iam:*",
        "iam:PassRole",
        "ec2:RunInstances",
        "sts:AssumeRole*",
        "iam:Create?ccessKey",
    ];
    let resources = &["*", "arn:aws:s3:::b/*", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/app"];
    let github = "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com";
    let principal = prop_oneof![
        Just(Value::from("*")),
        texts(&["*", "arn:aws:iam::123456789012:root"]).prop_map(|own| object(vec![("AWS", own)])),
        Just(object(vec![("Federated", Value::from(github))])),
        Just(object(vec![("Service", Value::from("ec2.amazonaws.com"))])),
    ];
    (
        prop::sample::select(&["Allow", "Allow", "Deny"][..]),
        (prop::sample::select(&["Action", "Action", "NotAction"][..]), texts(actions)),
        (prop::sample::select(&["Resource", "Resource", "NotResource"][..]), texts(resources)),
        prop::option::of((
            prop::sample::select(&["Principal", "Principal", "NotPrincipal"][..]),
            principal,
        )),
        prop::option::of(condition()),
    )
        .prop_map(|(effect, action, resource, principal, condition)| {
            let mut entries = vec![("Effect", Value::from(effect)), action, resource];
            entries.extend(principal);
            entries.extend(condition.map(|own| ("Condition", own)));
            object(entries)
        })
}

fn document(statements: Vec<Value>) -> Value {
    object(vec![("Version", "2012-10-17".into()), ("Statement", Value::list(statements))])
}

fn documents() -> impl Strategy<Value = Value> {
    prop::collection::vec(statement(), 0..4).prop_map(document)
}

/// Each text below an element as a list of one.
fn as_lists(value: &Value, inside: bool) -> Value {
    match value {
        Value::String(_) if inside => Value::list(vec![value.clone()]),
        Value::Object(own) => Value::object(own.entries.iter().map(|(key, value)| {
            let listed =
                !matches!(key.as_str(), "Effect" | "Version" | "Principal" | "NotPrincipal")
                    || !matches!(value, Value::String(_));
            (key.clone(), as_lists(value, listed))
        })),
        Value::List(list) => Value::list(
            list.items
                .iter()
                .map(|item| match item {
                    Value::String(_) => item.clone(),
                    other => as_lists(other, false),
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// The value with its `n`th part forgotten: unknown where it stands, or left out of what holds it
/// with a word that there may be more.
fn forget(value: &Value, n: &mut usize, leave_out: bool) -> Option<Value> {
    let why = || Unknown::because("forgotten");
    let mut inside = |own: &Value| -> Option<Option<Value>> {
        if *n == 0 {
            *n = usize::MAX;
            return Some((!leave_out).then(|| Value::Unknown(why())));
        }
        *n = n.saturating_sub(1);
        forget(own, n, leave_out).map(Some)
    };
    match value {
        Value::List(list) => {
            for (i, item) in list.items.iter().enumerate() {
                if let Some(changed) = inside(item) {
                    let mut own = List { items: list.items.clone(), rest: list.rest.clone() };
                    match changed {
                        Some(value) => own.items[i] = value,
                        None => {
                            own.items.remove(i);
                            own.rest = Some(why());
                        }
                    }
                    return Some(Value::List(own));
                }
            }
            None
        }
        Value::Object(object) => {
            for (i, (_, item)) in object.entries.iter().enumerate() {
                if let Some(changed) = inside(item) {
                    let mut own =
                        Object { entries: object.entries.clone(), rest: object.rest.clone() };
                    match changed {
                        Some(value) => own.entries[i].1 = value,
                        None => {
                            own.entries.remove(i);
                            own.rest = Some(why());
                        }
                    }
                    return Some(Value::Object(own));
                }
            }
            None
        }
        _ => None,
    }
}

proptest! {
    #[test]
    fn the_order_of_statements_means_nothing(
        statements in prop::collection::vec(statement(), 0..5),
        turn in 0_usize..5,
    ) {
        let mut other = statements.clone();
        other.reverse();
        if !other.is_empty() {
            let turn = turn % other.len();
            other.rotate_left(turn);
        }
        prop_assert_eq!(
            kinds(&answers(&document(statements))),
            kinds(&answers(&document(other)))
        );
    }

    #[test]
    fn a_text_is_a_list_of_one(value in documents()) {
        prop_assert_eq!(kinds(&answers(&value)), kinds(&answers(&as_lists(&value, false))));
    }

    #[test]
    fn knowing_less_never_makes_it_good(
        value in documents(),
        mut n in 0_usize..60,
        leave_out in any::<bool>(),
    ) {
        let before = answers(&value);
        if let Some(less) = forget(&value, &mut n, leave_out) {
            for (i, (own, less)) in before.iter().zip(answers(&less)).enumerate() {
                prop_assert!(own.is_false() || !less.is_false(), "question {i}: {own:?}, {less:?}");
            }
        }
    }

    // A statement of which nothing is known is not taken for a `Deny`: else one such statement
    // would hide what another certainly allows.
    #[test]
    fn knowing_less_of_a_statement_never_makes_a_no_a_yes(
        value in documents(),
        mut n in 0_usize..60,
    ) {
        let before = answers(&value);
        let less = forget(&value, &mut n, false);
        let whole = |value: &Value| {
            let read = Document::read(&Value::Json(Box::new(value.clone())));
            read.is_some_and(|document| document.rest.is_none())
        };
        if let Some(less) = less.filter(whole) {
            for (i, (own, less)) in before.iter().zip(answers(&less)).enumerate() {
                prop_assert!(!own.is_false() || !less.is_true(), "question {i}: {own:?}, {less:?}");
            }
        }
    }
}
