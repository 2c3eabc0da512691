//! What a rule refers to: paths that begin with `data` or `input`, with imports and the module's own
//! package filled in.

use std::collections::BTreeMap;
use std::ops::Bound;

use regorus::unstable::{Expr, Rule};

use super::ast::{self, Declared, Visit};
use super::module::Module;

/// A path without its root.
pub(super) type Path = Vec<String>;

/// What a rule refers to.
#[derive(Default)]
pub(super) struct References {
    /// Rules, functions and data, without `data`; of what is computed, the part before it.
    pub(super) data: Vec<Path>,
    /// Parts of the input, without `input`; of what is computed, the part before it.
    pub(super) input: Vec<Path>,
}

/// What a rule refers to. Its head, which names the rule itself, is left out once.
pub(super) fn of(module: &Module, rule: &Rule) -> References {
    let mut uses = Uses {
        module,
        declared: Declared::of(rule).names,
        found: References::default(),
        parts: Vec::new(),
    };
    ast::rule(rule, &mut uses);
    let head = ast::path(ast::head(rule)).map(|(path, _)| path).unwrap_or_default();
    let itself =
        |used: &Path| used.strip_prefix(module.package.as_slice()) == Some(head.as_slice());
    if let Some(first) = uses.found.data.iter().position(itself) {
        uses.found.data.remove(first);
    }
    uses.found
}

/// A path as it is written, with its root: what an import stands for, or the module's package.
pub(super) fn full(module: &Module, path: &[String]) -> Path {
    let imported = module.imports.iter().find(|(name, _)| Some(name) == path.first());
    let full: Path = match imported {
        Some((_, target)) => target.iter().chain(path.iter().skip(1)).cloned().collect(),
        None => path.to_vec(),
    };
    if full.first().is_some_and(|root| root == "data" || root == "input") {
        return full;
    }
    ["data".to_owned()].into_iter().chain(module.package.iter().cloned()).chain(full).collect()
}

/// The rules that a reference may lead to: those at it, below it and above it. `paths` are sorted.
pub(super) fn reached<'p>(
    used: &'p [String],
    paths: &'p [&Path],
) -> impl Iterator<Item = usize> + 'p {
    // What begins alike stands together; what is above has one of few lengths.
    let start = paths.partition_point(|path| path.as_slice() < used);
    let below = paths
        .iter()
        .enumerate()
        .skip(start)
        .take_while(move |(_, path)| path.starts_with(used))
        .map(|(number, _)| number);
    let above = (1..used.len()).filter_map(move |length| {
        let prefix = used.get(..length)?;
        paths.binary_search_by(|path| path.as_slice().cmp(prefix)).ok()
    });
    below.chain(above)
}

/// The paths of rules that begin with this one; it is one of them where there is a rule at it.
pub(super) fn below<'p, T>(
    rules: &'p BTreeMap<Path, T>,
    path: &'p [String],
) -> impl Iterator<Item = &'p Path> {
    let from = (Bound::Included(path), Bound::Unbounded);
    let all = rules.range::<[String], _>(from).map(|(rule, _)| rule);
    all.take_while(move |rule| rule.starts_with(path))
}

struct Uses<'u> {
    module: &'u Module,
    declared: Vec<String>,
    found: References,
    /// Parts of references that were noted whole.
    parts: Vec<*const Expr>,
}

impl Visit for Uses<'_> {
    fn expr(&mut self, expr: &Expr) {
        if let Some(at) = self.parts.iter().position(|part| std::ptr::eq(*part, expr)) {
            self.parts.swap_remove(at);
            return;
        }
        match expr {
            // A local variable is no function.
            Expr::Call { fcn, .. } => self.note(fcn, true),
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
                self.note(expr, false);
            }
            _ => {}
        }
    }
}

impl Uses<'_> {
    fn note(&mut self, expr: &Expr, call: bool) {
        let mut here = expr;
        if call {
            self.parts.push(std::ptr::from_ref(expr));
        }
        while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = here {
            here = refr;
            self.parts.push(std::ptr::from_ref(here));
        }
        let Some((path, _)) = ast::path(expr) else { return };
        let local = path.first().is_none_or(|first| !call && self.declared.contains(first));
        if local {
            return;
        }
        let mut path = full(self.module, &path);
        let rest = path.split_off(1);
        match path.first().map(String::as_str) {
            Some("input") => self.found.input.push(rest),
            _ => self.found.data.push(rest),
        }
    }
}
