//! `matches` with its patterns kept: compiling one costs more than all else that a rule does.

use std::cell::RefCell;
use std::collections::HashMap;

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::common::types::{CelBool, CelString, STRING_TYPE};
use cel::common::value::CowVal;
use cel::{Env, ExecutionError};
use regex::Regex;

/// What `matches` is called once an expression is compiled; no rule can write it.
const NAME: &str = "@matches";

/// How many patterns are kept: those of rules are few, those put together from values are not.
const KEPT: usize = 256;

thread_local! {
    static PATTERNS: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
}

/// Declares it.
pub(super) fn declare(env: &mut Env) -> Result<(), cel::DeclarationError> {
    env.add_overload(NAME, "matches_kept", vec![STRING_TYPE, STRING_TYPE], |args| {
        let text = |i: usize| args.get(i).and_then(|arg| arg.downcast_ref::<CelString<'_>>());
        match (text(0), text(1)) {
            (Some(text), Some(pattern)) => {
                matches(text.inner(), pattern.inner()).map(|it| CowVal::owned(CelBool::from(it)))
            }
            _ => Err(ExecutionError::function_error("matches", "needs two strings")),
        }
    })
}

fn matches(text: &str, pattern: &str) -> Result<bool, ExecutionError> {
    PATTERNS.with_borrow_mut(|kept| {
        if !kept.contains_key(pattern) {
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(pattern.to_owned(), Regex::new(pattern).ok());
        }
        match kept.get(pattern) {
            Some(Some(regex)) => Ok(regex.is_match(text)),
            _ => Err(ExecutionError::function_error("matches", "not a regular expression")),
        }
    })
}

/// Puts it in the place of every `x.matches(y)`.
pub(super) fn keep(node: &mut IdedExpr) {
    match &mut node.expr {
        Expr::Call(call) => {
            call.target.iter_mut().for_each(|target| keep(target));
            call.args.iter_mut().for_each(keep);
            if call.func_name == "matches"
                && let Some(target) = call.target.take()
            {
                NAME.clone_into(&mut call.func_name);
                call.args.insert(0, *target);
            }
        }
        Expr::Select(select) => keep(&mut select.operand),
        Expr::List(list) => list.elements.iter_mut().for_each(keep),
        Expr::Map(map) => {
            for entry in &mut map.entries {
                if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                    keep(&mut entry.key);
                    keep(&mut entry.value);
                }
            }
        }
        Expr::Comprehension(inner) => {
            for part in [
                &mut inner.iter_range,
                &mut inner.accu_init,
                &mut inner.loop_cond,
                &mut inner.loop_step,
                &mut inner.result,
            ] {
                keep(part);
            }
        }
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) | Expr::Struct(_) => {}
    }
}
