//! `conftest verify`

use clap::Args;

use crate::conftest::{Style, exit_code};
use crate::error::Error;

use super::settings::Settings;
use super::test::{Asked, Shown, notices};
use super::{Done, boolean, refuse};

/// Run the policies' unit tests
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(super) struct VerifyArgs {
    /// Accepted and ignored, as in conftest
    #[arg(value_name = "PATH", hide = true)]
    _paths: Vec<String>,
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    shown: Shown,
    /// Not supported: the evaluator's report
    #[arg(long, value_name = "REPORT", hide = true)]
    report: Option<String>,
    /// Not supported: values of variables in tests
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = boolean, hide = true)]
    var_values: Option<bool>,
}

pub(super) fn run(args: &VerifyArgs, settings: &Settings) -> Done {
    args.shown.check(settings)?;
    let report = settings.text("report", args.report.as_deref())?;
    refuse(!report.is_empty(), "report", "use `opa test --verbose`")?;
    let values = settings.flag("var-values", args.var_values)?;
    refuse(values, "var-values", "use `opa test --var-values`")?;

    let policies = args.asked.load(settings)?;
    let patterns = args.asked.namespaces(settings, &[])?;
    let results = crate::conftest::verify(&policies, &patterns, args.asked.compat(settings)?)
        .map_err(|fault| vec![Error::from(*fault)])?;
    let code = exit_code(&results, false);
    let style = Style { show_skipped: true, ..Style::default() };
    args.shown.show(settings, &results, code == 0, style)?;
    notices(&policies);
    Ok(code)
}
