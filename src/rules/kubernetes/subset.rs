//! What an expression may hold: that which a ValidatingAdmissionPolicy has as well, and holdpoint's
//! own functions where the rule file writes their equivalent beside them.

use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue};

use super::image;
use super::scene::{AROUND, NAMES, VARIABLES};

/// Operators and functions that the standard library of CEL, its optionals and the strings library
/// have in every version of Kubernetes that knows ValidatingAdmissionPolicy.
const FUNCTIONS: &[&str] = &[
    "!_",
    "-_",
    "@in",
    "@not_strictly_false",
    "_!=_",
    "_%_",
    "_&&_",
    "_*_",
    "_+_",
    "_-_",
    "_/_",
    "_<=_",
    "_<_",
    "_==_",
    "_>=_",
    "_>_",
    "_?._",
    "_?_:_",
    "_[?_]",
    "_[_]",
    "_||_",
    "bool",
    "charAt",
    "contains",
    "double",
    "dyn",
    "endsWith",
    "hasValue",
    "indexOf",
    "int",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "matches",
    "optional.none",
    "optional.of",
    "optional.ofNonZeroValue",
    "or",
    "orValue",
    "replace",
    "size",
    "split",
    "startsWith",
    "string",
    "substring",
    "trim",
    "type",
    "uint",
    "upperAscii",
    "value",
];

/// What an expression uses that a ValidatingAdmissionPolicy lacks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// A function of holdpoint's own.
    pub(super) own: bool,
    /// What other objects tell.
    pub(super) around: bool,
}

/// What the expression uses.
///
/// # Errors
/// What it holds that a ValidatingAdmissionPolicy lacks and nothing stands for.
pub(super) fn check(expression: &IdedExpr) -> Result<Uses, String> {
    let mut uses = Uses::default();
    walk(expression, &mut Vec::new(), &mut uses)?;
    Ok(uses)
}

fn walk<'e>(node: &'e IdedExpr, bound: &mut Vec<&'e str>, uses: &mut Uses) -> Result<(), String> {
    match &node.expr {
        Expr::Unspecified => Ok(()),
        Expr::Literal(LiteralValue::Bytes(_)) => Err("contains a bytes literal".to_owned()),
        Expr::Literal(_) => Ok(()),
        Expr::Ident(name) => {
            let known = bound.contains(&name.as_str()) || TYPES.contains(&name.as_str());
            if known || (NAMES.contains(&name.as_str()) && name != "variables") {
                return Ok(());
            }
            Err(format!("unknown name `{name}`; use one of {}", NAMES.join(", ")))
        }
        Expr::Select(select) => {
            if let Expr::Ident(name) = &select.operand.expr
                && name == "variables"
                && !bound.contains(&"variables")
            {
                let field = select.field.as_str();
                uses.around |= AROUND.contains(&field);
                return match VARIABLES.contains(&field) || AROUND.contains(&field) {
                    true => Ok(()),
                    false => Err(format!("`variables.{field}` does not exist")),
                };
            }
            walk(&select.operand, bound, uses)
        }
        Expr::Call(call) => {
            let name = call.func_name.as_str();
            match FUNCTIONS.contains(&name) {
                true => {}
                false if image::FUNCTIONS.contains(&name) => uses.own = true,
                false => {
                    return Err(format!(
                        "a ValidatingAdmissionPolicy does not support the function `{name}`"
                    ));
                }
            }
            let namespace = matches!(
                call.target.as_deref().map(|target| &target.expr),
                Some(Expr::Ident(name)) if name == "optional"
            );
            if let (Some(target), false) = (&call.target, namespace) {
                walk(target, bound, uses)?;
            }
            call.args.iter().try_for_each(|arg| walk(arg, bound, uses))
        }
        Expr::List(list) => list.elements.iter().try_for_each(|item| walk(item, bound, uses)),
        Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => {
                walk(&entry.key, bound, uses)?;
                walk(&entry.value, bound, uses)
            }
            EntryExpr::StructField(_) => Err("constructs a message".to_owned()),
        }),
        Expr::Struct(_) => Err("constructs a message".to_owned()),
        Expr::Comprehension(inner) => {
            if inner.iter_var2.is_some() {
                return Err("uses a macro with two variables".to_owned());
            }
            walk(&inner.iter_range, bound, uses)?;
            walk(&inner.accu_init, bound, uses)?;
            let before = bound.len();
            bound.push(&inner.iter_var);
            bound.push(&inner.accu_var);
            for part in [&inner.loop_cond, &inner.loop_step, &inner.result] {
                walk(part, bound, uses)?;
            }
            bound.truncate(before);
            Ok(())
        }
    }
}

/// Names of types, as in `type(x) == string`.
const TYPES: &[&str] =
    &["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];
