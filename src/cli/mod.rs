//! The command line: one file per verb, its arguments beside the few lines that call the library.

mod completions;
mod conftest;
mod console;
pub mod docs;
mod explain;
mod guard;
mod init;
mod load;
mod man;
mod manifests;
mod output;
mod plan;
mod policies;
mod policy;
mod progress;
mod receipt;
mod rules;
#[cfg(feature = "serve")]
mod serve;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::error::Error;
use crate::model::verdict::Exit;

use console::Console;

/// Blocks a Terraform plan until it is proved safe to apply.
///
/// Exit codes: 0 pass, 1 block, 2 no verdict (bad input, configuration or usage, or nothing
/// evaluated). They do not depend on the output format.
#[derive(Debug, Parser)]
#[command(name = "holdpoint", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    console: Console,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Plan(plan::PlanArgs),
    Guard(guard::GuardArgs),
    Manifests(manifests::ManifestsArgs),
    Policy(policy::PolicyVerbs),
    /// Test JSON and YAML against Rego policies, as conftest does
    #[command(disable_help_flag = true)]
    Conftest {
        /// Arguments of the program `conftest`; `holdpoint conftest --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
        arguments: Vec<OsString>,
    },
    Receipt(receipt::ReceiptVerbs),
    Rules(rules::RulesArgs),
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
    Init(init::InitArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Runs the command line and returns the exit code of the process: an [`Exit`], or conftest's own.
#[must_use]
pub fn run(args: &[OsString]) -> u8 {
    match conftest::arguments(args) {
        Some(args) => conftest::run(&args),
        None => run_own(args) as u8,
    }
}

fn run_own(args: &[OsString]) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return not_run(&error),
    };
    let done = match cli.verb {
        Verb::Plan(args) => return plan::run(&args, cli.console),
        Verb::Guard(args) => match guard::run(&args) {
            Ok(exit) => return exit,
            Err(error) => Err(error),
        },
        Verb::Manifests(args) => return manifests::run(&args, cli.console),
        Verb::Receipt(args) => return receipt::run(&args, cli.console),
        Verb::Policy(args) => return policy::run(&args, cli.console),
        // Behind a flag of our own, `holdpoint --quiet conftest ..`.
        Verb::Conftest { .. } => Err(Error::Usage {
            message: "`conftest` must be the first argument".to_owned(),
            help: Some("write `holdpoint conftest ..`".to_owned()),
        }),
        Verb::Rules(args) => rules::run(&args),
        #[cfg(feature = "serve")]
        Verb::Serve(args) => serve::run(&args),
        Verb::Init(args) => init::run(&args),
        Verb::Completions(args) => completions::run(&args, &mut Cli::command()),
        Verb::Man(args) => man::run(&args, Cli::command()),
    };
    match done {
        Ok(()) => Exit::Pass,
        Err(error) => {
            console::complain(&error, cli.console.color);
            Exit::Undecided
        }
    }
}

/// Writes a verdict after a panic, in the formats that tools read, so that none mistakes silence
/// for a pass. The panic itself has already been reported.
#[must_use]
pub fn after_panic(args: &[OsString]) -> u8 {
    if conftest::arguments(args).is_some() {
        return Exit::Undecided as u8;
    }
    match Cli::try_parse_from(args).map(|cli| cli.verb) {
        Ok(Verb::Plan(args)) => plan::after_panic(&args),
        Ok(Verb::Manifests(args)) => manifests::after_panic(&args),
        _ => {}
    }
    Exit::Undecided as u8
}

/// Help and version go to standard output and are a success; the rest is a usage error.
fn not_run(error: &clap::Error) -> Exit {
    let text = error.render();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            match output::to_stdout(&console::styled(&text, &std::io::stdout())) {
                Ok(()) => Exit::Pass,
                Err(_) => Exit::Undecided,
            }
        }
        _ => {
            console::to_stderr(&console::styled(&text, &std::io::stderr()));
            Exit::Undecided
        }
    }
}

/// The result of a verb that has no verdict.
type Done = Result<(), Error>;

/// Today in UTC: a verdict must not depend on the machine's time zone.
fn today() -> jiff::civil::Date {
    jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date()
}
