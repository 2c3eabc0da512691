//! `conftest test`

use std::path::PathBuf;

use clap::Args;

use crate::conftest::input::Reading;
use crate::conftest::{Input, Request, Style, exit_code, files, output as formats, render};
use crate::error::Error;
use crate::rego::{Limits, Options, Policies};

use super::settings::Settings;
use super::{Done, boolean, console, output, problems, refuse, usage};

/// Judge files by policies
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(super) struct TestArgs {
    /// Files, folders with all below them, or `-` for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    shown: Shown,

    /// Judge by all namespaces
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    all_namespaces: Option<bool>,
    /// Judge all files as one, `[{"path": .., "contents": ..}]`
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    combine: Option<bool>,
    /// Leave out paths that fit this regular expression
    #[arg(long, value_name = "REGEX")]
    ignore: Option<String>,
    /// What the files are: json or yaml [default: by their names]
    #[arg(long, value_name = "PARSER")]
    parser: Option<String>,
    /// What standard input is called in the output
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    /// Exit with 1 when there are warnings, with 2 when there are failures
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    fail_on_warn: Option<bool>,
    /// Exit with 0 whatever the policies say
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    no_fail: Option<bool>,
    /// Show no exceptions
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    suppress_exceptions: Option<bool>,
    /// Not here: fetch the policies before
    #[arg(short, long, value_name = "URL", value_delimiter = ',', hide = true)]
    update: Vec<String>,
    /// Only for --update
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean, hide = true)]
    tls: Option<bool>,
}

/// What is asked, by `test` and by `verify`.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// Policies, folders or files [default: policy]
    #[arg(short, long, value_name = "PATH", value_delimiter = ',')]
    policy: Vec<String>,
    /// Data for them, folders or files
    #[arg(short, long, value_name = "PATH", value_delimiter = ',')]
    data: Vec<String>,
    /// Namespaces, `main` or `aws.*` [default: main; of verify: all]
    #[arg(short, long, value_name = "NS", value_delimiter = ',')]
    namespace: Vec<String>,
    /// The version of Rego: v0 or v1 [default: each file tells by itself]
    #[arg(long, value_name = "VERSION")]
    rego_version: Option<String>,
    /// Refuse variables and imports that nothing uses
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    strict: Option<bool>,
    /// Fail when a function fails, instead of letting its rule say nothing
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    show_builtin_errors: Option<bool>,
    /// Let pass what nobody looked at, as conftest does
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    compat: Option<bool>,
    /// Seconds for one input, or one unit test [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: Option<u32>,
    /// MiB for one input, or one unit test [default: 4096]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    memory: Option<u32>,
    /// Not here: what a gate may use is fixed
    #[arg(long, value_name = "FILE", hide = true)]
    capabilities: Option<String>,
    /// Not here: no parser needs them
    #[arg(long, value_name = "DIR", value_delimiter = ',', hide = true)]
    proto_file_dirs: Vec<String>,
}

/// How results are shown, by `test` and by `verify`.
#[derive(Debug, Args)]
pub(super) struct Shown {
    /// stdout, json, tap, table, junit, github, azuredevops or sarif [default: stdout]
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
    /// No colours
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    no_color: Option<bool>,
    /// Say nothing when everything passed
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    quiet: Option<bool>,
    /// Say on standard error which rules were asked
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    trace: Option<bool>,
    /// junit: no messages in the names of tests
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    junit_hide_message: Option<bool>,
    /// github: leave out files whose checks all passed
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    github_hide_passed: Option<bool>,
}

impl Asked {
    /// Whether to let pass what nobody looked at.
    pub(super) fn compat(&self, settings: &Settings) -> Result<bool, Vec<Error>> {
        settings.flag("compat", self.compat)
    }

    /// The namespaces.
    pub(super) fn namespaces(
        &self,
        settings: &Settings,
        default: &[&str],
    ) -> Result<Vec<String>, Vec<Error>> {
        settings.list("namespace", &self.namespace, default)
    }

    /// Reads and checks the policies.
    pub(super) fn load(&self, settings: &Settings) -> Result<Policies, Vec<Error>> {
        let capabilities = settings.text("capabilities", self.capabilities.as_deref())?;
        refuse(
            !capabilities.is_empty(),
            "capabilities",
            "functions that reach the network are refused anyway",
        )?;
        let protos = settings.list("proto-file-dirs", &self.proto_file_dirs, &[])?;
        refuse(!protos.is_empty(), "proto-file-dirs", "there is no parser `textproto`")?;
        let paths = |list: Vec<String>| list.into_iter().map(PathBuf::from).collect::<Vec<_>>();
        let options = Options {
            version: super::version(&settings.text("rego-version", self.rego_version.as_deref())?)?,
            strict: settings.flag("strict", self.strict)?,
            compat_builtin_errors: !settings
                .flag("show-builtin-errors", self.show_builtin_errors)?,
            environment: true,
            limits: Limits::of(
                settings.number("timeout", self.timeout, 86_400)?,
                settings.number("memory", self.memory, 1 << 20)?,
            ),
        };
        let policies = paths(settings.list("policy", &self.policy, &["policy"])?);
        let data = paths(settings.list("data", &self.data, &[])?);
        Policies::load(&policies, &data, &options)
            .map_err(|faults| faults.into_iter().map(Error::from).collect())
    }
}

impl Shown {
    /// Prints the results, unless they are good and nobody wants to hear it.
    pub(super) fn show(
        &self,
        settings: &Settings,
        results: &[crate::conftest::Checked],
        good: bool,
        own: Style,
    ) -> Result<(), Vec<Error>> {
        let format = settings.text("output", self.output.as_deref())?;
        let format = super::format(if format.is_empty() { "stdout" } else { &format })?;
        let style = Style {
            color: !settings.flag("no-color", self.no_color)?,
            junit_hide_message: settings.flag("junit-hide-message", self.junit_hide_message)?,
            github_hide_passed: settings.flag("github-hide-passed", self.github_hide_passed)?,
            ..own
        };
        if settings.flag("quiet", self.quiet)? && good {
            return Ok(());
        }
        if settings.flag("trace", self.trace)? {
            console::to_stderr(&formats::trace(results, style.color));
        }
        output::to_stdout(&render(format, results, style)).map_err(|error| vec![error])
    }

    /// Refuses an output format that does not exist before anything is judged.
    pub(super) fn check(&self, settings: &Settings) -> Result<(), Vec<Error>> {
        match settings.text("output", self.output.as_deref())?.as_str() {
            "" => Ok(()),
            text => super::format(text).map(|_| ()),
        }
    }
}

pub(super) fn run(args: &TestArgs, settings: &Settings) -> Done {
    if args.paths.is_empty() {
        return Err(vec![usage(
            "missing required arguments",
            "name files, folders, or `-` for standard input",
        )]);
    }
    args.shown.check(settings)?;
    let update = settings.list("update", &args.update, &[])?;
    refuse(
        !update.is_empty(),
        "update",
        "fetch the policies before, for example with `git clone` or `oras pull`",
    )?;
    let compat = args.asked.compat(settings)?;
    let ignore = settings.text("ignore", args.ignore.as_deref())?;
    let parser = settings.text("parser", args.parser.as_deref())?;
    let stdin_filename = settings.text("stdin-filename", args.stdin_filename.as_deref())?;

    let files =
        files::list(&args.paths, Some(&ignore), !parser.is_empty(), compat).map_err(problems)?;
    let combine = settings.flag("combine", args.combine)?;
    // What is wrong with an input is said before what is wrong with a policy.
    let policies = args.asked.load(settings);
    let how = Reading {
        parser: Some(&parser),
        stdin_filename: Some(&stdin_filename),
        compat,
        policies: policies.as_ref().ok().filter(|_| !combine),
    };
    let (mut inputs, mut errors) = (Vec::new(), Vec::new());
    for file in &files {
        match Input::read(file, how) {
            Ok(input) => inputs.push(input),
            Err(problem) => errors.push(Error::Plan(problem)),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let policies = policies?;
    let request = Request {
        policies: &policies,
        namespaces: &args.asked.namespaces(settings, &["main"])?,
        all_namespaces: settings.flag("all-namespaces", args.all_namespaces)?,
        combine,
        compat,
    };
    let results =
        crate::conftest::test(&inputs, &request).map_err(|fault| vec![Error::from(*fault)])?;
    let code = exit_code(&results, settings.flag("fail-on-warn", args.fail_on_warn)?);
    let style = Style {
        suppress_exceptions: settings.flag("suppress-exceptions", args.suppress_exceptions)?,
        ..Style::default()
    };
    args.shown.show(settings, &results, code == 0, style)?;
    notices(&policies);
    Ok(if settings.flag("no-fail", args.no_fail)? { 0 } else { code })
}

/// Differences to conftest that are no mistake, on standard error and behind the results: what reads
/// both as one looks at the first characters.
pub(super) fn notices(policies: &Policies) {
    for notice in policies.notices() {
        console::to_stderr(&format!("note: {}\n", console::printable(notice)));
    }
}
