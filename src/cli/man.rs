//! `holdpoint man`: manual pages, made of the same definitions as the help.

use std::path::PathBuf;

use clap::{Args, Command};

use crate::error::Error;

use super::{Done, output};

/// Write the manual pages, one per command
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Output folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(args: &ManArgs, command: Command) -> Done {
    std::fs::create_dir_all(&args.dir)
        .and_then(|()| clap_mangen::generate_to(command, &args.dir))
        .map_err(|error| Error::Output {
            target: format!("the manual pages to `{}`", args.dir.display()),
            message: output::reason(&error),
        })
}
