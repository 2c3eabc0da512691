//! Data must not stand where rules stand: the evaluator would take the data and forget the rules.

use regorus::Value;

use super::Defined;
use crate::rego::ast;
use crate::rego::fault::Fault;
use crate::rego::module::Module;
use crate::rego::value::entry;

/// Documents that holdpoint itself provides.
const OURS: [&[&str]; 2] = [&["holdpoint"], &["conftest", "file"]];

pub(super) fn check(module: &Module, defined: &Defined, data: &Value, faults: &mut Vec<Fault>) {
    let package: Vec<&str> = module.package.iter().map(String::as_str).collect();
    for ours in OURS {
        if package.starts_with(ours) || ours.starts_with(&package) && package.len() == ours.len() {
            let message = format!("the package `{}` is reserved for holdpoint", package.join("."));
            faults.push(
                module
                    .fault("rego::reserved-package", message, module.package_span())
                    .with_help("choose another package: `data.holdpoint` describes the plan"),
            );
        }
    }
    let mut here = data;
    for (depth, step) in package.iter().enumerate() {
        match entry(here, step) {
            None => return,
            Some(Value::Object(_)) => {}
            Some(_) => {
                let at = package.get(..=depth).unwrap_or_default().join(".");
                faults.push(overlap(module, &at, module.package_span()));
                return;
            }
        }
        here = entry(here, step).unwrap_or(here);
    }
    for rule in module.rules() {
        let head = ast::head(rule);
        let Some((path, _)) = ast::path(head) else { continue };
        let mut here = here;
        for (depth, step) in path.iter().enumerate() {
            let Some(next) = entry(here, step) else { break };
            let prefix: Vec<String> = module
                .package
                .iter()
                .chain(path.get(..=depth).unwrap_or_default())
                .cloned()
                .collect();
            if defined.rules.contains(&prefix) || !matches!(next, Value::Object(_)) {
                faults.push(overlap(module, &prefix.join("."), ast::bytes(head.span())));
                break;
            }
            here = next;
        }
    }
}

fn overlap(module: &Module, path: &str, span: std::ops::Range<usize>) -> Fault {
    let message = format!("a data file sets `data.{path}`, where this policy defines rules");
    module
        .fault("rego::data-overlap", message, span)
        .with_help("move the data to a key that is not a package, and read it from there")
}
