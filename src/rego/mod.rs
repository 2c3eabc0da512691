//! EVALUATE, the user's rules: Rego as OPA and conftest read it, refused wherever it would
//! silently say nothing.
//!
//! ```text
//! Sources::read      files of Rego, data                      load
//!   -> Policies::new parsed once, checked, made ready         module, rules, check, rewrite
//!     -> select      namespaces that the user means
//!     -> judge       one document -> a Judgement a namespace  evaluate, watch
//! ```
//!
//! Nothing else in the crate names the evaluator. Every failure is a [`Fault`]: a code, one line,
//! what to do, and the part of a policy that is to blame. A fault is never a pass.

mod annotations;
mod ast;
mod builtins;
mod check;
mod document;
mod evaluate;
mod fault;
mod glob;
mod load;
mod module;
mod names;
mod reach;
mod refs;
mod rewrite;
mod rules;
mod shapes;
mod unit;
mod value;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use regorus::Engine;
use regorus::utils::limits::ExecutionTimerConfig;

pub use document::Document;
pub use evaluate::{Hit, Judgement, Place};
pub use fault::Fault;
pub use load::{File, Options, Sources};
pub use module::Version;
pub use rules::{Definition, Kind};
pub use unit::{Coverage, Test, Tested};
pub use watch::Limits;

use check::Defined;
use module::Module;
use reach::Reach;

/// Policies that were read, checked and made ready. Cheap to clone; judge from as many threads as
/// there are.
#[derive(Clone)]
pub struct Policies {
    inner: Arc<Inner>,
}

/// What all clones share.
struct Inner {
    engine: Mutex<Engine>,
    options: Options,
    files: Vec<(String, Arc<str>)>,
    definitions: Vec<Definition>,
    /// Namespaces in the order of the files, and how many definitions conftest counts in each.
    namespaces: Vec<(String, usize)>,
    tests: Vec<Test>,
    notices: Vec<String>,
    /// Which of holdpoint's documents the policies look at.
    uses: Uses,
    /// What of the input they look at.
    reach: Reach,
}

#[derive(Debug, Clone, Copy, Default)]
struct Uses {
    file: bool,
    holdpoint: bool,
}

impl Policies {
    /// Reads and checks policies and data; see [`Sources::read`] and [`Policies::new`].
    ///
    /// # Errors
    /// Every [`Fault`] that was found.
    pub fn load(
        policies: &[PathBuf],
        data: &[PathBuf],
        options: &Options,
    ) -> Result<Self, Vec<Fault>> {
        Self::new(Sources::read(policies, data)?, options)
    }

    /// Checks policies, and makes them ready. Nothing of them has judged yet.
    ///
    /// # Errors
    /// Every [`Fault`] that was found: syntax, functions that do not exist, rules that could not
    /// say anything, data in the place of rules, and so on.
    pub fn new(sources: Sources, options: &Options) -> Result<Self, Vec<Fault>> {
        let owned = options.clone();
        match watch::within(options.limits, move || prepare(sources, owned)) {
            Ok(result) => result.map(|inner| Self { inner: Arc::new(inner) }),
            Err(fault) => Err(vec![*fault]),
        }
    }

    /// The definitions of rules that judge, in the order of the files.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.inner.definitions
    }

    /// All namespaces, in the order of the files.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.inner.namespaces.iter().map(|(name, _)| name.as_str())
    }

    /// What the user should know, one line each: files in the old dialect.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.inner.notices
    }

    /// The files and their texts, in the order in which they were read.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inner.files.iter().map(|(file, text)| (file.as_str(), text.as_ref()))
    }

    /// All data as one JSON text, with sorted keys.
    #[must_use]
    pub fn data(&self) -> String {
        value::to_json(&self.inner.engine().get_data()).to_string()
    }

    /// How they were read and run.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Whether a policy looks at `data.holdpoint`, so that it is worth making.
    #[must_use]
    pub fn wants_facts(&self) -> bool {
        self.inner.uses.holdpoint
    }

    /// Reads a plan no further than these policies look at it. What they do not look at is only
    /// held to be JSON.
    ///
    /// # Errors
    /// A [`Fault`] when it is no JSON, or when a key stands twice in an object that they look at.
    pub fn plan(&self, name: &str, text: &str) -> Result<Document, Box<Fault>> {
        Document::reaching(name, text, &self.inner.reach)
    }

    /// Whether the policies look at this key of the input.
    #[must_use]
    pub fn looks_at(&self, key: &str) -> bool {
        self.inner.reach.keys.as_ref().is_none_or(|keys| keys.contains(key))
    }

    /// The namespaces that fit one of the patterns (`*`, `?`, `[ab]`; a `*` goes over dots), in
    /// the order of the files; no pattern means every namespace that has rules that judge.
    ///
    /// # Errors
    /// When a pattern fits no namespace with rules that judge: a misspelt namespace is no pass.
    pub fn select(&self, patterns: &[String]) -> Result<Vec<String>, Box<Fault>> {
        let judges = |name: &str| {
            self.inner.definitions.iter().any(|definition| definition.namespace == name)
        };
        let with_rules: Vec<&str> = self.namespaces().filter(|name| judges(name)).collect();
        let help = || match with_rules.as_slice() {
            [] => "write rules named `deny`, `violation` or `warn`".to_owned(),
            some => format!("namespaces with such rules: {}", some.join(", ")),
        };
        let none = |message: String| {
            Err(Box::new(Fault::new("rego::no-rules", message).with_help(help())))
        };
        if patterns.is_empty() && with_rules.is_empty() {
            return none(
                "the policies have no rule named `deny`, `violation` or `warn`".to_owned(),
            );
        }
        for pattern in patterns {
            if !with_rules.iter().any(|name| glob::fits(pattern, name)) {
                let message = format!(
                    "no rule named `deny`, `violation` or `warn` in the namespace `{pattern}`"
                );
                return none(message);
            }
        }
        let fits = |name: &&str| {
            patterns.is_empty() || patterns.iter().any(|pattern| glob::fits(pattern, name))
        };
        Ok(with_rules.into_iter().filter(fits).map(str::to_owned).collect())
    }

    /// All namespaces that fit one of the patterns, with rules that judge or without, in the order
    /// of the files.
    #[must_use]
    pub fn fitting(&self, patterns: &[String]) -> Vec<String> {
        let fits = |name: &&str| patterns.iter().any(|pattern| glob::fits(pattern, name));
        self.namespaces().filter(fits).map(str::to_owned).collect()
    }

    /// Judges one document by the rules of these namespaces.
    ///
    /// # Errors
    /// A [`Fault`] when a rule fails, gives a result that cannot be read, or overruns its limits.
    /// Then nothing was decided about the document.
    pub fn judge(
        &self,
        document: &Document,
        namespaces: &[String],
    ) -> Result<Vec<Judgement>, Box<Fault>> {
        let (inner, document) = (Arc::clone(&self.inner), document.clone());
        let namespaces = namespaces.to_vec();
        watch::within(self.inner.options.limits, move || inner.judge(&document, &namespaces))?
    }
}

impl Inner {
    /// A separate evaluator, ready to run.
    fn engine(&self) -> Engine {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn prepare(sources: Sources, options: Options) -> Result<Inner, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut modules = Vec::new();
    for file in &sources.files {
        match Module::parse(&file.name, &file.text, options.version) {
            Ok(module) => modules.push(module),
            Err(fault) => faults.push(*fault),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if modules.is_empty() {
        let fault = Fault::new("rego::no-policies", "there are no policies")
            .with_help("name a folder that contains `.rego` files");
        return Err(vec![fault]);
    }
    let defined = Defined::of(&modules);
    faults.extend(check::check(&modules, &defined, &sources.data.0, &options));
    let (definitions, splits) = match rules::find(&modules) {
        Ok(found) => found,
        Err(more) => {
            faults.extend(more);
            return Err(faults);
        }
    };
    let mut engine = Engine::new();
    engine.set_policy_length_config(module::lengths());
    engine.set_strict_builtin_errors(!options.compat_builtin_errors);
    engine.set_gather_prints(true);
    if let Some(check_interval) = std::num::NonZeroU32::new(64) {
        let limit = options.limits.time;
        engine.set_execution_timer_config(ExecutionTimerConfig { limit, check_interval });
    }
    if let Err(fault) = builtins::register(&mut engine, &options) {
        faults.push(*fault);
    }
    for (module, splits) in modules.iter().zip(&splits) {
        match rewrite::module(module, &defined, splits) {
            Ok(text) => {
                engine.set_rego_v0(module.version == Version::V0);
                if let Err(error) = engine.add_policy(module.file.clone(), text) {
                    faults.push(evaluate::at_runtime(&error.to_string(), [module.source()]));
                }
            }
            Err(more) => faults.extend(more),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let namespaces = namespaces(&modules);
    engine.set_rego_v0(false);
    for (number, (name, _)) in namespaces.iter().enumerate() {
        let text = evaluate::questions(number, name, &modules, &definitions);
        if let Err(error) = engine.add_policy(format!("holdpoint:{number}"), text) {
            faults.push(Fault::new("rego::internal", error.to_string()));
        }
    }
    if let Err(error) = engine.add_data(sources.data.0.clone()) {
        faults.push(Fault::new("rego::bad-data", error.to_string()));
    }
    // The evaluator analyses on the first question; what it refuses then is refused here.
    if let Err(error) = engine.eval_query("1".to_owned(), false) {
        let sources = modules.iter().map(Module::source);
        faults.push(evaluate::at_runtime(&error.to_string(), sources));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let uses = uses(&modules);
    Ok(Inner {
        engine: Mutex::new(engine),
        reach: reach::reach(&modules, &definitions, uses.holdpoint),
        files: modules.iter().map(|m| (m.file.clone(), Arc::clone(&m.text))).collect(),
        definitions,
        namespaces,
        tests: unit::find(&modules),
        notices: notices(&modules, &options),
        uses,
        options,
    })
}

fn namespaces(modules: &[Module]) -> Vec<(String, usize)> {
    let counts: BTreeMap<String, usize> = rules::counts(modules);
    let mut found: Vec<(String, usize)> = Vec::new();
    for module in modules {
        let name = module.namespace();
        if !found.iter().any(|(known, _)| *known == name) {
            let count = counts.get(&name).copied().unwrap_or_default();
            found.push((name, count));
        }
    }
    found
}

fn notices(modules: &[Module], options: &Options) -> Vec<String> {
    let old: Vec<&str> = modules
        .iter()
        .filter(|module| module.version == Version::V0)
        .map(|module| module.file.as_str())
        .collect();
    match (old.as_slice(), options.version) {
        ([], _) | (_, Some(_)) => Vec::new(),
        ([file], None) => vec![format!("`{file}` uses the Rego syntax from before OPA 1.0")],
        (some, None) => {
            let (first, more) = (some.first().copied().unwrap_or_default(), some.len() - 1);
            vec![format!("`{first}` and {more} more use the Rego syntax from before OPA 1.0")]
        }
    }
}

/// Which of holdpoint's documents are named anywhere.
fn uses(modules: &[Module]) -> Uses {
    let mut uses = Uses::default();
    for module in modules {
        // A text that holds the words is enough: making a document for nothing harms nobody.
        uses.file |= module.text.contains("conftest");
        uses.holdpoint |= module.text.contains("holdpoint");
        // `data` looked at as a whole may come upon them.
        let whole = module.text.contains("data[") || module.text.contains("walk(data");
        uses.file |= whole;
        uses.holdpoint |= whole;
    }
    uses
}
