//! The policies as a whole: what they say, what is refused and where, what they may take.

mod hostile;
mod parts;
mod rewritten;
mod traps;
mod verdicts;

use std::time::Duration;

use super::{Document, Fault, File, Judgement, Limits, Options, Policies, Sources};

/// Policies of these files, `name`, `text`.
fn policies(files: &[(&str, &str)], options: &Options) -> Result<Policies, Vec<Fault>> {
    sources(files).and_then(|sources| Policies::new(sources, options))
}

fn sources(files: &[(&str, &str)]) -> Result<Sources, Vec<Fault>> {
    let mut sources = Sources::default();
    for (name, text) in files {
        if name.ends_with(".json") {
            let value = serde_json::from_str(text).unwrap();
            sources.add_data(name, &value).map_err(|fault| vec![*fault])?;
        } else {
            sources.files.push(File { name: (*name).to_owned(), text: (*text).to_owned() });
        }
    }
    Ok(sources)
}

/// What one policy says of one input, in the namespace `main`.
fn judge(policy: &str, input: &str) -> Result<Judgement, Box<Fault>> {
    judge_with(policy, input, &Options::default())
}

fn judge_with(policy: &str, input: &str, options: &Options) -> Result<Judgement, Box<Fault>> {
    let policies =
        policies(&[("p.rego", policy)], options).map_err(|mut all| Box::new(all.remove(0)))?;
    let document = Document::json("input.json", input)?;
    let mut all = policies.judge(&document, &["main".to_owned()])?;
    Ok(all.remove(0))
}

/// The messages of the failures.
fn failures(policy: &str, input: &str) -> Vec<String> {
    let judgement = judge(policy, input).unwrap_or_else(|fault| panic!("{fault:?}"));
    judgement.failures.into_iter().map(|hit| hit.msg).collect()
}

/// The only fault of a policy at load.
fn fault(policy: &str) -> Fault {
    let mut faults = policies(&[("p.rego", policy)], &Options::default()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

fn compat() -> Options {
    Options { compat_builtin_errors: true, ..Options::default() }
}

fn short() -> Options {
    let limits = Limits { time: Duration::from_millis(1500), memory: 1 << 30 };
    Options { limits, ..Options::default() }
}
