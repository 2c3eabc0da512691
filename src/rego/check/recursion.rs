//! No rule may need itself: OPA refuses it, and the evaluator would run out of stack.

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::{Expr, Rule};

use super::Defined;
use crate::rego::ast::{self, Declared, Visit, bytes};
use crate::rego::fault::Fault;
use crate::rego::module::Module;

type Path = Vec<String>;

pub(super) fn check(modules: &[Module], defined: &Defined, faults: &mut Vec<Fault>) {
    let paths: Vec<&Path> = defined.rules.iter().collect();
    let numbers: BTreeMap<&Path, usize> =
        paths.iter().enumerate().map(|(number, path)| (*path, number)).collect();
    let mut needs: Vec<BTreeSet<usize>> = paths.iter().map(|_| BTreeSet::new()).collect();
    for module in modules {
        for rule in module.rules() {
            let Some((path, _)) = ast::path(ast::head(rule)) else { continue };
            let full: Path = module.package.iter().cloned().chain(path).collect();
            let Some(own) = numbers.get(&full).and_then(|number| needs.get_mut(*number)) else {
                continue;
            };
            let mut uses = Uses {
                module,
                declared: Declared::of(rule).names,
                found: Vec::new(),
                parts: Vec::new(),
            };
            ast::rule(rule, &mut uses);
            // The head names the rule itself.
            let head = ast::path(ast::head(rule)).map(|(path, _)| path).unwrap_or_default();
            let first = uses.found.iter().position(|used| {
                used.strip_prefix(module.package.as_slice()) == Some(head.as_slice())
            });
            if let Some(first) = first {
                uses.found.remove(first);
            }
            for used in &uses.found {
                own.extend(reached(used, &paths));
            }
        }
    }
    let circle = circle(&needs);
    let (Some(circle), false) = (circle, paths.is_empty()) else { return };
    let names: Vec<String> = circle
        .iter()
        .filter_map(|number| paths.get(*number))
        .map(|path| format!("`{}`", path.join(".")))
        .collect();
    let first = circle.first().and_then(|number| paths.get(*number));
    let place = modules.iter().find_map(|module| {
        let rule: &Rule = module.rules().find(|rule| {
            ast::path(ast::head(rule)).is_some_and(|(path, _)| {
                let full: Path = module.package.iter().cloned().chain(path).collect();
                Some(&full) == first.copied()
            })
        })?;
        Some((module, bytes(ast::head(rule).span())))
    });
    let message = format!("a rule needs itself: {}", names.join(" needs "));
    let help = "break the circle: Rego has no recursion; `walk` and `graph.reachable` go deep";
    faults.push(match place {
        Some((module, span)) => module.fault("rego::recursion", message, span).with_help(help),
        None => Fault::new("rego::recursion", message).with_help(help),
    });
}

/// The rules that a reference may lead to: those at it, below it and above it.
fn reached<'p>(used: &'p [String], paths: &'p [&Path]) -> impl Iterator<Item = usize> + 'p {
    // Sorted: what begins alike stands together; what is above has one of few lengths.
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

/// A circle, if there is one; found without recursion of our own.
fn circle(needs: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let mut state = vec![0_u8; needs.len()];
    for start in 0..needs.len() {
        if state.get(start) != Some(&0) {
            continue;
        }
        let mut stack: Vec<(usize, Vec<usize>)> = Vec::new();
        let open = |number: usize| -> Vec<usize> {
            needs.get(number).map(|set| set.iter().copied().collect()).unwrap_or_default()
        };
        if let Some(slot) = state.get_mut(start) {
            *slot = 1;
        }
        stack.push((start, open(start)));
        while let Some((number, left)) = stack.last_mut() {
            let Some(next) = left.pop() else {
                if let Some(slot) = state.get_mut(*number) {
                    *slot = 2;
                }
                stack.pop();
                continue;
            };
            match state.get(next) {
                Some(1) => {
                    let from = stack.iter().position(|(number, _)| *number == next).unwrap_or(0);
                    let mut path: Vec<usize> =
                        stack.iter().skip(from).map(|(number, _)| *number).collect();
                    path.push(next);
                    return Some(path);
                }
                Some(0) => {
                    if let Some(slot) = state.get_mut(next) {
                        *slot = 1;
                    }
                    stack.push((next, open(next)));
                }
                _ => {}
            }
        }
    }
    None
}

/// What a rule refers to, as paths without `data`.
struct Uses<'u> {
    module: &'u Module,
    declared: Vec<String>,
    found: Vec<Path>,
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
        let Some(first) = path.first() else { return };
        if !call && self.declared.contains(first) {
            return;
        }
        let imported = self.module.imports.iter().find(|(name, _)| name == first);
        let full: Path = match imported {
            Some((_, target)) => target.iter().chain(path.iter().skip(1)).cloned().collect(),
            None => path.clone(),
        };
        match full.first().map(String::as_str) {
            Some("data") => self.found.push(full.into_iter().skip(1).collect()),
            Some("input") => {}
            _ => self.found.push(self.module.package.iter().cloned().chain(full).collect()),
        }
    }
}
