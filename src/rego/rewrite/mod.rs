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
//! * Of several `deny contains ..` nobody can tell which one gave a result: each gets a unique name,
//!   and `deny` becomes all of them.

mod calls;
mod edits;
mod heads;
mod negated;
mod outputs;
mod patterns;
mod rename;

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{self, Declared};
use super::check::Defined;
use super::fault::Fault;
use super::module::{Module, Version};
use super::names::PREFIX;
use super::rules::Split;
use calls::Calls;
use edits::Edits;
use rename::rename;

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
        edits.replace(split.span.clone(), split.unique_name.clone());
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
            if let Some((_, end)) = bare.iter().find(|(bare_start, _)| *bare_start == start) {
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
        let (name, unique_name) = (&split.name, &split.unique_name);
        text.push_str(&match module.version {
            Version::V1 => {
                format!("\n{name} contains {PREFIX}x if some {PREFIX}x in {unique_name}\n")
            }
            Version::V0 => format!("\n{name}[{PREFIX}x] {{ {unique_name}[{PREFIX}x] }}\n"),
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
