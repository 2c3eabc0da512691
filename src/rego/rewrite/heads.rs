//! What a head gives out is found at the end of the body, as OPA does it. Where that is undefined
//! one round of the body says nothing; the evaluator would take back the results of all rounds before.
//!
//! `deny contains r.name if { some r in input.list }` becomes
//! `deny contains y if { some r in input.list; y := r.name }`, on the same lines.

use std::collections::BTreeSet;

use regorus::unstable::{AssignOp, Expr, Literal, Query, Rule, RuleBody, RuleHead};

use super::edits::Edits;
use crate::rego::ast::{self, Declared, Visit, bytes};
use crate::rego::module::{Module, Version};
use crate::rego::names::{PREFIX, SAME};

/// Moves what heads give out into the bodies. `rules` are the names of the rules of the package.
pub(super) fn sink(module: &Module, rules: &BTreeSet<String>) -> String {
    let mut edits = Edits::default();
    for rule in module.rules() {
        let imports = module.imports.iter().map(|(name, _)| name.as_str());
        let mut known: BTreeSet<&str> = rules.iter().map(String::as_str).chain(imports).collect();
        known.extend(["input", "data", "_"]);
        let declared = Declared::of(rule).names;
        known.extend(declared.iter().map(String::as_str));
        ast::rule(rule, &mut Unbound { module, known, edits: &mut edits });
    }
    let mut number = 0;
    for rule in module.rules() {
        let Rule::Spec { head, bodies, .. } = rule else { continue };
        let mut behind: Vec<String> = bodies.iter().map(|_| String::new()).collect();
        let given = given(head, bodies);
        let mut move_one = |term: &Expr, edits: &mut Edits, into: &dyn Fn(&RuleBody) -> bool| {
            if defined(term, &given) || (bodies.is_empty() && !searches(term)) {
                return;
            }
            number += 1;
            let name = format!("{PREFIX}h{number}");
            let span = ast::extent(&module.text, term);
            let text = module.text.get(span.clone()).unwrap_or_default();
            // Within a query a line break parts statements: there it goes along.
            let (text, lines) = if asks(term) { (text.to_owned(), 0) } else { in_one_line(text) };
            let text = if is_plain(term) { format!("{SAME}({text})") } else { text };
            let shown = match lines {
                0 => name.clone(),
                lines => format!("({name}{})", "\n".repeat(lines)),
            };
            if bodies.is_empty() {
                let body = match module.version {
                    Version::V1 => format!("{shown} if {{ {name} := {text} }}"),
                    Version::V0 => format!("{shown} {{ {name} := {text} }}"),
                };
                edits.replace(span, body);
                return;
            }
            edits.replace(span, shown);
            for (body, behind) in bodies.iter().zip(&mut behind) {
                if into(body) {
                    behind.push_str(&format!("; {name} := {text}"));
                }
            }
        };
        let (refr, value) = match head {
            RuleHead::Set { refr, key, .. } => (refr, key.as_deref()),
            RuleHead::Compr { refr, assign, .. } | RuleHead::Func { refr, assign, .. } => {
                (refr, assign.as_ref().map(|assign| assign.value.as_ref()))
            }
        };
        for index in indexes(refr) {
            move_one(index, &mut edits, &|_| true);
        }
        if let Some(value) = value {
            move_one(value, &mut edits, &|body| !body.is_else);
        }
        for body in bodies {
            let this_body = |other: &RuleBody| std::ptr::eq(other, body);
            // An `else` without a body is looked at once.
            if let (Some(assign), false) = (&body.assign, body.query.stmts.is_empty()) {
                move_one(&assign.value, &mut edits, &this_body);
            }
        }
        for (body, text) in bodies.iter().zip(behind).filter(|(_, text)| !text.is_empty()) {
            let (Some(first), Some(last)) = (body.query.stmts.first(), body.query.stmts.last())
            else {
                continue;
            };
            let end = ast::whole(&module.text, bytes(&last.span)).end;
            if ast::braced(&module.text, &body.query) {
                edits.replace(end..end, text);
            } else {
                let start = ast::whole(&module.text, bytes(&first.span)).start;
                edits.replace(start..start, "{ ".to_owned());
                edits.replace(end..end, format!("{text} }}"));
            }
        }
    }
    edits.apply(&module.text, 0..module.text.len())
}

/// `x := y` with a `y` that nothing gives a value to: the evaluator only sees that in what is called.
struct Unbound<'u> {
    module: &'u Module,
    known: BTreeSet<&'u str>,
    edits: &'u mut Edits,
}

impl Unbound<'_> {
    fn suspicious(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Var { .. } => ast::variable(expr).is_some_and(|name| !self.known.contains(name)),
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                items.iter().any(|item| self.suspicious(item))
            }
            Expr::Object { fields, .. } => {
                fields.iter().any(|(_, key, value)| self.suspicious(key) || self.suspicious(value))
            }
            _ => false,
        }
    }
}

impl Visit for Unbound<'_> {
    fn literal(&mut self, literal: &Literal) {
        if let Literal::Expr { expr, .. } = literal
            && let Expr::AssignExpr { op: AssignOp::ColEq, rhs, .. } = expr.as_ref()
            && self.suspicious(rhs)
        {
            let span = ast::extent(&self.module.text, rhs);
            self.edits.replace(span.start..span.start, format!("{SAME}("));
            self.edits.replace(span.end..span.end, ")".to_owned());
        }
    }
}

/// Whether it is made of nothing but variables and constants.
fn is_plain(expr: &Expr) -> bool {
    matches!(expr, Expr::Var { .. } | Expr::Array { .. } | Expr::Set { .. } | Expr::Object { .. })
}

/// The computed parts of the reference in a head; the rest names the rule.
fn indexes(refr: &Expr) -> Vec<&Expr> {
    let (mut found, mut at) = (Vec::new(), refr);
    loop {
        at = match at {
            Expr::RefDot { refr, .. } => refr,
            Expr::RefBrack { refr, index, .. } => {
                found.push(index.as_ref());
                refr
            }
            _ => return found,
        };
    }
}

/// The variables that every body gives a value to by itself, and the arguments. All others are looked
/// at in the body, where one without a value is found before any input is.
fn given(head: &RuleHead, bodies: &[RuleBody]) -> Vec<String> {
    let mut names: Option<Vec<String>> = None;
    for body in bodies.iter().filter(|body| !body.query.stmts.is_empty()) {
        let mut bound = Vec::new();
        for statement in &body.query.stmts {
            match &statement.literal {
                Literal::SomeIn { key, value, .. } => {
                    key.iter().for_each(|key| ast::pattern(key, &mut bound));
                    ast::pattern(value, &mut bound);
                }
                Literal::Expr { expr, .. } => {
                    if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = expr.as_ref() {
                        ast::pattern(lhs, &mut bound);
                    }
                }
                _ => {}
            }
        }
        names = Some(match names {
            None => bound,
            Some(before) => before.into_iter().filter(|name| bound.contains(name)).collect(),
        });
    }
    let mut names = names.unwrap_or_default();
    if let RuleHead::Func { args, .. } = head {
        args.iter().for_each(|arg| ast::pattern(arg, &mut names));
    }
    names.retain(|name| name != "_");
    names
}

/// Whether it has a value whenever the body is true.
fn defined(term: &Expr, given: &[String]) -> bool {
    match term {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::ArrayCompr { .. }
        | Expr::SetCompr { .. }
        | Expr::ObjectCompr { .. } => true,
        Expr::Var { .. } => {
            ast::variable(term).is_some_and(|variable| given.iter().any(|name| name == variable))
        }
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            items.iter().all(|item| defined(item, given))
        }
        Expr::Object { fields, .. } => {
            fields.iter().all(|(_, key, value)| defined(key, given) && defined(value, given))
        }
        _ => false,
    }
}

/// Whether there is a query in it.
fn asks(term: &Expr) -> bool {
    struct Look(bool);
    impl Visit for Look {
        fn query(&mut self, _: &Query) {
            self.0 = true;
        }
    }
    let mut look = Look(false);
    ast::expr(term, &mut look);
    look.0
}

/// Whether the term may go over a collection by itself: it looks something up by a variable.
fn searches(term: &Expr) -> bool {
    struct Look(bool);
    impl Visit for Look {
        fn expr(&mut self, expr: &Expr) {
            if let Expr::RefBrack { index, .. } = expr {
                self.0 |= !matches!(
                    index.as_ref(),
                    Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. }
                );
            }
        }
    }
    let mut look = Look(false);
    ast::expr(term, &mut look);
    look.0
}

/// The text without comments and with spaces in the place of line breaks, and how many of those were
/// taken away; those within raw texts stay.
pub(super) fn in_one_line(text: &str) -> (String, usize) {
    let (mut out, mut lines) = (String::with_capacity(text.len()), 0);
    let mut chars = text.chars();
    let mut within = None;
    while let Some(c) = chars.next() {
        match (within, c) {
            (None, '"' | '`') => {
                within = Some(c);
                out.push(c);
            }
            (None, '#') => {
                // To the end of the line, which there is: the term goes on behind it.
                if chars.any(|c| c == '\n') {
                    lines += 1;
                }
                out.push(' ');
            }
            (None, '\n') => {
                lines += 1;
                out.push(' ');
            }
            (Some('"'), '\\') => {
                out.push(c);
                out.extend(chars.next());
            }
            (Some(mark), c) if c == mark => {
                within = None;
                out.push(c);
            }
            (_, c) => out.push(c),
        }
    }
    (out, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sunk(text: &str) -> String {
        let module = Module::parse("p.rego", text, None).unwrap();
        let text = sink(&module, &BTreeSet::from(["q".to_owned(), "z".to_owned()]));
        Module::parse("p.rego", &text, Some(module.version))
            .unwrap_or_else(|f| panic!("{f:?} {text}"));
        text
    }

    #[test]
    fn heads_are_moved_on_the_same_lines() {
        for (before, after) in [
            ("p contains x.y if some x in q", "p contains h1 if { some x in q; h1 := x.y }"),
            ("p contains x.y if { some x in q }", "p contains h1 if { some x in q; h1 := x.y }"),
            ("p contains x.y if x == \"a\"", "p contains h1 if { x == \"a\"; h1 := x.y }"),
            (
                "p contains x.y if { \"a\" in x; x == `a` }",
                "p contains h1 if { \"a\" in x; x == `a`; h1 := x.y }",
            ),
            ("p contains x.y if \"a\" in x", "p contains h1 if { \"a\" in x; h1 := x.y }"),
            ("p := \"a\" == x.y if x", "p := h1 if { x; h1 := \"a\" == x.y }"),
            ("p := x.y == \"a\" if x", "p := h1 if { x; h1 := x.y == \"a\" }"),
            ("p[x.y] := z[0] if { x := 1 }", "p[h1] := h2 if { x := 1; h1 := x.y; h2 := z[0] }"),
            ("p[x.y] { x := 1 }", "p[h1] { x := 1; h1 := x.y }"),
            (
                "p := x.y if { x := q } else := x.z if { x := 2 }",
                "p := h1 if { x := q; h1 := x.y } else := h2 if { x := 2; h2 := x.z }",
            ),
            ("p contains x if { x = q[_] }", "p contains h1 if { x = q[_]; h1 := same(x) }"),
            ("p if { x := q; y := [x, z, r] }", "p if { x := q; y := same([x, z, r]) }"),
            (
                "p contains f([y |\n\ty := x.z\n\ty > 1\n]) if some x in q",
                "p contains h1 if { some x in q; h1 := f([y |\n\ty := x.z\n\ty > 1\n]) }",
            ),
            ("p(x) := {y |\n\ty := x[z]\n\ty > 1\n}", "p(x) := {y |\n\ty := x[z]\n\ty > 1\n}"),
            (
                "p = x { x = q } else = y { # {\n\ty = 2\n}",
                "p = h1 { x = q; h1 := same(x) } else = h2 { # {\n\ty = 2; h2 := same(y)\n}",
            ),
            (
                "p := x.y if {\n\t# why\n\tx := q\n} else := x.z if x := z",
                "p := h1 if {\n\t# why\n\tx := q; h1 := x.y\n} else := h2 if { x := z; h2 := x.z }",
            ),
            ("p := x if { x := q } else := 3", "p := x if { x := q } else := 3"),
            ("f(x) := x.y if x", "f(x) := h1 if { x; h1 := x.y }"),
            ("f(x) := x.y", "f(x) := x.y"),
            ("p := q[_].y", "p := h1 if { h1 := q[_].y }"),
            ("p = q[i].y", "p = h1 if { h1 := q[i].y }"),
            ("p contains {\"a\": x} if some x in q", "p contains {\"a\": x} if some x in q"),
            (
                "p contains [y | y := x.z] if some x in q",
                "p contains [y | y := x.z] if some x in q",
            ),
            (
                "p contains {\n\t\"a\": x.y, # not \"this\n\t\"b\": \"#\\\"\",\n} if {\n\tsome x in q\n}",
                "p contains (h1\n\n\n) if {\n\tsome x in q; h1 := same({ \t\"a\": x.y,  \t\"b\": \"#\\\"\", })\n}",
            ),
        ] {
            let text = sunk(&format!("package main\n\nq := [1]\n\nz := [1]\n\n{before}\n"));
            let sunk_rule =
                text.split_once("z := [1]\n\n").unwrap().1.trim_end().replace(PREFIX, "");
            assert_eq!(sunk_rule, after, "{before}");
        }
    }
}
