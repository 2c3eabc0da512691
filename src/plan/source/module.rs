//! One module folder as it is written: its blocks by name, override files laid over them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body, Structure};
use rustc_hash::FxHashMap;

use super::file::{self, Text};
use crate::model::subject::{Key, Mode};

/// Most source files that are read in one folder.
const MAX_FILES: usize = 2_000;

/// A block and the file that it stands in.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) file: usize,
    pub(super) block: Block,
}

/// A block with what override files lay over it, the last on top.
#[derive(Debug, Default)]
pub(super) struct Layers(pub(super) Vec<Part>);

/// A folder of source files.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) dir: PathBuf,
    /// The folder as it is printed; empty for the working directory.
    pub(super) shown: String,
    /// What `path.module` says.
    pub(super) path: String,
    pub(super) files: Vec<Text>,
    blocks: FxHashMap<String, Layers>,
    locals: FxHashMap<String, (usize, Attribute)>,
    pub(super) notices: Vec<String>,
}

/// One instance of a module in the plan.
#[derive(Debug)]
pub(super) struct Instance {
    /// `module.a["k"].module.b`; empty for the root module.
    pub(super) address: String,
    pub(super) module: Arc<Module>,
    /// How its parent calls it; `None` for the root module.
    pub(super) call: Option<Call>,
}

/// The call of a module instance.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) parent: Arc<Instance>,
    pub(super) name: String,
    pub(super) key: Option<Key>,
}

impl Layers {
    /// The topmost layer that sets an attribute or holds blocks of this name: an override file
    /// replaces all blocks of a name.
    pub(super) fn layer(&self, name: &str) -> Option<&Part> {
        self.0.iter().rev().find(|part| sets(&part.block.body, name))
    }

    /// A top-level attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.0.iter().rev().find_map(|part| part.block.body.get_attribute(name))
    }

    /// The names of all attributes and blocks, in the order of the source.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for part in &self.0 {
            for name in part.block.body.iter().filter_map(name_of) {
                if !names.iter().any(|own| own == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }
}

/// The attribute or block type that a structure sets; a dynamic block sets what it makes.
pub(super) fn name_of(structure: &Structure) -> Option<&str> {
    match structure {
        Structure::Attribute(attribute) => Some(attribute.key.as_str()),
        Structure::Block(block) if block.has_ident("dynamic") => {
            block.labels.first().map(|label| label.as_str())
        }
        Structure::Block(block) => Some(block.ident.as_str()),
    }
}

fn sets(body: &Body, name: &str) -> bool {
    body.iter().any(|structure| name_of(structure) == Some(name))
}

impl Module {
    /// Reads a folder; `None` when it holds no source.
    pub(super) fn load(dir: &Path, shown: &str, path: &str) -> Option<Module> {
        let names = source_files(dir).ok()?;
        if names.is_empty() {
            return None;
        }
        let mut module = Module {
            dir: dir.to_path_buf(),
            shown: shown.to_owned(),
            path: path.to_owned(),
            files: Vec::new(),
            blocks: FxHashMap::default(),
            locals: FxHashMap::default(),
            notices: Vec::new(),
        };
        if names.len() > MAX_FILES {
            module.notices.push(format!(
                "`{}` holds more than {MAX_FILES} source files, none of them is read",
                if shown.is_empty() { "." } else { shown },
            ));
            return Some(module);
        }
        for name in names {
            let shown = if shown.is_empty() { name.clone() } else { format!("{shown}/{name}") };
            match file::parse(&dir.join(&name), shown.clone()) {
                Ok((text, body)) => {
                    module.files.push(text);
                    module.add(module.files.len() - 1, body, is_override(&name));
                }
                Err(problem) => {
                    module.notices.push(format!("source `{shown}` is not used: it {problem}"));
                    // What it would lay over the rest is not known, so the rest is not known.
                    if is_override(&name) {
                        module.blocks.clear();
                        module.locals.clear();
                        return Some(module);
                    }
                }
            }
        }
        Some(module)
    }

    fn add(&mut self, file: usize, body: Body, over: bool) {
        for structure in body {
            let Structure::Block(block) = structure else {
                continue;
            };
            if block.has_ident("locals") {
                for attribute in block.body.into_attributes() {
                    self.locals.insert(attribute.key.as_str().to_owned(), (file, attribute));
                }
                continue;
            }
            let key = key_of(&block);
            let layers = self.blocks.entry(key).or_default();
            if over || layers.0.is_empty() {
                layers.0.push(Part { file, block });
            }
        }
    }

    pub(super) fn block(&self, key: &str) -> Option<&Layers> {
        self.blocks.get(key)
    }

    pub(super) fn resource(&self, mode: Mode, kind: &str, name: &str) -> Option<&Layers> {
        let keyword = if mode == Mode::Data { "data" } else { "resource" };
        self.block(&format!("{keyword}.{kind}.{name}"))
    }

    pub(super) fn call(&self, name: &str) -> Option<&Layers> {
        self.block(&format!("module.{name}"))
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Layers> {
        self.block(&format!("variable.{name}"))
    }

    pub(super) fn output(&self, name: &str) -> Option<&Layers> {
        self.block(&format!("output.{name}"))
    }

    pub(super) fn local(&self, name: &str) -> Option<&Expression> {
        self.locals.get(name).map(|(_, attribute)| &attribute.value)
    }
}

/// `resource.aws_eip.e`; a provider with an alias is `provider.aws.alias`.
fn key_of(block: &Block) -> String {
    let mut key = block.ident.as_str().to_owned();
    for label in &block.labels {
        key.push('.');
        key.push_str(label.as_str());
    }
    if block.has_ident("provider")
        && let Some(alias) = block.body.get_attribute("alias").and_then(|a| a.value.as_str())
    {
        key.push('.');
        key.push_str(alias);
    }
    key
}

/// The names of the source files of a folder: as Terraform reads them, overrides last.
pub(super) fn source_files(dir: &Path) -> std::io::Result<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(dir)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".tf") || name.ends_with(".tf.json"))
        .filter(|name| !name.starts_with(['.', '#']))
        .collect();
    names.sort_by(|a, b| (is_override(a), a).cmp(&(is_override(b), b)));
    Ok(names)
}

fn is_override(name: &str) -> bool {
    let stem = name.trim_end_matches(".json").trim_end_matches(".tf");
    stem == "override" || stem.ends_with("_override")
}

impl Instance {
    /// The address of something in this module.
    pub(super) fn inside(&self, reference: &str) -> String {
        if self.address.is_empty() {
            reference.to_owned()
        } else {
            format!("{}.{reference}", self.address)
        }
    }

    /// How many calls lead here.
    pub(super) fn depth(&self) -> usize {
        let mut depth = 0;
        let mut here = self;
        while let Some(call) = &here.call {
            depth += 1;
            here = &call.parent;
        }
        depth
    }
}
