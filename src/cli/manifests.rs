//! `holdpoint manifests`: may this be deployed?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::decide::Config;
use crate::error::Error;
use crate::gate::{self, ManifestsRequest, Paths};
use crate::model::finding::Outcome;
use crate::model::severity::Severity;
use crate::model::verdict::{Counted, Exit, Problem};
use crate::report::Format;
use crate::rules::kubernetes::{KubernetesRule, PodSecurity};

use super::console::{self, Console};
use super::load::{self, Loaded};
use super::output::{self, Target};
use super::plan::{self, DecisionArgs, OnExisting, OnUndetermined};
use super::policies::PolicyArgs;
use super::progress;

/// Check Kubernetes manifests
///
/// Reads them as the API server would. Exits with 0 if everything was read, every rule ran and
/// nothing blocks; with 1 if a finding blocks; with 2 if there is no verdict.
#[derive(Debug, Args)]
pub(super) struct ManifestsArgs {
    /// Files, folders (recursively), or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,

    /// In folders, read only files that match this glob; repeatable
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    include: Vec<String>,
    /// In folders, skip files that match this glob, such as `kustomization.yaml`; repeatable
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    exclude: Vec<String>,
    /// In folders, skip files ignored by `.gitignore`; `kubectl apply -R` would still apply them
    #[arg(long, help_heading = "Input")]
    gitignore: bool,
    /// Folder of custom rules, one YAML file each, in the format of `policies/kubernetes`
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    rules: Option<PathBuf>,

    /// Pod Security Standards level and Kubernetes version [default: restricted:latest]
    #[arg(long, value_name = "LEVEL[:v1.N]", help_heading = "Decision")]
    pod_security: Option<PodSecurity>,
    /// JSON report of an earlier run; findings in it count as existing
    #[arg(long, value_name = "FILE", help_heading = "Decision")]
    baseline: Option<PathBuf>,
    /// Configuration file [default: holdpoint.toml in this or a parent folder]
    #[arg(long, value_name = "FILE", help_heading = "Decision")]
    config: Option<PathBuf>,
    /// What to do with undetermined findings [default: block]
    #[arg(long, value_enum, value_name = "DO", help_heading = "Decision")]
    undetermined: Option<OnUndetermined>,
    /// What to do with findings in the baseline [default: report]
    #[arg(long, value_enum, value_name = "DO", help_heading = "Decision")]
    existing: Option<OnExisting>,
    /// Lowest severity that blocks: critical, high, medium or low [default: high]
    #[arg(long, value_name = "SEVERITY", help_heading = "Decision")]
    fail_on: Option<Severity>,

    /// Report format: human, json, sarif, junit, github, gitlab or markdown; repeatable
    ///
    /// Without a path, the report goes to standard output. Replaces `[output] formats` of the configuration
    #[arg(
        long = "format",
        value_name = "FMT[=PATH]",
        value_parser = Target::parse,
        help_heading = "Output"
    )]
    formats: Vec<Target>,
}

/// What was read before the manifests are.
struct Prepared {
    config: Config,
    targets: Vec<Target>,
    rules: Vec<KubernetesRule>,
    known: Option<BTreeMap<String, Outcome>>,
    pod_security: PodSecurity,
}

pub(super) fn run(args: &ManifestsArgs, console: Console) -> Exit {
    if let Err(error) = output::check(&args.formats) {
        console::complain(&error, console.color);
        return Exit::Undecided;
    }
    let prepared = match prepare(args) {
        Ok(prepared) => prepared,
        Err(errors) => {
            plan::undecided(Counted::Objects, &args.formats, &args.paths, console, &errors);
            return Exit::Undecided;
        }
    };
    let request = ManifestsRequest {
        paths: Paths {
            paths: &args.paths,
            include: &args.include,
            exclude: &args.exclude,
            gitignore: args.gitignore || prepared.config.manifests.gitignore,
        },
        rules: &prepared.rules,
        pod_security: prepared.pod_security,
        known: prepared.known.as_ref(),
        config: &prepared.config,
        today: super::today(),
    };
    let verdict = progress::shown(console.quiet, "checking the manifests", || {
        gate::manifests_at_last(&request)
    });
    let people = prepared.targets.iter().any(|t| t.format == Format::Human && t.path.is_none());
    if !people {
        console::list(&verdict.errors);
    }
    if output::deliver(&prepared.targets, &verdict, console).is_empty() {
        verdict.decision.exit()
    } else {
        Exit::Undecided
    }
}

/// Passes an undecided verdict on to the tools that wait for one.
pub(super) fn after_panic(args: &ManifestsArgs) {
    plan::deliver_panic(Counted::Objects, &args.formats, &args.paths);
}

fn prepare(args: &ManifestsArgs) -> Result<Prepared, Vec<Error>> {
    let rules = match &args.rules {
        Some(folder) => gate::own_rules(folder)
            .map_err(|problems| problems.into_iter().map(Error::Plan).collect::<Vec<_>>())?,
        None => Vec::new(),
    };
    let metas: Vec<_> = rules.iter().map(|rule| &rule.meta).collect();
    let Loaded { mut config, folder, manifest_rules, .. } =
        load::load_with(args.config.as_deref(), super::today(), &metas)?;
    let mut rules = rules;
    rules.extend(manifest_rules);
    twice(&rules)?;
    let pod_security = match (args.pod_security, &config.manifests.pod_security) {
        (Some(flag), _) => flag,
        (None, Some(text)) => text.parse().map_err(|why| {
            let message = format!("`pod_security` under `[manifests]`: {why}");
            let help = Some("write `restricted`, `baseline` or `baseline:v1.34`".to_owned());
            vec![Error::Usage { message, help }]
        })?,
        (None, None) => PodSecurity::default(),
    };
    let targets = plan::targets(&args.formats, &config, &folder).map_err(|error| vec![error])?;
    let decision = DecisionArgs {
        config: None,
        undetermined: args.undetermined,
        existing: args.existing,
        fail_on: args.fail_on,
        allow_partial: false,
        policies: PolicyArgs::default(),
    };
    decision.override_in(&mut config);
    let known = args.baseline.clone();
    let known = known.or_else(|| Some(folder.join(config.manifests.baseline.as_ref()?)));
    let known = known.as_deref().map(baseline).transpose();
    let known = known.map_err(|error| vec![error])?;
    Ok(Prepared { config, targets, rules, known, pod_security })
}

/// A rule from the command line and one from the configuration may share an id.
fn twice(rules: &[KubernetesRule]) -> Result<(), Vec<Error>> {
    let mut seen = BTreeSet::new();
    match rules.iter().find(|rule| !seen.insert(rule.meta.id.as_ref())) {
        None => Ok(()),
        Some(rule) => Err(vec![Error::Usage {
            message: format!("two rules have the id `{}`", rule.meta.id),
            help: Some("name their folder once: `--rules` adds to `[manifests] rules`".to_owned()),
        }]),
    }
}

/// The fingerprints in a JSON report, except those of waived findings.
fn baseline(path: &Path) -> Result<BTreeMap<String, Outcome>, Error> {
    #[derive(Deserialize)]
    struct Report {
        schema: String,
        findings: Vec<Known>,
    }
    #[derive(Deserialize)]
    struct Known {
        fingerprint: String,
        outcome: Outcome,
        // What is waived for a time is not known for good.
        waiver: Option<IgnoredAny>,
    }
    let shown = path.display().to_string().replace('\\', "/");
    let wrong = |message: String, help: &str| {
        Error::Plan(Problem {
            code: "manifest::baseline".to_owned(),
            message,
            help: Some(help.to_owned()),
            file: Some(shown.clone()),
        })
    };
    let text = fs::read(path).map_err(|error| {
        let message = format!("cannot read the baseline: {}", output::reason(&error));
        wrong(message, "check the path and its permissions")
    })?;
    let report: Option<Report> = serde_json::from_slice(&text).ok();
    match report.filter(|report| report.schema == "holdpoint/v1") {
        Some(report) => {
            let known = report.findings.into_iter().filter(|finding| finding.waiver.is_none());
            Ok(known.map(|finding| (finding.fingerprint, finding.outcome)).collect())
        }
        None => Err(wrong(
            "the baseline is not a holdpoint JSON report".to_owned(),
            "create one with `--format json=FILE`",
        )),
    }
}
