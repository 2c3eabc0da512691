//! `conftest test`: the policies asked about each input, in conftest's order.

use std::collections::BTreeMap;

use crate::rego::{Fault, Hit, Judgement, Policies};

use super::input::Input;
use super::{Checked, Entry};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The policies.
    pub policies: &'a Policies,
    /// Names or patterns of namespaces.
    pub namespaces: &'a [String],
    /// Ask all namespaces instead.
    pub all_namespaces: bool,
    /// Judge all inputs as one.
    pub combine: bool,
    /// Let pass what nobody looked at, as conftest does.
    pub compat: bool,
}

/// Judges the inputs.
///
/// # Errors
/// A [`Fault`] when a namespace has no rules, when nothing was evaluated, or when a policy fails.
pub fn test(inputs: &[Input], request: &Request<'_>) -> Result<Vec<Checked>, Box<Fault>> {
    let namespaces = namespaces(request)?;
    let mut all = Vec::new();
    if request.combine {
        // An empty list has no place among the documents: nobody would see that it was named.
        let empty = inputs.iter().find(|input| input.document().parts().is_empty());
        if let (false, Some(input)) = (request.compat, empty) {
            return Err(nothing_in(&input.name));
        }
        all.push(request.policies.judge(&Input::combined(inputs), &namespaces)?);
    } else {
        for input in inputs {
            all.push(request.policies.judge(input.document(), &namespaces)?);
        }
    }
    // conftest goes by namespace, then by file.
    let results: Vec<Checked> = (0..namespaces.len())
        .flat_map(|at| all.iter().filter_map(move |judgements| judgements.get(at)))
        .map(|judgement| checked(judgement, request))
        .collect();
    if !request.compat {
        // An empty list of namespaces in the configuration.
        if results.is_empty() {
            return Err(Box::new(
                Fault::new("conftest::nothing", "no namespace was evaluated").with_help(
                    "name one with --namespace; `--compat` passes this as conftest does",
                ),
            ));
        }
        let mut files: BTreeMap<&str, usize> = BTreeMap::new();
        for checked in &results {
            *files.entry(&checked.file).or_default() += checked.tests();
        }
        if let Some((file, _)) = files.iter().find(|(_, tests)| **tests == 0) {
            return Err(nothing_in(file));
        }
    }
    Ok(results)
}

fn nothing_in(file: &str) -> Box<Fault> {
    let message = format!("no rule evaluated `{file}`: it is an empty list");
    Box::new(
        Fault::new("conftest::nothing", message)
            .with_help("check what created it; `--compat` passes it as conftest does"),
    )
}

/// The namespaces to ask, in conftest's order.
fn namespaces(request: &Request<'_>) -> Result<Vec<String>, Box<Fault>> {
    let policies = request.policies;
    let wild = request.namespaces.iter().any(|pattern| pattern.contains(['*', '?', '[']));
    let patterns = if request.all_namespaces { &[] } else { request.namespaces };
    if !request.compat {
        // A namespace that nobody wrote rules for would pass everything.
        policies.select(patterns).map_err(|fault| {
            let help = fault.help.clone().unwrap_or_default();
            Box::new(fault.with_help(format!("{help}; `--compat` passes this as conftest does")))
        })?;
    }
    Ok(if request.all_namespaces {
        policies.namespaces().map(str::to_owned).collect()
    } else if wild {
        policies.fitting(request.namespaces)
    } else {
        request.namespaces.to_vec()
    })
}

fn checked(judgement: &Judgement, request: &Request<'_>) -> Checked {
    let entries = |hits: &[Hit]| hits.iter().map(entry).collect::<Vec<_>>();
    let mut failures = entries(&judgement.failures);
    if !request.compat {
        // conftest does not know `undetermined`; what nobody knows is no pass.
        failures.extend(judgement.undetermined.iter().map(entry));
    }
    let has_result = |query: &str| {
        let of = |hits: &[Hit]| {
            hits.iter().any(|hit| hit.metadata.get("query").is_some_and(|name| name == query))
        };
        of(&judgement.failures) || of(&judgement.warnings) || of(&judgement.undetermined)
    };
    let mut queries: Vec<(String, bool)> = Vec::new();
    for definition in request.policies.definitions() {
        let query = format!("data.{}.{}", definition.namespace, definition.name);
        if definition.namespace == judgement.namespace
            && !queries.iter().any(|(seen, _)| *seen == query)
        {
            let passed = !has_result(&query);
            queries.push((query, passed));
        }
    }
    Checked {
        file: judgement.file.clone(),
        namespace: judgement.namespace.clone(),
        successes: judgement.successes,
        skipped: Vec::new(),
        warnings: entries(&judgement.warnings),
        failures,
        exceptions: entries(&judgement.exceptions),
        outputs: judgement.outputs.clone(),
        queries,
    }
}

fn entry(hit: &Hit) -> Entry {
    Entry { msg: hit.msg.clone(), loc: hit.loc.clone(), metadata: hit.metadata.clone() }
}
