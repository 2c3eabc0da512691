//! Embeds `policies/*/*.yaml`: reads, checks and packs them, so that a rule is a file and nothing
//! else, and a rule file with a mistake fails the build.
//!
//! What a file is, it says itself: one with `resources` is a table about a provider's resources, one
//! with `expression` is about Kubernetes objects. The name of its folder means nothing here, so a
//! new cloud is a new folder. Folders in such a folder are packs in Rego for users, and not embedded.

#![expect(dead_code, reason = "the shared files are read here, and run in the crate")]

use std::fmt;
use std::fs;
use std::path::{Path as FilePath, PathBuf};

#[path = "src/rules/table/compile.rs"]
mod compile;
#[path = "src/rules/table/compiled.rs"]
mod compiled;
#[path = "src/rules/kubernetes/language.rs"]
mod kubernetes;
#[path = "src/rules/table/language.rs"]
mod language;
#[path = "src/rules/table/pack.rs"]
mod pack;
#[path = "src/rules/table/packed.rs"]
mod packed;
#[path = "src/rules/table/path.rs"]
mod path;
#[path = "src/model/rule.rs"]
mod rule;
#[path = "src/model/severity.rs"]
mod severity;

/// The names under which the shared files know each other.
mod model {
    pub(crate) use crate::{rule, severity};
}

/// Why the build stops.
struct Failure(String);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn main() -> Result<(), Failure> {
    let out = std::env::var_os("OUT_DIR").ok_or(Failure("OUT_DIR is not set".to_owned()))?;
    let out = PathBuf::from(out);
    let (mut tables, mut kubernetes) = (Vec::new(), Vec::new());
    for file in rule_files(FilePath::new("policies"))? {
        let document = read(&file)
            .map_err(|why| Failure(format!("bad rule file {}: {why}", file.display())))?;
        match document {
            Document::Table(table) => tables.push(*table),
            Document::Kubernetes(rule) => kubernetes.push(rule),
        }
    }
    write(&out.join("tables.bin"), pack_all(&tables).map_err(Failure)?)?;
    let json = serde_json::to_vec(&kubernetes)
        .map_err(|error| Failure(format!("cannot write the rules as JSON: {error}")))?;
    write(&out.join("kubernetes.json"), json)
}

/// The rule files in the folders of a folder, sorted by name, which is the rule's id.
fn rule_files(root: &FilePath) -> Result<Vec<PathBuf>, Failure> {
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    for folder in list(root)? {
        if !folder.is_dir() {
            let why = "a rule belongs in the folder of its cloud";
            return Err(Failure(format!("{}: {why}", folder.display())));
        }
        let here = list(&folder)?;
        files
            .extend(here.into_iter().filter(|path| !path.is_dir() && !path.ends_with("README.md")));
    }
    files.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    for pair in files.windows(2) {
        if let [first, second] = pair
            && first.file_name() == second.file_name()
        {
            let (first, second) = (first.display(), second.display());
            return Err(Failure(format!("{first} and {second} have the same id")));
        }
    }
    Ok(files)
}

fn list(folder: &FilePath) -> Result<Vec<PathBuf>, Failure> {
    let failure = |error| Failure(format!("cannot list {}: {error}", folder.display()));
    let entries = fs::read_dir(folder).map_err(failure)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failure)).collect()
}

fn write(out: &FilePath, bytes: Vec<u8>) -> Result<(), Failure> {
    fs::write(out, bytes)
        .map_err(|error| Failure(format!("cannot write {}: {error}", out.display())))
}

/// A rule file that was read and checked.
enum Document {
    Table(Box<Checked>),
    Kubernetes(Box<kubernetes::Document>),
}

/// A table that was checked, and what `packed.rs` wants to have made of it.
struct Checked {
    meta: rule::Meta,
    params: String,
    judges_change: bool,
    table: Vec<u8>,
}

/// What tells one kind of rule file from the other.
#[derive(serde::Deserialize)]
struct Head {
    resources: Option<serde::de::IgnoredAny>,
    expression: Option<serde::de::IgnoredAny>,
}

fn read(file: &FilePath) -> Result<Document, String> {
    if file.extension().is_none_or(|extension| extension != "yaml") {
        return Err("only `.yaml` files belong here".to_owned());
    }
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let Head { resources, expression } = parse(&text)?;
    let id;
    let document = match (resources, expression) {
        (Some(_), None) => {
            let table: language::Document = parse(&text)?;
            id = table.id.clone();
            Document::Table(Box::new(check(table)?))
        }
        // Its expression is compiled by a test: the engine of CEL is no part of the build.
        (None, Some(_)) => {
            let rule: Box<kubernetes::Document> = Box::new(parse(&text)?);
            id = rule.id.clone();
            Document::Kubernetes(rule)
        }
        (Some(_), Some(_)) => {
            return Err("it has `resources` and `expression`: which of the two is it?".to_owned());
        }
        (None, None) => {
            return Err("it has neither `resources`, as a table has, nor `expression`, as a rule \
                        about Kubernetes has"
                .to_owned());
        }
    };
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    if id == stem {
        Ok(document)
    } else {
        Err(format!("its id is `{id}`, its file stem is `{stem}`"))
    }
}

fn check(document: language::Document) -> Result<Checked, String> {
    let judges_change = document.judges == language::Judges::Change;
    let (meta, table) = compile::compile(document)?;
    let params = match meta.params.as_ref() {
        [] => String::new(),
        params => serde_json::to_string(params).map_err(|error| error.to_string())?,
    };
    let table = postcard::to_allocvec(&table).map_err(|error| error.to_string())?;
    Ok(Checked { meta, params, judges_change, table })
}

fn pack_all(rules: &[Checked]) -> Result<Vec<u8>, String> {
    let packed: Vec<_> = rules
        .iter()
        .map(|one| packed::Packed::new(&one.meta, &one.params, one.judges_change, &one.table))
        .collect();
    postcard::to_allocvec(&packed).map_err(|error| error.to_string())
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}
