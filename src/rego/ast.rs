//! Walks a parsed module: every expression once, and the paths that references spell out.

use std::ops::Range;

use regorus::Value;
use regorus::unstable::{AssignOp, Expr, Literal, Query, Rule, RuleHead, Span};

/// The bytes of a span.
pub(super) fn bytes(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// The bytes of a span with the quotes of texts at its ends: the parser leaves those out, and what is
/// put there would be part of the text.
pub(super) fn whole(text: &str, span: Range<usize>) -> Range<usize> {
    let quote = |at: usize| matches!(text.as_bytes().get(at), Some(b'"' | b'`'));
    let start = span.start - usize::from(span.start > 0 && quote(span.start - 1));
    start..span.end + usize::from(quote(span.end))
}

/// The bytes of an expression, as [`whole`]. The parser lets an object with several keys begin at the
/// last of them.
pub(super) fn extent(text: &str, node: &Expr) -> Range<usize> {
    let span = whole(text, bytes(node.span()));
    span.start.min(start(text, node))..span.end
}

fn start(text: &str, node: &Expr) -> usize {
    match node {
        Expr::BinExpr { lhs, .. }
        | Expr::BoolExpr { lhs, .. }
        | Expr::ArithExpr { lhs, .. }
        | Expr::AssignExpr { lhs, .. } => start(text, lhs),
        Expr::Membership { key, value, .. } => start(text, key.as_ref().unwrap_or(value)),
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => start(text, refr),
        Expr::Object { fields, .. } => match fields.first() {
            Some((_, key, _)) => opening(text.get(..start(text, key)).unwrap_or_default()),
            None => bytes(node.span()).start,
        },
        _ => whole(text, bytes(node.span())).start,
    }
}

/// Where the last `{` stands, with nothing but space and comments behind it.
fn opening(before: &str) -> usize {
    code(before).len().saturating_sub(1)
}

/// Whether a query stands in braces; without them it is one statement, which may begin with one. The
/// parser lets the query of an `else` begin there.
pub(super) fn braced(text: &str, query: &Query) -> bool {
    query.stmts.first().is_some_and(|first| {
        let start = whole(text, bytes(&first.span)).start;
        code(text.get(..start).unwrap_or_default()).ends_with('{')
    })
}

/// The text without the space and the comments at its end.
fn code(mut text: &str) -> &str {
    loop {
        let from = text.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(from..).unwrap_or_default();
        let mut within = None;
        let comment = line.char_indices().find(|(_, c)| {
            match (within, c) {
                (None, '"' | '`') => within = Some(*c),
                (Some(mark), c) if mark == *c => within = None,
                _ => {}
            }
            within.is_none() && *c == '#'
        });
        let end = from + comment.map_or(line.len(), |(at, _)| at);
        let code = text.get(..end).unwrap_or_default().trim_end();
        if code.len() >= from || code.is_empty() {
            return code;
        }
        text = code;
    }
}

/// Everything that a visit may look at.
pub(super) trait Visit {
    /// An expression, before its parts.
    fn expr(&mut self, _expr: &Expr) {}
    /// A query, before its statements.
    fn query(&mut self, _query: &Query) {}
    /// A statement, before its parts.
    fn literal(&mut self, _literal: &Literal) {}
}

/// Visits a rule: its head, its bodies.
pub(super) fn rule(rule: &Rule, visit: &mut dyn Visit) {
    match rule {
        Rule::Spec { head, bodies, .. } => {
            match head {
                RuleHead::Compr { refr, assign, .. } => {
                    expr(refr, visit);
                    assign.iter().for_each(|assign| expr(&assign.value, visit));
                }
                RuleHead::Set { refr, key, .. } => {
                    expr(refr, visit);
                    key.iter().for_each(|key| expr(key, visit));
                }
                RuleHead::Func { refr, args, assign, .. } => {
                    expr(refr, visit);
                    args.iter().for_each(|arg| expr(arg, visit));
                    assign.iter().for_each(|assign| expr(&assign.value, visit));
                }
            }
            for body in bodies {
                body.assign.iter().for_each(|assign| expr(&assign.value, visit));
                query(&body.query, visit);
            }
        }
        Rule::Default { refr, args, value, .. } => {
            expr(refr, visit);
            args.iter().for_each(|arg| expr(arg, visit));
            expr(value, visit);
        }
    }
}

/// Visits a query and all below it.
pub(super) fn query(query: &Query, visit: &mut dyn Visit) {
    visit.query(query);
    for statement in &query.stmts {
        visit.literal(&statement.literal);
        match &statement.literal {
            Literal::SomeVars { .. } => {}
            Literal::SomeIn { key, value, collection, .. } => {
                key.iter().for_each(|key| expr(key, visit));
                expr(value, visit);
                expr(collection, visit);
            }
            Literal::Expr { expr: inner, .. } | Literal::NotExpr { expr: inner, .. } => {
                expr(inner, visit);
            }
            Literal::Every { domain, query: inner, .. } => {
                expr(domain, visit);
                self::query(inner, visit);
            }
        }
        for with in &statement.with_mods {
            expr(&with.refr, visit);
            expr(&with.r#as, visit);
        }
    }
}

/// Visits an expression and all below it. The parser bounds how deep that is.
pub(super) fn expr(node: &Expr, visit: &mut dyn Visit) {
    visit.expr(node);
    match node {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => {}
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            items.iter().for_each(|item| expr(item, visit));
        }
        Expr::Object { fields, .. } => {
            for (_, key, value) in fields {
                expr(key, visit);
                expr(value, visit);
            }
        }
        Expr::ArrayCompr { term, query: inner, .. } | Expr::SetCompr { term, query: inner, .. } => {
            expr(term, visit);
            query(inner, visit);
        }
        Expr::ObjectCompr { key, value, query: inner, .. } => {
            expr(key, visit);
            expr(value, visit);
            query(inner, visit);
        }
        Expr::Call { fcn, params, .. } => {
            expr(fcn, visit);
            params.iter().for_each(|param| expr(param, visit));
        }
        Expr::UnaryExpr { expr: inner, .. } => expr(inner, visit),
        Expr::RefDot { refr, .. } => expr(refr, visit),
        Expr::RefBrack { refr, index, .. } => {
            expr(refr, visit);
            expr(index, visit);
        }
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => {
            expr(lhs, visit);
            expr(rhs, visit);
        }
        Expr::Membership { key, value, collection, .. } => {
            key.iter().for_each(|key| expr(key, visit));
            expr(value, visit);
            expr(collection, visit);
        }
    }
}

/// The path that a reference spells out, `data.main["x"].y`; what comes behind a part that is
/// computed is left out. The flag tells whether the whole was spelt out.
pub(super) fn path(node: &Expr) -> Option<(Vec<String>, bool)> {
    let mut steps: Vec<Option<String>> = Vec::new();
    let mut here = node;
    loop {
        match here {
            Expr::Var { value, .. } => {
                steps.push(Some(value.as_string().ok()?.to_string()));
                break;
            }
            Expr::RefDot { refr, field, .. } => {
                steps.push(field.1.as_string().ok().map(|text| text.to_string()));
                here = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                steps.push(match index.as_ref() {
                    Expr::String { value, .. } | Expr::RawString { value, .. } => {
                        value.as_string().ok().map(|text| text.to_string())
                    }
                    _ => None,
                });
                here = refr;
            }
            _ => return None,
        }
    }
    let all = steps.len();
    let path: Vec<String> = steps.into_iter().rev().map_while(|step| step).collect();
    let whole = path.len() == all;
    (!path.is_empty()).then_some((path, whole))
}

/// The reference in the head of a rule.
pub(super) fn head(rule: &Rule) -> &Expr {
    match rule {
        Rule::Spec { head, .. } => match head {
            RuleHead::Compr { refr, .. }
            | RuleHead::Set { refr, .. }
            | RuleHead::Func { refr, .. } => refr,
        },
        Rule::Default { refr, .. } => refr,
    }
}

/// The name of a variable.
pub(super) fn variable(node: &Expr) -> Option<&str> {
    match node {
        Expr::Var { value: Value::String(name), .. } => Some(name),
        _ => None,
    }
}

/// The variables of a pattern, `[path, {"name": name}]`.
pub(super) fn pattern(node: &Expr, names: &mut Vec<String>) {
    match node {
        Expr::Var { .. } => names.extend(variable(node).map(str::to_owned)),
        Expr::Array { items, .. } => items.iter().for_each(|item| pattern(item, names)),
        Expr::Object { fields, .. } => {
            fields.iter().for_each(|(_, _, value)| pattern(value, names));
        }
        _ => {}
    }
}

/// The names that a rule declares for itself: arguments, `some`, `:=`, `every`.
#[derive(Default)]
pub(super) struct Declared {
    /// The names.
    pub(super) names: Vec<String>,
}

impl Declared {
    /// Those of a rule.
    pub(super) fn of(node: &Rule) -> Self {
        let mut declared = Self::default();
        if let Rule::Spec { head: RuleHead::Func { args, .. }, .. } | Rule::Default { args, .. } =
            node
        {
            args.iter().for_each(|arg| pattern(arg, &mut declared.names));
        }
        rule(node, &mut declared);
        declared
    }
}

impl Visit for Declared {
    fn expr(&mut self, node: &Expr) {
        if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = node {
            pattern(lhs, &mut self.names);
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::SomeVars { vars, .. } => {
                self.names.extend(vars.iter().map(|span| span.text().to_owned()));
            }
            Literal::SomeIn { key, value, .. } => {
                key.iter().for_each(|key| pattern(key, &mut self.names));
                pattern(value, &mut self.names);
            }
            Literal::Every { key, value, .. } => {
                self.names.extend(key.iter().map(|span| span.text().to_owned()));
                self.names.push(value.text().to_owned());
            }
            Literal::Expr { .. } | Literal::NotExpr { .. } => {}
        }
    }
}
