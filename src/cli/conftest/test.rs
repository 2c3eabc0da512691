//! `conftest test`

use std::path::PathBuf;

use clap::Args;

use crate::conftest::input::Reading;
use crate::conftest::{Input, Request, Style, exit_code, files, output as formats, render};
use crate::error::Error;
use crate::rego::{Limits, Options, Policies};

use super::settings::Settings;
use super::{Done, boolean, console, output, problems, refuse, usage};

/// Test files against policies
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(super) struct TestArgs {
    /// Files, folders (recursively), or `-` for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    shown: Shown,

    /// Evaluate all namespaces
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    all_namespaces: Option<bool>,
    /// Combine all files into one document, `[{"path": .., "contents": ..}]`
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    combine: Option<bool>,
    /// Skip paths that match this regular expression
    #[arg(long, value_name = "REGEX")]
    ignore: Option<String>,
    /// Parser for the files: json or yaml [default: by file name]
    #[arg(long, value_name = "PARSER")]
    parser: Option<String>,
    /// File name shown for standard input
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    /// Exit with 1 if there are warnings, with 2 if there are failures
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    fail_on_warn: Option<bool>,
    /// Exit with 0 even if policies fail
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    no_fail: Option<bool>,
    /// Hide exceptions
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    suppress_exceptions: Option<bool>,
    /// Not supported: fetch the policies first
    #[arg(short, long, value_name = "URL", value_delimiter = ',', hide = true)]
    update: Vec<String>,
    /// Only for --update, which is not supported
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean, hide = true)]
    tls: Option<bool>,
}

/// What `test` and `verify` evaluate.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// Policy folders or files [default: policy]
    #[arg(short, long, value_name = "PATH", value_delimiter = ',')]
    policy: Vec<String>,
    /// Data folders or files
    #[arg(short, long, value_name = "PATH", value_delimiter = ',')]
    data: Vec<String>,
    /// Namespaces, `main` or `aws.*` [default: main; for verify: all]
    #[arg(short, long, value_name = "NS", value_delimiter = ',')]
    namespace: Vec<String>,
    /// Rego version: v0 or v1 [default: detected per file]
    #[arg(long, value_name = "VERSION")]
    rego_version: Option<String>,
    /// Reject unused variables and imports
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    strict: Option<bool>,
    /// Treat a failing function as an error instead of leaving its rule undefined
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    show_builtin_errors: Option<bool>,
    /// Pass input that no rule evaluated, as conftest does
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    compat: Option<bool>,
    /// Time limit per input or unit test, in seconds [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: Option<u32>,
    /// Memory limit per input or unit test, in MiB [default: 4096]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    memory: Option<u32>,
    /// Not supported: the available functions are fixed
    #[arg(long, value_name = "FILE", hide = true)]
    capabilities: Option<String>,
    /// Not supported: no parser needs them
    #[arg(long, value_name = "DIR", value_delimiter = ',', hide = true)]
    proto_file_dirs: Vec<String>,
}

/// How `test` and `verify` show results.
#[derive(Debug, Args)]
pub(super) struct Shown {
    /// Output format: stdout, json, tap, table, junit, github, azuredevops or sarif [default: stdout]
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<String>,
    /// Disable colours
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    no_color: Option<bool>,
    /// Print nothing if everything passed
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    quiet: Option<bool>,
    /// Print the evaluated rules on standard error
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    trace: Option<bool>,
    /// junit: leave messages out of test names
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    junit_hide_message: Option<bool>,
    /// github: leave out files whose checks all passed
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean)]
    github_hide_passed: Option<bool>,
}

impl Asked {
    /// Whether input that no rule evaluated passes.
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
            "functions that use the network are always rejected",
        )?;
        let protos = settings.list("proto-file-dirs", &self.proto_file_dirs, &[])?;
        refuse(!protos.is_empty(), "proto-file-dirs", "the parser `textproto` is not supported")?;
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
    /// Prints the results, unless everything passed and --quiet was given.
    pub(super) fn show(
        &self,
        settings: &Settings,
        results: &[crate::conftest::Checked],
        good: bool,
        base: Style,
    ) -> Result<(), Vec<Error>> {
        let format = settings.text("output", self.output.as_deref())?;
        let format = super::format(if format.is_empty() { "stdout" } else { &format })?;
        let style = Style {
            color: !settings.flag("no-color", self.no_color)?,
            junit_hide_message: settings.flag("junit-hide-message", self.junit_hide_message)?,
            github_hide_passed: settings.flag("github-hide-passed", self.github_hide_passed)?,
            ..base
        };
        if settings.flag("quiet", self.quiet)? && good {
            return Ok(());
        }
        if settings.flag("trace", self.trace)? {
            console::to_stderr(&formats::trace(results, style.color));
        }
        output::to_stdout(&render(format, results, style)).map_err(|error| vec![error])
    }

    /// Rejects an unknown output format before anything is evaluated.
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
        "fetch the policies first, for example with `git clone` or `oras pull`",
    )?;
    let compat = args.asked.compat(settings)?;
    let ignore = settings.text("ignore", args.ignore.as_deref())?;
    let parser = settings.text("parser", args.parser.as_deref())?;
    let stdin_filename = settings.text("stdin-filename", args.stdin_filename.as_deref())?;

    let files =
        files::list(&args.paths, Some(&ignore), !parser.is_empty(), compat).map_err(problems)?;
    let combine = settings.flag("combine", args.combine)?;
    // Problems with an input come before problems with a policy.
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

/// Differences from conftest that are not errors, on standard error and after the results: tools
/// that read both streams as one look at the first characters.
pub(super) fn notices(policies: &Policies) {
    for notice in policies.notices() {
        console::to_stderr(&format!("note: {}\n", console::printable(notice)));
    }
}
