//! The evaluator says what Terraform and OpenTofu say, or that it does not know: expressions that a
//! grammar makes, thousands at a time, are evaluated by all of them.
//!
//! `HOLDPOINT_EXPRESSIONS` is how many (5,000 if it is not set), `HOLDPOINT_SEED` the first of the
//! seeds, one for each batch.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use holdpoint::model::subject::{Key, Mode};
use holdpoint::model::value::Value;
use holdpoint::terraform::source::{Scope, Source};

mod grammar;
mod variables;

use crate::common::peers;
use grammar::{Grammar, Random, Sort};
use variables::{Variable, variable};

/// Expressions of one configuration.
const BATCH: usize = 500;
/// Of a hundred expressions that have a value, how many must be known here: a comparison in which
/// everything is unknown proves nothing.
const KNOWN_AT_LEAST: usize = 60;
/// What an expression that is refused gives.
const REFUSED: &str = "!";

/// What stands for a value that a peer does not know.
const UNKNOWN: &str = "?";

const MODULES: &str =
    r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"m","Source":"./m","Dir":"m"}]}"#;

/// One configuration.
#[derive(Clone, Default)]
struct Batch {
    locals: Vec<String>,
    root: Vec<Variable>,
    root_expressions: Vec<String>,
    module: Vec<Variable>,
    module_expressions: Vec<String>,
}

/// Names of locals and variables that expressions may use.
fn named(prefix: &str, variables: &[Variable]) -> Vec<(String, Sort)> {
    variables.iter().map(|own| (format!("{prefix}.{}", own.name), own.sort)).collect()
}

fn batch(seed: u64, size: usize) -> Batch {
    let mut random = Random::new(seed);
    let root: Vec<Variable> = (0..8).map(|at| variable(&mut random, format!("r{at}"))).collect();
    let module: Vec<Variable> = (0..16).map(|at| variable(&mut random, format!("v{at}"))).collect();
    let mut grammar = Grammar::new(&mut random);
    let mut sorts = Vec::new();
    let mut locals = Vec::new();
    for at in 0..10 {
        let sort = [Sort::Text, Sort::Number, Sort::Sequence, Sort::Mapping][at % 4];
        // One that is refused would spoil the whole configuration.
        locals.push(match at % 5 {
            0 => {
                let dash = if at == 0 { "-" } else { "" };
                let (text, cond) = (grammar.leaf(Sort::Text), grammar.leaf(Sort::Bool));
                format!("<<{dash}E\n    a ${{{text}}}\n  b\n\n   %{{ if {cond} ~}}\n c\n %{{ endif }}\n  E")
            }
            _ => format!("try({}, \"!\")", grammar.make(sort, 2)),
        });
        sorts.push((format!("local.l{at}"), if at % 5 == 0 { Sort::Text } else { sort }));
    }
    grammar.named = [sorts, named("var", &root)].concat();
    let of_module = size / 4;
    let root_expressions = (of_module..size).map(|_| any(&mut grammar)).collect();
    grammar.named = named("var", &module);
    let mut module_expressions: Vec<String> =
        module.iter().map(|own| format!("var.{}", own.name)).collect();
    while module_expressions.len() < of_module {
        module_expressions.push(any(&mut grammar));
    }
    Batch { locals, root, root_expressions, module, module_expressions }
}

fn any(grammar: &mut Grammar<'_>) -> String {
    let depth = 1 + grammar.random.below(3);
    grammar.any(depth)
}

fn wrapped(expression: &str) -> String {
    format!("try(jsonencode([{expression}]), \"{REFUSED}\")")
}

impl Batch {
    /// Writes the files: for a peer, outputs; for the evaluator, a resource.
    fn write(&self, folder: &Path, for_peer: bool) {
        for (at, local) in self.locals.iter().enumerate() {
            let text = format!("locals {{\n  l{at} = {local}\n}}\n");
            fs::write(folder.join(format!("l{at}.tf")), text).unwrap();
        }
        let mut main = String::from("module \"m\" {\n  source = \"./m\"\n");
        for own in &self.module {
            writeln!(main, "  {} = {}", own.name, own.given).unwrap();
        }
        main.push_str("}\n");
        self.root.iter().for_each(|own| main.push_str(&own.block(true)));
        let module: String = self.module.iter().map(|own| own.block(false)).collect();
        fs::create_dir_all(folder.join("m")).unwrap();
        let of_root: Vec<String> = self.root_expressions.iter().map(|own| wrapped(own)).collect();
        let of_module: Vec<String> =
            self.module_expressions.iter().map(|own| wrapped(own)).collect();
        if for_peer {
            outputs(folder, &of_root);
            outputs(&folder.join("m"), &of_module);
            for at in 0..of_module.len() {
                writeln!(main, "output \"m{at}\" {{\n  value = module.m.e{at}\n}}").unwrap();
            }
        } else {
            resources(folder, &of_root);
            resources(&folder.join("m"), &of_module);
        }
        fs::write(folder.join("main.tf"), main).unwrap();
        fs::write(folder.join("m/main.tf"), module).unwrap();
    }
}

fn outputs(folder: &Path, values: &[String]) {
    for (at, value) in values.iter().enumerate() {
        let (name, text) = match is_json(at) {
            true => {
                let value = serde_json::json!({ "value": as_json(value) });
                (
                    "tf.json",
                    serde_json::json!({ "output": { format!("e{at}"): value } }).to_string(),
                )
            }
            false => ("tf", format!("output \"e{at}\" {{\n  value = {value}\n}}\n")),
        };
        fs::write(folder.join(format!("e{at}.{name}")), text).unwrap();
    }
}

/// Each in a file of its own: one that cannot be read here hides no other.
fn resources(folder: &Path, values: &[String]) {
    for (at, value) in values.iter().enumerate() {
        let (name, text) = match is_json(at) {
            true => {
                let of = serde_json::json!({ "e": as_json(value) });
                let text = serde_json::json!({ "resource": { "x_y": { format!("e{at}"): of } } });
                ("tf.json", text.to_string())
            }
            false => ("tf", format!("resource \"x_y\" \"e{at}\" {{\n  e = {value}\n}}\n")),
        };
        fs::write(folder.join(format!("e{at}.{name}")), text).unwrap();
    }
}

/// Which expressions stand in the JSON syntax, in a text with escapes.
fn is_json(at: usize) -> bool {
    at % 10 == 9
}

fn as_json(value: &str) -> String {
    let before = ["", "a\\n ", "$${x}", "%%{y} ", "\n\t\"", "e\u{301}"];
    format!("{}${{{value}}}", before[value.len() % before.len()])
}

/// What a peer says of a batch.
struct Answers {
    root: Vec<String>,
    module: Vec<String>,
    variables: BTreeMap<String, Value>,
}

/// Plans a batch; the error is what the peer prints.
fn planned(peer: &Path, batch: &Batch) -> Result<Answers, String> {
    let folder = tempfile::tempdir().unwrap();
    batch.write(folder.path(), true);
    let run = |args: &[&str]| {
        let mut command = Command::new(peer);
        command.current_dir(folder.path()).args(args);
        command
            .env("TF_CLI_CONFIG_FILE", folder.path().join("none.tfrc"))
            .env("CHECKPOINT_DISABLE", "1");
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        match output.status.success() {
            true => Ok(text),
            false => Err(text + &String::from_utf8_lossy(&output.stderr)),
        }
    };
    fs::write(folder.path().join("none.tfrc"), "").unwrap();
    // What `init` writes: the one module beside the root.
    fs::create_dir_all(folder.path().join(".terraform/modules")).unwrap();
    fs::write(folder.path().join(".terraform/modules/modules.json"), MODULES).unwrap();
    run(&["plan", "-no-color", "-input=false", "-refresh=false", "-out=plan"])?;
    let plan: Value = serde_json::from_str(&run(&["show", "-json", "plan"])?).unwrap();
    // A few are unknown to a peer itself.
    let outputs = plan.at("planned_values.outputs").into_owned();
    let texts = |prefix: &str, count: usize| {
        let text =
            |at| outputs.get(&format!("{prefix}{at}")).get("value").as_str().map(str::to_owned);
        (0..count).map(|at| text(at).unwrap_or_else(|| UNKNOWN.to_owned())).collect()
    };
    let mut variables = BTreeMap::new();
    if let Value::Object(all) = &*plan.get("variables") {
        for (name, own) in &all.entries {
            variables.insert(name.clone(), own.get("value").into_owned());
        }
    }
    let root = texts("e", batch.root_expressions.len());
    let module = texts("m", batch.module_expressions.len());
    Ok(Answers { root, module, variables })
}

fn all_planned(peers: &[PathBuf], batch: &Batch) -> Result<Vec<Answers>, String> {
    peers.iter().map(|peer| planned(peer, batch)).collect()
}

/// The batch without what a peer refuses as a whole: values that do not convert to the type of their
/// variable, and expressions that are no expressions.
fn accepted(peers: &[PathBuf], batch: &Batch) -> Batch {
    let is_accepted = |batch: &Batch| all_planned(peers, batch).is_ok();
    let without =
        Batch { root_expressions: Vec::new(), module_expressions: Vec::new(), ..batch.clone() };
    let mut kept = batch.clone();
    if !is_accepted(&without) {
        let alone = |own: &Variable, of_root: bool| {
            let own = vec![own.clone()];
            is_accepted(&match of_root {
                true => Batch { root: own, ..Batch::default() },
                false => Batch { module: own, ..Batch::default() },
            })
        };
        kept.root.retain(|own| alone(own, true));
        kept.module.retain(|own| alone(own, false));
        let names: BTreeSet<String> =
            kept.root.iter().chain(&kept.module).map(|own| format!("var.{}", own.name)).collect();
        let known = |text: &String| {
            text.match_indices("var.").all(|(at, _)| {
                let end = text[at + 4..].find(|c: char| !c.is_ascii_alphanumeric());
                names.contains(&text[at..end.map_or(text.len(), |end| at + 4 + end)])
            })
        };
        kept.root_expressions.retain(known);
        kept.module_expressions.retain(known);
    }
    let try_with = |root: &[String], module: &[String]| {
        let (root, module) = (root.to_vec(), module.to_vec());
        is_accepted(&Batch { root_expressions: root, module_expressions: module, ..kept.clone() })
    };
    let root = halved(&kept.root_expressions, &|some| try_with(some, &[]));
    let module = halved(&kept.module_expressions, &|some| try_with(&[], some));
    let kept = Batch { root_expressions: root, module_expressions: module, ..kept };
    if is_accepted(&kept) { kept } else { Batch::default() }
}

/// Those that are accepted, found by halves.
fn halved(all: &[String], accepted: &dyn Fn(&[String]) -> bool) -> Vec<String> {
    if all.is_empty() || accepted(all) {
        return all.to_vec();
    }
    if all.len() == 1 {
        return Vec::new();
    }
    let (left, right) = all.split_at(all.len() / 2);
    [halved(left, accepted), halved(right, accepted)].concat()
}

/// What evaluation may see: the plan's variables.
struct Variables(BTreeMap<String, Value>);

impl Scope for Variables {
    fn root_variable(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }

    fn resource(
        &self,
        _: &str,
        _: Mode,
        _: &str,
        _: &str,
        _: Option<&Key>,
        _: &str,
    ) -> Option<Value> {
        None
    }

    fn instance_keys(&self, _: &str, _: Mode, _: &str, _: &str) -> Vec<Option<Key>> {
        Vec::new()
    }

    fn module_keys(&self, _: &str, _: &str) -> Vec<Option<Key>> {
        Vec::new()
    }
}

#[derive(Default)]
struct Tally {
    compared: usize,
    /// Those that all peers give one value.
    valued: usize,
    /// Those of them that are known here.
    known: usize,
    /// Those that all peers refuse.
    refused: usize,
    differences: Vec<String>,
    /// Why the others are not known, and how often.
    reasons: BTreeMap<String, usize>,
    /// Why a batch was refused as a whole.
    refused_whole: Vec<String>,
    /// What the parser here does not read.
    unread: Vec<String>,
}

impl Tally {
    fn add(&mut self, seed: u64, expression: &str, answers: &[&String], own: Option<Value>) {
        self.compared += 1;
        let agreed = answers.iter().all(|answer| *answer == answers[0] && *answer != UNKNOWN);
        let agreed = agreed.then_some(answers[0]);
        if let Some(answer) = agreed {
            *(if answer == REFUSED { &mut self.refused } else { &mut self.valued }) += 1;
        }
        let known = match own {
            Some(Value::String(text)) => text,
            Some(partly) => {
                let reason = partly.doubt().map(|why| why.reason().to_owned());
                *self.reasons.entry(reason.unwrap_or_default()).or_default() += 1;
                // What is known in part must not contradict what they say.
                for answer in answers.iter().filter(|_| !matches!(partly, Value::Unknown(_))) {
                    if partly.equals(answer).is_false() {
                        self.differences
                            .push(format!("{seed}: {expression}\n  {partly:?}\n  {answers:?}"));
                        return;
                    }
                }
                return;
            }
            // It cannot be read.
            None => return,
        };
        match agreed {
            Some(answer) if *answer == known => self.known += usize::from(answer != REFUSED),
            _ => self
                .differences
                .push(format!("{seed}: {expression}\n  here: {known}\n  {answers:?}")),
        }
    }
}

fn compare(peers: &[PathBuf], seed: u64, size: usize, tally: &mut Tally) {
    let mut batch = batch(seed, size);
    let answers = match all_planned(peers, &batch) {
        Ok(answers) => answers,
        Err(why) => {
            tally.refused_whole.push(format!("{seed}: {why}"));
            batch = accepted(peers, &batch);
            all_planned(peers, &batch).unwrap()
        }
    };
    let folder = tempfile::tempdir().unwrap();
    batch.write(folder.path(), false);
    let source = Source::open(folder.path(), "").unwrap().unwrap();
    let scope = Variables(answers[0].variables.clone());
    for (module, expressions) in
        [("", &batch.root_expressions), ("module.m", &batch.module_expressions)]
    {
        for (at, expression) in expressions.iter().enumerate() {
            let said: Vec<&String> = answers
                .iter()
                .map(|own| if module.is_empty() { &own.root[at] } else { &own.module[at] })
                .collect();
            let name = format!("e{at}");
            let own = source.attribute(&scope, module, Mode::Managed, "x_y", &name, None, "e");
            tally.add(seed, expression, &said, own);
        }
    }
    tally.unread.extend(source.notices());
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn the_evaluator_says_what_terraform_says_or_that_it_does_not_know() {
    let Some(tofu) = peers::below("tofu", "HOLDPOINT_TOFU_PEER", "tofu") else { return };
    let mut all = vec![tofu.canonicalize().unwrap()];
    all.extend(peers::program("terraform"));
    let (count, seed) = (number("HOLDPOINT_EXPRESSIONS", 5_000), number("HOLDPOINT_SEED", 1));
    let mut tally = Tally::default();
    for at in 0..count.div_ceil(BATCH) {
        compare(&all, (seed + at) as u64, BATCH.min(count - at * BATCH), &mut tally);
        assert!(tally.differences.len() < 100, "{}", shown(&tally));
    }
    let report = shown(&tally);
    // A test that passes shows nothing of its standard output.
    writeln!(std::io::stderr(), "{report}").unwrap();
    assert!(tally.differences.is_empty(), "{report}");
    assert!(tally.refused_whole.len() * 4 <= count / BATCH + 4, "{:#?}", tally.refused_whole);
    assert!(tally.compared * 10 >= count * 9, "too many were refused as a whole: {report}");
    assert!(tally.known * 100 >= tally.valued * KNOWN_AT_LEAST, "too few are known: {report}");
    assert!(tally.valued * 2 >= tally.compared, "too few have a value: {report}");
}

fn shown(tally: &Tally) -> String {
    let mut reasons: Vec<(&String, &usize)> = tally.reasons.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    reasons.truncate(20);
    format!(
        "{} expressions: {} of {} values known, {} refused, {} differences, {} not read, {} batches \
         cut\n{reasons:#?}\n{}",
        tally.compared,
        tally.known,
        tally.valued,
        tally.refused,
        tally.differences.len(),
        tally.unread.len(),
        tally.refused_whole.len(),
        tally.differences.join("\n"),
    )
}
