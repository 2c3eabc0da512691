//! A small input for tests of rules: subjects made from JSON, without a plan reader.
//!
//! In `after` and `before`, a string `"?"` is an unknown value, `"?reference"` an unknown value
//! that waits for a reference, `"?reference/32"` a template with a hole before `/32`, and a last
//! element `"..."` says that a list may go on. An attribute that is `"?address.attribute"` leads to
//! the subject of that address.

use serde_json::Value as Json;

use super::{Answers, Check, Rule, Selected};
use crate::model::finding::Answer;
use crate::model::rule::{Param, Params};
use crate::model::subject::{
    Action, Actions, Mode, Origin, PlanOrigin, Side, Subject, SubjectChange, SubjectId,
};
use crate::model::value::{List, Object, Piece, Unknown, Value};
use crate::model::view::{Attributes, Links, Opened, Resources, View};

/// An input made by hand.
#[derive(Default)]
pub(crate) struct Fake {
    subjects: Vec<Subject>,
    sides: Vec<[Json; 2]>,
}

impl Fake {
    /// An input with one created subject for each address and its attributes.
    pub(crate) fn new(subjects: impl IntoIterator<Item = (&'static str, Json)>) -> Self {
        let mut fake = Self::default();
        for (address, after) in subjects {
            fake.add(address, Json::Null, after);
        }
        fake
    }

    /// Adds a subject; null stands for a side on which it does not exist.
    pub(crate) fn add(&mut self, address: &str, before: Json, after: Json) {
        let bare = address.strip_prefix("data.");
        let (kind, name) = bare.unwrap_or(address).split_once('.').expect("an address");
        let prefix = if bare.is_some() { "data." } else { "" };
        let actions = match (before.is_null(), after.is_null()) {
            (true, _) => vec![Action::Create],
            (false, true) => vec![Action::Delete],
            (false, false) if before == after => vec![Action::NoOp],
            (false, false) => vec![Action::Update],
        };
        let id = SubjectId(u32::try_from(self.subjects.len()).expect("few subjects"));
        let mode = if bare.is_some() { Mode::Data } else { Mode::Managed };
        self.subjects.push(Subject {
            id,
            address: address.to_owned(),
            kind: format!("{prefix}{kind}"),
            name: name.to_owned(),
            change: SubjectChange {
                actions: Actions(actions),
                exists_before: !before.is_null(),
                exists_after: !after.is_null(),
            },
            origin: Origin::Plan(PlanOrigin {
                provider: "registry.terraform.io/hashicorp/aws".to_owned(),
                ..PlanOrigin::new(mode)
            }),
        });
        self.sides.push([before, after]);
    }

    /// Reads the managed resources of a plan's root module, roughly: what is unknown and not
    /// configured counts as not set, and an unknown takes the first fitting reference of its
    /// attribute.
    pub(crate) fn from_plan(plan: &Json) -> Self {
        let mut fake = Self::default();
        let none = Vec::new();
        let list =
            |json: &'_ Json, path: &str| json.pointer(path).and_then(Json::as_array).cloned();
        let configured = list(plan, "/configuration/root_module/resources").unwrap_or_default();
        for change in list(plan, "/resource_changes").as_ref().unwrap_or(&none) {
            let (kind, name) = (&change["type"], &change["name"]);
            let own = configured.iter().find(|c| c["type"] == *kind && c["name"] == *name);
            let expressions = own.map_or(Json::Null, |own| own["expressions"].clone());
            let mut after = change["change"]["after"].clone();
            for (attribute, unknown) in
                change["change"]["after_unknown"].as_object().into_iter().flatten()
            {
                let Some(expression) = expressions.get(attribute) else {
                    continue;
                };
                let mut references = Vec::new();
                collect_references(expression, &mut references);
                after[attribute] = overlay(attribute, after.get(attribute), unknown, &references);
            }
            let before = change["change"]["before"].clone();
            let address = change["address"].as_str().expect("an address");
            fake.add(&format!("{}.{}", kind.as_str().expect("a type"), address), before, after);
            if let Some(subject) = fake.subjects.last_mut() {
                subject.address = address.to_owned();
            }
        }
        fake
    }

    /// The subjects' addresses.
    pub(crate) fn addresses(&self) -> Vec<(&str, &str)> {
        self.subjects.iter().map(|s| (s.address.as_str(), s.kind.as_str())).collect()
    }

    /// What a rule says of the subject at an address, after the change, with default parameters.
    pub(crate) fn ask(&self, rule: &Rule, address: &str) -> Vec<Answer> {
        self.ask_with(rule, address, &Params::defaults(&rule.meta))
    }

    /// The same with parameters.
    pub(crate) fn ask_with(&self, rule: &Rule, address: &str, params: &Params) -> Vec<Answer> {
        let subject = self.subjects.iter().find(|s| s.address == address).expect("the address");
        assert!(rule.meta.types.iter().any(|kind| *kind == subject.kind), "not a type of the rule");
        let opened = Opened::new(self, subject, Side::After);
        let view = View::new(self, subject, Side::After, params, opened);
        let mut answers = Answers::default();
        match &rule.check {
            Check::State(check) => check(&view, &mut answers),
            Check::Table(table) => table.judge(&view, &mut answers),
            Check::Change(_) | Check::ChangeTable(_) => panic!("a rule about a change"),
        }
        answers.into_vec()
    }

    fn json(&self, subject: &Subject, side: Side) -> &Json {
        &self.sides[subject.id.0 as usize][match side {
            Side::Before => 0,
            Side::After => 1,
        }]
    }

    /// The subject that `"?address.attribute"` leads to.
    fn target(&self, text: &str) -> Option<&Subject> {
        let address = text.strip_prefix('?')?.rsplit_once('.')?.0;
        self.subjects.iter().find(|subject| subject.address == address)
    }
}

/// The rules with their default parameters, as a run selects them.
pub(crate) fn selected(rules: impl IntoIterator<Item = &'static Rule>) -> Vec<Selected> {
    let rules = rules.into_iter();
    let select = |rule: &'static Rule| {
        let params = Params::defaults(&rule.meta).into();
        Selected { rule, params, severity: rule.meta.severity, waived: false }
    };
    rules.map(select).collect()
}

/// The defaults of a rule with one parameter set.
pub(crate) fn with_param(rule: &Rule, name: &str, value: Param) -> Params {
    let mut params = Params::defaults(&rule.meta);
    assert!(params.0.insert(name.to_owned(), value).is_some(), "the rule has no `{name}`");
    params
}

/// Reads the notation that the file's head describes.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(value) => Value::Number(value.clone()),
        Json::String(text) => match text.strip_prefix('?') {
            None => Value::string(text.as_str()),
            Some("") => Value::Unknown(Unknown::after_apply()),
            Some(reference) => match reference.split_once('/') {
                None => Value::Unknown(Unknown::waits_for([reference])),
                Some((reference, tail)) => Value::Template(vec![
                    Piece::Hole(Unknown::waits_for([reference])),
                    Piece::Known(format!("/{tail}")),
                ]),
            },
        },
        Json::Array(items) => {
            let (items, open) = match items.split_last() {
                Some((last, items)) if last == "..." => (items, true),
                _ => (items.as_slice(), false),
            };
            let rest = open.then(Unknown::after_apply);
            Value::List(List { items: items.iter().map(value).collect(), rest })
        }
        Json::Object(entries) => Value::Object(Object {
            entries: entries.iter().map(|(key, entry)| (key.clone(), value(entry))).collect(),
            rest: None,
        }),
    }
}

fn collect_references(expression: &Json, into: &mut Vec<String>) {
    match expression {
        Json::Object(entries) => {
            for (key, entry) in entries {
                match entry {
                    Json::Array(items) if key == "references" => {
                        into.extend(items.iter().filter_map(Json::as_str).map(str::to_owned));
                    }
                    entry => collect_references(entry, into),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect_references(item, into)),
        _ => {}
    }
}

/// A value of `after`, with what `after_unknown` marks put in.
fn overlay(name: &str, known: Option<&Json>, unknown: &Json, references: &[String]) -> Json {
    match unknown {
        Json::Bool(true) => {
            let fits =
                |r: &&String| name.starts_with("prefix_list_id") == r.contains("prefix_list.");
            let reference = references.iter().filter(|r| r.matches('.').count() > 1).find(fits);
            Json::String(format!("?{}", reference.map_or("", String::as_str)))
        }
        Json::Array(marks) => {
            let known = known.and_then(Json::as_array);
            let length = marks.len().max(known.map_or(0, Vec::len));
            let mark = |i: usize| marks.get(i).unwrap_or(&Json::Null);
            let item = |i| overlay(name, known.and_then(|k| k.get(i)), mark(i), references);
            Json::Array((0..length).map(item).collect())
        }
        Json::Object(marks) => {
            let mut object = known.and_then(Json::as_object).cloned().unwrap_or_default();
            for (key, mark) in marks {
                let value = overlay(key, object.get(key), mark, references);
                object.insert(key.clone(), value);
            }
            Json::Object(object)
        }
        _ => known.cloned().unwrap_or(Json::Null),
    }
}

/// The JSON at a path such as `ingress[0].prefix_list_ids`.
fn at<'j>(json: &'j Json, path: &str) -> Option<&'j Json> {
    path.split(['.', '[']).try_fold(json, |here, step| match step.strip_suffix(']') {
        Some(index) => here.get(index.parse::<usize>().ok()?),
        None => here.get(step),
    })
}

struct OneSide<'f>(&'f Json);

impl Attributes for OneSide<'_> {
    fn get(&self, name: &str) -> Value {
        self.0.get(name).map_or(Value::Null, value)
    }

    fn names(&self) -> Vec<String> {
        self.0.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
    }

    fn is_sensitive(&self, path: &str) -> bool {
        let marks = self.0.get("sensitive").and_then(Json::as_array);
        marks.is_some_and(|marks| marks.iter().any(|mark| mark == path))
    }
}

impl Resources for Fake {
    fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    fn open(&self, subject: &Subject, side: Side) -> Box<dyn Attributes + '_> {
        Box::new(OneSide(self.json(subject, side)))
    }

    fn pointing_at(&self, subject: &Subject, side: Side, kind: &str, attribute: &str) -> Links<'_> {
        let points = |other: &&Subject| {
            other.kind == kind
                && other.exists(side)
                && at(self.json(other, side), attribute)
                    .and_then(Json::as_str)
                    .and_then(|text| self.target(text))
                    .is_some_and(|target| target.id == subject.id)
        };
        Links { certain: self.subjects.iter().filter(points).collect(), possible: Vec::new() }
    }

    fn follow(&self, subject: &Subject, side: Side, path: &str) -> Links<'_> {
        let text = at(self.json(subject, side), path).and_then(Json::as_str);
        match text.and_then(|text| self.target(text)) {
            Some(target) => Links { certain: vec![target], possible: Vec::new() },
            None if text.is_some_and(|text| text.starts_with('?')) => {
                Links { certain: Vec::new(), possible: vec![(None, Unknown::after_apply())] }
            }
            None => Links::default(),
        }
    }
}
