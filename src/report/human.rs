//! `human`: findings by resource, what blocks first, the verdict last.

use anstyle::{AnsiColor, Effects};

use super::Style;
use super::snippet::excerpt;
use super::summary::{self, Summary, problems};
use super::text::{self, plural};
use crate::model::finding::{Change, Finding, Outcome};
use crate::model::severity::Severity;
use crate::model::verdict::{Counted, Decision, Verdict};

pub(super) fn render(verdict: &Verdict, style: &Style) -> String {
    let mut page = Page { verdict, style, out: String::new(), explained: Vec::new() };
    page.findings();
    page.brief();
    page.notices();
    page.errors();
    page.tail();
    text::guard(&page.out)
}

struct Page<'v> {
    verdict: &'v Verdict,
    style: &'v Style,
    out: String,
    /// Rules whose reason was given already.
    explained: Vec<&'v str>,
}

const BOLD: anstyle::Style = anstyle::Style::new().effects(Effects::BOLD);
const DIM: anstyle::Style = anstyle::Style::new().effects(Effects::DIMMED);

fn tint(severity: Severity) -> anstyle::Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().effects(Effects::BOLD),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
    }
}

/// Whether a finding is only counted: nothing to do about it in this change.
fn is_brief(finding: &Finding) -> bool {
    !finding.blocks && finding.waiver.is_none() && finding.change != Change::Introduced
}

impl<'v> Page<'v> {
    fn width(&self) -> usize {
        match self.style.width {
            0 => 100,
            width => width.max(40),
        }
    }

    fn paint(&self, style: anstyle::Style, text: &str) -> String {
        if self.style.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn shows(&self, finding: &Finding) -> bool {
        finding.blocks || (!self.style.quiet && (self.style.verbose || !is_brief(finding)))
    }

    fn findings(&mut self) {
        let mut groups: Vec<(&str, Vec<&'v Finding>)> = Vec::new();
        let mut places: rustc_hash::FxHashMap<&str, usize> = rustc_hash::FxHashMap::default();
        let verdict = self.verdict;
        let (first, rest): (Vec<&Finding>, Vec<&Finding>) = verdict
            .findings
            .iter()
            .filter(|finding| self.shows(finding))
            .partition(|finding| finding.blocks);
        for finding in first.into_iter().chain(rest) {
            let place = *places.entry(&finding.address).or_insert_with(|| {
                groups.push((&finding.address, Vec::new()));
                groups.len() - 1
            });
            if let Some((_, group)) = groups.get_mut(place) {
                group.push(finding);
            }
        }
        for (address, group) in groups {
            // Without its outer spaces, by which an address could pose as a finding.
            let address = text::guard(text::line(address).trim());
            let shown = if address.is_empty() { "(no address)" } else { &address };
            let heading = self.paint(BOLD, shown);
            self.out.push_str(&heading);
            self.out.push('\n');
            for finding in group {
                self.finding(finding);
            }
            self.out.push('\n');
        }
    }

    fn finding(&mut self, finding: &'v Finding) {
        let severity = self.paint(tint(finding.severity), finding.severity.name());
        let mut marks = Vec::new();
        if finding.outcome == Outcome::Undetermined {
            marks.push("undetermined");
        }
        if finding.change != Change::Introduced {
            marks.push(finding.change.name());
        }
        if finding.blocks {
            marks.push("blocks");
        }
        if finding.waiver.is_some() {
            marks.push("waived");
        }
        let marks = match marks.is_empty() {
            true => String::new(),
            false => format!(" [{}]", marks.join(", ")),
        };
        let rule = self.paint(BOLD, &text::line(&finding.rule));
        self.out.push_str(&format!("  {severity}  {rule}{marks}\n"));
        self.labelled("", &text::line(&finding.message));
        self.place(finding);
        if let Some(reason) = &finding.reason {
            self.labelled("reason: ", &text::line(reason));
        }
        if let Some(waiver) = &finding.waiver {
            self.labelled("", &summary::waiver(waiver));
        }
        self.explain(finding);
    }

    /// The reason once for each rule, the fix wherever something must be done.
    fn explain(&mut self, finding: &'v Finding) {
        let known = self.explained.contains(&finding.rule.as_ref());
        if !known || self.style.verbose {
            let why = summary::why(self.verdict, finding);
            self.labelled("why: ", &why);
        }
        if !known || self.style.verbose || finding.blocks {
            self.labelled("fix: ", &text::flow(&finding.fix));
        }
        if !known {
            self.explained.push(&finding.rule);
        }
    }

    fn labelled(&mut self, label: &str, body: &str) {
        if body.trim().is_empty() {
            return;
        }
        let indent = 4 + label.len();
        let room = self.width().saturating_sub(indent).max(20);
        let label = if label.is_empty() { String::new() } else { self.paint(DIM, label) };
        self.out.push_str(&format!("    {label}{}\n", text::wrap(body, room, indent)));
    }

    fn place(&mut self, finding: &Finding) {
        let place = &finding.location;
        let mut at = format!("{}:{}:{}", text::line(&place.file), place.line, place.column);
        if let Some(container) = &finding.container {
            at.push_str(&format!(" container {}", text::line(container)));
        }
        if !finding.path.is_empty() {
            at.push_str(&format!(" ({})", text::line(&finding.path)));
        }
        let arrow = self.paint(DIM, "-->");
        self.out.push_str(&format!("    {arrow} {at}\n"));
        let number = place.line.to_string();
        let gutter = " ".repeat(number.len());
        let room = self.width().saturating_sub(4 + number.len() + 3);
        let Some(found) = excerpt(place, room) else {
            return;
        };
        let carets = "^".repeat(found.carets);
        let carets = self.paint(tint(finding.severity), &carets);
        let head = self.paint(DIM, &format!("{number} |"));
        let below = self.paint(DIM, &format!("{gutter} |"));
        let skip = " ".repeat(found.skip);
        self.out.push_str(&format!("    {head} {}\n    {below} {skip}{carets}\n", found.text));
    }

    /// One line for each class of findings that was only counted.
    fn brief(&mut self) {
        if self.style.quiet || self.style.verbose {
            return;
        }
        let mut any = false;
        for (change, title) in [
            (Change::Existing, "existing before this change"),
            (Change::Resolved, "resolved by this change"),
        ] {
            let class = |f: &&Finding| is_brief(f) && f.change == change;
            let count = Summary::over(self.verdict.findings.iter().filter(class));
            if count.findings > 0 {
                let findings = plural(count.findings, "finding");
                let severities = count.severities();
                any = true;
                if self.verdict.counts.counted == Counted::Resources {
                    let line = format!("{title}: {findings} ({severities}); -v lists them\n");
                    self.out.push_str(&line);
                    continue;
                }
                // Findings in a baseline get a line each, so that it hides nothing.
                self.out.push_str(&format!("in the baseline: {findings} ({severities})\n"));
                for finding in self.verdict.findings.iter().filter(class) {
                    let Finding { severity, rule, address, location, .. } = finding;
                    let place = format!("{}:{}", location.file, location.line);
                    let (rule, address) = (text::line(rule), text::line(address));
                    let (severity, place) = (severity.name(), text::line(&place));
                    let line = format!("  {severity:<8}  {rule}  {address}  {place}\n");
                    self.out.push_str(&line);
                }
            }
        }
        if any {
            self.out.push('\n');
        }
    }

    fn notices(&mut self) {
        if self.style.quiet || self.verdict.notices.is_empty() {
            return;
        }
        for notice in &self.verdict.notices {
            let label = self.paint(DIM, "note:");
            let room = self.width().saturating_sub(6);
            let body = text::wrap(&text::line(notice), room, 6);
            self.out.push_str(&format!("{label} {body}\n"));
        }
        self.out.push('\n');
    }

    fn errors(&mut self) {
        let problems = problems(self.verdict);
        for problem in problems.iter() {
            let red = AnsiColor::Red.on_default().effects(Effects::BOLD);
            let label = self.paint(red, &format!("error[{}]:", text::line(&problem.code)));
            let message = text::line(&problem.message);
            self.out.push_str(&format!("{label} {message}\n"));
            if let Some(file) = &problem.file {
                let arrow = self.paint(DIM, "-->");
                self.out.push_str(&format!("    {arrow} {}\n", text::line(file)));
            }
            if let Some(help) = &problem.help {
                self.labelled("help: ", &text::line(help));
            }
            self.out.push('\n');
        }
    }

    /// What the reader can do about a block besides fixing it.
    fn ways_out(&mut self) {
        if self.style.quiet || self.verdict.decision != Decision::Block {
            return;
        }
        let blind = |finding: &Finding| {
            finding.blocks
                && finding.outcome == Outcome::Undetermined
                && self.verdict.inputs.contains(&finding.location.file)
        };
        let mut ways = Vec::new();
        if self.verdict.counts.counted == Counted::Resources
            && self.verdict.findings.iter().any(blind)
        {
            ways.push(
                "the plan alone does not determine everything: name the root module's folder with \
                 `--source`",
            );
        }
        ways.push(
            "if this is intentional, add a temporary `[[waiver]]` to holdpoint.toml with rule, \
             address, reason, ticket, owner and expires; the reviewers of that file approve it",
        );
        for way in ways {
            let label = self.paint(DIM, "help:");
            let room = self.width().saturating_sub(6);
            self.out.push_str(&format!("{label} {}\n", text::wrap(way, room, 6)));
        }
        self.out.push('\n');
    }

    fn tail(&mut self) {
        self.ways_out();
        let summary = Summary::of(self.verdict);
        let tint = match self.verdict.decision {
            Decision::Pass => AnsiColor::Green.on_default(),
            Decision::Block => AnsiColor::Red.on_default(),
            Decision::Undecided => AnsiColor::Yellow.on_default(),
        };
        let word = summary::word(self.verdict.decision);
        let word = self.paint(tint.effects(Effects::BOLD), word);
        let meaning = summary::meaning(self.verdict);
        let (words, evaluated) = (summary.words(), summary.evaluated());
        self.out.push_str(&format!("{words}\n{evaluated}\n{word}: {meaning}\n"));
    }
}
