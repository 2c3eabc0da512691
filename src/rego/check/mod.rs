//! What is refused at load, before any input is judged: everything in a policy that would silently
//! say nothing.

mod calls;
mod documents;
mod patterns;
mod recursion;
mod unused;

use std::collections::{BTreeMap, BTreeSet};

use regorus::Value;

use super::fault::Fault;
use super::load::Options;
use super::module::Module;

/// What the modules define: paths of rules and functions, without `data`.
pub(super) struct Defined {
    /// Functions, and how many arguments they take.
    pub(super) functions: BTreeMap<Vec<String>, usize>,
    /// All rules, functions too.
    pub(super) rules: BTreeSet<Vec<String>>,
}

impl Defined {
    /// Of these modules.
    pub(super) fn of(modules: &[Module]) -> Self {
        use regorus::unstable::{Rule, RuleHead};
        let mut defined = Self { functions: BTreeMap::new(), rules: BTreeSet::new() };
        for module in modules {
            for rule in module.rules() {
                let Some((path, _)) = super::ast::path(super::ast::head(rule)) else { continue };
                let full: Vec<String> = module.package.iter().cloned().chain(path).collect();
                match rule {
                    Rule::Spec { head: RuleHead::Func { args, .. }, .. } => {
                        defined.functions.insert(full.clone(), args.len());
                    }
                    Rule::Default { args, .. } if !args.is_empty() => {
                        defined.functions.insert(full.clone(), args.len());
                    }
                    _ => {}
                }
                defined.rules.insert(full);
            }
        }
        defined
    }

    /// The first names of the rules of a package.
    pub(super) fn names(&self, package: &[String]) -> BTreeSet<String> {
        self.rules.iter().filter_map(|path| path.strip_prefix(package)?.first().cloned()).collect()
    }
}

/// Checks all modules together, and the data that they are given.
pub(super) fn check(
    modules: &[Module],
    defined: &Defined,
    data: &Value,
    options: &Options,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for module in modules {
        calls::check(module, defined, options, &mut faults);
        documents::check(module, defined, data, &mut faults);
        patterns::check(module, &mut faults);
        if options.strict {
            unused::check(module, &mut faults);
        }
    }
    recursion::check(modules, defined, &mut faults);
    faults
}
