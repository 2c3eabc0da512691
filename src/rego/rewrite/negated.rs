//! What a negated statement needs is found before it is negated, as in OPA: `not f(input.x)` says
//! nothing where `input.x` is not there, and `not input.x == 1` is true.
//!
//! OPA takes the arguments of calls and of operators out of the negation, and what stands in
//! brackets; it leaves the two sides of `==` and a reference that is negated itself.

use std::collections::BTreeSet;
use std::ops::Range;

use regorus::unstable::{AssignOp, BoolOp, Expr, Literal, LiteralStmt, Query, Rule};

use super::edits::Edits;
use crate::rego::ast::{self, Visit, bytes};
use crate::rego::module::Module;
use crate::rego::names::PREFIX;

/// Takes out what negated statements need. `rules` are the names of the rules of the package.
pub(super) fn hoist(module: &Module, rules: &BTreeSet<String>, edits: &mut Edits) {
    let mut number = 0;
    for rule in module.rules() {
        let mut found = Negated::default();
        ast::rule(rule, &mut found);
        let bare = bare(module, rule);
        // What stands within another is changed first.
        for (statement, outer) in found.list.iter().rev() {
            let statement = ast::whole(&module.text, statement.clone());
            let mut needs = Vec::new();
            // A local variable that is called like a rule has another name by now.
            let global = |variable: &Expr| {
                let span = bytes(variable.span());
                ast::variable(variable).is_some_and(|name| {
                    rules.contains(name) || module.imports.iter().any(|(alias, _)| alias == name)
                }) && !edits.any(|(edited, _)| *edited == span)
            };
            needs_of(outer.expr(), true, &global, &mut needs);
            let mut text = String::new();
            for need in needs {
                let Some(need) = written(module, need, edits) else { continue };
                number += 1;
                text.push_str(&format!("{PREFIX}n{number} := {need}; "));
            }
            if text.is_empty() {
                continue;
            }
            if bare.contains(&(statement.start, statement.end)) {
                text.insert_str(0, "{ ");
                edits.replace(statement.end..statement.end, " }".to_owned());
            }
            edits.replace(statement.start..statement.start, text);
        }
    }
}

/// Negated statements, those around others first: where they stand, and what they negate.
#[derive(Default)]
struct Negated {
    list: Vec<(Range<usize>, Outer)>,
}

/// The parsed expression of a negated statement.
struct Outer(regorus::unstable::Ref<Expr>);

impl Outer {
    fn expr(&self) -> &Expr {
        self.0.as_ref()
    }
}

impl Visit for Negated {
    fn query(&mut self, query: &Query) {
        for LiteralStmt { literal, with_mods, .. } in &query.stmts {
            // What is taken out would be looked for without the replacement.
            if let (Literal::NotExpr { span, expr }, true) = (literal, with_mods.is_empty()) {
                self.list.push((bytes(span), Outer(expr.clone())));
            }
        }
    }
}

/// Statements that are the body of a rule without braces: there is room for one only.
pub(super) fn bare(module: &Module, rule: &Rule) -> Vec<(usize, usize)> {
    let Rule::Spec { bodies, .. } = rule else { return Vec::new() };
    let single = |query: &Query| match query.stmts.as_slice() {
        [LiteralStmt { span, .. }] => {
            let braced = ast::braced(&module.text, query);
            let statement = ast::whole(&module.text, bytes(span));
            (!braced).then_some((statement.start, statement.end))
        }
        _ => None,
    };
    bodies.iter().filter_map(|body| single(&body.query)).collect()
}

/// What must be there before the expression is negated. `whole` says that a reference may be absent.
fn needs_of<'e>(
    expr: &'e Expr,
    whole: bool,
    global: &dyn Fn(&Expr) -> bool,
    found: &mut Vec<&'e Expr>,
) {
    match expr {
        Expr::Var { .. } if !whole => {
            found.extend(global(expr).then_some(expr));
        }
        Expr::RefDot { .. } | Expr::RefBrack { .. } | Expr::Call { .. } if !whole => {
            found.extend(names_all(expr).then_some(expr));
        }
        Expr::RefDot { refr, .. } => needs_of(refr, true, global, found),
        Expr::RefBrack { refr, index, .. } => {
            needs_of(refr, true, global, found);
            needs_of(index, false, global, found);
        }
        Expr::Call { params, .. } => {
            params.iter().for_each(|param| needs_of(param, false, global, found));
        }
        Expr::BoolExpr { op: BoolOp::Eq, lhs, rhs, .. }
        | Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } => {
            for side in [lhs, rhs] {
                let reference = matches!(
                    side.as_ref(),
                    Expr::RefDot { .. } | Expr::RefBrack { .. } | Expr::Var { .. }
                );
                needs_of(side, reference, global, found);
            }
        }
        Expr::BoolExpr { lhs, rhs, .. }
        | Expr::BinExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. } => {
            needs_of(lhs, false, global, found);
            needs_of(rhs, false, global, found);
        }
        Expr::Membership { key, value, collection, .. } => {
            key.iter().for_each(|key| needs_of(key, false, global, found));
            needs_of(value, false, global, found);
            needs_of(collection, false, global, found);
        }
        Expr::UnaryExpr { expr, .. } => needs_of(expr, false, global, found),
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            items.iter().for_each(|item| needs_of(item, false, global, found));
        }
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                needs_of(key, false, global, found);
                needs_of(value, false, global, found);
            }
        }
        _ => {}
    }
}

/// Whether there is no `_` in it: what goes over a collection stays where it is.
fn names_all(expr: &Expr) -> bool {
    struct Look(bool);
    impl Visit for Look {
        fn expr(&mut self, expr: &Expr) {
            self.0 |= ast::variable(expr) == Some("_");
        }
    }
    let mut look = Look(false);
    ast::expr(expr, &mut look);
    !look.0
}

/// The text of an expression in one line, with what was changed in it.
fn written(module: &Module, expr: &Expr, edits: &Edits) -> Option<String> {
    let text = edits.apply(&module.text, ast::extent(&module.text, expr));
    if text.contains('\n') && text.contains(['#', '`']) {
        return None;
    }
    Some(text.replace(['\n', '\r'], " "))
}
