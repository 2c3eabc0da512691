//! `holdpoint completions`: a script for the shell, made from the definitions of the verbs.

use clap::{Args, Command};
use clap_complete::Shell;

use super::{Done, output};

/// Print a shell completion script
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, command: &mut Command) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "holdpoint", &mut script);
    output::to_stdout(&String::from_utf8_lossy(&script))
}
