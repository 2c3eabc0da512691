//! Every call must name something that exists, with as many arguments as it takes, also where no
//! input of today leads.

use regorus::unstable::Expr;

use super::Defined;
use crate::rego::ast::{self, Visit, bytes};
use crate::rego::builtins::{self, Known};
use crate::rego::fault::Fault;
use crate::rego::load::Options;
use crate::rego::module::Module;

pub(super) fn check(
    module: &Module,
    defined: &Defined,
    options: &Options,
    faults: &mut Vec<Fault>,
) {
    let mut calls = Calls { module, defined, options, faults };
    for rule in module.rules() {
        ast::rule(rule, &mut calls);
    }
}

struct Calls<'c> {
    module: &'c Module,
    defined: &'c Defined,
    options: &'c Options,
    faults: &'c mut Vec<Fault>,
}

impl Visit for Calls<'_> {
    fn expr(&mut self, expr: &Expr) {
        let Expr::Call { fcn, params, .. } = expr else { return };
        let Some((path, true)) = ast::path(fcn) else {
            let span = bytes(fcn.span());
            self.faults.push(
                self.module
                    .fault("rego::call", "this call does not name its function", span)
                    .with_help("call a function by its name"),
            );
            return;
        };
        let span = bytes(fcn.span());
        match self.resolve(&path) {
            Found::Function(arity) => self.arity(&path, arity, params.len(), span),
            Found::Builtin(Known::Any) => {}
            Found::Builtin(Known::Takes(arity)) => {
                self.arity(&path, usize::from(arity), params.len(), span);
            }
            Found::Builtin(Known::Refused(code, why)) => {
                let message = format!("`{}` is not available to policies", path.join("."));
                self.faults.push(self.module.fault(code, message, span).with_help(why));
            }
            Found::Nothing => {
                let name = path.join(".");
                let message = format!("unknown function `{name}`");
                let near = builtins::nearest(&name);
                self.faults.push(
                    self.module.fault("rego::unknown-function", message, span).with_help(
                        match near {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => "define it, or load the file that defines it".to_owned(),
                        },
                    ),
                );
            }
        }
    }
}

enum Found {
    Function(usize),
    Builtin(Known),
    Nothing,
}

impl Calls<'_> {
    fn resolve(&self, path: &[String]) -> Found {
        let local: Vec<String> = self.module.package.iter().chain(path).cloned().collect();
        if let Some(arity) = self.defined.functions.get(&local) {
            return Found::Function(*arity);
        }
        let (Some(first), rest) = (path.first(), path.get(1..).unwrap_or_default()) else {
            return Found::Nothing;
        };
        let imported = self.module.imports.iter().find(|(name, _)| name == first);
        let full: Vec<String> = match imported {
            Some((_, target)) => target.iter().chain(rest).cloned().collect(),
            None => path.to_vec(),
        };
        if let Some(tail) = full.first().filter(|root| *root == "data").and(full.get(1..)) {
            return match self.defined.functions.get(tail) {
                Some(arity) => Found::Function(*arity),
                None => Found::Nothing,
            };
        }
        match builtins::known(&path.join("."), self.options) {
            Some(known) => Found::Builtin(known),
            None => Found::Nothing,
        }
    }

    /// A call may take its result as one more argument.
    fn arity(&mut self, path: &[String], takes: usize, given: usize, span: std::ops::Range<usize>) {
        if given == takes || given == takes + 1 {
            return;
        }
        let message =
            format!("`{}` takes {takes} arguments, but {given} are given", path.join("."));
        self.faults.push(
            self.module
                .fault("rego::arguments", message, span)
                .with_help("pass exactly the arguments of its definition"),
        );
    }
}
