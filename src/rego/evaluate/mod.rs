//! Asks the policies about one document, with conftest's meanings: which rules count, what a
//! result is, what an exception takes away, how many passed.

mod parts;
mod quiet;
mod spread;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use regorus::unstable::Rule;
use regorus::{Engine, Value};

use super::ast;
use super::document::Document;
use super::fault::{Fault, told};
use super::module::Module;
use super::names::PREFIX;
use super::rules::{Definition, Kind};
use super::value::{entry, kind, object, text, to_json};
use super::watch::time_limit;
use super::{Inner, Policies};
use quiet::without_values;

/// A place that a result names in `_loc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, if it names one.
    pub file: Option<String>,
    /// The line, if it names one.
    pub line: Option<u64>,
}

/// One result of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Position of the definition among [`Policies::definitions`].
    pub definition: usize,
    /// What it says.
    pub msg: String,
    /// Where, if it says so.
    pub loc: Option<Place>,
    /// Everything else that the result holds, and `query`, as conftest adds it.
    pub metadata: BTreeMap<String, serde_json::Value>,
}

/// The results of the rules of one namespace on one document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// The document's name.
    pub file: String,
    /// The namespace.
    pub namespace: String,
    /// How many rules had nothing to say, as conftest counts them.
    pub successes: usize,
    /// Results of `deny` and `violation`.
    pub failures: Vec<Hit>,
    /// Results of `warn`.
    pub warnings: Vec<Hit>,
    /// Results of `undetermined`, which conftest does not know.
    pub undetermined: Vec<Hit>,
    /// Exceptions that removed a rule's result; the message is the query that found it.
    pub exceptions: Vec<Hit>,
    /// What `print` wrote, `file:line: text`.
    pub outputs: Vec<String>,
    /// How many definitions were asked.
    pub rules: usize,
}

/// A question that every namespace answers with true.
pub(super) const ASKED: &str = "asked";

/// The package of the questions about a namespace.
fn package(number: usize) -> String {
    format!("{PREFIX}ask_{number}")
}

/// A module that asks everything of one namespace at once, so that rules which several rules need
/// are evaluated once.
pub(super) fn questions(
    number: usize,
    namespace: &str,
    modules: &[Module],
    definitions: &[Definition],
) -> String {
    let mut text = format!("package {}\n\nimport rego.v1\n\n", package(number));
    for (at, definition) in
        definitions.iter().enumerate().filter(|(_, definition)| definition.namespace == namespace)
    {
        text.push_str(&format!(
            "q{at} := {}\n",
            reference(&definition.package, &definition.unique_name)
        ));
    }
    let excepts = modules
        .iter()
        .find(|module| module.namespace() == namespace && excepts(module))
        .map(|module| &module.package);
    if let Some(package) = excepts {
        text.push_str(&format!("exceptions := {}\n", reference(package, "exception")));
    }
    // A module without rules is no question.
    text.push_str(&format!("{ASKED} := true\n"));
    text
}

/// `data.main.deny`, with brackets where a name is no word.
pub(super) fn reference(package: &[String], rule: &str) -> String {
    let mut text = "data".to_owned();
    for step in package.iter().map(String::as_str).chain([rule]) {
        let word = step.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && step.starts_with(|c: char| !c.is_ascii_digit());
        if word {
            text.push_str(&format!(".{step}"));
        } else {
            text.push_str(&format!("[{}]", serde_json::Value::from(step)));
        }
    }
    text
}

fn excepts(module: &Module) -> bool {
    module.rules().any(|rule: &Rule| {
        ast::path(ast::head(rule))
            .is_some_and(|(path, _)| path.first().is_some_and(|name| name == "exception"))
    })
}

impl Inner {
    /// Judges one document; see [`Policies::judge`].
    pub(super) fn judge(
        &self,
        document: &Document,
        namespaces: &[String],
    ) -> Result<Vec<Judgement>, Box<Fault>> {
        let mut all: Vec<Judgement> = namespaces
            .iter()
            .map(|namespace| Judgement {
                file: document.name.clone(),
                namespace: namespace.clone(),
                ..Judgement::default()
            })
            .collect();
        if let Some(parts) = &document.parts {
            let answers = self.ask_in_parts(document, parts, namespaces)?;
            for (judgement, answers) in all.iter_mut().zip(answers) {
                self.read(judgement, &answers)?;
            }
            return Ok(all);
        }
        let mut engine = self.engine();
        self.provide(&mut engine, document)?;
        let parts: Vec<Value> = match &document.value {
            Value::Array(items) if !document.whole => items.iter().cloned().collect(),
            whole => vec![whole.clone()],
        };
        for part in parts {
            engine.set_input(part.clone());
            for judgement in &mut all {
                let answers = self.ask(&mut engine, &judgement.namespace, &part);
                judgement.outputs.extend(engine.take_prints().unwrap_or_default());
                self.read(judgement, &answers?)?;
            }
        }
        Ok(all)
    }

    /// Puts the documents that holdpoint provides into `data`.
    pub(super) fn provide(
        &self,
        engine: &mut Engine,
        document: &Document,
    ) -> Result<(), Box<Fault>> {
        let mut add = |value: Value| {
            engine.add_data(value).map_err(|error| {
                Box::new(Fault::new("rego::data-conflict", error.to_string()).with_help(
                    "do not set `data.holdpoint` or `data.conftest.file`: holdpoint provides them",
                ))
            })
        };
        if self.uses.file {
            let path = std::path::absolute(&document.name).unwrap_or_default();
            let part = |part: Option<&Path>| {
                Value::from(part.map(|part| part.display().to_string()).unwrap_or_default())
            };
            let file = object([
                ("name".to_owned(), part(path.file_name().map(Path::new))),
                ("dir".to_owned(), part(path.parent())),
            ]);
            add(object([("conftest".to_owned(), object([("file".to_owned(), file)]))]))?;
        }
        if let (true, Some(facts)) = (self.uses.holdpoint, &document.facts) {
            add(object([("holdpoint".to_owned(), facts.clone())]))?;
        }
        Ok(())
    }

    /// What all questions about a namespace answer of an input.
    pub(super) fn ask(
        &self,
        engine: &mut Engine,
        namespace: &str,
        input: &Value,
    ) -> Result<Value, Box<Fault>> {
        let found = self.namespaces.iter().position(|(name, _)| name == namespace);
        let Some(number) = found else { return Ok(Value::new_object()) };
        self.query(engine, &format!("data.{}", package(number)), input)
    }

    /// Takes up the answers of a namespace, with conftest's meanings.
    fn read(&self, judgement: &mut Judgement, answers: &Value) -> Result<(), Box<Fault>> {
        let found = self.namespaces.iter().find(|(name, _)| *name == judgement.namespace);
        let Some((_, counted)) = found else { return Ok(()) };
        let exceptions = match entry(answers, "exceptions") {
            Some(value) => excepted(value),
            None => Vec::new(),
        };
        let before = judgement.total();
        let mut successes = 0;
        let in_namespace = || {
            self.definitions
                .iter()
                .enumerate()
                .filter(|(_, definition)| definition.namespace == judgement.namespace)
        };
        let mut names: Vec<&str> = Vec::new();
        for (_, definition) in in_namespace() {
            if !names.contains(&definition.name.as_str()) {
                names.push(&definition.name);
            }
        }
        let list: Vec<(usize, &Definition)> = in_namespace().collect();
        judgement.rules += list.len();
        for name in names {
            let definitions: Vec<(usize, &Definition)> =
                list.iter().filter(|(_, definition)| definition.name == name).copied().collect();
            let Some(kind) = definitions.first().map(|(_, definition)| definition.kind) else {
                continue;
            };
            let (mut results, mut defined) = (Vec::new(), false);
            for (at, definition) in &definitions {
                if let Some(value) = entry(answers, &format!("q{at}")) {
                    defined = true;
                    results.extend(self.elements(definition, value)?.into_iter().map(|v| (v, *at)));
                }
            }
            if definitions.len() > 1 {
                // One set, as all definitions together make it.
                results.sort();
                results.dedup_by(|a, b| a.0 == b.0);
            }
            let without = name
                .strip_prefix("violation_")
                .or_else(|| name.strip_prefix("deny_"))
                .or_else(|| name.strip_prefix("warn_"))
                .or_else(|| name.strip_prefix("undetermined_"))
                .unwrap_or_default();
            let excused = exceptions.iter().filter(|rule| *rule == without).count();
            if excused > 0 {
                let namespace = reference(&list_package(&definitions), "exception");
                let query = format!("{namespace}[_][_] == {}", serde_json::Value::from(without));
                let definition = definitions.first().map(|(at, _)| *at).unwrap_or_default();
                judgement.exceptions.extend((0..excused).map(|_| Hit {
                    definition,
                    msg: query.clone(),
                    loc: None,
                    metadata: BTreeMap::new(),
                }));
                continue;
            }
            if results.is_empty() {
                successes += usize::from(defined && kind != Kind::Undetermined);
                continue;
            }
            let query = reference(&list_package(&definitions), name);
            for (value, at) in results {
                let hit = self.hit(at, &value, &query)?;
                match kind {
                    Kind::Failure => judgement.failures.push(hit),
                    Kind::Warning => judgement.warnings.push(hit),
                    Kind::Undetermined => judgement.undetermined.push(hit),
                }
            }
        }
        let results = judgement.total() - before + successes;
        judgement.successes += successes + counted.saturating_sub(results);
        Ok(())
    }

    /// The elements of what a rule says.
    fn elements(&self, definition: &Definition, value: &Value) -> Result<Vec<Value>, Box<Fault>> {
        match value {
            Value::Set(items) => Ok(items.iter().cloned().collect()),
            Value::Array(items) => Ok(items.iter().cloned().collect()),
            other => Err(self.blame(
                definition,
                "rego::not-a-set",
                format!(
                    "`{}` is {}, not a set, so its results would be ignored",
                    definition.name,
                    article(kind(other))
                ),
                format!("write `{} contains msg if {{ .. }}`", definition.name),
            )),
        }
    }

    fn hit(&self, at: usize, value: &Value, query: &str) -> Result<Hit, Box<Fault>> {
        let Some(definition) = self.definitions.get(at) else {
            return Err(Box::new(Fault::new("rego::internal", "a result belongs to no rule")));
        };
        let bad = |what: &str| {
            Err(self.blame(
                definition,
                "rego::bad-result",
                format!("a result of `{}` {what}", definition.name),
                "a result must be a string, or an object with a string `msg`".to_owned(),
            ))
        };
        let mut metadata = BTreeMap::new();
        let (msg, loc) = match value {
            Value::String(msg) => (msg.to_string(), None),
            Value::Object(entries) => {
                let Some(msg) = entry(value, "msg").and_then(text) else {
                    return bad("has no `msg`");
                };
                for (key, value) in entries.iter_sorted() {
                    match text(key) {
                        Some("msg" | "_loc") => {}
                        Some(key) => {
                            metadata.insert(key.to_owned(), to_json(value));
                        }
                        None => return bad("has a key that is not a string"),
                    }
                }
                (msg.to_owned(), entry(value, "_loc").and_then(place))
            }
            other => return bad(&format!("is {}", article(kind(other)))),
        };
        if msg.is_empty() {
            return bad("has an empty message");
        }
        metadata.insert("query".to_owned(), query.into());
        Ok(Hit { definition: at, msg, loc, metadata })
    }

    /// A fault about a definition.
    fn blame(
        &self,
        definition: &Definition,
        code: &'static str,
        message: String,
        help: String,
    ) -> Box<Fault> {
        let fault = Fault::new(code, message).with_help(help);
        let text =
            self.files.iter().find(|(file, _)| *file == definition.file).map(|(_, text)| text);
        let Some(text) = text else { return Box::new(fault.in_file(&definition.file)) };
        let start: usize =
            text.split_inclusive('\n').take(definition.line.saturating_sub(1)).map(str::len).sum();
        let name =
            text.get(start..).and_then(|rest| rest.find(definition.name.as_str())).unwrap_or(0);
        Box::new(fault.at(
            &definition.file,
            text,
            start + name..start + name + definition.name.len(),
        ))
    }

    /// The value of a query about an input; undefined when it has none.
    pub(super) fn query(
        &self,
        engine: &mut Engine,
        query: &str,
        input: &Value,
    ) -> Result<Value, Box<Fault>> {
        let results = engine.eval_query(query.to_owned(), false).map_err(|error| {
            let error = error.to_string();
            if error.contains("exceeded time limit") {
                return Box::new(time_limit(self.options.limits));
            }
            let sources = self.files.iter().map(|(file, text)| (file.as_str(), text));
            let mut fault = at_runtime(&error, sources);
            fault.message = without_values(&fault.message, fault.text.as_deref(), input);
            Box::new(fault)
        })?;
        let first = results.result.into_iter().next();
        let value = first.and_then(|result| Some(result.expressions.into_iter().next()?.value));
        Ok(value.unwrap_or(Value::Undefined))
    }
}

impl Judgement {
    /// Results as conftest counts them.
    fn total(&self) -> usize {
        self.failures.len() + self.warnings.len() + self.exceptions.len()
    }
}

fn list_package(definitions: &[(usize, &Definition)]) -> Vec<String> {
    definitions.first().map(|(_, definition)| definition.package.clone()).unwrap_or_default()
}

/// The names in `exception[_][_]`, each as often as it is there.
fn excepted(value: &Value) -> Vec<String> {
    let each = |value: &Value| -> Vec<Value> {
        match value {
            Value::Array(items) => items.iter().cloned().collect(),
            Value::Set(items) => items.iter().cloned().collect(),
            Value::Object(entries) => entries.iter_sorted().map(|(_, v)| v.clone()).collect(),
            _ => Vec::new(),
        }
    };
    each(value).iter().flat_map(each).filter_map(|v| text(&v).map(str::to_owned)).collect()
}

fn place(value: &Value) -> Option<Place> {
    let file = entry(value, "file").and_then(text).filter(|file| !file.is_empty());
    let line = entry(value, "line").and_then(|line| line.as_u64().ok());
    (file.is_some() || line.is_some()).then(|| Place { file: file.map(str::to_owned), line })
}

fn article(kind: &str) -> String {
    match kind {
        "null" | "undefined" => kind.to_owned(),
        "array" | "object" => format!("an {kind}"),
        other => format!("a {other}"),
    }
}

/// An error of the evaluator as a fault, in the file that it names.
pub(super) fn at_runtime<'f>(
    error: &str,
    sources: impl IntoIterator<Item = (&'f str, &'f Arc<str>)>,
) -> Fault {
    let mut plain = None;
    for (file, text) in sources {
        let (span, message) = told(error, file, text);
        if let Some(span) = span {
            let fault = Fault::new(code(&message), tidy(&message)).at(file, text, span);
            return hint(fault);
        }
        plain.get_or_insert(message);
    }
    let message = plain.unwrap_or_else(|| error.trim().to_owned());
    hint(Fault::new(code(&message), tidy(&message)))
}

fn code(message: &str) -> &'static str {
    match message {
        m if m.contains("recursion") => "rego::recursion",
        m if m.contains("unsafe") || m.contains("before definition") => "rego::unsafe-variable",
        m if m.contains("could not find function") => "rego::unknown-function",
        m if m.contains("complete rules should not produce multiple") => "rego::conflict",
        m if m.contains("`if` keyword") || m.contains("expecting") => "rego::syntax",
        _ => "rego::evaluation",
    }
}

/// Names that holdpoint gave are not shown.
fn tidy(message: &str) -> String {
    message.replace(PREFIX, "")
}

fn hint(fault: Fault) -> Fault {
    let help = match fault.code {
        "rego::unsafe-variable" => "assign the variable before it is used",
        "rego::recursion" => "break the cycle: Rego has no recursion",
        "rego::conflict" => "make sure that the rule has only one value for an input",
        "rego::unknown-function" => "define it, or load the file that defines it",
        "rego::syntax" => "see the OPA language reference for the syntax",
        _ => {
            "make the rule handle such values, or set `compat_builtin_errors` to leave failing rules \
             undefined, as conftest does"
        }
    };
    fault.with_help(help)
}

impl std::fmt::Debug for Policies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policies").field("namespaces", &self.inner.namespaces).finish()
    }
}
