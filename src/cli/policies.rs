//! The user's own policies: which to read, and how.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::decide::Config;
use crate::error::Error;
use crate::gate::Own;
use crate::rego::{Limits, Options, Policies};

/// Policies to evaluate besides the built-in rules.
#[derive(Debug, Default, Args)]
pub(super) struct PolicyArgs {
    /// Your own Rego policies, a folder or file; repeatable [default: `[rego] policy`]
    #[arg(long = "policy", value_name = "PATH", help_heading = "Policies")]
    policies: Vec<PathBuf>,
    /// Policy data, a folder or file; repeatable [default: `[rego] data`]
    #[arg(long = "policy-data", value_name = "PATH", help_heading = "Policies")]
    data: Vec<PathBuf>,
    /// Namespaces to evaluate, `main` or `aws.*`; repeatable [default: all that have rules]
    #[arg(long = "policy-namespace", value_name = "NS", help_heading = "Policies")]
    namespaces: Vec<String>,
    /// Treat a failing function as undefined, so that its rule does not fire, as conftest does
    #[arg(long, help_heading = "Policies")]
    compat_builtin_errors: bool,
}

impl PolicyArgs {
    /// Reads and checks the policies; none if none are configured. The command line replaces the
    /// configuration; paths in the configuration are relative to its folder.
    pub(super) fn load(&self, config: &Config, folder: &Path) -> Result<Option<Own>, Vec<Error>> {
        let either = |given: &[PathBuf], configured: &[PathBuf]| -> Vec<PathBuf> {
            match given {
                [] => configured.iter().map(|path| folder.join(path)).collect(),
                given => given.to_vec(),
            }
        };
        let paths = either(&self.policies, &config.rego.policy);
        if paths.is_empty() {
            return match self.data.is_empty() && self.namespaces.is_empty() {
                true => Ok(None),
                false => Err(vec![Error::Usage {
                    message: "this flag needs policies".to_owned(),
                    help: Some(
                        "name them with --policy, or in `[rego]` of holdpoint.toml".to_owned(),
                    ),
                }]),
            };
        }
        let data = either(&self.data, &config.rego.data);
        let options = Options {
            compat_builtin_errors: self.compat_builtin_errors || config.rego.compat_builtin_errors,
            limits: Limits::of(config.rego.timeout, config.rego.memory),
            ..Options::default()
        };
        let policies = Policies::load(&paths, &data, &options)
            .map_err(|faults| faults.into_iter().map(Error::from).collect::<Vec<_>>())?;
        let patterns = match self.namespaces.as_slice() {
            [] => &config.rego.namespaces,
            policies => policies,
        };
        let namespaces = policies.select(patterns).map_err(|fault| vec![Error::from(*fault)])?;
        Ok(Some(Own { policies, namespaces }))
    }
}
