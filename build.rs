//! Embeds `policies/aws/*.yaml` and `policies/kubernetes/*.yaml`: reads, checks and packs them, so
//! that a rule is a file and nothing else, and a rule file with a mistake fails the build.

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
    let tables = documents(FilePath::new("policies/aws"), read)?;
    write(&out.join("policies_aws.bin"), pack_all(&tables).map_err(Failure)?)?;
    let kubernetes = documents(FilePath::new("policies/kubernetes"), read_kubernetes)?;
    let json = serde_json::to_vec(&kubernetes)
        .map_err(|error| Failure(format!("cannot write the rules as JSON: {error}")))?;
    write(&out.join("policies_kubernetes.json"), json)
}

fn documents<T>(
    folder: &FilePath,
    read: fn(&FilePath) -> Result<T, String>,
) -> Result<Vec<T>, Failure> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let listing = fs::read_dir(folder)
        .map_err(|error| Failure(format!("cannot list {}: {error}", folder.display())))?;
    let mut files: Vec<PathBuf> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let mut documents = Vec::new();
    for file in files {
        let document = read(&file)
            .map_err(|why| Failure(format!("bad rule file {}: {why}", file.display())))?;
        documents.push(document);
    }
    Ok(documents)
}

fn write(out: &FilePath, bytes: Vec<u8>) -> Result<(), Failure> {
    fs::write(out, bytes)
        .map_err(|error| Failure(format!("cannot write {}: {error}", out.display())))
}

/// A rule that was checked, and what `packed.rs` wants to have made of it.
struct Checked {
    meta: rule::Meta,
    params: String,
    table: Vec<u8>,
}

fn read(file: &FilePath) -> Result<Checked, String> {
    let document: language::Document = parse(file)?;
    named(&document.id, file)?;
    let (meta, table) = compile::compile(document)?;
    let params = match meta.params.as_ref() {
        [] => String::new(),
        params => serde_json::to_string(params).map_err(|error| error.to_string())?,
    };
    let table = postcard::to_allocvec(&table).map_err(|error| error.to_string())?;
    Ok(Checked { meta, params, table })
}

fn pack_all(rules: &[Checked]) -> Result<Vec<u8>, String> {
    let packed: Vec<_> =
        rules.iter().map(|one| packed::Packed::new(&one.meta, &one.params, &one.table)).collect();
    postcard::to_allocvec(&packed).map_err(|error| error.to_string())
}

/// Its expressions are compiled by a test: the engine of CEL is no part of the build.
fn read_kubernetes(file: &FilePath) -> Result<kubernetes::Document, String> {
    let document: kubernetes::Document = parse(file)?;
    named(&document.id, file)?;
    Ok(document)
}

fn parse<T: serde::de::DeserializeOwned>(file: &FilePath) -> Result<T, String> {
    if file.extension().is_none_or(|extension| extension != "yaml") {
        return Err("only `.yaml` files belong here".to_owned());
    }
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_saphyr::from_str(&text).map_err(|error| error.to_string())
}

fn named(id: &str, file: &FilePath) -> Result<(), String> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    if id == stem { Ok(()) } else { Err(format!("its id is `{id}`, its file stem is `{stem}`")) }
}
