//! `holdpoint serve run-task`: the gate for HCP Terraform and Terraform Enterprise.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Deserialize;

use crate::decide::{self, Config};
use crate::error::Error;
use crate::gate::{self, GivenSource, Own, PlanRequest};
use crate::model::verdict::{Problem, Verdict};
use crate::serve::{Configuration, Hosts, Judge, PrePlan, Settings, Task, Tls};

use super::load::{self, Loaded};
use super::policies::PolicyArgs;
use super::{Done, output};

/// Serve verdicts over HTTP
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    RunTask(RunTaskArgs),
}

/// Answer run tasks of HCP Terraform or Terraform Enterprise
///
/// The HMAC key comes from HOLDPOINT_HMAC_KEY or a file; the server does not start without one.
/// Further settings, and policy sets per organisation and workspace, are under `[run_task]` in
/// holdpoint.toml. On SIGTERM, the server stops once running tasks have finished or failed.
#[derive(Debug, Args)]
struct RunTaskArgs {
    /// Address to listen on
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "HOLDPOINT_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    listen: SocketAddr,
    /// Configuration file [default: holdpoint.toml in this or a parent folder]
    #[arg(long, value_name = "FILE", env = "HOLDPOINT_CONFIG")]
    config: Option<PathBuf>,
    /// File with the HMAC key, instead of the variable HOLDPOINT_HMAC_KEY
    #[arg(long, value_name = "FILE", env = "HOLDPOINT_HMAC_KEY_FILE")]
    hmac_key_file: Option<PathBuf>,
    /// API host, HOST or HOST:PORT; repeatable [default: app.terraform.io]
    #[arg(long, value_name = "HOST", env = "HOLDPOINT_HOSTS", value_delimiter = ',')]
    host: Vec<String>,
    /// Host that the API stores plans on; repeatable [default: archivist.terraform.io]
    #[arg(long, value_name = "HOST", env = "HOLDPOINT_STORAGE_HOSTS", value_delimiter = ',')]
    storage_host: Vec<String>,
    /// Additional CA certificates to trust (PEM), for Terraform Enterprise
    #[arg(long, value_name = "FILE", env = "HOLDPOINT_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Serve TLS with this certificate chain (PEM); without it, a proxy must terminate TLS
    #[arg(long, value_name = "FILE", env = "HOLDPOINT_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of that certificate (PEM)
    #[arg(long, value_name = "FILE", env = "HOLDPOINT_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// `[run_task]` in holdpoint.toml.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Section {
    /// `fail` or `pass`: the answer to a task in the pre-plan stage.
    pre_plan: Option<BeforePlan>,
    /// Plans checked concurrently; by default the number of cores.
    concurrency: Option<usize>,
    /// Tasks accepted, including waiting ones; by default 1,000.
    queue: Option<usize>,
    /// Largest plan, in megabytes; by default 512.
    max_plan_mb: Option<u64>,
    /// Seconds from delivery to result; by default 540.
    deadline_seconds: Option<u64>,
    /// Seconds that running tasks get after SIGTERM; by default 60.
    drain_seconds: Option<u64>,
    /// Other configurations, by organisation and workspace; the first match applies.
    policy_set: Vec<Set>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BeforePlan {
    Fail,
    Pass,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    organization: String,
    /// `*` matches any text; every workspace if not set.
    workspace: Option<String>,
    /// The policy set's holdpoint.toml, relative to the folder of this file.
    config: PathBuf,
}

#[derive(Default, Deserialize)]
struct Whole {
    #[serde(default)]
    run_task: Section,
}

/// A policy set that has been read.
struct Policies {
    organization: String,
    workspace: Option<String>,
    policy: Judging,
}

/// What a plan is checked against.
struct Judging {
    config: Config,
    policies: Option<Own>,
}

pub(super) fn run(args: &ServeArgs) -> Done {
    let What::RunTask(args) = &args.what;
    crate::serve::log_to_stdout();
    let settings = settings(args)?;
    crate::serve::run(settings).map_err(|error| {
        Error::Plan(Problem {
            code: "serve::failed".to_owned(),
            message: error.to_string(),
            help: Some("check the address, the certificate and its key".to_owned()),
            file: None,
        })
    })
}

fn settings(args: &RunTaskArgs) -> Result<Settings, Error> {
    let today = super::today();
    let (text, loaded) = load::load_text(args.config.as_deref(), today, &[]).map_err(first)?;
    let Loaded { config, folder, .. } = loaded;
    let whole: Whole = toml::from_str(&text).map_err(|error| {
        usage(
            format!("`[run_task]` in the configuration: {}", error.message()),
            "docs/run-task.md lists its keys",
        )
    })?;
    let section = whole.run_task;
    let mut sets = Vec::new();
    for set in &section.policy_set {
        let path = folder.join(&set.config);
        let Loaded { config, folder, .. } = load::load(Some(&path), today).map_err(first)?;
        sets.push(Policies {
            organization: set.organization.clone(),
            workspace: set.workspace.clone(),
            policy: Judging::new(config, &folder)?,
        });
    }
    let or = |given: &[String], default: &str| match given {
        [] => vec![default.to_owned()],
        hosts => hosts.to_vec(),
    };
    let hosts = or(&args.host, "app.terraform.io");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let seconds = |given: Option<u64>, default| Duration::from_secs(given.unwrap_or(default));
    Ok(Settings {
        listen: args.listen,
        tls: match (&args.tls_cert, &args.tls_key) {
            (Some(certificate), Some(key)) => {
                Some(Tls { certificate: certificate.clone(), key: key.clone() })
            }
            _ => None,
        },
        hmac_key: hmac_key(args.hmac_key_file.as_deref())?,
        hosts: Hosts::new(&hosts, &or(&args.storage_host, "archivist.terraform.io")).map_err(
            |host| {
                usage(
                    format!("`{host}` is not a host"),
                    "write HOST or HOST:PORT, without `https://`",
                )
            },
        )?,
        authorities: args.ca_file.clone(),
        pre_plan: match section.pre_plan {
            Some(BeforePlan::Pass) => PrePlan::Pass,
            Some(BeforePlan::Fail) | None => PrePlan::Fail,
        },
        concurrency: section.concurrency.unwrap_or(cores).clamp(1, 256),
        queue: section.queue.unwrap_or(1_000).clamp(1, 100_000),
        max_plan: section.max_plan_mb.unwrap_or(512).clamp(1, 16_384) << 20,
        deadline: seconds(section.deadline_seconds, 540).clamp(
            Duration::from_secs(60),
            // HCP Terraform gives up after ten minutes.
            Duration::from_secs(590),
        ),
        drain: seconds(section.drain_seconds, 60),
        judge: judge(Judging::new(config, &folder)?, sets),
    })
}

/// The key, which is never printed. An empty key would accept anybody's signature.
fn hmac_key(file: Option<&Path>) -> Result<Vec<u8>, Error> {
    let key = match file {
        Some(file) => {
            let read = std::fs::read(file);
            let bytes = read.map_err(|error| {
                let reason = output::reason(&error);
                usage(
                    format!("cannot read the HMAC key: {reason}"),
                    "check the path and its permissions",
                )
            })?;
            bytes.trim_ascii().to_vec()
        }
        None => std::env::var_os("HOLDPOINT_HMAC_KEY")
            .map(|key| key.into_encoded_bytes().trim_ascii().to_vec())
            .unwrap_or_default(),
    };
    if key.len() < 16 {
        return Err(usage(
            "the HMAC key is missing or shorter than 16 characters".to_owned(),
            "set HOLDPOINT_HMAC_KEY or --hmac-key-file to the run task's key",
        ));
    }
    Ok(key)
}

/// The gate, with the configuration of the workspace.
fn judge(standard: Judging, sets: Vec<Policies>) -> Judge {
    Arc::new(move |task, plan, configuration| {
        let fits = |set: &&Policies| set.fits(task);
        let policy = sets.iter().find(fits).map_or(&standard, |set| &set.policy);
        let source = match configuration {
            Configuration::Nothing => GivenSource::Nothing,
            Configuration::Archive(bytes, folder) => GivenSource::Archive(bytes, folder),
            Configuration::Refused(why) => GivenSource::Refused(why),
        };
        verdict_of(policy, plan, source)
    })
}

impl Judging {
    fn new(config: Config, folder: &Path) -> Result<Self, Error> {
        let policies = PolicyArgs::default().load(&config, folder).map_err(first)?;
        Ok(Self { config, policies })
    }
}

impl Policies {
    fn fits(&self, task: &Task) -> bool {
        self.organization == task.organization
            && self
                .workspace
                .as_deref()
                .is_none_or(|pattern| decide::fits(pattern, &task.workspace))
    }
}

/// The plan stays in memory: it holds secrets.
fn verdict_of(judging: &Judging, plan: Vec<u8>, source: GivenSource) -> Verdict {
    let request = PlanRequest {
        inputs: &["plan.json".to_owned()],
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config: &judging.config,
        policies: judging.policies.as_ref(),
        today: super::today(),
    };
    gate::plan_alone(&request, plan, source)
}

fn first(errors: Vec<Error>) -> Error {
    let none = || usage("the configuration cannot be read".to_owned(), "see `holdpoint init`");
    errors.into_iter().next().unwrap_or_else(none)
}

fn usage(message: String, help: &str) -> Error {
    Error::Usage { message, help: Some(help.to_owned()) }
}

/// The error that lists the known keys of `[run_task]`, for a text with an unknown one.
#[cfg(test)]
pub(super) fn section_keys(text: &str) -> String {
    toml::from_str::<Whole>(text).err().map(|error| error.message().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspaces_fit_patterns() {
        for (pattern, name, expected) in [
            ("prod", "prod", true),
            ("prod", "prod-1", false),
            ("prod-*", "prod-eu", true),
            ("prod-*", "my-prod-eu", false),
            ("*-prod", "eu-prod", true),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("", "x", false),
        ] {
            assert_eq!(decide::fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
