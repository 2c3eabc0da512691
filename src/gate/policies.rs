//! The user's own policies at the plan gate: what they say becomes findings like any other.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::before::before;
use super::facts::{facts, secrets};
use crate::error::Error;
use crate::model::finding::{Answer, Change, Outcome};
use crate::model::location::Location;
use crate::model::raised::{Evaluation, Raised};
use crate::model::rule::{Meta, Text};
use crate::model::severity::Severity;
use crate::model::subject::{Side, Subject, SubjectId};
use crate::model::verdict::Problem;
use crate::model::view::Resources;
use crate::receipt;
use crate::rego::{Definition, Hit, Judgement, Kind, Policies};
use crate::terraform::Plan;

/// The address of what is about the plan as a whole.
pub const WHOLE: &str = "(plan)";

/// The user's policies, and which of their namespaces judge.
#[derive(Debug, Clone)]
pub struct Own {
    /// The policies.
    pub policies: Policies,
    /// The namespaces.
    pub namespaces: Vec<String>,
}

impl Own {
    /// The definitions that judge, with their places among all definitions.
    fn definitions(&self) -> impl Iterator<Item = (usize, &Definition)> {
        let judges = |one: &Definition| self.namespaces.contains(&one.namespace);
        self.policies.definitions().iter().enumerate().filter(move |(_, one)| judges(one))
    }

    /// SHA-256 over the policies and over their data.
    pub(super) fn digests(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> = BTreeMap::new();
        for (file, text) in self.policies.files() {
            all.insert(file.to_owned(), receipt::sha256(text.as_bytes()));
        }
        all.insert("(data)".to_owned(), receipt::sha256(self.policies.data().as_bytes()));
        let settings = format!("{:?} {:?}", self.policies.options(), self.namespaces);
        all.insert("(settings)".to_owned(), receipt::sha256(settings.as_bytes()));
        all
    }

    /// What their rules say of themselves, in the order in which they are numbered.
    #[must_use]
    pub fn metas(&self) -> Vec<Meta> {
        self.definitions().map(|(_, one)| meta(one)).collect()
    }
}

/// A definition as a rule among others.
fn meta(one: &Definition) -> Meta {
    let rule = format!("`{}` of `{}`", one.name, one.namespace);
    let text = |text: &Option<String>, other: &dyn Fn() -> String| -> Text {
        text.clone().unwrap_or_else(other).into()
    };
    Meta {
        id: one.id.clone().into(),
        title: text(&one.title, &|| format!("policy {rule}")),
        severity: severity(one),
        service: "Rego".into(),
        types: vec![Text::Borrowed("*")].into(),
        what: text(&one.description, &|| format!("The rule {rule}, in `{}`.", one.file)),
        why: "This is one of your own policies.".into(),
        fix: text(&one.remediation, &|| format!("See `{}`, line {}.", one.file, one.line)),
        references: one.references.iter().cloned().map(Text::Owned).collect::<Vec<_>>().into(),
        frameworks: Vec::new().into(),
        on_by_default: true,
        yields_to: Vec::new().into(),
        params: Vec::new().into(),
        blames_secrets: false,
        holds_narrower: false,
    }
}

/// What denies blocks by default, whatever its author calls it; what warns does not.
fn severity(one: &Definition) -> Severity {
    let said = one.severity;
    match one.kind {
        Kind::Failure | Kind::Undetermined => said.unwrap_or(Severity::High).max(Severity::High),
        Kind::Warning => said.unwrap_or(Severity::Low).min(Severity::Medium),
    }
}

/// What the user's rules said of one plan.
#[derive(Default)]
pub(super) struct Said {
    /// Results as answers of rules.
    pub(super) evaluation: Evaluation,
    /// The plan as a whole, when something is said of it: the subject behind the last of the plan.
    pub(super) whole: Option<Subject>,
    /// What the user should know.
    pub(super) notices: Vec<String>,
    /// Why nothing could be decided.
    pub(super) errors: Vec<Problem>,
}

/// Asks the user's rules about a plan. `numbers` are those of the rules that run, by id.
pub(super) fn ask(
    own: &Own,
    name: &str,
    text: &str,
    plan: &Plan<'_>,
    numbers: &FxHashMap<String, usize>,
) -> Said {
    let mut said = Said::default();
    let judged = own.policies.plan(name, text).and_then(|document| {
        let document = match own.policies.wants_facts() {
            true => document.with_facts(&facts(plan, Side::After)),
            false => document,
        };
        own.policies.judge(&document, &own.namespaces)
    });
    let judgements = match judged {
        Ok(judgements) => judgements,
        Err(fault) => {
            let mut problem = Problem::from(&Error::from(*fault));
            problem.file = problem.file.or_else(|| Some(name.to_owned()));
            said.errors.push(problem);
            return said;
        }
    };
    let mut ask = Ask { own, name, text, plan, numbers, said: &mut said };
    ask.take_up(&judgements);
    said
}

struct Ask<'a, 'p> {
    own: &'a Own,
    name: &'a str,
    text: &'a str,
    plan: &'a Plan<'p>,
    numbers: &'a FxHashMap<String, usize>,
    said: &'a mut Said,
}

impl Ask<'_, '_> {
    fn take_up(&mut self, judgements: &[Judgement]) {
        let hits = || {
            judgements
                .iter()
                .flat_map(|one| one.failures.iter().chain(&one.warnings).chain(&one.undetermined))
        };
        self.said.evaluation.checks = judgements.iter().map(|one| one.rules).sum();
        for exception in judgements.iter().flat_map(|one| &one.exceptions) {
            if let Some(one) = self.own.policies.definitions().get(exception.definition) {
                self.said.notices.push(format!(
                    "an exception in your policies suppresses all results of `{}` in `{}` for `{}`",
                    one.name, one.namespace, self.name
                ));
            }
        }
        self.said.notices.sort();
        self.said.notices.dedup();
        if hits().next().is_none() {
            return;
        }
        let by_address: FxHashMap<&str, SubjectId> =
            self.plan.subjects().iter().map(|s| (s.address.as_str(), s.id)).collect();
        let old = self.standing(hits().any(|hit| address(hit).is_some()));
        let hidden = hidden(self.plan, self.text);
        let whole = SubjectId(u32::try_from(self.plan.subjects().len()).unwrap_or(u32::MAX));
        for hit in hits() {
            let Some(one) = self.own.policies.definitions().get(hit.definition) else { continue };
            if one.undecided {
                let problem = self.undecided(hit, one, &hidden);
                self.said.errors.push(problem);
                continue;
            }
            let Some(rule) = self.numbers.get(&one.id) else { continue };
            let named = address(hit);
            let subject = named.and_then(|address| by_address.get(address).copied());
            if let (Some(address), None) = (named, subject) {
                self.said.notices.push(format!(
                    "`{}` names `{}`, which is not a resource of this plan: the finding is attached to the plan",
                    one.id,
                    masked(address, &hidden)
                ));
            }
            let stood = old.contains(&identity(hit));
            self.said.evaluation.raised.push(Raised {
                rule: *rule,
                subject: subject.unwrap_or(whole),
                change: match (stood, subject) {
                    (true, Some(_)) => Change::Existing,
                    _ => Change::Introduced,
                },
                answer: answer(hit, one, &hidden, self.name),
            });
            if subject.is_none() && self.said.whole.is_none() {
                self.said.whole = Some(as_subject(whole));
            }
        }
    }

    /// What a rule says that tells why nothing can be decided: no severity and no waiver is about it.
    fn undecided(&self, hit: &Hit, one: &Definition, hidden: &[String]) -> Problem {
        Problem {
            code: "rego::undecided".to_owned(),
            message: masked(&hit.msg, hidden),
            help: one.remediation.clone(),
            file: Some(self.name.to_owned()),
        }
    }

    /// What the rules say of the plan that changes nothing; nothing when they cannot judge it.
    fn standing(&self, named: bool) -> FxHashSet<(usize, String, String)> {
        let judged = || {
            let text = before(self.text, |key| self.own.policies.looks_at(key))?;
            let document = self.own.policies.plan(self.name, &text).ok()?;
            let document = match self.own.policies.wants_facts() {
                true => document.with_facts(&facts(self.plan, Side::Before)),
                false => document,
            };
            self.own.policies.judge(&document, &self.own.namespaces).ok()
        };
        let Some(judgements) = named.then(judged).flatten() else { return FxHashSet::default() };
        judgements
            .iter()
            .flat_map(|one| one.failures.iter().chain(&one.warnings))
            .map(identity)
            .collect()
    }
}

/// What makes two results the same before and after.
fn identity(hit: &Hit) -> (usize, String, String) {
    (hit.definition, address(hit).unwrap_or_default().to_owned(), hit.msg.clone())
}

fn address(hit: &Hit) -> Option<&str> {
    hit.metadata.get("address").and_then(|value| value.as_str())
}

fn answer(hit: &Hit, one: &Definition, hidden: &[String], plan: &str) -> Answer {
    let path = hit.metadata.get("path").and_then(|value| value.as_str()).unwrap_or_default();
    let message = masked(&hit.msg, hidden);
    let place = hit.loc.as_ref().map(|loc| {
        let mut place = Location::start_of(loc.file.clone().unwrap_or_else(|| plan.to_owned()));
        let line = loc.line.and_then(|line| u32::try_from(line).ok()).unwrap_or(1).max(1);
        (place.line, place.end_line) = (line, line);
        place
    });
    let doubtful = one.kind == Kind::Undetermined;
    Answer {
        outcome: if doubtful { Outcome::Undetermined } else { Outcome::Violated },
        path: path.to_owned(),
        key: message.clone(),
        message,
        detail: None,
        reason: doubtful.then(|| "one of your own policies reports `undetermined`".to_owned()),
        place,
        container: None,
    }
}

/// Texts that no result may show, the longest first.
fn hidden(plan: &Plan<'_>, text: &str) -> Vec<String> {
    let mut all = secrets(plan);
    all.extend(sensitive_variables(text).unwrap_or_default());
    // Shorter ones stand in every text.
    all.retain(|secret| secret.chars().count() >= 4);
    all.sort_by(|a, b| (b.len(), a).cmp(&(a.len(), b)));
    all.dedup();
    all
}

/// The values of variables that the root module calls sensitive.
fn sensitive_variables(text: &str) -> Option<Vec<String>> {
    #[derive(serde::Deserialize)]
    struct Envelope {
        #[serde(default)]
        variables: BTreeMap<String, Variable>,
        #[serde(default)]
        configuration: Configuration,
    }
    #[derive(serde::Deserialize)]
    struct Variable {
        #[serde(default)]
        value: serde_json::Value,
    }
    #[derive(serde::Deserialize, Default)]
    struct Configuration {
        #[serde(default)]
        root_module: Root,
    }
    #[derive(serde::Deserialize, Default)]
    struct Root {
        #[serde(default)]
        variables: BTreeMap<String, Declared>,
    }
    #[derive(serde::Deserialize)]
    struct Declared {
        #[serde(default)]
        sensitive: bool,
    }
    fn collect(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => found.push(text.clone()),
            serde_json::Value::Number(number) => found.push(number.to_string()),
            serde_json::Value::Array(items) => items.iter().for_each(|v| collect(v, found)),
            serde_json::Value::Object(map) => map.values().for_each(|v| collect(v, found)),
            _ => {}
        }
    }
    let envelope: Envelope = serde_json::from_str(text).ok()?;
    let declared = envelope.configuration.root_module.variables;
    let mut found = Vec::new();
    for (name, variable) in &envelope.variables {
        if declared.get(name).is_some_and(|declared| declared.sensitive) {
            collect(&variable.value, &mut found);
        }
    }
    Some(found)
}

fn masked(text: &str, hidden: &[String]) -> String {
    let mut text = text.to_owned();
    for secret in hidden {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), "(sensitive value)");
        }
    }
    text
}

/// The plan as a whole as something that a finding can be about.
pub(super) fn as_subject(id: SubjectId) -> Subject {
    Subject::whole(id, WHOLE, "plan")
}
