//! `holdpoint conftest`, and the same when the binary is called `conftest`: the command line of that
//! program, its exit codes too. What is not here says so in one line.

mod parse;
mod settings;
mod test;
mod verify;

use std::ffi::OsString;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::conftest::{Format, OPA, RELEASE};
use crate::error::Error;
use crate::model::verdict::Problem;
use crate::rego::Version;

use super::{console, output};

/// What conftest ends with when anything went wrong, whatever it was.
const FAILED: u8 = 1;
/// What holdpoint ends with then where 1 would mean that there are only warnings.
const FAILED_ON_WARN: u8 = 2;

/// Judge JSON and YAML by policies in Rego, as conftest does
///
/// Takes the place of the program `conftest`: its flags, its variables CONFTEST_*, its conftest.toml,
/// its output formats, its exit codes (1 for failures and for errors; with --fail-on-warn 1 for
/// warnings, 2 for failures and errors). Where conftest would let pass what nobody looked at, this is an error;
/// --compat takes it back. See docs/conftest.md.
#[derive(Debug, Parser)]
#[command(
    name = "conftest",
    disable_help_subcommand = true,
    disable_version_flag = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Conftest {
    #[command(subcommand)]
    verb: Verb,
    /// The configuration [default: conftest.toml in the working directory]
    #[arg(short, long, global = true, value_name = "FILE")]
    config_file: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Test(test::TestArgs),
    Verify(verify::VerifyArgs),
    Parse(parse::ParseArgs),
    /// Not here: formats of results that were written before
    #[command(hide = true)]
    Reformat(Rest),
    /// Not here: formatting of policies
    #[command(hide = true)]
    Fmt(Rest),
    /// Not here: documentation of policies
    #[command(hide = true)]
    Doc(Rest),
    /// Not here: download of policies
    #[command(hide = true)]
    Pull(Rest),
    /// Not here: upload of policies
    #[command(hide = true)]
    Push(Rest),
    /// Not here: plugins
    #[command(hide = true)]
    Plugin(Rest),
    #[command(external_subcommand)]
    Unknown(Vec<String>),
}

/// Whatever follows.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<String>,
}

/// Where the arguments of conftest begin: behind the name of the binary when that is `conftest`,
/// behind the verb when that is.
pub(super) fn arguments(args: &[OsString]) -> Option<Vec<OsString>> {
    let called = args.first().map(Path::new).and_then(Path::file_name)?;
    // Atlantis calls it with its version behind, `conftest0.56.0`.
    if called.to_string_lossy().starts_with("conftest") {
        return Some(args.to_vec());
    }
    match args.get(1) {
        Some(verb) if verb == "conftest" => {
            let name = OsString::from("holdpoint conftest");
            Some(std::iter::once(name).chain(args.iter().skip(2).cloned()).collect())
        }
        _ => None,
    }
}

/// The definition, for help and documentation.
pub(super) fn command() -> clap::Command {
    Conftest::command()
}

/// Runs it; the exit code is conftest's.
pub(super) fn run(args: &[OsString]) -> u8 {
    // Both spellings ask for the version only before a verb.
    if args.len() == 2 && args.get(1).is_some_and(|arg| arg == "--version" || arg == "-v") {
        let own = env!("CARGO_PKG_VERSION");
        let text = format!("Conftest: {RELEASE}\nOPA: {OPA}\nholdpoint: {own}\n");
        return u8::from(output::to_stdout(&text).is_err());
    }
    let conftest = match Conftest::try_parse_from(args) {
        Ok(conftest) => conftest,
        Err(error) => return not_run(&error, failed(args)),
    };
    let mut code = failed(args);
    let done = settings::Settings::load(conftest.config_file.as_deref()).and_then(|settings| {
        if settings.flag("fail-on-warn", None)? {
            code = FAILED_ON_WARN;
        }
        match &conftest.verb {
            Verb::Test(args) => test::run(args, &settings),
            Verb::Verify(args) => verify::run(args, &settings),
            Verb::Parse(args) => parse::run(args, &settings),
            Verb::Reformat(_) => not_here("reformat", "ask `test` for each format with --output"),
            Verb::Fmt(_) => not_here("fmt", "use `opa fmt`"),
            Verb::Doc(_) => not_here("doc", "use `opa inspect --annotations`"),
            Verb::Pull(_) => not_here(
                "pull",
                "fetch the policies before, for example with `git clone` or `oras pull`, and name \
                 their folder with --policy",
            ),
            Verb::Push(_) => not_here("push", "use `oras push`"),
            Verb::Plugin(_) => not_here("plugin", "run the plugin's own program"),
            Verb::Unknown(words) => {
                let word = words.first().map(String::as_str).unwrap_or_default();
                Err(vec![usage(
                    format!("unknown command `{word}`"),
                    "use test, verify or parse; plugins are not run",
                )])
            }
        }
    });
    match done {
        Ok(code) => code,
        Err(errors) => {
            errors.iter().for_each(|error| console::complain(error, console::When::Auto));
            code
        }
    }
}

/// The exit code of an error. With --fail-on-warn 1 is what a caller lets pass.
fn failed(args: &[OsString]) -> u8 {
    let asked = args.iter().any(|arg| arg.to_string_lossy().starts_with("--fail-on-warn"));
    if asked { FAILED_ON_WARN } else { FAILED }
}

/// The exit code, or why there is none.
type Done = Result<u8, Vec<Error>>;

fn not_here(verb: &str, instead: &str) -> Done {
    Err(vec![usage(format!("holdpoint has no `conftest {verb}`: {instead}"), "")])
}

fn usage(message: impl Into<String>, help: &str) -> Error {
    let help = (!help.is_empty()).then(|| help.to_owned());
    Error::Usage { message: message.into(), help }
}

fn problems(problems: Vec<Problem>) -> Vec<Error> {
    problems.into_iter().map(Error::Plan).collect()
}

/// Refuses a flag that is not here.
fn refuse(given: bool, flag: &str, instead: &str) -> Result<(), Vec<Error>> {
    match given {
        true => Err(vec![usage(format!("holdpoint has no `--{flag}`: {instead}"), "")]),
        false => Ok(()),
    }
}

fn version(text: &str) -> Result<Option<Version>, Vec<Error>> {
    match text {
        // conftest takes v1 then; here each file tells by itself.
        "" => Ok(None),
        "v0" | "V0" => Ok(Some(Version::V0)),
        "v1" | "V1" => Ok(Some(Version::V1)),
        other => Err(vec![usage(format!("there is no version `{other}` of Rego"), "use v0 or v1")]),
    }
}

fn format(text: &str) -> Result<Format, Vec<Error>> {
    text.parse().map_err(|message: String| vec![usage(message, "")])
}

/// Booleans as Go reads them, for `--flag=false`.
fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        other => Err(format!("`{other}` is neither true nor false")),
    }
}

fn not_run(error: &clap::Error, code: u8) -> u8 {
    let text = error.render();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let text = console::styled(&text, &std::io::stdout());
            u8::from(output::to_stdout(&text).is_err())
        }
        _ => {
            console::to_stderr(&console::styled(&text, &std::io::stderr()));
            code
        }
    }
}
