//! The command line: one file per verb, its arguments beside the few lines that call the library.

mod completions;
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

/// Holds a Terraform plan until it has been proved.
///
/// Exit codes: 0 pass, 1 block, 2 could not decide (bad input, bad configuration, bad usage,
/// nothing evaluated). No output format changes them.
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
    Receipt(receipt::ReceiptVerbs),
    Rules(rules::RulesArgs),
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
    Init(init::InitArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Runs the command line and says how the process is to end.
#[must_use]
pub fn run(args: &[OsString]) -> Exit {
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

/// Hands over a verdict after a panic, in the formats that tools read: they must not mistake
/// silence for a pass. The panic itself has been reported by then.
#[must_use]
pub fn after_panic(args: &[OsString]) -> Exit {
    match Cli::try_parse_from(args).map(|cli| cli.verb) {
        Ok(Verb::Plan(args)) => plan::after_panic(&args),
        Ok(Verb::Manifests(args)) => manifests::after_panic(&args),
        _ => {}
    }
    Exit::Undecided
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

/// What a verb without a verdict ends with.
type Done = Result<(), Error>;

/// Today, the same in every time zone: where a machine stands decides no verdict.
fn today() -> jiff::civil::Date {
    jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date()
}
