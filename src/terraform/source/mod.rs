//! READ the `.tf` and `.tf.json` beside a plan: what the plan does not know yet, and where each
//! finding stands.
//!
//! A plan calls a policy unknown as soon as one ARN in it is; the source still says which actions
//! it allows. Evaluation here is partial: it carries what is unknown along, and never guesses.

mod address;
mod archive;
mod belongs;
mod compare;
mod convert;
mod eval;
mod file;
mod for_lines;
mod functions;
mod heredoc;
mod json_file;
mod json_place;
mod json_text;
mod limits;
mod locate;
mod module;
mod number;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod ty;
mod types;
mod val;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use self::eval::{Eval, Slot};
use self::module::{Call, Instance, Module};
use self::tree::Tree;
use self::val::Val;
use crate::model::subject::{Key, Mode};
use crate::model::value::Value;

pub use self::archive::Archive;
pub use self::belongs::{Expected, root};
pub use self::compare::contradicts;
pub use self::locate::Declaration;

/// Deepest nesting of module calls that is followed.
const MAX_MODULES_DEEP: usize = 24;
/// Most bytes of source files that are read for one plan.
const MAX_SOURCE: u64 = 64 << 20;
/// Largest `.terraform/modules/modules.json` that is read, in bytes.
const MAX_MANIFEST: u64 = 8 << 20;
/// What the resource itself says to Terraform, not to the provider.
const META_ARGUMENTS: [&str; 8] = [
    "connection",
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "provider",
    "providers",
    "provisioner",
];

/// What evaluation asks of the plan.
///
/// `kind` is the type without `data.`; `mode` tells data sources. `module` is the address of a
/// module instance, empty for the root module.
pub trait Scope: Sync {
    /// The value of a root variable, defaults included. `None` when the plan does not show it.
    fn root_variable(&self, name: &str) -> Option<Value>;

    /// A planned attribute of one instance, known or unknown. `None` if there is no such instance
    /// in the plan.
    fn resource(
        &self,
        module: &str,
        mode: Mode,
        kind: &str,
        name: &str,
        key: Option<&Key>,
        attribute: &str,
    ) -> Option<Value>;

    /// The keys of the instances that will stand after the change.
    fn instance_keys(&self, module: &str, mode: Mode, kind: &str, name: &str) -> Vec<Option<Key>>;

    /// The keys of the instances of a module call.
    fn module_keys(&self, module: &str, call: &str) -> Vec<Option<Key>>;

    /// All that a module declares: `resource.aws_eip.e`, `data.aws_ami.a`, `module.m`,
    /// `variable.v`, `output.o`. `route` is the module's path without keys, `a.b`. `None` when the
    /// plan cannot tell; the source is then taken as it is.
    fn declared(&self, route: &str) -> Option<BTreeSet<String>> {
        let _ = route;
        None
    }

    /// What the plan's configuration says of such a declaration.
    fn expected(&self, route: &str, declaration: &str) -> Option<Expected> {
        let _ = (route, declaration);
        None
    }
}

/// A folder that cannot be used as a source.
#[derive(Debug)]
pub struct SourceError {
    folder: String,
    reason: String,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the source folder `{}`: {}", self.folder, self.reason)
    }
}

impl std::error::Error for SourceError {}

/// The source of a root module and of the local modules that it calls. Files are parsed when they
/// are first asked for, and what was evaluated is kept: a source goes with one plan.
pub struct Source {
    tree: Tree,
    dir: PathBuf,
    shown: String,
    modules: Mutex<FxHashMap<PathBuf, Loaded>>,
    instances: Mutex<FxHashMap<String, Option<Arc<Instance>>>>,
    manifest: OnceLock<FxHashMap<String, String>>,
    notices: Mutex<BTreeSet<String>>,
    memo: Mutex<Memo>,
    /// Which modules and declarations are the plan's, by route and key.
    belonging: Mutex<FxHashMap<String, FxHashMap<String, bool>>>,
    /// What may still be read of files, in bytes.
    unread: AtomicU64,
    /// Steps of all evaluations together.
    spent: AtomicU64,
}

/// What was worked out, by the address of the module instance, slot and name. Not kept in the
/// instances, since values hold them.
type Memo = FxHashMap<String, FxHashMap<Slot, FxHashMap<String, Val>>>;

/// A module folder that is parsed once, when it is first asked for.
type Loaded = Arc<OnceLock<Option<Arc<Module>>>>;

/// A value behind a lock; that another thread panicked does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Source {
    /// Opens a folder; `None` when it holds no `.tf` or `.tf.json`. `shown` is how the folder is
    /// printed in front of its files, relative to the working directory; empty or `.` for that
    /// directory itself.
    ///
    /// # Errors
    ///
    /// The folder is missing or cannot be listed.
    pub fn open(dir: &Path, shown: &str) -> Result<Option<Source>, SourceError> {
        Self::of(Tree::Folder, dir, shown)
    }

    /// Opens a folder of an archive; empty for the archive itself.
    ///
    /// # Errors
    ///
    /// The folder is not in the archive, or leads out of it.
    pub fn in_archive(archive: Archive, folder: &str) -> Result<Option<Source>, SourceError> {
        let dir = archive::inside(folder)
            .map_err(|reason| SourceError { folder: folder.to_owned(), reason })?;
        let shown = dir.to_string_lossy().replace('\\', "/");
        Self::of(Tree::Archive(archive), &dir, &shown)
    }

    fn of(tree: Tree, dir: &Path, shown: &str) -> Result<Option<Source>, SourceError> {
        let found = module::source_files(&tree, dir)
            .map_err(|error| SourceError { folder: shown.to_owned(), reason: error.to_string() })?;
        if found.names.is_empty() && !found.others {
            return Ok(None);
        }
        Ok(Some(Source {
            tree,
            dir: dir.to_path_buf(),
            shown: address::join_shown(shown, ""),
            modules: Mutex::default(),
            instances: Mutex::default(),
            manifest: OnceLock::new(),
            notices: Mutex::default(),
            memo: Mutex::default(),
            belonging: Mutex::default(),
            unread: AtomicU64::new(MAX_SOURCE),
            spent: AtomicU64::new(0),
        }))
    }

    /// The same folder, with nothing worked out yet: for another [`Scope`].
    #[must_use]
    pub fn reopened(&self) -> Option<Source> {
        Source::open(&self.dir, &self.shown).ok().flatten()
    }

    /// A top-level attribute, or the repeated blocks of that name as a list of objects, as far as
    /// source and plan tell it. `None` when the source does not set it: the resource is not
    /// found, its module is not local, or the attribute is not there.
    ///
    /// `module` is the address of the module instance, `module.a["k"].module.b[0]`, empty for the
    /// root module. `kind` is the type, with or without `data.`.
    #[expect(clippy::too_many_arguments, reason = "the parts of an address, as a subject has them")]
    pub fn attribute(
        &self,
        scope: &dyn Scope,
        module: &str,
        mode: Mode,
        kind: &str,
        name: &str,
        key: Option<&Key>,
        attribute: &str,
    ) -> Option<Value> {
        if META_ARGUMENTS.contains(&attribute) {
            return None;
        }
        let instance = self.instance(module)?;
        let resource = val::Resource {
            instance,
            mode,
            kind: bare(kind).to_owned(),
            name: name.to_owned(),
            key: key.cloned(),
        };
        Eval::new(self, scope).own_attribute(&resource, attribute).map(Val::into_value)
    }

    /// The names of all attributes and blocks that the source sets on a resource, without
    /// meta-arguments. `None` when the resource is not in the source.
    pub fn attribute_names(
        &self,
        module: &str,
        mode: Mode,
        kind: &str,
        name: &str,
    ) -> Option<Vec<String>> {
        let instance = self.instance(module)?;
        let mut names = instance.module.resource(mode, bare(kind), name)?.names();
        names.retain(|name| !META_ARGUMENTS.contains(&name.as_str()));
        Some(names)
    }

    /// Whether the plan was made from this source, as far as a resource is concerned: the plan's
    /// configuration and the source declare the same in its module and those around it, and the
    /// resource refers to the same. True when the source does not have the resource.
    pub fn fits(
        &self,
        scope: &dyn Scope,
        module: &str,
        mode: Mode,
        kind: &str,
        name: &str,
    ) -> bool {
        self.instance(module)
            .is_none_or(|instance| self.is_of_plan(scope, &instance, mode, bare(kind), name))
    }

    fn is_of_plan(
        &self,
        scope: &dyn Scope,
        instance: &Instance,
        mode: Mode,
        kind: &str,
        name: &str,
    ) -> bool {
        let key = module::resource_key(mode, kind, name);
        self.module_is_of_plan(scope, instance)
            && self.declaration_is_of_plan(scope, instance, &key)
    }

    /// Whether a module and all those that lead to it are the plan's.
    fn module_is_of_plan(&self, scope: &dyn Scope, instance: &Instance) -> bool {
        // At most MAX_MODULES_DEEP calls deep.
        *instance.is_of_plan.get_or_init(|| {
            let called_so = |call: &Call| {
                let key = format!("module.{}", call.name);
                self.module_is_of_plan(scope, &call.parent)
                    && self.declaration_is_of_plan(scope, &call.parent, &key)
            };
            self.belongs(scope, &instance.module, &instance.route, "")
                && instance.call.as_ref().is_none_or(called_so)
        })
    }

    fn declaration_is_of_plan(&self, scope: &dyn Scope, instance: &Instance, key: &str) -> bool {
        self.belongs(scope, &instance.module, &instance.route, key)
    }

    /// Whether the source of a module instance is not here and no part of this source: it, or one
    /// that leads to it, comes from elsewhere and was not installed.
    #[must_use]
    pub fn is_elsewhere(&self, address: &str) -> bool {
        let Some(steps) = address::module_steps(address) else { return false };
        let Some(mut here) = self.root() else { return false };
        for (name, key) in steps {
            match self.child(&here, &name, key.as_ref()) {
                Some(child) => here = child,
                None => {
                    let call = here.module.call(&name);
                    let from = call.and_then(|call| call.attribute("source"));
                    let from = from.and_then(|from| from.value.as_str());
                    return here.depth() < MAX_MODULES_DEEP
                        && from.is_some_and(|from| !is_local(from));
                }
            }
        }
        false
    }

    /// What the user should know of the source: files that are not used, modules without source.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        lock(&self.notices).iter().cloned().collect()
    }

    /// The module instance at an address, if its source is at hand.
    fn instance(&self, address: &str) -> Option<Arc<Instance>> {
        if let Some(known) = lock(&self.instances).get(address) {
            return known.clone();
        }
        let steps = address::module_steps(address)?;
        if steps.len() > MAX_MODULES_DEEP {
            return None;
        }
        let mut here = self.root()?;
        for (name, key) in steps {
            here = self.child(&here, &name, key.as_ref())?;
        }
        Some(here)
    }

    fn root(&self) -> Option<Arc<Instance>> {
        if let Some(known) = lock(&self.instances).get("") {
            return known.clone();
        }
        let module = self.module(&self.dir, &self.shown, ".");
        let root = module.map(|module| {
            let (address, route) = (String::new(), String::new());
            Arc::new(Instance { address, route, module, call: None, is_of_plan: OnceLock::new() })
        });
        lock(&self.instances).entry(String::new()).or_insert(root).clone()
    }

    /// An instance of a module that is called here.
    fn child(
        &self,
        parent: &Arc<Instance>,
        name: &str,
        key: Option<&Key>,
    ) -> Option<Arc<Instance>> {
        let address = address::child(&parent.address, name, key);
        if let Some(known) = lock(&self.instances).get(&address) {
            return known.clone();
        }
        let module = self.called(parent, name);
        let child = module.map(|module| {
            let call =
                Call { parent: Arc::clone(parent), name: name.to_owned(), key: key.cloned() };
            let route = match parent.route.as_str() {
                "" => name.to_owned(),
                outer => format!("{outer}.{name}"),
            };
            Arc::new(Instance {
                address: address.clone(),
                route,
                module,
                call: Some(call),
                is_of_plan: OnceLock::new(),
            })
        });
        lock(&self.instances).entry(address).or_insert(child).clone()
    }

    /// The module that a call names.
    fn called(&self, parent: &Arc<Instance>, name: &str) -> Option<Arc<Module>> {
        if parent.depth() >= MAX_MODULES_DEEP {
            return None;
        }
        let call = parent.module.call(name)?;
        let source = call.attribute("source").and_then(|source| source.value.as_str());
        let place = match source {
            Some(source) if is_local(source) => {
                let module = &parent.module;
                Some((
                    address::join(&module.dir, source),
                    address::join_shown(&module.shown, source),
                    address::join_shown(&module.path, source),
                ))
            }
            _ => self.installed(parent, name).map(|dir| {
                let shown = address::join_shown(&self.shown, dir);
                (address::join(&self.dir, dir), shown, address::join_shown("", dir))
            }),
        };
        let module = place.and_then(|(dir, shown, path)| self.module(&dir, &shown, &path));
        if module.is_none() {
            lock(&self.notices).insert(format!(
                "the source of `{}` was not found: its resources are checked by the plan alone",
                address::child(&parent.address, name, None),
            ));
        }
        module
    }

    /// Where `terraform init` put a module that is not local.
    fn installed(&self, parent: &Instance, name: &str) -> Option<&str> {
        let mut key = name.to_owned();
        let mut here = parent;
        while let Some(call) = &here.call {
            key = format!("{}.{key}", call.name);
            here = &call.parent;
        }
        self.manifest.get_or_init(|| self.read_manifest()).get(&key).map(String::as_str)
    }

    fn read_manifest(&self) -> FxHashMap<String, String> {
        let path = self.dir.join(".terraform/modules/modules.json");
        let document = self
            .tree
            .read(&path, MAX_MANIFEST)
            .ok()
            .and_then(|text| serde_json::from_str::<Value>(&text).ok())
            .unwrap_or(Value::Null);
        let mut folders = FxHashMap::default();
        for entry in document.get("Modules").elements() {
            if let (Some(key), Some(dir)) = (entry.get("Key").as_str(), entry.get("Dir").as_str()) {
                folders.insert(key.to_owned(), dir.replace('\\', "/"));
            }
        }
        folders
    }

    fn module(&self, dir: &Path, shown: &str, path: &str) -> Option<Arc<Module>> {
        let slot = Arc::clone(lock(&self.modules).entry(dir.to_path_buf()).or_default());
        let module = slot.get_or_init(|| {
            let module = Module::load(&self.tree, dir, shown, path, &self.unread)?;
            lock(&self.notices).extend(module.notices.iter().cloned());
            Some(Arc::new(module))
        });
        module.clone()
    }

    /// Takes steps from the budget of the whole source; false when it is used up.
    fn spend(&self, steps: u64) -> bool {
        self.spent.fetch_add(steps, Ordering::Relaxed) < eval::MAX_STEPS_IN_ALL
    }
}

/// Whether a module source is a folder of the same source.
fn is_local(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../")
}

/// The type without the prefix of data sources.
fn bare(kind: &str) -> &str {
    kind.strip_prefix("data.").unwrap_or(kind)
}
