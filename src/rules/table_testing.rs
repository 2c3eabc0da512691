//! A small reader of plans for the tests of tables, so that they need no stage but this one.
//!
//! It knows the root module and modules without keys, and references that name a resource; the
//! real reader knows the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::evaluate::{Raised, evaluate};
use super::{Rule, Selected, catalogue};
use crate::model::finding::{Change, Outcome};
use crate::model::rule::Params;
use crate::model::subject::{Action, Actions, Key, Mode, Side, Subject, SubjectId};
use crate::model::value::{List, Object, Unknown, Value};
use crate::model::view::{Attributes, Links, Resources};

/// The subjects of a plan.
pub(crate) struct Fake {
    subjects: Vec<Subject>,
    changes: Vec<Json>,
    expressions: Vec<Json>,
    default_tags: Value,
}

impl Fake {
    /// Reads a plan.
    pub(crate) fn plan(text: &str) -> Self {
        let plan: Json = serde_json::from_str(text).expect("a plan");
        let mut expressions = BTreeMap::new();
        collect(&plan["configuration"]["root_module"], "", &mut expressions);
        let mut fake = Self {
            subjects: Vec::new(),
            changes: Vec::new(),
            expressions: Vec::new(),
            default_tags: Value::Null,
        };
        let tags = &plan["configuration"]["provider_config"]["aws"]["expressions"]["default_tags"];
        if let Some(tags) = tags[0]["tags"].get("constant_value") {
            fake.default_tags = known(tags);
        } else if let Some(references) = references(&tags[0]["tags"]) {
            fake.default_tags = Value::Unknown(Unknown::waits_for(references));
        }
        for (i, one) in plan["resource_changes"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
            let actions = one["change"]["actions"].as_array().into_iter().flatten();
            let actions: Vec<Action> = actions
                .map(|action| match action.as_str().unwrap_or_default() {
                    "create" => Action::Create,
                    "read" => Action::Read,
                    "update" => Action::Update,
                    "delete" => Action::Delete,
                    "forget" => Action::Forget,
                    _ => Action::NoOp,
                })
                .collect();
            let data = one["mode"] == "data";
            let kind = format!("{}{}", if data { "data." } else { "" }, text("type"));
            let module = text("module_address");
            let plain = format!("{module}|{kind}.{}", text("name"));
            let config = crate::rules::answers::stem(&plain);
            fake.expressions
                .push(expressions.get(&config).cloned().unwrap_or_default());
            fake.changes.push(one["change"].clone());
            fake.subjects.push(Subject {
                id: SubjectId(u32::try_from(i).expect("few")),
                address: text("address"),
                module,
                mode: if data { Mode::Data } else { Mode::Managed },
                kind,
                name: text("name"),
                key: match &one["index"] {
                    Json::String(key) => Some(Key::Name(key.clone())),
                    Json::Number(index) => index.as_u64().map(Key::Index),
                    _ => None,
                },
                provider: text("provider_name"),
                previous_address: None,
                deposed: one["deposed"].as_str().map(str::to_owned),
                imported: false,
                replace_paths: Vec::new(),
                action_reason: None,
                exists_before: !one["change"]["before"].is_null(),
                exists_after: actions
                    .iter()
                    .any(|a| *a != Action::Delete && *a != Action::Forget),
                actions: Actions(actions),
            });
        }
        fake
    }

    /// What the rule says: address, path, change and outcome.
    pub(crate) fn ask(&self, rule: &'static Rule) -> Vec<(String, String, Change, Outcome)> {
        let params = Arc::new(Params::defaults(&rule.meta));
        let raised = evaluate(self, &[Selected { rule, params }]).raised;
        let of = |one: Raised| {
            let subject = &self.subjects[one.subject.0 as usize];
            (
                subject.address.clone(),
                one.answer.path,
                one.change,
                one.answer.outcome,
            )
        };
        raised.into_iter().map(of).collect()
    }
}

/// The expressions of all resources below a module of the configuration, by module and name.
fn collect(module: &Json, at: &str, all: &mut BTreeMap<String, Json>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        let address = resource["address"].as_str().unwrap_or_default();
        all.insert(format!("{at}|{address}"), resource["expressions"].clone());
    }
    for (name, call) in module["module_calls"].as_object().into_iter().flatten() {
        let at = if at.is_empty() {
            format!("module.{name}")
        } else {
            format!("{at}.module.{name}")
        };
        collect(&call["module"], &at, all);
    }
}

fn references(expression: &Json) -> Option<Vec<String>> {
    let list = expression.get("references")?.as_array()?;
    Some(
        list.iter()
            .filter_map(|one| Some(one.as_str()?.to_owned()))
            .collect(),
    )
}

fn known(json: &Json) -> Value {
    serde_json::from_value(json.clone()).expect("a value")
}

/// A planned value; what is unknown and not in the expression is not set.
fn planned(after: &Json, unknown: &Json, expression: &Json) -> Value {
    match unknown {
        Json::Bool(true) => match expression {
            Json::Null => Value::Null,
            Json::Object(_) => Value::Unknown(Unknown::waits_for(
                references(expression).unwrap_or_default(),
            )),
            _ => Value::Unknown(Unknown::after_apply()),
        },
        Json::Object(parts) => {
            let mut object = Object::default();
            for (key, value) in after.as_object().into_iter().flatten() {
                let unknown = parts.get(key).unwrap_or(&Json::Null);
                object.insert(key.clone(), planned(value, unknown, inner(expression, key)));
            }
            for (key, unknown) in parts {
                if after.get(key).is_none() {
                    let value = planned(&Json::Null, unknown, inner(expression, key));
                    object.insert(key.clone(), value);
                }
            }
            Value::Object(object)
        }
        // A block that is not in the configuration comes from a dynamic one: it is configured.
        Json::Array(parts) => {
            let dynamic = Json::String("dynamic".to_owned());
            let expression = if expression.is_null() {
                &dynamic
            } else {
                expression
            };
            let none = Vec::new();
            let items = after.as_array().unwrap_or(&none);
            let each = items.iter().enumerate().map(|(i, item)| {
                let unknown = parts.get(i).unwrap_or(&Json::Null);
                let own = match expression {
                    Json::Array(list) => list.get(i).or(list.first()).unwrap_or(&Json::Null),
                    whole => whole,
                };
                planned(item, unknown, own)
            });
            Value::List(List {
                items: each.collect(),
                rest: None,
            })
        }
        _ => known(after),
    }
}

/// The expression of an entry; of a map it is the whole map's.
fn inner<'e>(expression: &'e Json, key: &str) -> &'e Json {
    let whole = expression.is_string() || expression.get("references").is_some();
    if whole { expression } else { &expression[key] }
}

struct Open<'f> {
    fake: &'f Fake,
    subject: usize,
    side: Side,
}

impl Attributes for Open<'_> {
    fn get(&self, name: &str) -> Value {
        let change = &self.fake.changes[self.subject];
        let expression = &self.fake.expressions[self.subject][name];
        match self.side {
            Side::Before => known(&change["before"][name]),
            Side::After => planned(
                &change["after"][name],
                &change["after_unknown"][name],
                expression,
            ),
        }
    }

    fn names(&self) -> Vec<String> {
        let change = &self.fake.changes[self.subject];
        let sides = match self.side {
            Side::Before => vec![&change["before"]],
            Side::After => vec![&change["after"], &change["after_unknown"]],
        };
        let keys = |side: &Json| {
            side.as_object()
                .map(|o| o.keys().cloned().collect::<Vec<_>>())
        };
        sides.into_iter().filter_map(keys).flatten().collect()
    }

    fn is_sensitive(&self, path: &str) -> bool {
        self.fake.changes[self.subject]["after_sensitive"][path] == true
    }
}

impl Fake {
    /// The resources that an expression names, and whether it names something else.
    fn named(&self, from: &Subject, path: &str) -> (Vec<&Subject>, bool) {
        let mut here = &self.expressions[from.id.0 as usize];
        for step in path.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
            here = match step.parse::<usize>() {
                Ok(index) => &here[index],
                Err(_) => &here[step],
            };
        }
        let mut found: Vec<&Subject> = Vec::new();
        let mut other = false;
        for reference in references(here).unwrap_or_default() {
            let target = crate::rules::answers::stem(&reference);
            let mut hit = false;
            for subject in &self.subjects {
                let own = format!("{}.{}", subject.kind, subject.name);
                let here = target == own || target.starts_with(&format!("{own}."));
                let pair = subject.key.is_none() || from.key.is_none() || subject.key == from.key;
                if here && subject.module == from.module {
                    hit = true;
                    if pair && !found.iter().any(|one| one.id == subject.id) {
                        found.push(subject);
                    }
                }
            }
            other |= !hit && !target.starts_with("each.");
        }
        (found, other)
    }
}

impl Resources for Fake {
    fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    fn open(&self, subject: &Subject, side: Side) -> Box<dyn Attributes + '_> {
        Box::new(Open {
            fake: self,
            subject: subject.id.0 as usize,
            side,
        })
    }

    fn pointing_at(&self, to: &Subject, side: Side, kind: &str, attribute: &str) -> Links<'_> {
        let mut links = Links::default();
        let own = self.open(to, side);
        for from in self
            .subjects
            .iter()
            .filter(|one| one.kind == kind && one.exists(side))
        {
            let value = self.open(from, side).get(attribute);
            let (named, other) = self.named(from, attribute);
            let by_name = ["id", "arn", "bucket", "name", "identifier"]
                .iter()
                .any(|name| {
                    let own = own.get(name);
                    own.as_str().is_some_and(|own| value.as_str() == Some(own))
                });
            if by_name || named.iter().any(|one| one.id == to.id) {
                links.certain.push(from);
            } else if let (Value::Unknown(why), true) = (value, other || named.is_empty()) {
                links.possible.push((Some(from), why));
            }
        }
        links
    }

    fn follow(&self, subject: &Subject, side: Side, path: &str) -> Links<'_> {
        let (certain, other) = self.named(subject, path);
        let mut links = Links::default();
        links.certain = certain.into_iter().filter(|one| one.exists(side)).collect();
        if other {
            links
                .possible
                .push((None, Unknown::because("a reference that is not followed")));
        }
        links
    }

    fn default_tags(&self, _subject: &Subject) -> Value {
        self.default_tags.clone()
    }
}

/// Every fixture of the catalogue's rules answers as its name says.
#[test]
fn fixtures_answer_as_they_are_named() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules");
    let mut wrong = Vec::new();
    let mut asked = 0;
    for rule in catalogue::all() {
        let Ok(listing) = std::fs::read_dir(root.join(rule.meta.id.as_ref())) else {
            continue;
        };
        for file in listing.map(|entry| entry.expect("an entry").path()) {
            if file.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            asked += 1;
            let fake = Fake::plan(&std::fs::read_to_string(&file).expect("a fixture"));
            let said: Vec<_> = fake
                .ask(rule)
                .into_iter()
                .filter(|one| one.2 != Change::Resolved)
                .collect();
            let has = |outcome| said.iter().any(|one| one.3 == outcome);
            let name = file
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let right = match name.split('.').next() {
                Some("block") => has(Outcome::Violated),
                Some("pass") => said.is_empty(),
                Some("undetermined") => has(Outcome::Undetermined) && !has(Outcome::Violated),
                _ => false,
            };
            if !right {
                wrong.push(format!("{}/{name}: {said:?}", rule.meta.id));
            }
        }
    }
    assert!(asked > 0, "no fixtures");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
