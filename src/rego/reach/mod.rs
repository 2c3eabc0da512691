//! What of a plan the rules that judge look at: which keys of the input, and whether they judge one
//! resource at a time, so that resources can be handed to them in parts.
//!
//! Wrong in one direction only: what is not understood looks at everything, at once.

mod linear;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use regorus::unstable::Rule;

use super::ast::{self, Declared, Visit};
use super::module::Module;
use super::refs::{self, Path};
use super::rules::Definition;

/// The key of a plan that holds its resources.
pub(super) const CHANGES: &str = "resource_changes";
/// Keys that are small enough to be read again for each part of a plan.
const SMALL: [&str; 8] = [
    "format_version",
    "terraform_version",
    "timestamp",
    "applyable",
    "complete",
    "errored",
    "action_invocations",
    CHANGES,
];

/// What of the input is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// The keys at its root; `None` when it is looked at as a whole.
    pub(super) keys: Option<BTreeSet<String>>,
    /// Whether the answer about all resources is the union of the answers about parts of them.
    pub(super) in_parts: bool,
}

/// The definitions of each rule by its path, each with its module.
pub(super) type Rules<'m> = BTreeMap<Path, Vec<(&'m Module, &'m Rule)>>;

/// What the rules that judge, and the exceptions, look at.
pub(super) fn reach(modules: &[Module], definitions: &[Definition], whole: bool) -> Reach {
    let mut rules: Rules<'_> = BTreeMap::new();
    for module in modules {
        for rule in module.rules() {
            let Some((path, _)) = ast::path(ast::head(rule)) else { return Reach::default() };
            let full: Path = module.package.iter().cloned().chain(path).collect();
            rules.entry(full).or_default().push((module, rule));
        }
    }
    let paths: Vec<&Path> = rules.keys().collect();
    let mut asked: BTreeSet<Path> = BTreeSet::new();
    for definition in definitions {
        for name in [&definition.name, "exception"] {
            let path: Path = definition.package.iter().cloned().chain([name.to_owned()]).collect();
            // What stands below is a part of the answer.
            asked.extend(refs::below(&rules, &path).cloned());
        }
    }
    let mut reached: BTreeSet<&Path> =
        asked.iter().filter_map(|path| paths_at(&paths, path)).collect();
    let mut open: VecDeque<&Path> = reached.iter().copied().collect();
    let mut keys = Some(BTreeSet::new());
    let mut once = true;
    while let Some(path) = open.pop_front() {
        for (module, rule) in rules.get(path).into_iter().flatten() {
            let used = refs::of(module, rule);
            once &= !tells_runs_apart(rule);
            if hides(&rules, module, rule) || used.input.iter().any(Vec::is_empty) {
                keys = None;
            }
            if let Some(keys) = &mut keys {
                keys.extend(used.input.iter().filter_map(|path| path.first().cloned()));
            }
            for used in &used.data {
                for number in refs::reached(used, &paths) {
                    if let Some(next) = paths.get(number)
                        && reached.insert(next)
                    {
                        open.push_back(next);
                    }
                }
            }
        }
    }
    let small = |keys: &BTreeSet<String>| {
        keys.contains(CHANGES) && keys.iter().all(|key| SMALL.contains(&key.as_str()))
    };
    let in_parts = once
        && !whole
        && keys.as_ref().is_some_and(small)
        && linear::are_linear(&rules, asked.iter());
    Reach { keys, in_parts }
}

fn paths_at<'p>(paths: &[&'p Path], path: &Path) -> Option<&'p Path> {
    paths.binary_search(&path).ok().and_then(|number| paths.get(number)).copied()
}

/// Whether a local name of the rule hides what the same word means elsewhere, there or in another
/// scope of the same rule: then names tell too little.
fn hides(rules: &Rules<'_>, module: &Module, rule: &Rule) -> bool {
    let hidden = |name: &String| {
        let path = || module.package.iter().cloned().chain([name.clone()]).collect::<Path>();
        name == "input"
            || name == "data"
            || module.imports.iter().any(|(imported, _)| imported == name)
            || refs::below(rules, &path()).next().is_some()
    };
    Declared::of(rule).names.iter().any(hidden)
}

/// Whether the rule does something whose outcome depends on how often it is evaluated.
fn tells_runs_apart(rule: &Rule) -> bool {
    struct Look(bool);
    impl Visit for Look {
        fn expr(&mut self, expr: &regorus::unstable::Expr) {
            if let regorus::unstable::Expr::Call { fcn, .. } = expr
                && let Some((path, _)) = ast::path(fcn)
            {
                let name = path.join(".");
                self.0 |=
                    matches!(name.as_str(), "print" | "trace" | "time.now_ns" | "opa.runtime");
            }
        }

        fn query(&mut self, query: &regorus::unstable::Query) {
            self.0 |= query.stmts.iter().any(|statement| !statement.with_mods.is_empty());
        }
    }
    let mut look = Look(false);
    ast::rule(rule, &mut look);
    look.0
}
