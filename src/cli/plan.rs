//! `holdpoint plan`: may this apply go ahead?

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::civil::Date;

use crate::decide::{self, Config, Existing, Undetermined};
use crate::error::Error;
use crate::gate::{self, Digests, Own, PlanRequest};
use crate::model::severity::Severity;
use crate::model::verdict::{Counted, Exit, Problem, Verdict};
use crate::report::Format;

use super::console::{self, Console};
use super::load::{self, Loaded};
use super::output::{self, Target};
use super::policies::PolicyArgs;
use super::progress;
use super::receipt::ReceiptArgs;

/// Check Terraform or OpenTofu plans
///
/// Exits with 0 if everything was read, every rule ran and nothing blocks; with 1 if a finding
/// blocks; with 2 if there is no verdict.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Plans: the output of `terraform show -json`, a binary plan, or `-` for standard input
    #[arg(required = true, value_name = "PLAN")]
    plans: Vec<String>,

    /// Source folder of the root module [default: the plan's folder or the working directory]
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    source: Option<PathBuf>,
    /// Program that reads binary plans [default: terraform, else tofu, on PATH]
    #[arg(
        long,
        value_name = "PROGRAM",
        env = "HOLDPOINT_TERRAFORM",
        hide_env_values = true,
        help_heading = "Input"
    )]
    terraform_bin: Option<PathBuf>,

    #[command(flatten)]
    decision: DecisionArgs,
    #[command(flatten)]
    receipt: ReceiptArgs,

    /// Report format: human, json, sarif, junit, github, gitlab, markdown or atlantis; repeatable
    ///
    /// Without a path, the report goes to standard output. Replaces `[output] formats` of the configuration
    #[arg(
        long = "format",
        value_name = "FMT[=PATH]",
        value_parser = Target::parse,
        help_heading = "Output"
    )]
    formats: Vec<Target>,
    /// Exit with 0 once the report is written. Atlantis discards the output of a step that fails, and
    /// reads the verdict from that output. Only with `--format atlantis` on standard output
    #[arg(long, help_heading = "Output")]
    no_fail: bool,
}

/// What the verdict depends on besides the plan; `holdpoint receipt verify` takes the same flags.
#[derive(Debug, Args)]
pub(super) struct DecisionArgs {
    /// Configuration file [default: holdpoint.toml in this or a parent folder]
    #[arg(long, value_name = "FILE", help_heading = "Decision")]
    pub(super) config: Option<PathBuf>,
    /// What to do with undetermined findings [default: block]
    #[arg(long, value_enum, value_name = "DO", help_heading = "Decision")]
    pub(super) undetermined: Option<OnUndetermined>,
    /// What to do with findings that existed before the change [default: report]
    #[arg(long, value_enum, value_name = "DO", help_heading = "Decision")]
    pub(super) existing: Option<OnExisting>,
    /// Lowest severity that blocks: critical, high, medium or low [default: high]
    #[arg(long, value_name = "SEVERITY", help_heading = "Decision")]
    pub(super) fail_on: Option<Severity>,
    /// Accept a plan that Terraform marks as incomplete; the report says so
    #[arg(long, help_heading = "Decision")]
    pub(super) allow_partial: bool,
    #[command(flatten)]
    pub(super) policies: PolicyArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum OnUndetermined {
    /// Block, like a violation
    Block,
    /// Report only
    Warn,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum OnExisting {
    /// Report only
    Report,
    /// Block, like an introduced finding
    Block,
}

pub(super) fn run(args: &PlanArgs, console: Console) -> Exit {
    let today = super::today();
    if let Err(error) = output::check(&args.formats) {
        console::complain(&error, console.color);
        return Exit::Undecided;
    }
    if args.no_fail && !args.formats.iter().any(Target::is_for_atlantis) {
        let error = Error::Usage {
            message: "`--no-fail` is only for Atlantis, which reads the verdict from the report"
                .to_owned(),
            help: Some("add `--format atlantis`, or remove `--no-fail`".to_owned()),
        };
        console::complain(&error, console.color);
        return Exit::Undecided;
    }
    let receipt = match args.receipt.prepare() {
        Ok(receipt) => receipt,
        Err(error) => return args.not_judged(console, &[error]),
    };
    let Loaded { mut config, folder, digest, .. } =
        match load::load(args.decision.config.as_deref(), today) {
            Ok(loaded) => loaded,
            Err(errors) => return args.not_judged(console, &errors),
        };
    let targets = match targets(&args.formats, &config, &folder) {
        Ok(targets) => targets,
        Err(error) => return args.not_judged(console, &[error]),
    };
    args.decision.override_in(&mut config);
    let policies = match args.decision.policies.load(&config, &folder) {
        Ok(policies) => policies,
        Err(errors) => return args.not_judged(console, &errors),
    };
    let policies = policies.as_ref();
    let (verdict, digests) = judge(args, &config, policies, &folder, today, console.quiet);
    let unwritten = receipt.and_then(|receipt| {
        let policy = gate::policy(&config, digest, args.decision.allow_partial, policies);
        receipt.write(&verdict, &digests, policy).err()
    });
    if let Some(error) = &unwritten {
        console::complain(error, console.color);
    }
    let people = targets.iter().any(|t| t.format == Format::Human && t.path.is_none());
    if !people {
        console::list(&verdict.errors);
    }
    if output::deliver(&targets, &verdict, console).is_empty() && unwritten.is_none() {
        args.exit(verdict.decision.exit())
    } else {
        Exit::Undecided
    }
}

/// Passes an undecided verdict on to the tools that wait for one.
pub(super) fn after_panic(args: &PlanArgs) {
    deliver_panic(Counted::Resources, &args.formats, &args.plans);
}

pub(super) fn deliver_panic(counted: Counted, formats: &[Target], inputs: &[String]) {
    let console = Console { color: console::When::Never, quiet: false, verbose: false };
    let errors = vec![Problem::from(&Error::Internal)];
    let verdict = decide::undecided(counted, inputs, errors);
    output::deliver(&for_tools(formats), &verdict, console);
}

fn judge(
    args: &PlanArgs,
    config: &Config,
    policies: Option<&Own>,
    folder: &Path,
    today: Date,
    quiet: bool,
) -> (Verdict, Vec<(String, Digests)>) {
    let from_config = config.source.as_ref().map(|dir| folder.join(dir));
    let request = PlanRequest {
        inputs: &args.plans,
        source: args.source.as_deref().or(from_config.as_deref()),
        terraform_bin: args.terraform_bin.as_deref(),
        allow_partial: args.decision.allow_partial,
        config,
        policies,
        today,
    };
    progress::shown(quiet, "checking the plan", || {
        if args.receipt.wanted() {
            gate::plan_for_receipt(&request)
        } else {
            (gate::plan(&request), Vec::new())
        }
    })
}

impl PlanArgs {
    fn exit(&self, exit: Exit) -> Exit {
        if self.no_fail { Exit::Pass } else { exit }
    }

    /// Ends a run that failed before the plan was read.
    fn not_judged(&self, console: Console, errors: &[Error]) -> Exit {
        if undecided(Counted::Resources, &self.formats, &self.plans, console, errors) {
            self.exit(Exit::Undecided)
        } else {
            Exit::Undecided
        }
    }
}

impl DecisionArgs {
    pub(super) fn override_in(&self, config: &mut Config) {
        match self.undetermined {
            Some(OnUndetermined::Block) => config.gate.undetermined = Undetermined::Block,
            Some(OnUndetermined::Warn) => config.gate.undetermined = Undetermined::Warn,
            None => {}
        }
        match self.existing {
            Some(OnExisting::Report) => config.gate.existing = Existing::Report,
            Some(OnExisting::Block) => config.gate.existing = Existing::Block,
            None => {}
        }
        config.gate.fail_on = self.fail_on.unwrap_or(config.gate.fail_on);
    }
}

/// Where reports go: the command line, else the configuration, else standard output for people.
pub(super) fn targets(
    formats: &[Target],
    config: &Config,
    folder: &Path,
) -> Result<Vec<Target>, Error> {
    if !formats.is_empty() {
        return Ok(formats.to_vec());
    }
    if config.formats.is_empty() {
        return Ok(vec![Target::HUMAN]);
    }
    let mut targets = Vec::new();
    for text in &config.formats {
        let target = Target::parse(text).map_err(|message| Error::Usage {
            message: format!("`{text}` in `[output] formats`: {message}"),
            help: Some("write `FORMAT` or `FORMAT=PATH`".to_owned()),
        })?;
        targets.push(Target { path: target.path.map(|path| folder.join(path)), ..target });
    }
    output::check(&targets)?;
    Ok(targets)
}

/// Ends a run that failed before its input was read. People read the errors on standard error,
/// with the line underlined; tools get a verdict. Returns whether all of that was delivered.
pub(super) fn undecided(
    counted: Counted,
    formats: &[Target],
    inputs: &[String],
    console: Console,
    errors: &[Error],
) -> bool {
    for error in errors {
        console::complain(error, console.color);
    }
    let errors = errors.iter().map(Problem::from).collect();
    let verdict = decide::undecided(counted, inputs, errors);
    output::deliver(&for_tools(formats), &verdict, console).is_empty()
}

fn for_tools(formats: &[Target]) -> Vec<Target> {
    let not_people = |target: &&Target| target.format != Format::Human || target.path.is_some();
    formats.iter().filter(not_people).cloned().collect()
}
