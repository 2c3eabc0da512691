//! A local variable that is called like a rule is taken for the rule by the evaluator: it gets
//! another name.

use std::collections::BTreeSet;
use std::ops::Range;

use regorus::unstable::{AssignOp, Expr, Literal, Query, Rule, RuleHead};

use super::edits::Edits;
use crate::rego::ast::{self, bytes};
use crate::rego::names::PREFIX;

/// Gives new names to the local variables of a rule that are called like something global.
pub(super) fn rename(rule: &Rule, taken: &BTreeSet<&str>, edits: &mut Edits) {
    let mut scope = BTreeSet::new();
    let add = |names: Vec<String>, scope: &mut BTreeSet<String>| {
        scope.extend(names.into_iter().filter(|name| taken.contains(name.as_str())));
    };
    let Rule::Spec { head, bodies, .. } = rule else { return };
    if let RuleHead::Func { args, .. } = head {
        let mut names = Vec::new();
        args.iter().for_each(|arg| ast::pattern(arg, &mut names));
        add(names, &mut scope);
        args.iter().for_each(|arg| occurrences(arg, &scope, taken, edits));
    }
    let mut whole = scope.clone();
    for body in bodies {
        let inner = with_declared(&body.query, &scope, taken);
        whole.extend(inner.iter().cloned());
        body.assign.iter().for_each(|assign| occurrences(&assign.value, &inner, taken, edits));
        query(&body.query, &inner, taken, edits);
    }
    match head {
        RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => {
            indexes(refr, &whole, taken, edits);
            assign.iter().for_each(|assign| occurrences(&assign.value, &whole, taken, edits));
        }
        RuleHead::Set { refr, key, .. } => {
            indexes(refr, &whole, taken, edits);
            key.iter().for_each(|key| occurrences(key, &whole, taken, edits));
        }
    }
}

/// The computed parts of the reference in a head; the rest names the rule.
fn indexes(refr: &Expr, scope: &BTreeSet<String>, taken: &BTreeSet<&str>, edits: &mut Edits) {
    match refr {
        Expr::RefDot { refr, .. } => indexes(refr, scope, taken, edits),
        Expr::RefBrack { refr, index, .. } => {
            indexes(refr, scope, taken, edits);
            occurrences(index, scope, taken, edits);
        }
        _ => {}
    }
}

/// The names that count inside a query: those around it, and those that it declares itself.
fn with_declared(
    query: &Query,
    scope: &BTreeSet<String>,
    taken: &BTreeSet<&str>,
) -> BTreeSet<String> {
    let mut names = Vec::new();
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { vars, .. } => {
                names.extend(vars.iter().map(|span| span.text().to_owned()));
            }
            Literal::SomeIn { key, value, .. } => {
                key.iter().for_each(|key| ast::pattern(key, &mut names));
                ast::pattern(value, &mut names);
            }
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() {
                    ast::pattern(lhs, &mut names);
                }
            }
            Literal::NotExpr { .. } | Literal::Every { .. } => {}
        }
    }
    let clashing = names.into_iter().filter(|name| taken.contains(name.as_str()));
    scope.iter().cloned().chain(clashing).collect()
}

fn query(query: &Query, scope: &BTreeSet<String>, taken: &BTreeSet<&str>, edits: &mut Edits) {
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { vars, .. } => {
                for span in vars {
                    local(span.text(), bytes(span), scope, edits);
                }
            }
            Literal::SomeIn { key, value, collection, .. } => {
                key.iter().for_each(|key| occurrences(key, scope, taken, edits));
                occurrences(value, scope, taken, edits);
                occurrences(collection, scope, taken, edits);
            }
            Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => {
                occurrences(expr, scope, taken, edits);
            }
            Literal::Every { key, value, domain, query: body, .. } => {
                occurrences(domain, scope, taken, edits);
                let mut inner = scope.clone();
                for span in key.iter().chain([value]) {
                    if taken.contains(span.text()) {
                        inner.insert(span.text().to_owned());
                    }
                    local(span.text(), bytes(span), &inner, edits);
                }
                let inner = with_declared(body, &inner, taken);
                self::query(body, &inner, taken, edits);
            }
        }
        for with in &statement.with_mods {
            occurrences(&with.r#as, scope, taken, edits);
        }
    }
}

fn local(name: &str, span: Range<usize>, scope: &BTreeSet<String>, edits: &mut Edits) {
    if scope.contains(name) {
        edits.replace(span, format!("{PREFIX}{name}"));
    }
}

/// The variables of an expression; comprehensions open scopes of their own.
fn occurrences(expr: &Expr, scope: &BTreeSet<String>, taken: &BTreeSet<&str>, edits: &mut Edits) {
    let mut each = |inner: &Expr| occurrences(inner, scope, taken, edits);
    match expr {
        Expr::Var { span, .. } => local(span.text(), bytes(span), scope, edits),
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            items.iter().for_each(|item| each(item));
        }
        Expr::Object { fields, .. } => fields.iter().for_each(|(_, key, value)| {
            each(key);
            each(value);
        }),
        Expr::ArrayCompr { term, query: body, .. } | Expr::SetCompr { term, query: body, .. } => {
            let inner = with_declared(body, scope, taken);
            occurrences(term, &inner, taken, edits);
            query(body, &inner, taken, edits);
        }
        Expr::ObjectCompr { key, value, query: body, .. } => {
            let inner = with_declared(body, scope, taken);
            occurrences(key, &inner, taken, edits);
            occurrences(value, &inner, taken, edits);
            query(body, &inner, taken, edits);
        }
        // No local variable is a function: the name of a call stays.
        Expr::Call { params, .. } => params.iter().for_each(|param| each(param)),
        Expr::UnaryExpr { expr, .. } => each(expr),
        Expr::RefDot { refr, .. } => each(refr),
        Expr::RefBrack { refr, index, .. } => {
            each(refr);
            each(index);
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            each(lhs);
            each(rhs);
        }
        Expr::Membership { key, value, collection, .. } => {
            key.iter().for_each(|key| each(key));
            each(value);
            each(collection);
        }
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. } => {}
    }
}
