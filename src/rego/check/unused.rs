//! `--strict`: variables, arguments and imports that nothing uses. A misspelt name is one of them.

use std::collections::BTreeMap;

use regorus::unstable::{AssignOp, Expr, Rule, RuleHead};

use crate::rego::ast::{self, Visit, bytes};
use crate::rego::fault::Fault;
use crate::rego::module::Module;

pub(super) fn check(module: &Module, faults: &mut Vec<Fault>) {
    let mut everywhere = Names::default();
    for rule in module.rules() {
        let mut names = Names::default();
        ast::rule(rule, &mut names);
        if let Rule::Spec { head: RuleHead::Func { args, .. }, .. } = rule {
            args.iter().for_each(|arg| names.declare(arg, "argument"));
        }
        for (name, (what, span, declared)) in &names.declared {
            let used = names.seen.get(name).copied().unwrap_or_default();
            if used <= *declared && name != "_" {
                let message = format!("{what} `{name}` is not used");
                faults.push(
                    module
                        .fault("rego::unused", message, span.clone())
                        .with_help("remove it, or rename it to `_`"),
                );
            }
        }
        for (name, times) in names.seen {
            *everywhere.seen.entry(name).or_default() += times;
        }
    }
    for (name, span) in module.import_spans() {
        if !everywhere.seen.contains_key(&name) {
            let message = format!("the import `{name}` is not used");
            faults.push(module.fault("rego::unused", message, span).with_help("remove it"));
        }
    }
}

/// The variables of a rule: how often each stands in it, and how often of these it is declared.
#[derive(Default)]
struct Names {
    seen: BTreeMap<String, usize>,
    declared: BTreeMap<String, (&'static str, std::ops::Range<usize>, usize)>,
}

impl Names {
    fn declare(&mut self, pattern: &Expr, what: &'static str) {
        let mut names = Vec::new();
        ast::pattern(pattern, &mut names);
        for name in names {
            let entry = self.declared.entry(name).or_insert((what, bytes(pattern.span()), 0));
            entry.2 += 1;
        }
    }
}

impl Visit for Names {
    fn expr(&mut self, node: &Expr) {
        if let Some(name) = ast::variable(node) {
            *self.seen.entry(name.to_owned()).or_default() += 1;
        }
        if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = node {
            self.declare(lhs, "the variable");
        }
    }
}
