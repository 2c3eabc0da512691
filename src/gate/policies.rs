//! The user's own policies at the plan gate: what they say becomes findings like any other.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::before::before;
use super::facts::{facts, secrets};
use super::plan_input::{Numbers, PlanInput, whole};
use super::stages::Log;
use crate::decide::Judged;
use crate::error::Error;
use crate::model::finding::{Answer, Change, Outcome};
use crate::model::location::Location;
use crate::model::raised::Raised;
use crate::model::rule::{Meta, Text};
use crate::model::severity::Severity;
use crate::model::subject::{Side, SubjectId};
use crate::model::verdict::Problem;
use crate::model::view::Resources;
use crate::receipt;
use crate::rego::{Definition, Fault, Hit, Judgement, Kind, Policies};
use crate::terraform::Plan;

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
        covers: false,
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

/// Asks the user's rules about a plan.
pub(super) fn ask(
    policies: &Own,
    input: &PlanInput<'_>,
    numbers: &Numbers,
    judged: &mut Judged<'_>,
    log: &mut Log,
) {
    match policies.judge(input, input.text, Side::After) {
        Ok(judgements) => {
            Ask { policies, input, numbers, judged, log }.take_up(&judgements);
        }
        Err(fault) => {
            let mut problem = Problem::from(&Error::from(*fault));
            problem.file = problem.file.or_else(|| Some(input.name.to_owned()));
            log.errors.push(problem);
        }
    }
}

impl Own {
    /// What the namespaces that judge say of the text of a plan.
    fn judge(
        &self,
        input: &PlanInput<'_>,
        text: &str,
        side: Side,
    ) -> Result<Vec<Judgement>, Box<Fault>> {
        let document = self.policies.plan(input.name, text)?;
        let document = match self.policies.wants_facts() {
            true => document.with_facts(&facts(&input.plan, side)),
            false => document,
        };
        self.policies.judge(&document, &self.namespaces)
    }
}

struct Ask<'a, 'r, 'n> {
    policies: &'a Own,
    input: &'a PlanInput<'r>,
    numbers: &'a Numbers,
    judged: &'a mut Judged<'n>,
    log: &'a mut Log,
}

impl Ask<'_, '_, '_> {
    fn take_up(&mut self, judgements: &[Judgement]) {
        let hits = || {
            judgements
                .iter()
                .flat_map(|one| one.failures.iter().chain(&one.warnings).chain(&one.undetermined))
        };
        self.judged.evaluation.checks += judgements.iter().map(|one| one.rules).sum::<usize>();
        self.log.notices.extend(self.exceptions(judgements));
        if hits().next().is_none() {
            return;
        }
        let PlanInput { name, text, plan } = self.input;
        let by_address: FxHashMap<&str, SubjectId> =
            plan.subjects().iter().map(|s| (s.address.as_str(), s.id)).collect();
        let old = self.standing(hits().any(|hit| address(hit).is_some()));
        let hidden = hidden(plan, text);
        for hit in hits() {
            let Some(rule) = self.policies.policies.definitions().get(hit.definition) else {
                continue;
            };
            if rule.undecided {
                let problem = self.undecided(hit, rule, &hidden);
                self.log.errors.push(problem);
                continue;
            }
            let Some(number) = self.numbers.get(&rule.id) else { continue };
            let named = address(hit);
            let subject = named.and_then(|address| by_address.get(address).copied());
            if let (Some(address), None) = (named, subject) {
                self.log.notices.push(format!(
                    "`{}` names `{}`, which is not a resource of this plan: the finding is attached to the plan",
                    rule.id,
                    masked(address, &hidden)
                ));
            }
            let raised = Raised {
                rule: *number,
                subject: subject.unwrap_or_else(|| whole(self.judged)),
                change: match (old.contains(&identity(hit)), subject) {
                    (true, Some(_)) => Change::Existing,
                    _ => Change::Introduced,
                },
                answer: answer(hit, rule, &hidden, name),
            };
            self.judged.evaluation.raised.push(raised);
        }
    }

    /// Rules whose results an exception of the policies takes away.
    fn exceptions(&self, judgements: &[Judgement]) -> BTreeSet<String> {
        let definitions = self.policies.policies.definitions();
        let exceptions = judgements.iter().flat_map(|one| &one.exceptions);
        let rules = exceptions.filter_map(|exception| definitions.get(exception.definition));
        rules
            .map(|rule| {
                format!(
                    "an exception in your policies suppresses all results of `{}` in `{}` for `{}`",
                    rule.name, rule.namespace, self.input.name
                )
            })
            .collect()
    }

    /// What a rule says that tells why nothing can be decided: no severity and no waiver is about it.
    fn undecided(&self, hit: &Hit, one: &Definition, hidden: &[String]) -> Problem {
        Problem {
            code: "rego::undecided".to_owned(),
            message: masked(&hit.msg, hidden),
            help: one.remediation.clone(),
            file: Some(self.input.name.to_owned()),
        }
    }

    /// What the rules say of the plan that changes nothing; nothing when they cannot judge it.
    fn standing(&self, named: bool) -> FxHashSet<(usize, String, String)> {
        let judged = || {
            let text = before(self.input.text, |key| self.policies.policies.looks_at(key))?;
            self.policies.judge(self.input, &text, Side::Before).ok()
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
