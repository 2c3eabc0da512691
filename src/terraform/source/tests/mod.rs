//! Tests over folders of source: made up, made by Terraform, and hostile.

mod archive;
mod certainty;
mod evaluation;
mod hostile;
mod oracle;
mod places;
mod scope;

use std::path::Path;

use super::Source;
use super::eval::Eval;
use crate::model::subject::Mode;
use crate::model::value::Value;
use scope::Plan;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn open(folder: &Path) -> Source {
    Source::open(folder, "").unwrap().unwrap()
}

/// What `expr` evaluates to in a folder with `main` beside it.
fn value_in(main: &str, expr: &str, plan: &Plan) -> Value {
    let text = format!("{main}\noutput \"test_value\" {{\n  value = {expr}\n}}\n");
    let folder = folder(&[("main.tf", &text)]);
    let source = open(folder.path());
    output(&source, plan, "test_value")
}

/// A root output.
fn output(source: &Source, plan: &Plan, name: &str) -> Value {
    let root = source.instance("").unwrap();
    Eval::new(source, plan).module_output(&root, name).into_value()
}

/// An attribute of a managed resource without key in the root module.
fn attribute(source: &Source, plan: &Plan, kind: &str, name: &str, attribute: &str) -> Value {
    source.attribute(plan, "", Mode::Managed, kind, name, None, attribute).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
