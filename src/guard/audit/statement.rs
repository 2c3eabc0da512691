//! A statement as it is written, with what its patterns of actions mean.

use serde_json::Value;

use crate::guard::catalogue::{Action, Service, catalogue};
use crate::iam::pattern::{Case, Pattern, is_all_wild};

/// A statement.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// Its `Sid`, or its place (`#2`, from 1).
    pub(super) label: String,
    pub(super) denies: bool,
    /// Patterns of actions.
    pub(super) patterns: Vec<String>,
    /// Whether they are those that it leaves out.
    pub(super) all_but: bool,
    pub(super) conditions: Vec<Condition>,
}

/// A key of a condition.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// As it is written, `ForAnyValue:StringEqualsIfExists`.
    pub(super) written: String,
    /// In lower case, without the set operator and `IfExists`.
    pub(super) operator: String,
    /// `ForAnyValue`, `ForAllValues`.
    pub(super) set: Option<Set>,
    pub(super) if_exists: bool,
    /// As it is written.
    pub(super) key: String,
    pub(super) values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    Any,
    All,
}

impl Condition {
    pub(super) fn is_key(&self, name: &str) -> bool {
        self.key.eq_ignore_ascii_case(name)
    }

    /// The tag behind `aws:ResourceTag/`.
    pub(super) fn resource_tag(&self) -> Option<&str> {
        let (head, tail) = self.key.split_at_checked("aws:ResourceTag/".len())?;
        head.eq_ignore_ascii_case("aws:ResourceTag/").then_some(tail)
    }

    /// Whether it holds when the key is not sent.
    pub(super) fn holds_without(&self) -> bool {
        match self.set {
            Some(Set::All) => true,
            Some(Set::Any) => false,
            None => self.if_exists || self.operator.contains("not"),
        }
    }

    pub(super) fn is_negated(&self) -> bool {
        self.operator.contains("not")
    }
}

/// The statements of a document. What is no statement is none: the evaluator says what is wrong
/// with such a document.
pub(super) fn read(document: &Value) -> Vec<Statement> {
    let list = match document.get("Statement") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    list.iter().enumerate().map(|(i, value)| statement(i, value)).collect()
}

fn statement(place: usize, value: &Value) -> Statement {
    let sid = value.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
    let (patterns, all_but) = match (value.get("Action"), value.get("NotAction")) {
        (None, Some(list)) => (texts(list), true),
        (list, _) => (list.map(texts).unwrap_or_default(), false),
    };
    let blocks = value.get("Condition").and_then(Value::as_object);
    let conditions = blocks.into_iter().flatten().flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, values)| condition(operator, key, values))
    });
    Statement {
        label: sid.map_or_else(|| format!("#{}", place + 1), str::to_owned),
        denies: value.get("Effect").and_then(Value::as_str) == Some("Deny"),
        patterns,
        all_but,
        conditions: conditions.collect(),
    }
}

fn condition(written: &str, key: &str, values: &Value) -> Condition {
    let lower = written.to_ascii_lowercase();
    let (set, rest) = match lower.split_once(':') {
        Some(("foranyvalue", rest)) => (Some(Set::Any), rest),
        Some(("forallvalues", rest)) => (Some(Set::All), rest),
        _ => (None, lower.as_str()),
    };
    let (operator, if_exists) = match rest.strip_suffix("ifexists") {
        Some(operator) => (operator, true),
        None => (rest, false),
    };
    Condition {
        written: written.to_owned(),
        operator: operator.to_owned(),
        set,
        if_exists,
        key: key.to_owned(),
        values: texts(values),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Number(number) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

impl Statement {
    /// What a pattern means: a service and its actions; `None` for every action.
    pub(super) fn meant(pattern: &str) -> Meant {
        if is_all_wild(pattern) {
            return Meant::Everything;
        }
        let Some((prefix, verb)) = pattern.split_once(':') else { return Meant::NoService };
        let Some(service) = catalogue().service(&prefix.to_ascii_lowercase()) else {
            return Meant::NoService;
        };
        let pattern = Pattern::new(verb, Case::Ignored);
        let actions = service.actions.values().filter(|action| pattern.matches(action.name));
        Meant::Actions(service, actions.collect())
    }

    /// The actions that it is about. A statement about all but some, or about everything, is not
    /// spelt out.
    pub(super) fn actions(&self) -> Vec<(&'static Service, &'static Action)> {
        if self.all_but {
            return Vec::new();
        }
        let mut matched: Vec<(&'static Service, &'static Action)> = Vec::new();
        for pattern in &self.patterns {
            if let Meant::Actions(service, actions) = Self::meant(pattern) {
                matched.extend(actions.into_iter().map(|action| (service, action)));
            }
        }
        matched.sort_by_key(|(service, action)| (service.name, action.name));
        matched.dedup_by_key(|(service, action)| (service.name, action.name));
        matched
    }

    /// The exempt: principals that its negated conditions on `aws:PrincipalArn` leave out.
    pub(super) fn exempt(&self) -> impl Iterator<Item = (&Condition, &str)> {
        self.conditions
            .iter()
            .filter(|condition| condition.is_negated() && condition.is_key("aws:PrincipalArn"))
            .flat_map(|condition| condition.values.iter().map(move |arn| (condition, arn.as_str())))
    }
}

/// What a pattern of actions means.
pub(super) enum Meant {
    /// `*`
    Everything,
    /// A prefix that no service has.
    NoService,
    /// These actions of a service; there may be none.
    Actions(&'static Service, Vec<&'static Action>),
}
