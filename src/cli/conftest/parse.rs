//! `conftest parse`

use clap::Args;
use serde_json::Value;

use crate::conftest::Input;
use crate::conftest::input::Reading;
use crate::conftest::output::indented;
use crate::error::Error;

use super::settings::Settings;
use super::{Done, boolean, output, usage};

/// Print files as policies see them
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(super) struct ParseArgs {
    /// Files, or `-` for standard input
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// Combine all files into one document, `[{"path": .., "contents": ..}]`
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    combine: Option<bool>,
    /// Parser for the files: json or yaml [default: by file name]
    #[arg(long, value_name = "PARSER")]
    parser: Option<String>,
}

pub(super) fn run(args: &ParseArgs, settings: &Settings) -> Done {
    if args.files.is_empty() {
        return Err(vec![usage("must supply path to at least one file", "name a file, or `-`")]);
    }
    let parser = settings.text("parser", args.parser.as_deref())?;
    // Nothing is evaluated, so an empty file cannot pass unnoticed.
    let how = Reading { parser: Some(&parser), compat: true, ..Reading::default() };
    let mut files = args.files.clone();
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|file| seen.insert(file.clone()));
    let inputs: Vec<Input> = files
        .iter()
        .map(|file| Input::read(file, how))
        .collect::<Result<_, _>>()
        .map_err(|problem| vec![Error::Plan(problem)])?;
    let text = if settings.flag("combine", args.combine)? {
        #[derive(serde::Serialize)]
        struct Part<'a> {
            path: &'a Value,
            contents: &'a Value,
        }
        let all = Input::combined(&inputs).to_json();
        let parts: Vec<Part<'_>> = all
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|part| {
                Some(Part { path: part.get("path")?, contents: part.get("contents")? })
            })
            .collect();
        format!("{}\n", indented(&parts, "\t"))
    } else if let [input] = inputs.as_slice() {
        indented(&input.value(), "  ")
    } else {
        let all: std::collections::BTreeMap<String, Value> =
            inputs.iter().map(|input| (input.name.clone(), input.value())).collect();
        indented(&all, "  ")
    };
    output::to_stdout(&format!("{text}\n")).map_err(|error| vec![error])?;
    Ok(0)
}
