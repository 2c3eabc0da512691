//! The user's own policies: which to read, and how.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::decide::Config;
use crate::error::Error;
use crate::gate::Own;
use crate::rego::{Limits, Options, Policies};

/// Which policies judge beside the built-in rules.
#[derive(Debug, Default, Args)]
pub(super) struct PolicyArgs {
    /// Policies of your own in Rego, a folder or a file; repeatable [default: `[rego] policy`]
    #[arg(long = "policy", value_name = "PATH", help_heading = "Policies")]
    policies: Vec<PathBuf>,
    /// Data for them, a folder or a file; repeatable [default: `[rego] data`]
    #[arg(long = "policy-data", value_name = "PATH", help_heading = "Policies")]
    data: Vec<PathBuf>,
    /// Namespaces that judge, `main` or `aws.*`; repeatable [default: all that have rules]
    #[arg(long = "policy-namespace", value_name = "NS", help_heading = "Policies")]
    namespaces: Vec<String>,
    /// Let a function that fails only silence its rule, as conftest does
    #[arg(long, help_heading = "Policies")]
    compat_builtin_errors: bool,
}

impl PolicyArgs {
    /// Reads and checks the policies; none when nobody asks for any. What the command line names
    /// counts instead of the configuration; paths of the configuration start from its folder.
    pub(super) fn load(&self, config: &Config, folder: &Path) -> Result<Option<Own>, Vec<Error>> {
        let either = |own: &[PathBuf], configured: &[PathBuf]| -> Vec<PathBuf> {
            match own {
                [] => configured.iter().map(|path| folder.join(path)).collect(),
                own => own.to_vec(),
            }
        };
        let paths = either(&self.policies, &config.rego.policy);
        if paths.is_empty() {
            return match self.data.is_empty() && self.namespaces.is_empty() {
                true => Ok(None),
                false => Err(vec![Error::Usage {
                    message: "there are no policies that could use this".to_owned(),
                    help: Some("name them with --policy, or under `[rego]`".to_owned()),
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
            own => own,
        };
        let namespaces = policies.select(patterns).map_err(|fault| vec![Error::from(*fault)])?;
        Ok(Some(Own { policies, namespaces }))
    }
}
