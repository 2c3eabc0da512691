//! Patterns with objects in places where nobody can look at them twice, which the evaluator would
//! take for more than they say; see `rego::patterns`.

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Ref};

use crate::rego::ast::{self, Visit, bytes};
use crate::rego::fault::Fault;
use crate::rego::module::Module;
use crate::rego::shapes::{holds_object, holds_variable, output, queries};

pub(super) fn check(module: &Module, faults: &mut Vec<Fault>) {
    let mut patterns = Patterns { module, faults };
    for rule in module.rules() {
        ast::rule(rule, &mut patterns);
    }
}

struct Patterns<'p> {
    module: &'p Module,
    faults: &'p mut Vec<Fault>,
}

impl Visit for Patterns<'_> {
    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            self.statement(statement);
        }
    }
}

impl Patterns<'_> {
    fn statement(&mut self, LiteralStmt { literal, with_mods, .. }: &LiteralStmt) {
        match literal {
            Literal::NotExpr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } = expr.as_ref() {
                    for side in [lhs, rhs].into_iter().filter(|side| holds_object(side)) {
                        self.refuse_any(side);
                    }
                }
                if let Some(last) = output(expr).filter(|last| holds_object(last)) {
                    self.refuse(last, "compare the result with `==`");
                }
                self.negated_indices(expr);
            }
            Literal::Expr { expr, .. } if !with_mods.is_empty() => self.indices(expr),
            Literal::SomeIn { collection, .. } if !with_mods.is_empty() => {
                self.indices(collection);
            }
            _ => {}
        }
    }

    /// Brackets behind `with`: what they hold would be looked for without the replacement.
    fn indices(&mut self, expr: &Expr) {
        for index in self.brackets(expr) {
            if holds_variable(&index) && !is_plain(&index) {
                self.refuse(
                    &index,
                    "assign the computed value to a variable in an earlier statement",
                );
            }
        }
    }

    fn negated_indices(&mut self, expr: &Expr) {
        for index in self.brackets(expr) {
            self.refuse_any(&index);
        }
    }

    /// What stands in brackets and holds an object, in queries within excepted.
    fn brackets(&self, expr: &Expr) -> Vec<Ref<Expr>> {
        struct Look(Vec<Ref<Expr>>);
        impl Visit for Look {
            fn expr(&mut self, expr: &Expr) {
                if let Expr::RefBrack { index, .. } = expr {
                    self.0.extend(holds_object(index).then(|| index.clone()));
                }
            }
        }
        let mut look = Look(Vec::new());
        ast::expr(expr, &mut look);
        let inner = queries(&self.module.text, expr);
        let within = |index: &Ref<Expr>| {
            let span = bytes(index.span());
            inner.iter().any(|query| query.start <= span.start && span.end <= query.end)
        };
        look.0.retain(|index| !within(index));
        look.0
    }

    /// Refuses `_` in a negated pattern: OPA finds it unsafe.
    fn refuse_any(&mut self, pattern: &Expr) {
        let mut names = Vec::new();
        ast::pattern(pattern, &mut names);
        if names.iter().any(|name| name == "_") {
            self.refuse(pattern, "move it into a separate rule, and negate that rule");
        }
    }

    fn refuse(&mut self, pattern: &Expr, help: &str) {
        let span = ast::whole(&self.module.text, bytes(pattern.span()));
        let message = "object patterns are not supported here";
        self.faults.push(self.module.fault("rego::object-pattern", message, span).with_help(help));
    }
}

/// Whether it is made of nothing but variables and constants.
fn is_plain(pattern: &Expr) -> bool {
    match pattern {
        Expr::Array { items, .. } => items.iter().all(|item| is_plain(item)),
        Expr::Object { fields, .. } => {
            fields.iter().all(|(_, key, value)| is_plain(key) && is_plain(value))
        }
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => true,
        _ => false,
    }
}
