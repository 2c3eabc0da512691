//! What a rule or a comprehension gives out is found in its body: `[x.list[_] | ..]` gives nothing
//! where `x.list` is no collection, and is an error in the evaluator. It becomes
//! `[y | ..; y := x.list[_]]`.

use std::ops::Range;

use regorus::unstable::{Expr, Query, Rule, RuleHead};

use super::edits::Edits;
use crate::rego::ast::{self, Visit, bytes};
use crate::rego::module::{Module, Version};
use crate::rego::names::PREFIX;

/// Moves what is given out into the bodies.
pub(super) fn sink(module: &Module, edits: &mut Edits) {
    let mut number = 0;
    for rule in module.rules() {
        let mut found = Found { module, list: Vec::new() };
        found.head(rule);
        ast::rule(rule, &mut found);
        // What stands within another is changed first.
        for (term, places) in found.list.into_iter().rev() {
            let text = edits.apply(&module.text, term.clone());
            if text.contains('\n') {
                continue;
            }
            number += 1;
            let name = format!("{PREFIX}o{number}");
            edits.swallow(term.clone(), name.clone());
            for place in places {
                match (place, module.version) {
                    (Place::Behind(at), _) => edits.replace(at..at, format!("; {name} := {text}")),
                    (Place::Body, _) => {
                        let body = format!(" if {{ {name} := {text} }}");
                        edits.replace(term.end..term.end, body);
                    }
                    (Place::Brackets(range), Version::V0) => {
                        edits.swallow(range, format!("[{name}] {{ {name} := {text} }}"));
                    }
                    (Place::Brackets(range), Version::V1) => {
                        let body = format!(" contains {name} if {{ {name} := {text} }}");
                        edits.swallow(range, body);
                    }
                }
            }
        }
    }
}

/// Where a term is found instead.
enum Place {
    /// Behind the last statement of a query.
    Behind(usize),
    /// In a separate body behind the term.
    Body,
    /// The term stands in these brackets, and gets a separate body.
    Brackets(Range<usize>),
}

struct Found<'m> {
    module: &'m Module,
    list: Vec<(Range<usize>, Vec<Place>)>,
}

impl Found<'_> {
    /// The key of a rule that is a set.
    fn head(&mut self, rule: &Rule) {
        let Rule::Spec { head: RuleHead::Set { refr, key: Some(key), .. }, bodies, .. } = rule
        else {
            return;
        };
        if !goes_over(key) {
            return;
        }
        let term = ast::extent(&self.module.text, key);
        if bodies.is_empty() {
            let open = bytes(refr.span()).end;
            // `deny[x]` is a set in both dialects, with a body in the old one only.
            let bracket = self.text(open).trim_start().starts_with('[');
            let close = self.text(term.end).find(']').map(|at| term.end + at + 1);
            let place = match (bracket, close) {
                (false, _) => Place::Body,
                (true, Some(close)) => Place::Brackets(open..close),
                (true, None) => return,
            };
            self.list.push((term, vec![place]));
            return;
        }
        let braced = |query: &Query| ast::braced(&self.module.text, query);
        let places: Option<Vec<Place>> = bodies
            .iter()
            .map(|body| braced(&body.query).then(|| self.behind(&body.query)).flatten())
            .collect();
        self.list.extend(places.map(|places| (term, places)));
    }

    fn behind(&self, query: &Query) -> Option<Place> {
        let last = query.stmts.last()?;
        Some(Place::Behind(ast::whole(&self.module.text, bytes(&last.span)).end))
    }

    fn text(&self, at: usize) -> &str {
        self.module.text.get(at..).unwrap_or_default()
    }
}

impl Visit for Found<'_> {
    fn expr(&mut self, expr: &Expr) {
        if let Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } = expr
            && goes_over(term)
            && let Some(place) = self.behind(query)
        {
            let term = ast::extent(&self.module.text, term);
            self.list.push((term, vec![place]));
        }
    }
}

/// Whether the term goes over a collection by itself.
fn goes_over(term: &Expr) -> bool {
    struct Look(bool);
    impl Visit for Look {
        fn expr(&mut self, expr: &Expr) {
            if let Expr::RefBrack { index, .. } = expr {
                self.0 |= ast::variable(index) == Some("_");
            }
        }
    }
    let mut look = Look(false);
    ast::expr(term, &mut look);
    look.0
}
