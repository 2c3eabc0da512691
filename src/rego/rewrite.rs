//! Writes a module anew where the evaluator reads Rego otherwise than OPA does, line by line the
//! same: places in errors and in the output of `print` stay right.
//!
//! * `[path, value] := walk(x)` finds nothing there: it becomes `walk(x, [path, value])`.
//! * `some x` behind a loop is an error there when the loop comes by again: it is declared before.
//! * `f(a, result)` is not understood there where `f` is of another package.
//! * `[x.list[_] | ..]` is an error there when `x.list` is no collection.
//! * `some x in null` is an error there and simply false in OPA.
//! * `not f(input.x)` is true there when `input.x` is not there, and undefined in OPA.
//! * A local variable that is called like a rule is taken for the rule: it gets another name.
//! * What a head gives out, where it is undefined once, takes back all before it there: see [`heads`].
//! * An object in a pattern fits objects that have more keys there: see [`patterns`].
//! * Of several `deny contains ..` nobody can tell which one spoke: each gets a name of its own,
//!   and `deny` becomes all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Rule, RuleHead, Span};

use super::annotations::Annotation;
use super::ast::{self, Declared, Visit, bytes};
use super::builtins;
use super::check::Defined;
use super::edits::Edits;
use super::fault::Fault;
use super::heads;
use super::module::{Module, Version};
use super::negated;
use super::outputs;
use super::patterns;
use super::refs;
use super::rules;

/// What is put in front of names that no policy may use.
pub(super) const PREFIX: &str = "holdpoint__";
/// Passes collections on and nothing else.
pub(super) const ITERABLE: &str = "holdpoint__iterable";

/// Passes everything on: what is called must have a value.
pub(super) const SAME: &str = "holdpoint__same";

/// One rule whose definitions are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    /// The bytes of the name in the head.
    pub(super) span: Range<usize>,
    /// The name that rules call it by.
    pub(super) name: String,
    /// The name that this definition gets.
    pub(super) own: String,
}

/// Writes the module.
pub(super) fn module(
    module: &Module,
    defined: &Defined,
    splits: &[Split],
) -> Result<String, Vec<Fault>> {
    let rules = &defined.names(&module.package);
    let mut edits = Edits::default();
    let mut faults = Vec::new();
    for rule in module.rules() {
        // A local name that an import shadows is the same trap.
        let taken: BTreeSet<&str> = (rules.iter().map(String::as_str))
            .chain(module.imports.iter().map(|(name, _)| name.as_str()))
            .collect();
        let declared = Declared::of(rule).names;
        if declared.iter().any(|name| taken.contains(name.as_str())) {
            rename(rule, &taken, &mut edits);
        }
    }
    for split in splits {
        edits.replace(split.span.clone(), split.own.clone());
    }
    for rule in module.rules() {
        let mut calls = Calls {
            module,
            rules,
            rule,
            functions: &defined.functions,
            edits: &mut edits,
            faults: &mut faults,
            starts: BTreeMap::new(),
            declared: BTreeMap::new(),
        };
        ast::rule(rule, &mut calls);
        let declared = calls.declared;
        let bare = negated::bare(module, rule);
        for (start, names) in declared.into_iter().filter(|(_, names)| !names.is_empty()) {
            let mut text = format!("some {}; ", names.join(", "));
            if let Some((_, end)) = bare.iter().find(|(own, _)| *own == start) {
                text.insert_str(0, "{ ");
                edits.replace(*end..*end, " }".to_owned());
            }
            edits.replace(start..start, text);
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    outputs::sink(module, &mut edits);
    negated::hoist(module, rules, &mut edits);
    let mut text = edits.apply(&module.text, 0..module.text.len());
    for split in splits {
        let (name, own) = (&split.name, &split.own);
        text.push_str(&match module.version {
            Version::V1 => format!("\n{name} contains {PREFIX}x if some {PREFIX}x in {own}\n"),
            Version::V0 => format!("\n{name}[{PREFIX}x] {{ {own}[{PREFIX}x] }}\n"),
        });
    }
    // What was written parses again, or the policy cannot be used at all.
    let again = parsed(module, &text)?;
    let text = heads::sink(&again, rules);
    if !patterns::any(module) {
        return Ok(text);
    }
    let again = parsed(module, &text)?;
    Ok(patterns::exact(&again).unwrap_or(text))
}

/// The module with a text that was written for it.
fn parsed(module: &Module, text: &str) -> Result<Module, Vec<Fault>> {
    Module::parse(&module.file, text, Some(module.version)).map_err(|fault| {
        vec![Fault::new("rego::internal", format!("`{}` became: {}", module.file, fault.message))]
    })
}

/// `walk` and `some .. in`.
struct Calls<'c> {
    module: &'c Module,
    rules: &'c BTreeSet<String>,
    rule: &'c Rule,
    functions: &'c BTreeMap<Vec<String>, usize>,
    edits: &'c mut Edits,
    faults: &'c mut Vec<Fault>,
    /// Where the query of a statement begins.
    starts: BTreeMap<usize, usize>,
    /// What is declared where a query begins.
    declared: BTreeMap<usize, Vec<String>>,
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
        let done = |(own, _): &(Range<usize>, String)| {
            !own.is_empty() && own.start <= span.start && span.end <= own.end
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
                    let own = self.module.package.iter().cloned().chain(whole.unwrap_or_default());
                    let own: Vec<String> = own.collect();
                    let package = rules::package_metadata(self.module).map(|metadata| {
                        let path = serde_json::json!(self.module.package);
                        format!(", {{\"path\": {path}, \"annotations\": {}}}", written(metadata))
                    });
                    let path = serde_json::json!(own);
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

    /// `f(a, result)` of a function of somebody's own becomes `result = f(a)`.
    fn result(&mut self, expr: &Expr) {
        let Expr::Call { fcn, params, .. } = expr else { return };
        let Some((path, true)) = ast::path(fcn) else { return };
        let full = refs::full(self.module, &path);
        let takes = full.get(1..).and_then(|own| self.functions.get(own)).copied();
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
    super::value::to_json(&annotation.content).to_string()
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

/// Gives new names to the local variables of a rule that are called like something global.
fn rename(rule: &Rule, taken: &BTreeSet<&str>, edits: &mut Edits) {
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
        let inner = with_own(&body.query, &scope, taken);
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
fn with_own(query: &Query, scope: &BTreeSet<String>, taken: &BTreeSet<&str>) -> BTreeSet<String> {
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
    let own = names.into_iter().filter(|name| taken.contains(name.as_str()));
    scope.iter().cloned().chain(own).collect()
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
                let inner = with_own(body, &inner, taken);
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
            let inner = with_own(body, scope, taken);
            occurrences(term, &inner, taken, edits);
            query(body, &inner, taken, edits);
        }
        Expr::ObjectCompr { key, value, query: body, .. } => {
            let inner = with_own(body, scope, taken);
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
