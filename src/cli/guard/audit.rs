//! `holdpoint guard audit`: what is wrong with a policy that somebody else wrote.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::guard::audit::{Audit, Level, audit, documents};
use crate::guard::catalogue::catalogue;
use crate::model::verdict::Exit;

use super::super::{console, output};
use super::spec::As;
use super::{problem, read};

/// Audit any SCP or IAM policy for mistakes and ways around it
///
/// Finds actions that do not exist, conditions that never match, misused operators, exemptions that
/// match nobody or everybody, and tags and exempt roles that an engineer may change; also reports
/// the space left. Exits with 1 if something is wrong or can be bypassed; notes do not count. With
/// `--live`, reads the policies deployed in the account or organization; never changes anything.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Policies attached to one target, as JSON: a document, a list, or the output of `aws organizations
    /// describe-policy` or `aws iam get-policy-version`
    #[cfg_attr(not(feature = "aws"), arg(required = true, value_name = "FILE"))]
    #[cfg_attr(feature = "aws", arg(required_unless_present = "live", value_name = "FILE"))]
    files: Vec<PathBuf>,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    live: super::audit_live::LiveArgs,
    /// Policy type
    #[arg(
        long = "as",
        value_enum,
        default_value = "scp",
        value_name = "KIND",
        help_heading = "Decision"
    )]
    vehicle: As,
    /// Maximum characters per policy, if your quota differs from the AWS default
    #[arg(long, value_name = "N", help_heading = "Decision")]
    max_chars: Option<usize>,
    /// Output format
    #[arg(long, value_enum, default_value = "human", value_name = "FMT", help_heading = "Output")]
    format: Shape,
    /// Also print every action that a finding covers
    #[arg(long, help_heading = "Output")]
    all: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    /// For people
    Human,
    /// One JSON document, `holdpoint-guard-audit/v1`
    Json,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    catalogue: &'static str,
    r#as: &'static str,
    wrong: usize,
    holes: usize,
    notes: usize,
    policies: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    file: String,
    #[serde(flatten)]
    audit: Audit,
}

pub(super) fn run(args: &AuditArgs) -> Result<Exit, Error> {
    let vehicle = args.vehicle.vehicle();
    let limit = args.max_chars.unwrap_or(vehicle.limit());
    let subjects = subjects(args)?;
    let audited = subjects.iter().enumerate().map(|(i, subject)| {
        let beside = subjects.iter().enumerate();
        let beside = beside.filter(|(j, other)| *j != i && other.covers(subject));
        let beside: Vec<_> = beside.map(|(_, other)| &other.document).collect();
        let audit = audit(&subject.document, &beside, vehicle, limit);
        Named { file: subject.name.clone(), audit }
    });
    let policies: Vec<Named> = audited.collect();
    let count = |level: Level| {
        let all = policies.iter().flat_map(|policy| &policy.audit.findings);
        all.filter(|finding| finding.level == level).count()
    };
    let (wrong, holes, notes) = (count(Level::Wrong), count(Level::Hole), count(Level::Note));
    let text = match args.format {
        Shape::Human => {
            let each: String = policies.iter().map(|policy| human(policy, args.all)).collect();
            format!(
                "{each}{} policies: {wrong} wrong, {holes} holes, {notes} notes\n",
                policies.len()
            )
        }
        Shape::Json => {
            let document = Document {
                schema: "holdpoint-guard-audit/v1",
                catalogue: catalogue().date,
                r#as: vehicle.name(),
                wrong,
                holes,
                notes,
                policies,
            };
            serde_json::to_string(&document).map_err(|_| Error::Internal)? + "\n"
        }
    };
    output::to_stdout(&text)?;
    Ok(if wrong + holes == 0 { Exit::Pass } else { Exit::Block })
}

/// A document to audit, and where it is attached.
pub(super) struct Subject {
    /// The file, or the policy's name and id.
    pub(super) name: String,
    pub(super) document: Value,
    /// Its targets; files count as attached to one target.
    pub(super) on: Option<BTreeSet<String>>,
}

impl Subject {
    /// Whether it is attached to everything that another is attached to. The root covers all.
    fn covers(&self, other: &Self) -> bool {
        match (&self.on, &other.on) {
            (Some(targets), Some(other)) => {
                !other.is_empty()
                    && (targets.is_superset(other) || targets.iter().any(|id| id.starts_with("r-")))
            }
            _ => true,
        }
    }
}

fn subjects(args: &AuditArgs) -> Result<Vec<Subject>, Error> {
    #[cfg(feature = "aws")]
    if args.live.is_on() {
        return super::audit_live::subjects(&args.live, args.vehicle.vehicle());
    }
    let mut all = Vec::new();
    for path in &args.files {
        let list = documents(&read(path)?).map_err(|why| {
            problem(
                "input",
                format!("cannot use `{}`: {why}", path.display()),
                "pass a policy document as JSON",
                Some(path),
            )
        })?;
        let file = path.display().to_string().replace('\\', "/");
        for (i, document) in list.iter().enumerate() {
            let name = if list.len() > 1 { format!("{file}[{i}]") } else { file.clone() };
            all.push(Subject { name, document: document.clone(), on: None });
        }
    }
    Ok(all)
}

/// How many actions of a finding are shown.
const SHOWN: usize = 6;

fn human(policy: &Named, all: bool) -> String {
    let mut text = format!("{}\n", policy.file);
    for finding in &policy.audit.findings {
        let at = match finding.statement.as_str() {
            "" => String::new(),
            label => format!(" in `{label}`"),
        };
        text.push_str(&format!(
            "  {} {}{at}: {}\n",
            finding.level.name(),
            finding.code,
            finding.message
        ));
        let shown = if all { finding.items.len() } else { SHOWN };
        if !finding.items.is_empty() {
            let list: Vec<&str> = finding.items.iter().take(shown).map(String::as_str).collect();
            let more = finding.items.len().saturating_sub(shown);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.push_str(&format!("    {}{more}\n", list.join(", ")));
        }
        text.push_str(&format!("    help: {}\n", finding.help));
    }
    text.lines().map(|line| console::printable(line) + "\n").collect()
}
