//! One module folder as it is written: its blocks by name, override files laid over them.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body, Structure};
use rustc_hash::FxHashMap;

use super::file::{self, Text};
use super::tree::Tree;
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
    /// Whether every file was read.
    pub(super) complete: bool,
}

/// One instance of a module in the plan.
#[derive(Debug)]
pub(super) struct Instance {
    /// `module.a["k"].module.b`; empty for the root module.
    pub(super) address: String,
    /// The path of calls without keys, `a.b`.
    pub(super) route: String,
    pub(super) module: Arc<Module>,
    /// How its parent calls it; `None` for the root module.
    pub(super) call: Option<Call>,
    /// Whether the plan was made from it and from those that lead to it, once that was asked.
    pub(super) is_of_plan: OnceLock<bool>,
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
    /// `budget` is what may still be read of the whole source, in bytes.
    pub(super) fn load(
        tree: &Tree,
        dir: &Path,
        shown: &str,
        path: &str,
        budget: &AtomicU64,
    ) -> Option<Module> {
        let SourceFiles { names, others } = source_files(tree, dir).ok()?;
        if names.is_empty() && !others {
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
            complete: true,
        };
        let here = if shown.is_empty() { "." } else { shown };
        let refused = match others {
            _ if names.len() > MAX_FILES => format!("more than {MAX_FILES} source files"),
            // OpenTofu takes `x.tofu` in place of `x.tf`, and a plan does not tell who made it.
            true => "source files that only OpenTofu reads, or with unusual names".to_owned(),
            false => String::new(),
        };
        if !refused.is_empty() {
            return Some(
                module.refused(format!("`{here}` contains {refused}: its source is not read")),
            );
        }
        let mut twice = None;
        for name in names {
            let shown = if shown.is_empty() { name.clone() } else { format!("{shown}/{name}") };
            match file::parse(tree, &dir.join(&name), shown.clone(), budget) {
                Ok((text, body)) => {
                    module.files.push(text);
                    let second = module.add(module.files.len() - 1, body, is_override(&name));
                    twice = twice.or(second);
                }
                Err(problem) => {
                    module.notices.push(format!("source `{shown}` is not used: it {problem}"));
                    module.complete = false;
                    // What it would lay over the rest is not known, so the rest is not known.
                    if is_override(&name) {
                        module.forget();
                        return Some(module);
                    }
                }
            }
        }
        // Terraform refuses such a folder, so no plan was made from it as it is.
        if let Some(name) = twice {
            let notice = format!("`{here}` declares `{name}` twice: its source is not used");
            return Some(module.refused(notice));
        }
        Some(module)
    }

    fn refused(mut self, notice: String) -> Self {
        self.notices.push(notice);
        self.forget();
        self
    }

    fn forget(&mut self) {
        self.blocks.clear();
        self.locals.clear();
        self.complete = false;
    }

    /// Adds what a file holds. The first declaration that stood there already is returned.
    fn add(&mut self, file: usize, body: Body, over: bool) -> Option<String> {
        let mut twice = None;
        for structure in body {
            let Structure::Block(block) = structure else {
                continue;
            };
            if block.has_ident("locals") {
                for attribute in block.body.into_attributes() {
                    let name = attribute.key.as_str().to_owned();
                    let before = self.locals.insert(name.clone(), (file, attribute));
                    if before.is_some() && !over {
                        twice.get_or_insert(format!("local.{name}"));
                    }
                }
                continue;
            }
            let key = key_of(&block);
            let layers = self.blocks.entry(key.clone()).or_default();
            if over || layers.0.is_empty() {
                layers.0.push(Part { file, block });
            } else if is_listed(&key) {
                twice.get_or_insert(key);
            }
        }
        twice
    }

    pub(super) fn block(&self, key: &str) -> Option<&Layers> {
        self.blocks.get(key)
    }

    pub(super) fn resource(&self, mode: Mode, kind: &str, name: &str) -> Option<&Layers> {
        self.block(&resource_key(mode, kind, name))
    }

    /// The keys of all that a plan's configuration lists.
    pub(super) fn declarations(&self) -> impl Iterator<Item = &str> {
        self.blocks.keys().map(String::as_str).filter(|key| is_listed(key))
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

/// Whether a key is of a kind that a plan's configuration lists, and that has one name once.
fn is_listed(key: &str) -> bool {
    ["resource.", "data.", "module.", "variable.", "output."]
        .iter()
        .any(|keyword| key.starts_with(keyword))
}

/// The key of a resource or data source.
pub(super) fn resource_key(mode: Mode, kind: &str, name: &str) -> String {
    let keyword = if mode == Mode::Data { "data" } else { "resource" };
    format!("{keyword}.{kind}.{name}")
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

/// The source files of a folder.
pub(super) struct SourceFiles {
    /// Their names in the order in which Terraform reads them, overrides last.
    pub(super) names: Vec<String>,
    /// Whether there are some that are not read here: those that only OpenTofu reads, and those
    /// whose names are no UTF-8.
    pub(super) others: bool,
}

/// Lists the source files of a folder.
pub(super) fn source_files(tree: &Tree, dir: &Path) -> std::io::Result<SourceFiles> {
    let ends = |name: &str, ends: [&str; 2]| ends.iter().any(|end| name.ends_with(end));
    let mut found = SourceFiles { names: Vec::new(), others: false };
    for name in tree.names(dir)? {
        let name = match name.into_string() {
            Ok(name) => name,
            Err(name) => {
                found.others |= ends(&name.to_string_lossy(), [".tf", ".tf.json"]);
                continue;
            }
        };
        if name.starts_with('.') {
            continue;
        }
        found.others |= ends(&name, [".tofu", ".tofu.json"]);
        if ends(&name, [".tf", ".tf.json"]) {
            found.names.push(name);
        }
    }
    found.names.sort_by(|a, b| (is_override(a), a).cmp(&(is_override(b), b)));
    Ok(found)
}

fn is_override(name: &str) -> bool {
    let stem = name.strip_suffix(".tf.json").or_else(|| name.strip_suffix(".tf")).unwrap_or(name);
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
