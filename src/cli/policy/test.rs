//! `holdpoint policy test`: unit tests in Rego.

use std::path::PathBuf;

use clap::Args;

use crate::error::Error;
use crate::model::verdict::Exit;
use crate::rego::{Coverage, Fault, Policies};

use super::super::{console, output};
use super::report::{self, Outcome, Ran};
use super::{Console, Which, complain};

/// Run the policies' unit tests: the rules named `test_..`
///
/// Exits with 0 if all passed, with 1 if one failed or coverage is too low, with 2 if there are none
/// or one could not be run.
#[derive(Debug, Args)]
pub(super) struct TestArgs {
    #[command(flatten)]
    which: Which,
    /// Run only tests whose name, `data.main.test_x`, contains this text; repeatable
    #[arg(long, value_name = "TEXT", help_heading = "Tests")]
    only: Vec<String>,
    /// Report which policy lines the tests covered
    #[arg(long, help_heading = "Tests")]
    coverage: bool,
    /// Minimum line coverage, in percent
    #[arg(long, value_name = "PERCENT", help_heading = "Tests")]
    coverage_at_least: Option<f64>,
    /// Report format: human, json or junit; repeatable. Without a path, to standard output
    #[arg(long = "format", value_name = "FMT[=PATH]", value_parser = Target::parse, help_heading = "Output")]
    formats: Vec<Target>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Human,
    Json,
    Junit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    format: Format,
    path: Option<PathBuf>,
}

impl Target {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((_, "")) => return Err("the path after `=` is empty".to_owned()),
            Some((name, path)) => (name, Some(PathBuf::from(path))),
            None => (text, None),
        };
        let format = match name {
            "human" => Format::Human,
            "json" => Format::Json,
            "junit" => Format::Junit,
            other => return Err(format!("`{other}` is not one of human, json, junit")),
        };
        Ok(Self { format, path })
    }
}

pub(super) fn run(args: &TestArgs, console: Console) -> Exit {
    let on_stdout = args.formats.iter().filter(|target| target.path.is_none()).count();
    if on_stdout > 1 {
        let error = Error::Usage {
            message: "two reports would be written to standard output".to_owned(),
            help: Some("write one of them to a file with `--format junit=PATH`".to_owned()),
        };
        console::complain(&error, console.color);
        return Exit::Undecided;
    }
    let policies = match args.which.load() {
        Ok(policies) => policies,
        Err(faults) => {
            complain(faults, console);
            return Exit::Undecided;
        }
    };
    let covering = args.coverage || args.coverage_at_least.is_some();
    let ran = match ask(&policies, &args.only, covering) {
        Ok(ran) => ran,
        Err(fault) => {
            complain(vec![*fault], console);
            return Exit::Undecided;
        }
    };
    let human = [Target { format: Format::Human, path: None }];
    let targets = if args.formats.is_empty() { &human[..] } else { &args.formats };
    let mut delivered = true;
    for target in targets {
        let text = match target.format {
            Format::Human => report::human(&ran, console),
            Format::Json => report::json(&ran),
            Format::Junit => report::junit(&ran),
        };
        let written = match &target.path {
            Some(path) => std::fs::write(path, text).map_err(|error| Error::Output {
                target: format!("`{}`", path.display()),
                message: output::reason(&error),
            }),
            None => output::to_stdout(&text),
        };
        if let Err(error) = written {
            console::complain(&error, console.color);
            delivered = false;
        }
    }
    let enough = match (args.coverage_at_least, ran.percent()) {
        (None, _) => true,
        (Some(least), Some(reached)) if reached >= least => true,
        (Some(least), Some(reached)) => {
            console::to_stderr(&format!(
                "error: the tests cover {reached:.1} % of the lines, less than {least} %\n"
            ));
            false
        }
        (Some(_), None) => {
            let fault =
                Fault::new("rego::no-lines", "there are only tests and no policy lines to cover")
                    .with_help("also name the folder of the policies");
            complain(vec![fault], console);
            return Exit::Undecided;
        }
    };
    let could_not = ran.tests.iter().any(|test| matches!(test.outcome, Outcome::Error(_)));
    let failed = ran.tests.iter().any(|test| test.outcome == Outcome::Failed);
    match (delivered && !could_not, failed || !enough) {
        (false, _) => Exit::Undecided,
        (true, true) => Exit::Block,
        (true, false) => Exit::Pass,
    }
}

fn ask(policies: &Policies, only: &[String], covering: bool) -> Result<Ran, Box<Fault>> {
    let mut coverage = Coverage::default();
    let mut tests = Vec::new();
    let mut overrun = false;
    for test in policies.tests() {
        let name = format!("data.{}.{}", test.namespace, test.name);
        if !only.is_empty() && !only.iter().any(|text| name.contains(text.as_str())) {
            continue;
        }
        let mut outputs = Vec::new();
        let outcome = if test.skipped {
            Outcome::Skipped
        } else if overrun {
            Outcome::Error("not run: an earlier test exceeded its limits".to_owned())
        } else {
            match policies.test(test, covering.then_some(&mut coverage)) {
                Ok(tested) => {
                    outputs = tested.outputs;
                    if tested.passed { Outcome::Passed } else { Outcome::Failed }
                }
                // A test that breaks does not hide the others.
                Err(fault) => {
                    // An abandoned test still runs and takes the resources of the next one.
                    overrun = fault.is_limit();
                    Outcome::Error(fault.message)
                }
            }
        };
        tests.push(report::Tested {
            name,
            file: test.file.clone(),
            line: test.line,
            outcome,
            outputs,
        });
    }
    if tests.iter().all(|test| test.outcome == Outcome::Skipped) {
        let message = match only {
            [] => "no unit tests found".to_owned(),
            some => format!("no unit test matches {}", some.join(" or ")),
        };
        return Err(Box::new(
            Fault::new("rego::no-tests", message)
                .with_help("a unit test is a rule whose name starts with `test_`"),
        ));
    }
    Ok(Ran { tests, coverage: covering.then_some(coverage) })
}
