//! `markdown`: a comment for a pull request, and the summary of a job.
//!
//! What blocks stands in a table, the rest is folded. Text from the plan goes into code spans or
//! is escaped: it can mention nobody, link nowhere and break no table.

mod escape;

use self::escape::{code, rich};
use super::summary::{self, Summary, problems};
use super::text::{self, plural};
use crate::model::finding::{Change, Finding, Outcome};
use crate::model::verdict::Verdict;

/// First in a comment, so that the next run finds and replaces it.
const MARKER: &str = "<!-- holdpoint:v1 -->";
/// Bytes of a comment. GitHub refuses more than 65,536 characters.
const MAX_COMMENT: usize = 65_000;
/// Bytes of a job summary. GitHub refuses more than 1 MiB for a step, with what stood before.
const MAX_SUMMARY: usize = 1_000_000;
/// Characters of one text; a single address must not push out the findings behind it.
const MAX_TEXT: usize = 400;

/// A comment for a pull request.
pub(super) fn comment(verdict: &Verdict) -> String {
    format!("{MARKER}\n{}", page(verdict, MAX_COMMENT - MARKER.len() - 1))
}

/// A part of a job's summary.
pub(super) fn step_summary(verdict: &Verdict) -> String {
    page(verdict, MAX_SUMMARY)
}

/// One finding by itself.
pub(super) fn details(verdict: &Verdict, finding: &Finding) -> String {
    let mut lines = vec![format!("**Where:** {}", code(&finding.address))];
    if !finding.path.is_empty() {
        lines.push(format!("**Attribute:** {}", code(&finding.path)));
    }
    lines.push(format!("**What:** {}", escaped(&finding.message)));
    if let Some(reason) = &finding.reason {
        lines.push(format!("**Reason:** {}", escaped(reason)));
    }
    let why = summary::why(verdict, finding);
    if !why.is_empty() {
        lines.push(format!("**Why it matters:** {}", rich(&why)));
    }
    lines.push(format!("**Fix:** {}", rich(&text::flow(&finding.fix))));
    if let Some(waiver) = &finding.waiver {
        lines.push(format!("**Waiver:** {}", escaped(&summary::waiver(waiver))));
    }
    lines.push(format!("**Change:** {}", finding.change.name()));
    text::guard(&lines.join("\n\n"))
}

/// Text that is no Markdown.
pub(super) fn escaped(text: &str) -> String {
    rich(&text::line(&text::cut(text, MAX_TEXT)))
}

fn page(verdict: &Verdict, limit: usize) -> String {
    let (word, meaning) = (summary::word(verdict.decision), summary::meaning(verdict));
    let summary = Summary::of(verdict);
    let tail = format!("\n{}  \n{}\n", summary.words(), summary.evaluated());
    let mut page = Page { out: format!("## holdpoint: {word}\n\n{meaning}\n"), room: limit };
    // Room for the counts and for the lines that say what was left out.
    page.room = page.room.saturating_sub(tail.len() + 1_000);
    errors(verdict, &mut page);
    let mut left_out = blocking(verdict, &mut page);
    left_out += match left_out {
        0 => folded(verdict, &mut page),
        // What blocks comes first: the rest takes no room while some of that is missing.
        _ => verdict.findings.iter().filter(|finding| !finding.blocks).count(),
    };
    if left_out > 0 {
        let left_out = plural(left_out, "finding");
        page.out.push_str(&format!("\n**{left_out} omitted: the report is too long**\n"));
    }
    notices(verdict, &mut page);
    page.out.push_str(&tail);
    text::guard(&page.out)
}

/// Text with a limit; guarding it later adds a little, which the reserve covers.
struct Page {
    out: String,
    room: usize,
}

impl Page {
    /// Adds a piece and its closing, or nothing when there is no room for both.
    fn add(&mut self, piece: &str, closing: usize) -> bool {
        let fits = self.out.len() + text::guard(piece).len() + closing <= self.room;
        if fits {
            self.out.push_str(&text::guard(piece));
        }
        fits
    }
}

fn errors(verdict: &Verdict, page: &mut Page) {
    for problem in problems(verdict).iter() {
        let help = problem.help.as_deref().map(|help| format!("; {}", short(help)));
        let file = problem.file.as_deref().map(|file| format!(" ({})", span(file)));
        page.add(
            &format!(
                "\n**error** {}: {}{}{}\n",
                span(&problem.code),
                short(&problem.message),
                file.unwrap_or_default(),
                help.unwrap_or_default(),
            ),
            0,
        );
    }
}

/// The table of what blocks, and how to fix it; returns how many rows found no room.
fn blocking(verdict: &Verdict, page: &mut Page) -> usize {
    let findings: Vec<&Finding> = verdict.blocking().collect();
    if findings.is_empty() {
        return 0;
    }
    page.add(
        "\n| severity | rule | resource | what | where |\n| --- | --- | --- | --- | --- |\n",
        0,
    );
    let mut rows = 0;
    for finding in &findings {
        let row = format!(
            "| **{}** | {} | {} | {} | {} |\n",
            finding.severity,
            span(&finding.rule),
            resource(finding),
            what(finding),
            span(&place(finding)),
        );
        if !page.add(&row, 0) {
            break;
        }
        rows += 1;
    }
    fixes(findings.get(..rows).unwrap_or_default(), page);
    findings.len() - rows
}

const CLOSING: &str = "\n</details>\n";

fn open(page: &mut Page, title: &str) -> bool {
    page.add(&format!("\n<details><summary>{title}</summary>\n\n"), CLOSING.len())
}

/// How to fix what blocks, once for each rule.
fn fixes(findings: &[&Finding], page: &mut Page) {
    if findings.is_empty() || !open(page, "How to fix") {
        return;
    }
    let mut explained: Vec<&str> = Vec::new();
    for finding in findings {
        if explained.contains(&finding.rule.as_ref()) {
            continue;
        }
        explained.push(&finding.rule);
        let fix = rich(&text::cut(&text::flow(&finding.fix), 3 * MAX_TEXT));
        page.add(&format!("- {}: {fix}\n", span(&finding.rule)), CLOSING.len());
    }
    page.out.push_str(CLOSING);
}

type Class = fn(&Finding) -> bool;

fn waived(finding: &Finding) -> bool {
    finding.waiver.is_some()
}

/// All that does not block, folded by class; returns how many found no room.
fn folded(verdict: &Verdict, page: &mut Page) -> usize {
    let classes: [(&str, Class); 4] = [
        ("introduced, not blocking", |f| !waived(f) && f.change == Change::Introduced),
        ("waived", waived),
        ("existing before this change", |f| !waived(f) && f.change == Change::Existing),
        ("resolved by this change", |f| !waived(f) && f.change == Change::Resolved),
    ];
    let mut left_out = 0;
    for (title, class) in classes {
        let findings: Vec<&Finding> =
            verdict.findings.iter().filter(|f| !f.blocks && class(f)).collect();
        if findings.is_empty() {
            continue;
        }
        let heading = format!("{} {title}", plural(findings.len(), "finding"));
        if !open(page, &heading) {
            left_out += findings.len();
            continue;
        }
        let fitting = findings.iter().take_while(|f| page.add(&item(f), CLOSING.len())).count();
        left_out += findings.len() - fitting;
        page.out.push_str(CLOSING);
    }
    left_out
}

fn item(finding: &Finding) -> String {
    let waiver = finding
        .waiver
        .as_ref()
        .map(|waiver| format!("; {}", rich(&text::cut(&summary::waiver(waiver), MAX_TEXT))));
    format!(
        "- **{}** {} {}: {} ({}){}\n",
        finding.severity,
        span(&finding.rule),
        resource(finding),
        what(finding),
        span(&place(finding)),
        waiver.unwrap_or_default(),
    )
}

fn what(finding: &Finding) -> String {
    let mut what = short(&finding.message);
    if finding.outcome == Outcome::Undetermined {
        what.push_str(" (undetermined");
        if let Some(reason) = &finding.reason {
            what.push_str(&format!(": {}", short(reason)));
        }
        what.push(')');
    }
    if finding.blocks && finding.change != Change::Introduced {
        what.push_str(&format!(" ({})", finding.change.name()));
    }
    what
}

fn resource(finding: &Finding) -> String {
    match finding.path.as_str() {
        "" => span(&finding.address),
        path => format!("{} {}", span(&finding.address), span(path)),
    }
}

fn place(finding: &Finding) -> String {
    format!("{}:{}", finding.location.file, finding.location.line)
}

fn notices(verdict: &Verdict, page: &mut Page) {
    for (i, notice) in verdict.notices.iter().enumerate() {
        let lead = if i == 0 { "\n" } else { "" };
        page.add(&format!("{lead}- note: {}\n", short(notice)), 0);
    }
}

fn short(text: &str) -> String {
    rich(&text::cut(text, MAX_TEXT))
}

fn span(text: &str) -> String {
    code(&text::cut(text, MAX_TEXT))
}
