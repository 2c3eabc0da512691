//! What a head gives out is found at the end of the body, as OPA does it. Where that is undefined
//! one round of the body says nothing; the evaluator would take back what all rounds before said.
//!
//! `deny contains r.name if { some r in input.list }` becomes
//! `deny contains y if { some r in input.list; y := r.name }`, on the same lines.

use regorus::unstable::{Expr, Query, Rule, RuleBody, RuleHead};

use super::ast::{self, Visit, bytes};
use super::edits::Edits;
use super::module::{Module, Version};
use super::rewrite::PREFIX;

/// Moves what heads give out into the bodies.
pub(super) fn sink(module: &Module) -> String {
    let mut edits = Edits::default();
    let mut number = 0;
    for rule in module.rules() {
        let Rule::Spec { head, bodies, .. } = rule else { continue };
        let mut behind: Vec<String> = bodies.iter().map(|_| String::new()).collect();
        let mut move_one = |term: &Expr, edits: &mut Edits, into: &dyn Fn(&RuleBody) -> bool| {
            if defined(term) || (bodies.is_empty() && !searches(term)) {
                return;
            }
            number += 1;
            let name = format!("{PREFIX}h{number}");
            let span = ast::extent(&module.text, term);
            let (text, lines) = in_one_line(module.text.get(span.clone()).unwrap_or_default());
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
            let own = |other: &RuleBody| std::ptr::eq(other, body);
            // An `else` without a body is looked at once.
            if let (Some(assign), false) = (&body.assign, body.query.stmts.is_empty()) {
                move_one(&assign.value, &mut edits, &own);
            }
        }
        for (body, text) in bodies.iter().zip(behind).filter(|(_, text)| !text.is_empty()) {
            let (Some(first), Some(last)) = (body.query.stmts.first(), body.query.stmts.last())
            else {
                continue;
            };
            let end = ast::whole(&module.text, bytes(&last.span)).end;
            if braced(module, &body.query) {
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

/// Whether a body stands in braces; without them it is one statement, which may begin with one.
fn braced(module: &Module, query: &Query) -> bool {
    let start = bytes(&query.span).start;
    let opens = module.text.get(start..).is_some_and(|text| text.starts_with('{'));
    opens && query.stmts.first().is_some_and(|first| bytes(&first.span).start > start)
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

/// Whether it has a value whenever the body is true: variables have, and what is made of them.
fn defined(term: &Expr) -> bool {
    match term {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::ArrayCompr { .. }
        | Expr::SetCompr { .. }
        | Expr::ObjectCompr { .. } => true,
        Expr::Var { .. } => ast::variable(term) != Some("_"),
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            items.iter().all(|item| defined(item))
        }
        Expr::Object { fields, .. } => {
            fields.iter().all(|(_, key, value)| defined(key) && defined(value))
        }
        _ => false,
    }
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
fn in_one_line(text: &str) -> (String, usize) {
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
        let text = sink(&module);
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
                "p contains (h1\n\n\n) if {\n\tsome x in q; h1 := { \t\"a\": x.y,  \t\"b\": \"#\\\"\", }\n}",
            ),
        ] {
            let text = sunk(&format!("package main\n\nq := [1]\n\nz := [1]\n\n{before}\n"));
            let own = text.split_once("z := [1]\n\n").unwrap().1.trim_end().replace(PREFIX, "");
            assert_eq!(own, after, "{before}");
        }
    }
}
