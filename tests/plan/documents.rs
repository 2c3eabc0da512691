//! What must hold of every policy document when a text in it is known only in part: a hole may
//! hold the colon, the account or the wildcard that decides, so knowing less never makes a *no* out
//! of a *yes* or a doubt. The documents are put together from parts that decide answers; most sit
//! close to the edge of one. (`src/iam/properties.rs` forgets whole values.)

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use std::collections::BTreeMap;

use holdpoint::iam::condition::Purpose;
use holdpoint::iam::{Document, Statement, escalation, exposure, federation};
use holdpoint::model::truth::Truth;
use holdpoint::model::value::{List, Object, Piece, Unknown, Value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// Reproducible choices from one seed (SplitMix64).
struct Choices(u64);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n.max(1) as u64).unwrap()
    }

    fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    fn some(&mut self, items: &[&str]) -> Json {
        let mut list: Vec<&str> = (0..=self.below(3)).map(|_| self.of(items)).collect();
        list.dedup();
        if let ([one], true) = (list.as_slice(), self.below(2) == 0) {
            json!(one)
        } else {
            json!(list)
        }
    }
}

const ACTIONS: [&str; 17] = [
    "*",
    "*:*",
    "?*",
    "s3:*",
    "S3:GetObject",
    "s3:Get*",
    "iam:*",
    "iam:PassRole",
    "iam:CreateAccessKey",
    "iam:Put*Policy",
    "ec2:RunInstances",
    "lambda:*",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:*",
    "kms:Decrypt",
    "*:Get*",
];
const RESOURCES: [&str; 9] = [
    "*",
    "**",
    "arn:aws:*:*:*:*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b/*",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::123456789012:role/app",
    "arn:aws:iam::123456789012:user/${aws:username}",
    "arn:aws:s3:::b",
];
const GITHUB: &str = "token.actions.githubusercontent.com";

fn principal(choices: &mut Choices) -> Json {
    let github = format!("arn:aws:iam::123456789012:oidc-provider/{GITHUB}");
    let names = [
        "*",
        "arn:aws:iam::123456789012:root",
        "123456789012",
        "arn:aws:iam::*:root",
        &github,
        "ec2.amazonaws.com",
        "*.amazonaws.com",
    ];
    match choices.below(6) {
        0 => json!("*"),
        n => {
            let kind = ["AWS", "Service", "Federated", "AWS", "Federated"][n - 1];
            let names = choices.some(&names);
            json!({ kind: names })
        }
    }
}

fn condition(choices: &mut Choices) -> Json {
    let operators = [
        "StringEquals",
        "StringLike",
        "StringNotEquals",
        "StringEqualsIfExists",
        "ForAllValues:StringLike",
        "ForAnyValue:StringLike",
        "ArnLike",
        "ArnNotLike",
        "IpAddress",
        "NotIpAddress",
        "Bool",
    ];
    let sub = format!("{GITHUB}:sub");
    let keys = [
        "aws:PrincipalOrgID",
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceIp",
        "aws:SecureTransport",
        "aws:MultiFactorAuthPresent",
        "sts:ExternalId",
        "aws:userid",
        "iam:PassedToService",
        "iam:PolicyARN",
        "aws:PrincipalIsAWSService",
        &sub,
        "aws:PrincipalOrgPaths",
    ];
    let values = [
        "*",
        "o-abc",
        "o-abc/*",
        "123456789012",
        "arn:aws:sns:us-east-1:123456789012:t",
        "arn:aws:sns:*:*:*",
        "203.0.113.0/24",
        "0.0.0.0/0",
        "true",
        "false",
        "repo:org/repo:*",
        "repo:org*",
        "ec2.amazonaws.com",
        "ecs-tasks.amazonaws.com",
        "AROAX:*",
    ];
    let mut operators_made = serde_json::Map::new();
    for _ in 0..=choices.below(2) {
        let (operator, key) = (choices.of(&operators), choices.of(&keys));
        let values = choices.some(&values);
        operators_made.insert(operator.to_owned(), json!({ key: values }));
    }
    Json::Object(operators_made)
}

fn statement(choices: &mut Choices) -> Json {
    let mut made = serde_json::Map::new();
    let effect = choices.of(&["Allow", "Allow", "Allow", "Deny"]);
    made.insert("Effect".into(), json!(effect));
    let action = choices.of(&["Action", "Action", "Action", "NotAction"]);
    made.insert(action.into(), choices.some(&ACTIONS));
    let resource = choices.of(&["Resource", "Resource", "Resource", "NotResource"]);
    made.insert(resource.into(), choices.some(&RESOURCES));
    let name = choices.of(&["Principal", "Principal", "Principal", "NotPrincipal"]);
    made.insert(name.into(), principal(choices));
    if choices.below(2) == 0 {
        made.insert("Condition".into(), condition(choices));
    }
    Json::Object(made)
}

fn document(choices: &mut Choices) -> Json {
    let statements: Vec<Json> = (0..=choices.below(3)).map(|_| statement(choices)).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn value(json: &Json) -> Value {
    serde_json::from_value(json.clone()).unwrap()
}

/// How much an answer says against a document.
fn weight(truth: &Truth) -> u8 {
    match truth {
        Truth::False => 0,
        Truth::Unknown(_) => 1,
        Truth::True => 2,
    }
}

/// Every question that a rule asks of a document, by name.
fn answers(value: &Value) -> BTreeMap<&'static str, u8> {
    let document = Document::read(value).unwrap();
    let doubt = document.doubt().map_or(Truth::False, Truth::Unknown);
    let any = |question: fn(&Statement) -> Truth| {
        Truth::any(document.statements.iter().map(question)).or(doubt.clone())
    };
    let (found, open) = escalation::find(&document);
    let escalates = Truth::from(!found.is_empty()).or(open.map_or(Truth::False, Truth::Unknown));
    let unnamed = |why: &Unknown| Truth::Unknown(why.clone());
    [
        ("everything", any(Statement::grants_everything)),
        ("escalation", escalates),
        ("resource", exposure::opens(&document, Purpose::Resource)),
        ("trust", exposure::opens(&document, Purpose::Trust)),
        ("federation", federation::lets_everybody_in(&document, unnamed)),
    ]
    .into_iter()
    .map(|(name, truth)| (name, weight(&truth)))
    .collect()
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::List(list) => list.items.iter().map(nodes).sum(),
        Value::Object(object) => object.entries.iter().map(|(_, v)| nodes(v)).sum(),
        _ => 0,
    }
}

/// Forgets something of the node at this position, counted from the root.
fn forget(value: &Value, at: &mut usize, how: usize) -> Value {
    let why = Unknown::because("forgotten");
    if *at == 0 {
        *at = usize::MAX;
        return match (value, how) {
            (Value::String(text), 1) if text.len() > 1 => {
                let cut = text.char_indices().nth(text.chars().count() / 2).unwrap().0;
                Value::Template(vec![Piece::Known(text[..cut].to_owned()), Piece::Hole(why)])
            }
            (Value::String(text), 2) if text.len() > 1 => {
                let cut = text.char_indices().nth(text.chars().count() / 2).unwrap().0;
                Value::Template(vec![Piece::Hole(why), Piece::Known(text[cut..].to_owned())])
            }
            (Value::List(list), 1) => {
                let items = list.items.iter().skip(1).cloned().collect();
                Value::List(List { items, rest: Some(why) })
            }
            (Value::Object(object), 1) => {
                let entries = object.entries.iter().skip(1).cloned().collect();
                Value::Object(Object { entries, rest: Some(why) })
            }
            (Value::Object(object), 2) => {
                let mut entries = object.entries.clone();
                entries.pop();
                Value::Object(Object { entries, rest: Some(why) })
            }
            _ => Value::Unknown(why),
        };
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::List(list) => Value::List(List {
            items: list.items.iter().map(|item| keep(item, at, how)).collect(),
            rest: list.rest.clone(),
        }),
        Value::Object(object) => Value::Object(Object {
            entries: object.entries.iter().map(|(k, v)| (k.clone(), keep(v, at, how))).collect(),
            rest: object.rest.clone(),
        }),
        other => other.clone(),
    }
}

fn keep(value: &Value, at: &mut usize, how: usize) -> Value {
    if *at == usize::MAX { value.clone() } else { forget(value, at, how) }
}

/// The same document in another form: statements and keys in another order, one element lists as
/// texts and the other way round, actions in another case.
fn rewritten(document: &Json, choices: &mut Choices) -> Json {
    let mut statements = document["Statement"].as_array().unwrap().clone();
    for i in (1..statements.len()).rev() {
        statements.swap(i, choices.below(i + 1));
    }
    for statement in &mut statements {
        for (name, value) in statement.as_object_mut().unwrap() {
            match name.as_str() {
                "Effect" => {}
                "Principal" | "NotPrincipal" => {
                    for (_, names) in value.as_object_mut().into_iter().flatten() {
                        turn(names);
                    }
                }
                "Condition" => {
                    for (_, keys) in value.as_object_mut().unwrap() {
                        for (_, values) in keys.as_object_mut().unwrap() {
                            turn(values);
                        }
                    }
                }
                _ => turn(value),
            }
            if name.ends_with("Action") {
                *value = serde_json::from_str(&value.to_string().to_uppercase()).unwrap();
            }
        }
    }
    let statements = match statements.as_slice() {
        [one] => one.clone(),
        _ => Json::Array(statements),
    };
    json!({ "Statement": statements, "Version": "2012-10-17" })
}

fn turn(value: &mut Json) {
    *value = match &*value {
        Json::Array(list) => match list.as_slice() {
            [one] => one.clone(),
            many => Json::Array(many.iter().rev().cloned().collect()),
        },
        single => json!([single]),
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn knowing_less_never_clears(seed in any::<u64>()) {
        let mut choices = Choices(seed);
        let document = document(&mut choices);
        let known = value(&document);
        let before = answers(&known);
        let how = choices.below(3);
        let mut at = choices.below(nodes(&known));
        let less = forget(&known, &mut at, how);
        let after = answers(&Value::Json(Box::new(less.clone())));
        for (question, weight) in &before {
            prop_assert!(
                *weight == 0 || after[question] > 0,
                "{question}: {document}\nforgotten: {less:?}"
            );
        }
    }

    #[test]
    fn the_form_means_nothing(seed in any::<u64>()) {
        let mut choices = Choices(seed);
        let document = document(&mut choices);
        let other = rewritten(&document, &mut choices);
        let before = answers(&Value::String(document.to_string()));
        prop_assert_eq!(&before, &answers(&value(&document)), "{}", document);
        prop_assert_eq!(&before, &answers(&Value::String(other.to_string())), "{}", other);
    }

    #[test]
    fn any_text_is_answered(text in "[\\[\\]{}\":,*?$a-zA-Z0-9 \\\\]{0,60}") {
        let _ = Document::read(&Value::String(text)).map(|d| answers_of(&d));
    }
}

fn answers_of(document: &Document) -> Truth {
    exposure::opens(document, Purpose::Trust)
}

/// All answers are found somewhere: the properties above do not hold for want of cases.
#[test]
fn the_documents_are_close_to_the_edge() {
    let mut seen: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for seed in 0..800 {
        for (question, weight) in answers(&value(&document(&mut Choices(seed)))) {
            seen.entry(question).or_default()[usize::from(weight)] += 1;
        }
    }
    for (question, [no, _, yes]) in seen {
        assert!(no > 20 && yes > 20, "{question}: {no} times no, {yes} times yes");
    }
}

/// Twice the size must not cost four times as much; a second is far more than either takes.
#[test]
fn hostile_documents_end_at_once() {
    let many = |n: usize, text: &str| {
        let list: Vec<String> = (0..n).map(|i| format!("{text}{i}")).collect();
        json!({"Statement": [
            {"Effect": "Allow", "Principal": {"AWS": list}, "Action": list, "Resource": list,
                "Condition": {"StringLike": {"aws:PrincipalOrgID": list}}},
            {"Effect": "Deny", "Principal": "*", "Action": list, "Resource": list,
                "Condition": {"StringNotLike": {"aws:PrincipalOrgID": list}}},
        ]})
    };
    let stars = "a*".repeat(20_000);
    let one = json!({"Statement": [
        {"Effect": "Allow", "Principal": {"AWS": stars}, "Action": stars, "Resource": stars},
        {"Effect": "Deny", "Principal": "*", "Action": stars, "Resource": stars},
    ]});
    for hostile in [many(1_000, "s3:Get*x?*"), many(500, "*a*b?*"), one] {
        answers(&value(&hostile));
    }
}
