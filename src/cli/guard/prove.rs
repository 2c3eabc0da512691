//! `holdpoint guard prove`: the matrix of what the guard denies and leaves open, and the attacks.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::error::Error;
use crate::guard::catalogue::catalogue;
use crate::guard::prove::{Proof, Row, prove};
use crate::model::verdict::Exit;

use super::super::{console, output};
use super::spec::SpecArgs;
use super::{problem, read};

/// Prove what the guard denies and what it leaves open
///
/// Evaluates every action on managed, untagged and differently tagged resources, for an engineer,
/// Terraform, break-glass and a workload, and a set of attacks. Exits with 1 if any result differs
/// from the expected one.
#[derive(Debug, Args)]
pub(super) struct ProveArgs {
    #[command(flatten)]
    spec: SpecArgs,
    /// Prove this policy document instead of the rendered guard; repeatable
    #[arg(long = "policy", value_name = "FILE", help_heading = "Coverage")]
    policies: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value = "human", value_name = "FMT", help_heading = "Output")]
    format: Shape,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    /// Totals, differences and holes
    Human,
    /// One document with every row, `holdpoint-guard-proof/v1`
    Json,
}

#[derive(Serialize)]
struct Report<'p> {
    schema: &'static str,
    catalogue: &'static str,
    vehicle: &'static str,
    policies: usize,
    cases: usize,
    differences: usize,
    holes: usize,
    seconds: f64,
    /// What is not covered at all, and why: no case tests it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    gaps: &'p BTreeSet<String>,
    rows: &'p [Row],
}

pub(super) fn run(args: &ProveArgs) -> Result<Exit, Error> {
    let start = Instant::now();
    let made = args.spec.make()?;
    let documents = if args.policies.is_empty() {
        made.documents.iter().map(|document| document.minified()).collect()
    } else {
        args.policies.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?
    };
    let proof = prove(&made.guard, &documents).map_err(|refusal| {
        problem("policy", refusal.to_string(), "fix the policy: the evaluator does not guess", None)
    })?;
    let vehicle = made.guard.spec.vehicle.name();
    let seconds = start.elapsed().as_secs_f64();
    let differences = proof.differences().count();
    let gaps = &made.guard.scope.gaps;
    let text = match args.format {
        Shape::Human => human(&proof, gaps, vehicle, documents.len(), seconds),
        Shape::Json => {
            let report = Report {
                schema: "holdpoint-guard-proof/v1",
                catalogue: catalogue().date,
                vehicle,
                policies: documents.len(),
                cases: proof.rows.len(),
                differences,
                holes: proof.holes().count(),
                seconds: (seconds * 1000.0).round() / 1000.0,
                gaps,
                rows: &proof.rows,
            };
            serde_json::to_string(&report).map_err(|_| Error::Internal)? + "\n"
        }
    };
    output::to_stdout(&text)?;
    Ok(if differences == 0 { Exit::Pass } else { Exit::Block })
}

/// How many differences are shown in full.
const SHOWN: usize = 20;

fn human(
    proof: &Proof,
    gaps: &BTreeSet<String>,
    vehicle: &str,
    policies: usize,
    seconds: f64,
) -> String {
    let mut text = String::new();
    let mut groups: std::collections::BTreeMap<&str, (usize, usize)> = Default::default();
    for row in &proof.rows {
        let sums = groups.entry(&row.case).or_default();
        sums.0 += 1;
        sums.1 += usize::from(!row.same);
    }
    for (name, (cases, differences)) in groups {
        text.push_str(&format!("{cases:>8} {differences:>6}  {name}\n"));
    }
    let differences: Vec<&Row> = proof.differences().collect();
    for row in differences.iter().take(SHOWN) {
        let by = row.by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
        text.push_str(&format!(
            "differs: {} {} on {} ({}): expected {}, got {}{by} [{}]\n",
            row.caller, row.action, row.resource, row.tag, row.expected, row.decided, row.case
        ));
    }
    if differences.len() > SHOWN {
        text.push_str(&format!("... and {} more\n", differences.len() - SHOWN));
    }
    for row in proof.holes() {
        let hole = row.hole.unwrap_or_default();
        text.push_str(&format!("hole: {} by {}: {hole}\n", row.case, row.action));
    }
    for gap in gaps {
        text.push_str(&format!("not covered: {}\n", console::printable(gap)));
    }
    text.push_str(&format!(
        "{} cases against {policies} policies as {vehicle}: {} differences ({seconds:.1} s)\n",
        proof.rows.len(),
        differences.len()
    ));
    text
}
