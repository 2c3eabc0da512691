//! `holdpoint policy check`: everything that is rejected at load, without an input.

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::model::verdict::Exit;
use crate::rego::{Fault, Kind, Policies};

use super::super::{console, output};
use super::{Console, Which, complain};

/// Check policies for errors, without a plan
///
/// Exits with 0 if there are none, with 2 otherwise. Each error says what is wrong, where, and how
/// to fix it.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    which: Which,
    /// Output format
    #[arg(long, value_enum, default_value = "human", value_name = "FMT", help_heading = "Output")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// One document, `holdpoint-policy-check/v1`
    Json,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    files: Vec<&'a str>,
    rules: Vec<Rule<'a>>,
    tests: usize,
    notices: &'a [String],
    mistakes: Vec<Mistake<'a>>,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    kind: &'static str,
    title: Option<&'a str>,
    file: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct Mistake<'a> {
    code: &'static str,
    message: &'a str,
    help: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<usize>,
}

pub(super) fn run(args: &CheckArgs, console: Console) -> Exit {
    let loaded = args.which.load().and_then(|policies| match policies.select(&[]) {
        Ok(namespaces) => Ok((policies, namespaces)),
        Err(fault) => Err(vec![*fault]),
    });
    let text = match (&loaded, args.format) {
        (Ok((policies, namespaces)), Format::Human) => human(policies, namespaces.len(), console),
        (Err(_), Format::Human) => String::new(),
        (Ok((policies, _)), Format::Json) => json(Some(policies), &[]),
        (Err(faults), Format::Json) => json(None, faults),
    };
    let written = output::to_stdout(&text);
    if let Err(error) = &written {
        console::complain(error, console.color);
    }
    match loaded {
        Ok(_) if written.is_ok() => Exit::Pass,
        Ok(_) => Exit::Undecided,
        Err(faults) => {
            if args.format == Format::Human {
                complain(faults, console);
            }
            Exit::Undecided
        }
    }
}

fn human(policies: &Policies, namespaces: usize, console: Console) -> String {
    if console.quiet {
        return String::new();
    }
    let count = |number: usize, what: &str| {
        format!("{number} {what}{}", if number == 1 { "" } else { "s" })
    };
    let mut out = String::new();
    for notice in policies.notices() {
        out.push_str(&format!("note: {}\n", console::printable(notice)));
    }
    if console.verbose {
        for definition in policies.definitions() {
            let title =
                definition.title.as_deref().map(|title| format!(", {title}")).unwrap_or_default();
            let line =
                format!("{} ({}:{}{title})", definition.id, definition.file, definition.line);
            out.push_str(&format!("{}\n", console::printable(&line)));
        }
    }
    out.push_str(&format!(
        "{}, {} in {}, {}: no errors\n",
        count(policies.files().count(), "file"),
        count(policies.definitions().len(), "rule"),
        count(namespaces, "namespace"),
        count(policies.tests().len(), "unit test"),
    ));
    out
}

fn json(policies: Option<&Policies>, faults: &[Fault]) -> String {
    let rules = policies.map(Policies::definitions).unwrap_or_default();
    let report = Report {
        schema: "holdpoint-policy-check/v1",
        files: policies.iter().flat_map(|all| all.files().map(|(file, _)| file)).collect(),
        rules: rules
            .iter()
            .map(|definition| Rule {
                id: &definition.id,
                kind: match definition.kind {
                    Kind::Failure => "failure",
                    Kind::Warning => "warning",
                    Kind::Undetermined => "undetermined",
                },
                title: definition.title.as_deref(),
                file: &definition.file,
                line: definition.line,
            })
            .collect(),
        tests: policies.map(|all| all.tests().len()).unwrap_or_default(),
        notices: policies.map(Policies::notices).unwrap_or_default(),
        mistakes: faults
            .iter()
            .map(|fault| Mistake {
                code: fault.code,
                message: &fault.message,
                help: fault.help.as_deref(),
                file: fault.file.as_deref(),
                line: fault.line(),
            })
            .collect(),
    };
    // A structure of texts and numbers can always be written.
    serde_json::to_string_pretty(&report).map(|text| text + "\n").unwrap_or_default()
}
