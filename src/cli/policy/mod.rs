//! `holdpoint policy`: checks and tests the user's own policies, without a plan.

mod check;
mod report;
mod test;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::error::Error;
use crate::model::verdict::Exit;
use crate::rego::{Fault, Limits, Options, Policies, Version};

use super::{Console, console};

/// Test and check your own Rego policies
#[derive(Debug, Args)]
pub(super) struct PolicyVerbs {
    #[command(subcommand)]
    verb: PolicyVerb,
}

#[derive(Debug, Subcommand)]
enum PolicyVerb {
    Test(test::TestArgs),
    Check(check::CheckArgs),
}

/// Which policies.
#[derive(Debug, Args)]
struct Which {
    /// Policy folders or files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Policy data, a folder or file; repeatable
    #[arg(long, value_name = "PATH", help_heading = "Policies")]
    data: Vec<PathBuf>,
    /// Treat a failing function as undefined, so that its rule does not fire, as conftest does
    #[arg(long, help_heading = "Policies")]
    compat_builtin_errors: bool,
    /// Reject unused variables and imports
    #[arg(long, help_heading = "Policies")]
    strict: bool,
    /// Time limit per unit test, in seconds [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400), help_heading = "Policies")]
    timeout: Option<u32>,
    /// Memory limit per unit test, in MiB [default: 4096]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=1_048_576), help_heading = "Policies")]
    memory: Option<u32>,
    /// Rego version: v0 or v1 [default: detected per file]
    #[arg(long, value_name = "VERSION", value_parser = version, help_heading = "Policies")]
    rego_version: Option<Version>,
}

impl Which {
    fn load(&self) -> Result<Policies, Vec<Fault>> {
        let options = Options {
            version: self.rego_version,
            strict: self.strict,
            compat_builtin_errors: self.compat_builtin_errors,
            limits: Limits::of(self.timeout, self.memory),
            ..Options::default()
        };
        Policies::load(&self.paths, &self.data, &options)
    }
}

fn version(text: &str) -> Result<Version, String> {
    match text {
        "v0" => Ok(Version::V0),
        "v1" => Ok(Version::V1),
        _ => Err("use v0 or v1".to_owned()),
    }
}

pub(super) fn run(args: &PolicyVerbs, console: Console) -> Exit {
    match &args.verb {
        PolicyVerb::Test(args) => test::run(args, console),
        PolicyVerb::Check(args) => check::run(args, console),
    }
}

fn complain(faults: Vec<Fault>, console: Console) {
    for fault in faults {
        console::complain(&Error::from(fault), console.color);
    }
}
