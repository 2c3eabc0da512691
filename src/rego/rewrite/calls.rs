//! Calls and `some .. in` that the evaluator understands otherwise than OPA: `walk`, variables that
//! are declared behind a loop, functions that need to know where they are called.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Rule, Span};

use super::edits::Edits;
use crate::rego::annotations::Annotation;
use crate::rego::ast::{self, Visit, bytes};
use crate::rego::builtins;
use crate::rego::fault::Fault;
use crate::rego::module::Module;
use crate::rego::names::{ITERABLE, PREFIX};
use crate::rego::refs;
use crate::rego::rules;
use crate::rego::value::to_json;

/// `walk` and `some .. in`.
pub(super) struct Calls<'c> {
    pub(super) module: &'c Module,
    pub(super) rules: &'c BTreeSet<String>,
    pub(super) rule: &'c Rule,
    pub(super) functions: &'c BTreeMap<Vec<String>, usize>,
    pub(super) edits: &'c mut Edits,
    pub(super) faults: &'c mut Vec<Fault>,
    /// Where the query of a statement begins.
    pub(super) starts: BTreeMap<usize, usize>,
    /// What is declared where a query begins.
    pub(super) declared: BTreeMap<usize, Vec<String>>,
}

impl Visit for Calls<'_> {
    fn query(&mut self, query: &Query) {
        let Some(first) = query.stmts.first() else { return };
        let start = ast::whole(&self.module.text, bytes(&first.span)).start;
        let mut first = true;
        for LiteralStmt { span, literal, .. } in &query.stmts {
            self.starts.insert(bytes(span).start, start);
            match literal {
                Literal::SomeVars { span, vars } if !first => self.declare(start, span, vars),
                Literal::SomeVars { .. } => {}
                _ => first = false,
            }
        }
    }

    fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::SomeIn { collection, .. } if !is_collection(collection) => {
                let span = ast::whole(&self.module.text, bytes(collection.span()));
                self.edits.replace(span.start..span.start, format!("{ITERABLE}("));
                self.edits.replace(span.end..span.end, ")".to_owned());
            }
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr { op, lhs, rhs, .. } = expr.as_ref()
                    && let Some(argument) = walked(rhs)
                    && matches!(lhs.as_ref(), Expr::Array { .. } | Expr::Var { .. })
                {
                    self.walk(expr, op, lhs, argument);
                }
                self.result(expr);
            }
            _ => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.completed(expr);
        let Some(argument) = walked(expr) else { return };
        // Made to work where it is the right side of an assignment, and only there.
        let span = bytes(expr.span());
        let done = |(edited, _): &(Range<usize>, String)| {
            !edited.is_empty() && edited.start <= span.start && span.end <= edited.end
        };
        if !self.edits.any(done) {
            let argument = argument.span().text();
            self.faults.push(
                self.module
                    .fault("rego::walk", "`walk` is not supported as a value here", span)
                    .with_help(format!("write `walk({argument}, [path, value])` as a statement")),
            );
        }
    }
}

impl Calls<'_> {
    /// Functions that need to know where they are called, and old names.
    fn completed(&mut self, expr: &Expr) {
        let Expr::Call { fcn, .. } = expr else { return };
        let Some((path, true)) = ast::path(fcn) else { return };
        if path.first().is_some_and(|name| self.rules.contains(name)) {
            return;
        }
        let (new, first) = match path.join(".").as_str() {
            "re_match" => ("regex.match", None),
            "parse_config_file" => (builtins::FILE, Some(self.folder())),
            "parse_combined_config_files" => (builtins::FILES, Some(self.folder())),
            "holdpoint.unknown" => (builtins::UNKNOWN, Some("data.holdpoint.unknown".to_owned())),
            "rego.metadata.rule" | "rego.metadata.chain" => {
                let metadata = rules::metadata(self.module, self.rule);
                let rule = metadata.map_or_else(|| "{}".to_owned(), written);
                let text = if path.last().is_some_and(|last| last == "rule") {
                    rule
                } else {
                    let whole = ast::path(ast::head(self.rule)).map(|(path, _)| path);
                    let rule_path =
                        self.module.package.iter().cloned().chain(whole.unwrap_or_default());
                    let rule_path: Vec<String> = rule_path.collect();
                    let package = rules::package_metadata(self.module).map(|metadata| {
                        let path = serde_json::json!(self.module.package);
                        format!(", {{\"path\": {path}, \"annotations\": {}}}", written(metadata))
                    });
                    let path = serde_json::json!(rule_path);
                    let package = package.unwrap_or_default();
                    format!("[{{\"path\": {path}, \"annotations\": {rule}}}{package}]")
                };
                self.edits.replace(bytes(expr.span()), text);
                return;
            }
            _ => return,
        };
        let name = bytes(fcn.span());
        self.edits.replace(name.clone(), new.to_owned());
        let open = self.module.text.get(name.end..).and_then(|rest| rest.find('('));
        if let (Some(text), Some(open)) = (first, open) {
            let at = name.end + open + 1;
            self.edits.replace(at..at, format!("{text}, "));
        }
    }

    /// The folder of the policy, as a text of Rego.
    fn folder(&self) -> String {
        let folder = std::path::Path::new(&self.module.file).parent();
        let folder = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
        serde_json::json!(folder).to_string()
    }

    fn walk(&mut self, whole: &Expr, op: &AssignOp, pattern: &Expr, argument: &Expr) {
        let text = &self.module.text;
        let (left, inner) = (bytes(pattern.span()), bytes(argument.span()));
        let span = left.start..bytes(whole.span()).end.max(inner.end);
        // The call ends behind its argument: `)` and whatever space stands before it.
        let tail = text.get(inner.end..).unwrap_or_default();
        let Some(close) = tail.find(')') else { return };
        let end = inner.end + close + 1;
        let between = text.get(left.end..inner.start).unwrap_or_default();
        let behind = text.get(inner.end..end).unwrap_or_default();
        let lines = "\n".repeat(between.matches('\n').count() + behind.matches('\n').count());
        let mut names = Vec::new();
        if *op == AssignOp::ColEq {
            ast::pattern(pattern, &mut names);
            names.retain(|name| name != "_");
        }
        let left = self.edits.apply(text, left);
        let inner = self.edits.apply(text, inner);
        let renamed = names.into_iter().map(|name| {
            let local = format!("{PREFIX}{name}");
            if left.contains(&local) { local } else { name }
        });
        let start = self.starts.get(&span.start).copied().unwrap_or(span.start);
        self.declared.entry(start).or_default().extend(renamed);
        self.edits.swallow(span.start..end.max(span.end), format!("walk({inner}, {left}){lines}"));
    }

    /// Declares variables where their query begins: the evaluator takes `some x` for a second `x`
    /// when it comes by again.
    fn declare(&mut self, start: usize, span: &Span, vars: &[Span]) {
        let text = &self.module.text;
        let names = vars.iter().map(|var| self.edits.apply(text, bytes(var)));
        self.declared.entry(start).or_default().extend(names.collect::<Vec<String>>());
        let end = vars.last().map_or(bytes(span).end, |last| bytes(last).end);
        let range = bytes(span).start..end;
        let lines = "\n".repeat(text.get(range.clone()).unwrap_or_default().matches('\n').count());
        self.edits.swallow(range, format!("true{lines}"));
    }

    /// `f(a, result)` of a user-defined function becomes `result = f(a)`.
    fn result(&mut self, expr: &Expr) {
        let Expr::Call { fcn, params, .. } = expr else { return };
        let Some((path, true)) = ast::path(fcn) else { return };
        let full = refs::full(self.module, &path);
        let takes = full.get(1..).and_then(|function| self.functions.get(function)).copied();
        let (Some(takes), [.., before, last]) = (takes, params.as_slice()) else { return };
        if params.len() != takes + 1 {
            return;
        }
        let text = &self.module.text;
        let last = ast::extent(text, last);
        let gone = ast::whole(text, bytes(before.span())).end..last.end;
        let call = bytes(fcn.span()).start;
        let lines = "\n".repeat(text.get(gone.clone()).unwrap_or_default().matches('\n').count());
        let result = self.edits.apply(text, last).replace('\n', " ");
        self.edits.replace(call..call, format!("{result} = "));
        self.edits.swallow(gone, lines);
    }
}

/// Metadata as a value of Rego, in one line.
fn written(annotation: &Annotation) -> String {
    to_json(&annotation.content).to_string()
}

/// The argument of `walk(x)`.
fn walked(expr: &Expr) -> Option<&Expr> {
    let Expr::Call { fcn, params, .. } = expr else { return None };
    match params.as_slice() {
        [only] if ast::variable(fcn) == Some("walk") => Some(only),
        _ => None,
    }
}

fn is_collection(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Array { .. }
            | Expr::Set { .. }
            | Expr::Object { .. }
            | Expr::ArrayCompr { .. }
            | Expr::SetCompr { .. }
            | Expr::ObjectCompr { .. }
    )
}
