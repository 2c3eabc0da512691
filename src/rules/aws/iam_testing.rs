//! Judges plan files with the IAM rules: a small reader of plan JSON for tests only, which knows
//! just enough of unknown values and references.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::iam::data_source::from_data_source;
use crate::model::finding::{Change, Outcome};
use crate::model::rule::Params;
use crate::model::subject::{Action, Actions, Mode, Side, Subject, SubjectId};
use crate::model::value::{List, Object, Unknown, Value};
use crate::model::view::{Attributes, Links, Resources};
use crate::rules::evaluate::evaluate;
use crate::rules::{Rule, Selected, catalogue};

struct Fake {
    subjects: Vec<Subject>,
    after: Vec<Value>,
    /// References by subject and top-level attribute.
    references: Vec<BTreeMap<String, Vec<String>>>,
}

struct Known<'k>(&'k Value);

impl Attributes for Known<'_> {
    fn get(&self, name: &str) -> Value {
        self.0.get(name).into_owned()
    }
    fn names(&self) -> Vec<String> {
        match self.0 {
            Value::Object(object) => object.entries.iter().map(|(key, _)| key.clone()).collect(),
            _ => Vec::new(),
        }
    }
    fn is_sensitive(&self, _: &str) -> bool {
        false
    }
}

impl Fake {
    fn named(&self, references: &[String]) -> Vec<&Subject> {
        self.subjects
            .iter()
            .filter(|subject| {
                references.iter().any(|r| {
                    *r == subject.address || r.starts_with(&format!("{}.", subject.address))
                })
            })
            .collect()
    }

    fn references(&self, subject: &Subject, path: &str) -> Option<&Vec<String>> {
        let attribute = path.split(['.', '[']).next().unwrap_or(path);
        self.references.get(subject.id.0 as usize)?.get(attribute)
    }
}

impl Resources for Fake {
    fn subjects(&self) -> &[Subject] {
        &self.subjects
    }
    fn open(&self, subject: &Subject, _: Side) -> Box<dyn Attributes + '_> {
        Box::new(Known(&self.after[subject.id.0 as usize]))
    }
    fn pointing_at(&self, subject: &Subject, _: Side, kind: &str, attribute: &str) -> Links<'_> {
        let mut links = Links::default();
        for other in self.subjects.iter().filter(|other| other.kind == kind) {
            let references = self.references(other, attribute);
            if references.is_some_and(|r| self.named(r).iter().any(|s| s.id == subject.id)) {
                links.certain.push(other);
            }
        }
        links
    }
    fn follow(&self, subject: &Subject, _: Side, path: &str) -> Links<'_> {
        let mut links = Links::default();
        match self.references(subject, path) {
            Some(references) => links.certain = self.named(references),
            None => links
                .possible
                .push((None, Unknown::because("no reference"))),
        }
        links
    }
}

/// `after` and `after_unknown`, laid over each other.
fn overlay(after: &Json, unknown: &Json, why: &Unknown) -> Value {
    match (after, unknown) {
        (_, Json::Bool(true)) => Value::Unknown(why.clone()),
        (Json::Array(items), _) => Value::List(List {
            items: items
                .iter()
                .enumerate()
                .map(|(i, item)| overlay(item, unknown.get(i).unwrap_or(&Json::Null), why))
                .collect(),
            rest: None,
        }),
        (Json::Object(entries), _) => {
            let mut object = Object::default();
            for (key, value) in entries {
                object.insert(
                    key.clone(),
                    overlay(value, unknown.get(key).unwrap_or(&Json::Null), why),
                );
            }
            for (key, value) in unknown.as_object().into_iter().flatten() {
                if !entries.contains_key(key) && *value != Json::Bool(false) {
                    object.insert(key.clone(), overlay(&Json::Null, value, why));
                }
            }
            Value::Object(object)
        }
        (other, _) => serde_json::from_value(other.clone()).unwrap(),
    }
}

fn references(expression: &Json, found: &mut Vec<String>) {
    match expression {
        Json::Object(entries) => {
            for (key, value) in entries {
                match value.as_array() {
                    Some(list) if key == "references" => {
                        found.extend(list.iter().filter_map(Json::as_str).map(str::to_owned));
                    }
                    _ => references(value, found),
                }
            }
        }
        Json::Array(list) => list.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn read(plan: &Json) -> Fake {
    let mut fake = Fake {
        subjects: Vec::new(),
        after: Vec::new(),
        references: Vec::new(),
    };
    let configuration = plan.pointer("/configuration/root_module/resources");
    let configured = |address: &str| {
        configuration
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .find(|r| r["address"] == address)
    };
    for change in plan["resource_changes"].as_array().into_iter().flatten() {
        let text = |key: &str| change[key].as_str().unwrap_or_default().to_owned();
        let address = text("address");
        let data = text("mode") == "data";
        let expressions = configured(&address)
            .map(|r| r["expressions"].clone())
            .unwrap_or_default();
        let mut refs = BTreeMap::new();
        for (name, expression) in expressions.as_object().into_iter().flatten() {
            let mut found = Vec::new();
            references(expression, &mut found);
            refs.insert(name.clone(), found);
        }
        let mut object = Object::default();
        let unknown = &change["change"]["after_unknown"];
        let whole = overlay(&change["change"]["after"], unknown, &Unknown::after_apply());
        if let Value::Object(whole) = whole {
            for (name, value) in whole.entries {
                let value = match value {
                    // What only the provider knows was not asked for.
                    Value::Unknown(_) if !refs.contains_key(&name) && !data => Value::Null,
                    Value::Unknown(_) => {
                        Value::Unknown(Unknown::waits_for(refs.get(&name).into_iter().flatten()))
                    }
                    other => other,
                };
                object.insert(name, value);
            }
        }
        fake.subjects.push(Subject {
            id: SubjectId(u32::try_from(fake.subjects.len()).unwrap()),
            address,
            module: String::new(),
            mode: if data { Mode::Data } else { Mode::Managed },
            kind: if data {
                format!("data.{}", text("type"))
            } else {
                text("type")
            },
            name: text("name"),
            key: None,
            provider: text("provider_name"),
            actions: Actions(vec![Action::Create]),
            previous_address: None,
            deposed: None,
            imported: false,
            replace_paths: Vec::new(),
            action_reason: None,
            exists_before: false,
            exists_after: true,
        });
        fake.after.push(Value::Object(object));
        fake.references.push(refs);
    }
    documents(&mut fake);
    fake
}

/// Policies that come from a data source which is read at apply.
fn documents(fake: &mut Fake) {
    let made: BTreeMap<String, Value> = fake
        .subjects
        .iter()
        .zip(&fake.after)
        .filter(|(subject, _)| subject.kind == "data.aws_iam_policy_document")
        .map(|(subject, after)| (format!("{}.json", subject.address), from_data_source(after)))
        .collect();
    for (after, references) in fake.after.iter_mut().zip(&fake.references) {
        let Value::Object(object) = after else {
            continue;
        };
        for (name, value) in &mut object.entries {
            let document = references
                .get(name)
                .into_iter()
                .flatten()
                .find_map(|reference| made.get(reference));
            if let (Value::Unknown(_), Some(document)) = (&value, document) {
                *value = Value::Json(Box::new(document.clone()));
            }
        }
    }
}

fn ours() -> Vec<&'static Rule> {
    catalogue::all()
        .iter()
        .filter(|rule| {
            let id = rule.meta.id.as_ref();
            id.starts_with("iam-")
                || id == "resource-policy-public"
                || id == "s3-insecure-transport"
        })
        .collect()
}

/// The rule's id, the address and the outcome of everything that the rules say of a plan.
fn judge(plan: &Json) -> Vec<(String, String, Outcome)> {
    let fake = read(plan);
    let selected: Vec<Selected> = ours()
        .into_iter()
        .map(|rule| Selected {
            rule,
            params: Arc::new(Params::defaults(&rule.meta)),
        })
        .collect();
    let raised = evaluate(&fake, &selected).raised;
    raised
        .into_iter()
        .map(|raised| {
            assert_eq!(raised.change, Change::Introduced);
            let rule = selected[raised.rule].rule.meta.id.to_string();
            (
                rule,
                fake.subjects[raised.subject.0 as usize].address.clone(),
                raised.answer.outcome,
            )
        })
        .collect()
}

fn load(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn fixtures(rule: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/rules")
        .join(rule);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .collect();
    files.sort();
    files
}

#[test]
fn fixtures_say_what_their_names_say() {
    for rule in ours() {
        let id = rule.meta.id.as_ref();
        let (mut blocks, mut passes) = (0, 0);
        for path in fixtures(id) {
            let answers = judge(&load(&path));
            let own: Vec<Outcome> = answers
                .iter()
                .filter(|(rule, ..)| rule == id)
                .map(|(_, _, o)| *o)
                .collect();
            let name = path.file_name().unwrap().to_str().unwrap();
            match name.split('.').next().unwrap() {
                "block" => {
                    blocks += 1;
                    assert!(own.contains(&Outcome::Violated), "{id}/{name}: {own:?}");
                }
                "pass" => {
                    passes += 1;
                    assert!(own.is_empty(), "{id}/{name}: {own:?}");
                }
                "undetermined" => {
                    assert!(own.contains(&Outcome::Undetermined), "{id}/{name}: {own:?}");
                    assert!(!own.contains(&Outcome::Violated), "{id}/{name}: {own:?}");
                }
                other => panic!("{id}/{name}: what is {other}?"),
            }
        }
        assert!(
            blocks > 0 && passes > 0,
            "{id} has {blocks} block and {passes} pass fixtures"
        );
    }
}

#[test]
fn rules_document_themselves() {
    for rule in ours() {
        let meta = &rule.meta;
        for (heading, text) in [("what", &meta.what), ("why", &meta.why), ("fix", &meta.fix)] {
            assert!(!text.is_empty(), "{} has no {heading}", meta.id);
        }
        assert!(!meta.references.is_empty(), "{} has no references", meta.id);
        assert!(!meta.title.ends_with('.'), "{}", meta.id);
    }
}

/// The real plans with answers, from the plan alone; told by `HOLDPOINT_CASES`.
#[test]
fn real_cases() {
    let Ok(folder) = std::env::var("HOLDPOINT_CASES") else {
        eprintln!("NOT RUN: real_cases needs HOLDPOINT_CASES");
        return;
    };
    let folder = Path::new(&folder).join("iam");
    let answers = judge(&load(&folder.join("tfplan.json")));
    let mut wrong = Vec::new();
    for line in std::fs::read_to_string(folder.join("answers.tsv"))
        .unwrap()
        .lines()
        .skip(1)
    {
        let mut fields = line.split('\t');
        let (address, want) = (fields.next().unwrap(), fields.next().unwrap());
        let own: Vec<_> = answers
            .iter()
            .filter(|(_, own, _)| own == address)
            .collect();
        let got = if own.iter().any(|(_, _, o)| *o == Outcome::Violated) {
            "block"
        } else if own.is_empty() {
            "ok"
        } else {
            "undetermined"
        };
        if got != want {
            wrong.push(format!("{address}: {got}, not {want}: {own:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
