//! A pattern with an object finds objects with these keys and no others, as in OPA; the evaluator
//! takes objects that have more. What was found is compared with the pattern once more.
//!
//! ```text
//! {"a": x} = y            {"a": x} = y; {"a": x} == y
//! {"a": x} := y           p := y; {"a": x} := p; p == {"a": x}
//! some {"a": x} in y      some p in y; {"a": x} := p; p == {"a": x}
//! y[{"a": x}]             y[p]; {"a": x} = p; p == {"a": x}
//! walk(y, [k, {"a": x}])  walk(y, p); [k, {"a": x}] = p; p == [k, {"a": x}]
//! f({"a": x}) := x        f(p) := x if { {"a": x} = p; p == {"a": x} }
//! ```

use std::collections::BTreeMap;
use std::ops::Range;

use regorus::unstable::{AssignOp, Expr, Literal, LiteralStmt, Query, Rule, RuleBody, RuleHead};

use super::edits::Edits;
use super::heads::in_one_line;
use super::negated;
use crate::rego::ast::{self, Visit, bytes};
use crate::rego::module::{Module, Version};
use crate::rego::names::PREFIX;
use crate::rego::shapes::{holds_object, holds_variable, output, queries};

/// Compares with objects in patterns; nothing when there are none.
pub(super) fn exact(module: &Module) -> Option<String> {
    let mut found = Found { module, edits: Edits::default(), jobs: Vec::new(), names: 0 };
    for rule in module.rules() {
        let first = found.jobs.len();
        found.function(rule);
        ast::rule(rule, &mut found);
        let bare = negated::bare(module, rule);
        for job in found.jobs.iter_mut().skip(first) {
            job.bare = bare.contains(&(job.span.start, job.span.end));
        }
    }
    let Found { mut edits, jobs, .. } = found;
    if jobs.is_empty() {
        return None;
    }
    // What stands within another is changed first.
    let mut order: BTreeMap<(usize, std::cmp::Reverse<usize>), Vec<Job>> = BTreeMap::new();
    for job in jobs {
        let key = (job.span.start, std::cmp::Reverse(job.span.end));
        order.entry(key).or_default().push(job);
    }
    for jobs in order.into_values().rev() {
        write(&module.text, jobs, &mut edits);
    }
    Some(edits.apply(&module.text, 0..module.text.len()))
}

/// Whether the file may hold a pattern with an object.
pub(super) fn any(module: &Module) -> bool {
    struct Look(bool);
    impl Visit for Look {
        fn expr(&mut self, expr: &Expr) {
            self.0 |= match expr {
                Expr::AssignExpr { lhs, rhs, .. } => holds_object(lhs) || holds_object(rhs),
                Expr::RefBrack { index, .. } => holds_object(index),
                Expr::Call { params, .. } => params.last().is_some_and(|last| holds_object(last)),
                _ => false,
            };
        }

        fn literal(&mut self, literal: &Literal) {
            if let Literal::SomeIn { key, value, .. } = literal {
                self.0 |= holds_object(value) || key.iter().any(|key| holds_object(key));
            }
        }
    }
    let mut look = Look(false);
    for rule in module.rules() {
        if let Rule::Spec { head: RuleHead::Func { args, .. }, .. } = rule {
            look.0 |= args.iter().any(|arg| holds_object(arg));
        }
        ast::rule(rule, &mut look);
    }
    look.0
}

/// The evaluator wants a variable where something is assigned.
fn assigned(pattern: &Expr) -> &'static str {
    if holds_variable(pattern) { ":=" } else { "=" }
}

/// What becomes of one statement.
struct Job {
    span: Range<usize>,
    bare: bool,
    /// What is found by another name first: the pattern, the name, and how the pattern gets it.
    named: Vec<(Range<usize>, String, &'static str)>,
    /// Both sides of `=`, and the `with` behind them.
    equal: Option<(Range<usize>, Range<usize>, Range<usize>)>,
    /// What is put in front of it.
    before: String,
}

struct Found<'m> {
    module: &'m Module,
    edits: Edits,
    jobs: Vec<Job>,
    names: usize,
}

impl Visit for Found<'_> {
    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            self.statement(statement);
        }
    }
}

impl Found<'_> {
    fn statement(&mut self, statement: &LiteralStmt) {
        let text = &self.module.text;
        let span = ast::whole(text, bytes(&statement.span));
        let mut job = Job::of(span.clone());
        match &statement.literal {
            Literal::SomeIn { key, value, collection, .. } => {
                for pattern in key.iter().chain([value]).filter(|pattern| holds_object(pattern)) {
                    self.take(pattern, assigned(pattern), &mut job);
                }
                self.indices(collection, &mut job);
            }
            Literal::Every { domain, .. } => self.indices(domain, &mut job),
            Literal::Expr { expr, .. } => {
                match expr.as_ref() {
                    Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } if holds_object(lhs) => {
                        self.take(lhs, assigned(lhs), &mut job);
                    }
                    Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. }
                        if holds_object(lhs) || holds_object(rhs) =>
                    {
                        self.name_wildcards(lhs);
                        self.name_wildcards(rhs);
                        let (left, right) = (ast::extent(text, lhs), ast::extent(text, rhs));
                        let with = if statement.with_mods.is_empty() {
                            span.end..span.end
                        } else {
                            right.end..span.end
                        };
                        job.equal = Some((left, right, with));
                    }
                    expr => {
                        if let Some(last) = output(expr).filter(|last| holds_object(last)) {
                            self.take(last, "=", &mut job);
                        }
                    }
                }
                self.indices(expr, &mut job);
            }
            // There every variable has a value: both say the same, but one is never a pattern.
            Literal::NotExpr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } = expr.as_ref()
                    && (holds_object(lhs) || holds_object(rhs))
                {
                    let between = ast::extent(text, lhs).end..ast::extent(text, rhs).start;
                    if let Some(at) = text.get(between.clone()).and_then(|text| text.find('=')) {
                        let at = between.start + at;
                        self.edits.replace(at..at + 1, "==".to_owned());
                        self.jobs.push(job);
                    }
                }
                return;
            }
            Literal::SomeVars { .. } => {}
        }
        if !job.named.is_empty() || job.equal.is_some() {
            self.jobs.push(job);
        }
    }

    /// Patterns in brackets, those in queries within excepted.
    fn indices(&mut self, expr: &Expr, job: &mut Job) {
        struct Look<'e> {
            spans: Vec<Range<usize>>,
            text: &'e str,
        }
        impl Visit for Look<'_> {
            fn expr(&mut self, expr: &Expr) {
                if let Expr::RefBrack { index, .. } = expr
                    && holds_object(index)
                    && holds_variable(index)
                {
                    self.spans.push(ast::extent(self.text, index));
                }
            }
        }
        let mut look = Look { spans: Vec::new(), text: &self.module.text };
        ast::expr(expr, &mut look);
        let inner = queries(&self.module.text, expr);
        let within = |span: &Range<usize>, all: &[Range<usize>]| {
            all.iter()
                .any(|outer| outer != span && outer.start <= span.start && span.end <= outer.end)
        };
        let all = look.spans.clone();
        look.spans.retain(|span| !within(span, &inner) && !within(span, &all));
        for span in look.spans {
            if !job.named.iter().any(|(pattern, _, _)| *pattern == span) {
                let name = self.name();
                job.named.push((span, name, "="));
            }
        }
        let named: Vec<Range<usize>> = job.named.iter().map(|(span, _, _)| span.clone()).collect();
        for span in wildcards(&self.module.text, expr) {
            if within(&span, &named) {
                let name = self.name();
                self.edits.replace(span, name);
            }
        }
    }

    fn take(&mut self, pattern: &Expr, how: &'static str, job: &mut Job) {
        self.name_wildcards(pattern);
        let name = self.name();
        job.named.push((ast::extent(&self.module.text, pattern), name, how));
    }

    /// `_` is another variable in the second place.
    fn name_wildcards(&mut self, expr: &Expr) {
        for span in wildcards(&self.module.text, expr) {
            let name = self.name();
            self.edits.replace(span, name);
        }
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("{PREFIX}p{}", self.names)
    }

    /// Arguments of a function are looked at in every body of it.
    fn function(&mut self, rule: &Rule) {
        let Rule::Spec { head: RuleHead::Func { args, assign, refr, .. }, bodies, .. } = rule
        else {
            return;
        };
        let text = &self.module.text;
        let mut before = String::new();
        for arg in args.iter().filter(|arg| holds_object(arg)) {
            self.name_wildcards(arg);
            let (span, name) = (ast::extent(text, arg), self.name());
            let (pattern, lines) = in_one_line(&self.edits.apply(text, span.clone()));
            before.push_str(&format!("{pattern} = {name}; {name} == {pattern}; "));
            self.edits.swallow(span, format!("{name}{}", "\n".repeat(lines)));
        }
        if before.is_empty() {
            return;
        }
        let word = if self.module.version == Version::V1 { " if" } else { "" };
        let body = format!("{word} {{ {} }}", before.trim_end_matches("; "));
        if bodies.is_empty() {
            let end = match assign {
                Some(assign) => ast::extent(text, &assign.value).end,
                None => self.closing(refr, args.last().map(AsRef::as_ref)),
            };
            self.edits.replace(end..end, body);
            // Something was changed, though no statement.
            self.jobs.push(Job::of(end..end));
            return;
        }
        for RuleBody { query, assign, .. } in bodies {
            match (query.stmts.first(), assign) {
                (Some(first), _) => {
                    let mut job = Job::of(ast::whole(text, bytes(&first.span)));
                    job.before.clone_from(&before);
                    self.jobs.push(job);
                }
                (None, Some(assign)) => {
                    let end = ast::extent(text, &assign.value).end;
                    self.edits.replace(end..end, body.clone());
                    self.jobs.push(Job::of(end..end));
                }
                (None, None) => {}
            }
        }
    }

    /// Behind the bracket that closes the arguments.
    fn closing(&self, refr: &Expr, last: Option<&Expr>) -> usize {
        let text = &self.module.text;
        let from = ast::extent(text, last.unwrap_or(refr)).end;
        let close = text.get(from..).and_then(|rest| rest.find(')'));
        close.map_or(from, |close| from + close + 1)
    }
}

impl Job {
    fn of(span: Range<usize>) -> Self {
        Self { span, bare: false, named: Vec::new(), equal: None, before: String::new() }
    }
}

/// Writes what becomes of one statement.
fn write(text: &str, jobs: Vec<Job>, edits: &mut Edits) {
    let (mut before, mut behind) = (String::new(), String::new());
    let Some((span, bare)) = jobs.first().map(|job| (job.span.clone(), job.bare)) else { return };
    for job in jobs {
        before.push_str(&job.before);
        let mut lines = 0;
        for (pattern, name, how) in job.named {
            let (one_line, taken) = joined(&edits.apply(text, pattern.clone()));
            lines += taken;
            behind.push_str(&format!("; {one_line} {how} {name}; {name} == {one_line}"));
            edits.swallow(pattern, name);
        }
        if let Some((left, right, with)) = job.equal {
            let part = |span: Range<usize>| joined(&edits.apply(text, span)).0;
            let (left, right, with) = (part(left), part(right), part(with));
            behind.push_str(&format!("; {left} == {right}{with}"));
        }
        behind.push_str(&"\n".repeat(lines));
    }
    if bare && !(before.is_empty() && behind.is_empty()) {
        before.insert_str(0, "{ ");
        behind.push_str(" }");
    }
    if !before.is_empty() {
        edits.replace(span.start..span.start, before);
    }
    if !behind.is_empty() {
        edits.replace(span.end..span.end, behind);
    }
}

/// In one line, but where there is a query in it: there a line break parts statements.
fn joined(text: &str) -> (String, usize) {
    if text.contains('|') { (text.to_owned(), 0) } else { in_one_line(text) }
}

/// Where `_` stands, in queries within excepted.
fn wildcards(text: &str, expr: &Expr) -> Vec<Range<usize>> {
    struct Look(Vec<Range<usize>>);
    impl Visit for Look {
        fn expr(&mut self, expr: &Expr) {
            if ast::variable(expr) == Some("_") {
                self.0.push(bytes(expr.span()));
            }
        }
    }
    let mut look = Look(Vec::new());
    ast::expr(expr, &mut look);
    let inner = queries(text, expr);
    look.0.retain(|span| {
        !inner.iter().any(|query| query.start <= span.start && span.end <= query.end)
    });
    look.0
}
