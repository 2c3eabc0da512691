//! Shapes of patterns: which hold an object or a variable, and where a call gives its result.

use std::ops::Range;

use regorus::unstable::Expr;

use super::ast::{self, Visit};
use super::builtins::{self, Known};
use super::load::Options;

/// Whether an object is a part of the pattern.
pub(super) fn holds_object(pattern: &Expr) -> bool {
    match pattern {
        Expr::Object { .. } => true,
        Expr::Array { items, .. } => items.iter().any(|item| holds_object(item)),
        _ => false,
    }
}

/// Whether a variable, or `_`, is a part of the pattern.
pub(super) fn holds_variable(pattern: &Expr) -> bool {
    let mut names = Vec::new();
    ast::pattern(pattern, &mut names);
    !names.is_empty()
}

/// The last argument of a call that takes what the function gives.
pub(super) fn output(call: &Expr) -> Option<&Expr> {
    let Expr::Call { fcn, params, .. } = call else { return None };
    let (path, _) = ast::path(fcn)?;
    let name = path.join(".");
    let takes = match builtins::known(&name, &Options::default())? {
        Known::Takes(arity) => usize::from(arity),
        Known::Any | Known::Refused(..) => return None,
    };
    let walks = name == "walk" && params.len() == 2;
    if params.len() == takes + 1 || walks { params.last().map(AsRef::as_ref) } else { None }
}

/// Comprehensions.
pub(super) fn queries(text: &str, expr: &Expr) -> Vec<Range<usize>> {
    struct Look<'t>(Vec<Range<usize>>, &'t str);
    impl Visit for Look<'_> {
        fn expr(&mut self, expr: &Expr) {
            if let Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } = expr
            {
                self.0.push(ast::extent(self.1, expr));
            }
        }
    }
    let mut look = Look(Vec::new(), text);
    ast::expr(expr, &mut look);
    look.0
}
