//! No rule may need itself: OPA refuses it, and the evaluator would run out of stack.

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::Rule;

use super::Defined;
use crate::rego::ast::{self, bytes};
use crate::rego::fault::Fault;
use crate::rego::module::Module;
use crate::rego::refs::{self, Path};

pub(super) fn check(modules: &[Module], defined: &Defined, faults: &mut Vec<Fault>) {
    let paths: Vec<&Path> = defined.rules.iter().collect();
    let numbers: BTreeMap<&Path, usize> =
        paths.iter().enumerate().map(|(number, path)| (*path, number)).collect();
    let mut needs: Vec<BTreeSet<usize>> = paths.iter().map(|_| BTreeSet::new()).collect();
    for module in modules {
        for rule in module.rules() {
            let Some((path, _)) = ast::path(ast::head(rule)) else { continue };
            let full: Path = module.package.iter().cloned().chain(path).collect();
            let Some(needed) = numbers.get(&full).and_then(|number| needs.get_mut(*number)) else {
                continue;
            };
            let used = refs::of(module, rule);
            for used in &used.data {
                needed.extend(refs::reached(used, &paths));
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
    let message = format!("a rule depends on itself: {}", names.join(" needs "));
    let help = "break the cycle: Rego has no recursion; use `walk` or `graph.reachable` to traverse nested data";
    faults.push(match place {
        Some((module, span)) => module.fault("rego::recursion", message, span).with_help(help),
        None => Fault::new("rego::recursion", message).with_help(help),
    });
}

/// A circle, if there is one; found without recursion in this code.
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
