//! `holdpoint conftest`, also when the binary is called `conftest`: conftest's command line and exit
//! codes. A verb or flag that is not supported says so in one line.

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

/// conftest's exit code for every error.
const FAILED: u8 = 1;
/// holdpoint's exit code for an error where 1 would mean that there are only warnings.
const FAILED_ON_WARN: u8 = 2;

/// Test JSON and YAML against Rego policies, as conftest does
///
/// Replaces the program `conftest`: it takes the same flags, CONFTEST_* variables and conftest.toml,
/// prints the same output formats and exits with the same codes (1 for failures and errors; with
/// --fail-on-warn, 1 for warnings and 2 for failures and errors). Input that conftest would pass
/// without evaluating a rule is an error here; --compat restores conftest's behaviour. Differences
/// are listed in docs/conftest.md.
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
    /// Configuration file [default: conftest.toml in the working directory]
    #[arg(short, long, global = true, value_name = "FILE")]
    config_file: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Test(test::TestArgs),
    Verify(verify::VerifyArgs),
    Parse(parse::ParseArgs),
    /// Not supported: reformat earlier results
    #[command(hide = true)]
    Reformat(Rest),
    /// Not supported: format policies
    #[command(hide = true)]
    Fmt(Rest),
    /// Not supported: document policies
    #[command(hide = true)]
    Doc(Rest),
    /// Not supported: download policies
    #[command(hide = true)]
    Pull(Rest),
    /// Not supported: upload policies
    #[command(hide = true)]
    Push(Rest),
    /// Not supported: plugins
    #[command(hide = true)]
    Plugin(Rest),
    #[command(external_subcommand)]
    Unknown(Vec<String>),
}

/// All remaining arguments.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<String>,
}

/// Where conftest's arguments begin: after the name of the binary if that is `conftest`, else after
/// the verb if that is.
pub(super) fn arguments(args: &[OsString]) -> Option<Vec<OsString>> {
    let called = args.first().map(Path::new).and_then(Path::file_name)?;
    // Atlantis appends the version, `conftest0.56.0`.
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

/// The command definition, for help and documentation.
pub(super) fn command() -> clap::Command {
    Conftest::command()
}

/// Runs it; the exit code is conftest's.
pub(super) fn run(args: &[OsString]) -> u8 {
    // Both spellings ask for the version only before a verb.
    if args.len() == 2 && args.get(1).is_some_and(|arg| arg == "--version" || arg == "-v") {
        let version = env!("CARGO_PKG_VERSION");
        let text = format!("Conftest: {RELEASE}\nOPA: {OPA}\nholdpoint: {version}\n");
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
            Verb::Reformat(_) => not_here("reformat", "run `test` once per format, with --output"),
            Verb::Fmt(_) => not_here("fmt", "use `opa fmt`"),
            Verb::Doc(_) => not_here("doc", "use `opa inspect --annotations`"),
            Verb::Pull(_) => not_here(
                "pull",
                "fetch the policies first, for example with `git clone` or `oras pull`, and name \
                 their folder with --policy",
            ),
            Verb::Push(_) => not_here("push", "use `oras push`"),
            Verb::Plugin(_) => not_here("plugin", "run the plugin's own program"),
            Verb::Unknown(words) => {
                let word = words.first().map(String::as_str).unwrap_or_default();
                Err(vec![usage(
                    format!("unknown command `{word}`"),
                    "use test, verify or parse; plugins are not supported",
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

/// The exit code for an error. With --fail-on-warn, callers treat 1 as warnings only.
fn failed(args: &[OsString]) -> u8 {
    let asked = args.iter().any(|arg| arg.to_string_lossy().starts_with("--fail-on-warn"));
    if asked { FAILED_ON_WARN } else { FAILED }
}

/// The exit code, or the errors that prevent one.
type Done = Result<u8, Vec<Error>>;

fn not_here(verb: &str, instead: &str) -> Done {
    Err(vec![usage(format!("`conftest {verb}` is not supported: {instead}"), "")])
}

fn usage(message: impl Into<String>, help: &str) -> Error {
    let help = (!help.is_empty()).then(|| help.to_owned());
    Error::Usage { message: message.into(), help }
}

fn problems(problems: Vec<Problem>) -> Vec<Error> {
    problems.into_iter().map(Error::Plan).collect()
}

/// Rejects a flag that is not supported.
fn refuse(given: bool, flag: &str, instead: &str) -> Result<(), Vec<Error>> {
    match given {
        true => Err(vec![usage(format!("`--{flag}` is not supported: {instead}"), "")]),
        false => Ok(()),
    }
}

fn version(text: &str) -> Result<Option<Version>, Vec<Error>> {
    match text {
        // conftest assumes v1 then; here it is detected per file.
        "" => Ok(None),
        "v0" | "V0" => Ok(Some(Version::V0)),
        "v1" | "V1" => Ok(Some(Version::V1)),
        other => Err(vec![usage(format!("`{other}` is not a version of Rego"), "use v0 or v1")]),
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
        other => Err(format!("`{other}` is not `true` or `false`")),
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
