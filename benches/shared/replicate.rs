//! Makes plans of any size: the real plan of fixtures/bench, again and again under other names.

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::value::RawValue;

/// A real plan of one module call, made by fixtures/bench/make.
const PLAN: &str = include_str!("../../fixtures/bench/plan.json");
/// The call's name; it stands in every address, name, id and ARN of that plan.
const NAME: &str = "copy-0";

#[derive(Deserialize)]
struct Plan<'p> {
    #[serde(borrow)]
    planned_values: Values<'p>,
    #[serde(borrow)]
    resource_changes: List<'p>,
    #[serde(borrow)]
    prior_state: State<'p>,
    #[serde(borrow)]
    configuration: Configuration<'p>,
    #[serde(borrow)]
    relevant_attributes: List<'p>,
}

#[derive(Deserialize)]
struct State<'p> {
    #[serde(borrow)]
    values: Values<'p>,
}

#[derive(Deserialize)]
struct Values<'p> {
    #[serde(borrow)]
    root_module: Module<'p>,
}

#[derive(Deserialize)]
struct Module<'p> {
    #[serde(borrow)]
    child_modules: List<'p>,
}

#[derive(Deserialize)]
struct Configuration<'p> {
    #[serde(borrow)]
    provider_config: &'p RawValue,
    #[serde(borrow)]
    root_module: Root<'p>,
}

#[derive(Deserialize)]
struct Root<'p> {
    #[serde(borrow)]
    module_calls: Calls<'p>,
}

#[derive(Deserialize)]
struct Calls<'p> {
    #[serde(borrow, rename = "copy-0")]
    only: &'p RawValue,
}

type List<'p> = Vec<&'p RawValue>;

/// Writes a plan of `resources` resources.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(resources: usize, out: &mut impl Write) -> io::Result<()> {
    let plan: Plan<'_> = serde_json::from_str(PLAN)?;
    let changes = texts(&plan.resource_changes);
    let copies = resources.div_ceil(changes.len());
    let all = |texts: &[String], out: &mut _| repeat(texts, copies * texts.len(), out);
    out.write_all(br#"{"format_version":"1.2","terraform_version":"1.11.4","#)?;
    out.write_all(br#""planned_values":{"root_module":{"child_modules":["#)?;
    all(&texts(&plan.planned_values.root_module.child_modules), out)?;
    out.write_all(br#"]}},"resource_changes":["#)?;
    repeat(&changes, resources, out)?;
    out.write_all(br#"],"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","#)?;
    out.write_all(br#""values":{"root_module":{"child_modules":["#)?;
    all(&texts(&plan.prior_state.values.root_module.child_modules), out)?;
    out.write_all(br#"]}}},"configuration":{"provider_config":"#)?;
    out.write_all(plan.configuration.provider_config.get().as_bytes())?;
    out.write_all(br#","root_module":{"module_calls":{"#)?;
    let call = format!("\"{NAME}\":{}", plan.configuration.root_module.module_calls.only);
    all(&[call], out)?;
    out.write_all(br#"}}},"relevant_attributes":["#)?;
    all(&texts(&plan.relevant_attributes), out)?;
    out.write_all(br#"],"applyable":true,"complete":true,"errored":false}"#)
}

fn texts(list: &[&RawValue]) -> Vec<String> {
    list.iter().map(|raw| raw.get().to_owned()).collect()
}

/// Writes `count` entries: the texts in turn, each round under another name.
fn repeat(texts: &[String], count: usize, out: &mut impl Write) -> io::Result<()> {
    let split: Vec<Vec<&str>> = texts.iter().map(|text| text.split(NAME).collect()).collect();
    for (i, pieces) in split.iter().cycle().take(count).enumerate() {
        let name = format!("copy-{}", i / texts.len());
        out.write_all(if i == 0 { b"" } else { b"," })?;
        for (j, piece) in pieces.iter().enumerate() {
            out.write_all(if j == 0 { b"" } else { name.as_bytes() })?;
            out.write_all(piece.as_bytes())?;
        }
    }
    Ok(())
}
