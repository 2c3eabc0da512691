//! `holdpoint guard coverage`: how much of a state or plan the guard holds.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::error::Error;
use crate::guard::catalogue::catalogue;
use crate::guard::coverage::{
    Cause, Change, Coverage, Links, Row, Settings, Sums, change, measure, page::page, sarif::Report,
};
use crate::guard::input::read_all;
use crate::guard::resources::Source;
use crate::model::verdict::Exit;
use crate::report::{self, Format, Style};

use super::super::{console, output};
use super::{problem, read};

/// Measure how much of a state or plan the guard covers
///
/// Each resource is protected, protected through its parent, partially protected or unprotected, with
/// the cause and the smallest fix. Makes no AWS calls. Exits with 1 if a gate (`--min`, `--no-lower`)
/// fails, with 2 if there is nothing to measure or a gate is used on an incomplete plan.
#[derive(Debug, Args)]
pub(super) struct CoverageArgs {
    /// States or plans as JSON (`terraform.tfstate` or `terraform show -json`)
    #[arg(value_name = "FILE", required_unless_present = "from")]
    files: Vec<PathBuf>,
    /// Same as FILE, as in the other guard commands
    #[arg(long, value_name = "FILE", help_heading = "What is measured")]
    from: Vec<PathBuf>,
    /// Key of the tag that marks managed resources
    #[arg(
        long,
        value_name = "KEY",
        default_value = "ManagedBy",
        help_heading = "What is measured"
    )]
    tag_key: String,
    /// Value of that tag, case-sensitive; repeatable
    #[arg(
        long = "tag-value",
        value_name = "VALUE",
        default_value = "Terraform",
        help_heading = "What is measured"
    )]
    tag_values: Vec<String>,
    /// Also count resources covered by ARN or by an unconditional deny, as `guard render --from` writes
    #[arg(long, help_heading = "What is measured")]
    by_arn: bool,
    /// AWS partition: aws, aws-cn or aws-us-gov
    #[arg(long, value_name = "NAME", default_value = "aws", help_heading = "What is measured")]
    partition: String,
    /// Exit with 1 if coverage is below this percentage
    #[arg(long, value_name = "PERCENT", value_parser = percent, help_heading = "Gates")]
    min: Option<f64>,
    /// Exit with 1 if a plan lowers coverage: a resource loses its protection, or unprotected additions
    /// lower the percentage
    #[arg(long, help_heading = "Gates")]
    no_lower: bool,
    /// Apply gates even to a plan that Terraform marks as incomplete; what it leaves out is not counted
    #[arg(long, help_heading = "Gates")]
    allow_partial: bool,
    /// Report format: human, json, sarif or html; repeatable. Without a path, to standard output
    #[arg(
        long = "format",
        value_name = "FMT[=PATH]",
        value_parser = Target::parse,
        default_value = "human",
        help_heading = "Output"
    )]
    formats: Vec<Target>,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text.trim_end_matches('%').parse().map_err(|_| "not a number")?;
    if (0.0..=100.0).contains(&number) { Ok(number) } else { Err("0 to 100".to_owned()) }
}

#[derive(Debug, Clone)]
struct Target {
    shape: Shape,
    path: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Human,
    Json,
    Sarif,
    Html,
}

impl Target {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((_, "")) => return Err("the path after `=` is empty".to_owned()),
            Some((name, path)) => (name, Some(PathBuf::from(path))),
            None => (text, None),
        };
        let shape = match name {
            "human" => Shape::Human,
            "json" => Shape::Json,
            "sarif" => Shape::Sarif,
            "html" => Shape::Html,
            _ => return Err("the format is not one of human, json, sarif, html".to_owned()),
        };
        Ok(Self { shape, path })
    }
}

/// `holdpoint-guard-coverage/v1`
#[derive(Serialize)]
struct Document<'c> {
    schema: &'static str,
    catalogue: &'static str,
    files: &'c [String],
    tag_key: &'c str,
    tag_values: &'c [String],
    by_arn: bool,
    #[serde(flatten)]
    sums: Sums,
    percent: f64,
    /// Managed resources of other providers, which the AWS guard does not cover.
    other_resources: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    blocks: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'c Change>,
    causes: BTreeMap<&'static str, usize>,
    services: BTreeMap<&'static str, Sums>,
    rows: &'c [Row],
}

struct Measured {
    coverage: Coverage,
    change: Option<Change>,
    others: usize,
    partial: bool,
}

pub(super) fn run(args: &CoverageArgs) -> Result<Exit, Error> {
    if args.formats.iter().filter(|target| target.path.is_none()).count() > 1 {
        return Err(Error::Usage {
            message: "two reports would be written to standard output".to_owned(),
            help: Some(
                "write one of them to a file, as in `--format html=coverage.html`".to_owned(),
            ),
        });
    }
    let files: Vec<&PathBuf> = args.files.iter().chain(&args.from).collect();
    let names: Vec<String> =
        files.iter().map(|path| path.display().to_string().replace('\\', "/")).collect();
    let measured = args.measure(&files)?;
    if measured.coverage.sums.resources == 0 {
        let others = match measured.others {
            0 => String::new(),
            others => format!(", only {others} of other providers"),
        };
        return Err(problem(
            "empty",
            format!("nothing to measure: no resources of the AWS provider{others}"),
            "check that this is the right state or plan",
            None,
        ));
    }
    let report = Report {
        coverage: &measured.coverage,
        change: measured.change.as_ref(),
        files: &names,
        below: args.min.is_some_and(|min| !measured.coverage.sums.reaches(min)),
        no_lower: args.no_lower,
    };
    if measured.partial && !args.allow_partial && (args.min.is_some() || args.no_lower) {
        return Err(problem(
            "partial",
            "the plan is incomplete, and what it leaves out may not be covered".to_owned(),
            "plan the whole configuration, or add `--allow-partial` to check only what is in the plan",
            None,
        ));
    }
    if measured.partial {
        console::to_stderr("the plan is incomplete: what it leaves out is not counted\n");
    }
    for target in &args.formats {
        let text = match target.shape {
            Shape::Human => human(&report, args.min, measured.others),
            Shape::Json => args.document(&report, measured.others)?,
            Shape::Sarif => report::render(Format::Sarif, &report.verdict(), &Style::default()),
            Shape::Html => page(&report, args.min),
        };
        match &target.path {
            None => output::to_stdout(&text)?,
            Some(path) => fs::write(path, text).map_err(|error| Error::Output {
                target: path.display().to_string(),
                message: output::reason(&error),
            })?,
        }
    }
    Ok(if report.blocks() { Exit::Block } else { Exit::Pass })
}

impl CoverageArgs {
    fn measure(&self, files: &[&PathBuf]) -> Result<Measured, Error> {
        let settings = Settings {
            tag_key: self.tag_key.clone(),
            tag_values: self.tag_values.clone(),
            by_arn: self.by_arn,
            partition: self.partition.clone(),
        };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut links = Links::default();
        let (mut others, mut partial, mut plans) = (0, false, 0);
        for (number, path) in files.iter().enumerate() {
            let text = read(path)?;
            let refused = |why: String| {
                problem(
                    "input",
                    format!("cannot use `{}`: {why}", path.display()),
                    "pass a terraform.tfstate, or the output of `terraform show -json` for a state or plan",
                    Some(path),
                )
            };
            let mut found = read_all(&text).map_err(refused)?;
            found.after.iter_mut().for_each(|resource| resource.file = number);
            others += found.others;
            partial |= found.partial;
            match found.source {
                Source::State => before.extend(found.after.iter().cloned()),
                Source::Plan => {
                    plans += 1;
                    links.extend(Links::of_plan(&text, &found.after).map_err(refused)?);
                    before.extend(found.before);
                }
            }
            after.extend(found.after);
        }
        let coverage = measure(&after, &links, &settings);
        let change = (plans > 0).then(|| {
            let before = measure(&before, &Links::default(), &settings);
            change(&before, &coverage)
        });
        Ok(Measured { coverage, change, others, partial })
    }

    fn document(&self, report: &Report<'_>, others: usize) -> Result<String, Error> {
        let coverage = report.coverage;
        let document = Document {
            schema: "holdpoint-guard-coverage/v1",
            catalogue: catalogue().date,
            files: report.files,
            tag_key: &self.tag_key,
            tag_values: &self.tag_values,
            by_arn: self.by_arn,
            sums: coverage.sums,
            percent: coverage.sums.percent(),
            other_resources: others,
            min: self.min,
            blocks: report.blocks(),
            plan: report.change,
            causes: coverage.causes().into_iter().map(|(cause, n)| (cause.name(), n)).collect(),
            services: coverage.services(),
            rows: &coverage.rows,
        };
        Ok(serde_json::to_string(&document).map_err(|_| Error::Internal)? + "\n")
    }
}

/// How many resources of a cause are shown.
const SHOWN: usize = 50;

fn human(report: &Report<'_>, min: Option<f64>, others: usize) -> String {
    let coverage = report.coverage;
    let sums = &coverage.sums;
    let mut text = String::new();
    for cause in Cause::ALL {
        let rows: Vec<&Row> = coverage.rows.iter().filter(|row| row.cause == Some(cause)).collect();
        if rows.is_empty() {
            continue;
        }
        text.push_str(&format!("{} ({})\n", cause.name(), rows.len()));
        for row in rows.iter().take(SHOWN) {
            text.push_str(&format!("  {}: {}\n", row.address, row.reason));
            text.push_str(&format!("    fix: {}\n", row.fix));
            for line in row.terraform.iter().flat_map(|text| text.lines()) {
                text.push_str(&format!("      {line}\n"));
            }
        }
        if rows.len() > SHOWN {
            let more = rows.len() - SHOWN;
            text.push_str(&format!("  ... and {more} more: `--format json` has all of them\n"));
        }
    }
    if let Some(change) = report.change {
        for address in change.loses.iter().take(SHOWN) {
            text.push_str(&format!("this plan removes protection from {address}\n"));
        }
        let verdict = if change.lowered { "lowered" } else { "not lowered" };
        text.push_str(&format!(
            "coverage before this plan: {} % of {} resources; {verdict}\n",
            change.percent_before, change.before.resources
        ));
    }
    text.push_str(&format!(
        "{} % of {} resources are covered: {} protected, {} through a parent, {} partially, {} not\n",
        sums.percent(),
        sums.resources,
        sums.protected,
        sums.through_parent,
        sums.partial,
        sums.unprotected
    ));
    if others > 0 {
        text.push_str(&format!("{others} resources of other providers are not counted\n"));
    }
    if let Some(min) = min {
        let word = if report.below { "below" } else { "at least" };
        text.push_str(&format!("that is {word} the required {min} %\n"));
    }
    text.lines().map(|line| console::printable(line) + "\n").collect()
}
