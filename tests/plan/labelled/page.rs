//! Writes docs/labelled.md from what the test counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Tally;

/// What was counted.
pub(crate) struct Sums {
    pub(crate) pristine: Tally,
    pub(crate) all: Tally,
    pub(crate) checks: usize,
    pub(crate) in_scope: usize,
    pub(crate) by_theme: BTreeMap<String, Tally>,
    pub(crate) by_suite: BTreeMap<String, Tally>,
    /// What the project of the suite itself says of these plans, where it was asked.
    pub(crate) theirs: BTreeMap<String, Tally>,
    /// Reason, (case, address), check and label.
    pub(crate) differences: Vec<(String, (String, String), String)>,
}

const HEAD: &str = "\
# Agreement with other tools' test suites

Eleven projects (Checkov, KICS, tfsec, trivy-checks, defsec, config-lint, regula and others) label
resources as good or bad in their own tests. 787 plans were created from those snippets with Terraform
1.11.4 and AWS provider 3.39.0, and checked by holdpoint with all rules on. Each label belongs to one
check, and `tests/plan/labelled/` maps every check to the rules that cover the same problem. For a
resource labelled bad, holdpoint agrees if such a rule is violated or undetermined there; for one
labelled good, only if none of these rules reports anything.

This page is written by `tests/plan/labelled` (`HOLDPOINT_BLESS=1 cargo test --test plan labelled`, with the
plans available). The test fails if agreement falls below 99 % of the pristine addresses or 97 % of all,
if fewer than 90 % of the checks are in scope, or if a difference is not explained.

";

fn line(out: &mut String, name: &str, tally: Tally, theirs: Option<&Tally>) {
    let share = |tally: Tally| {
        format!("{} of {} ({:.1} %)", tally.agreed, tally.asked, tally.share() * 100.0)
    };
    let theirs = theirs.map_or_else(|| "not asked".to_owned(), |tally| share(*tally));
    writeln!(out, "| {name} | {} | {theirs} |", share(tally)).unwrap();
}

/// The page.
pub(crate) fn render(sums: &Sums, reasons: &BTreeMap<String, Vec<String>>) -> String {
    let mut out = HEAD.to_owned();
    writeln!(
        out,
        "{} of {} checks are in scope. For addresses whose snippet needed no edit and whose label is \
         about one resource, holdpoint agrees with {} of {} ({:.1} %); of all, with {} of {} ({:.1} %).\n",
        sums.in_scope,
        sums.checks,
        sums.pristine.agreed,
        sums.pristine.asked,
        sums.pristine.share() * 100.0,
        sums.all.agreed,
        sums.all.asked,
        sums.all.share() * 100.0,
    )
    .unwrap();
    out.push_str("## By suite\n\n");
    out.push_str(
        "The third column is the result of the suite's own tool on the same plans and addresses: \
         Checkov 3.3.30 for\nits suite, Trivy for its suite and for those it inherited (tfsec, defsec).\n\n",
    );
    out.push_str("| suite | holdpoint | their own tool |\n| --- | --- | --- |\n");
    for (suite, tally) in &sums.by_suite {
        line(&mut out, suite, *tally, sums.theirs.get(suite));
    }
    out.push_str("\n## By theme\n\n| theme | holdpoint |\n| --- | --- |\n");
    for (theme, tally) in &sums.by_theme {
        let (agreed, asked) = (tally.agreed, tally.asked);
        writeln!(out, "| {theme} | {agreed} of {asked} ({:.1} %) |", tally.share() * 100.0)
            .unwrap();
    }
    writeln!(out, "\n## Every difference\n\n{} addresses.\n", sums.differences.len()).unwrap();
    for (why, (case, address), label) in &sums.differences {
        let case = case.trim_end_matches(".json");
        writeln!(out, "- `{case}`, `{address}` ({label}): {why}.").unwrap();
    }
    out.push_str("\n## Out of scope\n\n");
    for (why, checks) in reasons {
        let checks: Vec<String> = checks.iter().map(|check| format!("`{check}`")).collect();
        writeln!(out, "- {why}: {}.", checks.join(", ")).unwrap();
    }
    out
}
