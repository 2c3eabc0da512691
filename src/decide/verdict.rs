//! From what was raised to the verdict.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::model::finding::{Change, Finding, Origin, Outcome, WaiverUse};
use crate::model::location::Location;
use crate::model::raised::{Evaluation, Raised, stem};
use crate::model::rule::Meta;
use crate::model::subject::Subject;
use crate::model::verdict::{Counted, Counts, Decision, Problem, Verdict};

use super::choose::Chosen;
use super::config::{Config, Existing, Gate, Undetermined, Unjudged};
use super::fingerprint::fingerprint;
use super::waiver::Book;

/// One input that was evaluated.
#[derive(Debug, Clone)]
pub struct Judged<'a> {
    /// Its name, as the user gave it.
    pub file: &'a str,
    /// Its subjects; an id is a position in this list.
    pub subjects: Cow<'a, [Subject]>,
    /// What the rules found in them; a rule's number is a position in [`Input::rules`].
    pub evaluation: Evaluation,
    /// Answers that a comment beside them waives, by their position.
    pub waived: FxHashMap<usize, WaiverUse>,
}

/// Something that the inputs hold and no running rule covers. The gate finds it; whether it blocks
/// is decided here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The input; none where it is about all inputs together.
    pub file: Option<String>,
    /// The provider that `[gate.unjudged]` may name.
    pub provider: Option<String>,
    /// How much of it is not covered.
    pub extent: Extent,
    /// What is not covered; lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// How much is not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it: nothing was evaluated, so nothing can be decided.
    Whole,
    /// A part: the rest was evaluated.
    Part,
}

/// All that a decision rests on.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// What the subjects are.
    pub counted: Counted,
    /// The names of all inputs, also of those that could not be read.
    pub names: &'a [String],
    /// The inputs that were evaluated.
    pub judged: &'a [Judged<'a>],
    /// The rules that ran.
    pub rules: &'a [Chosen],
    /// Fingerprints of known findings with their outcome: they count as existing. A known doubt
    /// does not make a violation known.
    pub known: Option<&'a BTreeMap<String, Outcome>>,
    /// Rules that waivers name and that only other gates run: here they match nothing.
    pub elsewhere: Vec<String>,
    /// What no running rule covers.
    pub gaps: Vec<Gap>,
    /// What earlier stages want to be known.
    pub notices: Vec<String>,
    /// What earlier stages failed at. One of them is enough to leave the change undecided.
    pub errors: Vec<Problem>,
}

/// Decides. `today` ends waivers; nothing here reads a clock.
#[must_use]
pub fn decide(input: Input<'_>, config: &Config, today: Date) -> Verdict {
    let Input { counted, names, judged, rules, known, elsewhere, gaps, mut notices, mut errors } =
        input;
    let gate = &config.gate;
    let mut book = Book::new(&config.waivers, today);
    let mut findings = findings(judged, rules, gate, &mut book, &mut errors);
    for finding in &mut findings {
        let was = known.and_then(|known| known.get(&finding.fingerprint));
        if was.is_some_and(|was| *was == Outcome::Violated || *was == finding.outcome) {
            finding.change = Change::Existing;
            finding.blocks &= gate.existing == Existing::Block;
        }
    }
    findings.sort_by(|a, b| order(a).cmp(&order(b)));

    if names.is_empty() {
        errors.push(nothing("no input was given", "name at least one input"));
    }
    if rules.is_empty() {
        errors.push(nothing("0 rules ran", "enable rules in holdpoint.toml"));
    }
    for gap in gaps {
        let unjudged = gate.unjudged.of(gap.provider.as_deref());
        match (gap.extent, unjudged) {
            (Extent::Part, _) | (Extent::Whole, Unjudged::Report) => notices.push(gap.message),
            (Extent::Whole, Unjudged::Block) => {
                errors.push(Problem { file: gap.file, ..nothing(&gap.message, &gap.help) });
            }
        }
    }
    let counts = count(counted, names, judged, rules);
    if errors.is_empty() && counts.makes_no_changes() {
        notices.push("the plan makes no changes".to_owned());
    }
    let subjects: Vec<&Subject> = judged.iter().flat_map(|input| input.subjects.iter()).collect();
    notices.extend(book.notices(&subjects, gate.max_waiver_findings, &elsewhere));
    let rules = rules.iter().map(|rule| (rule.meta.id.to_string(), rule.meta.clone())).collect();
    conclude(findings, notices, errors, counts, rules, names)
}

/// The verdict on inputs that could not even be read.
#[must_use]
pub fn undecided(counted: Counted, names: &[String], errors: Vec<Problem>) -> Verdict {
    let counts = Counts { counted, inputs: names.len(), ..Counts::default() };
    let verdict = conclude(Vec::new(), Vec::new(), errors, counts, BTreeMap::new(), names);
    // Also without an error at hand: nothing was evaluated.
    Verdict { decision: Decision::Undecided, ..verdict }
}

/// Makes the verdict of findings that are decided. An error outranks a finding, a finding that
/// blocks outranks a pass. Every verdict is made here.
#[must_use]
pub fn conclude(
    findings: Vec<Finding>,
    notices: Vec<String>,
    errors: Vec<Problem>,
    counts: Counts,
    rules: BTreeMap<String, Meta>,
    inputs: &[String],
) -> Verdict {
    let decision = if !errors.is_empty() {
        Decision::Undecided
    } else if findings.iter().any(|finding| finding.blocks) {
        Decision::Block
    } else {
        Decision::Pass
    };
    Verdict { decision, findings, notices, errors, counts, rules, inputs: inputs.to_vec() }
}

/// Every answer as a finding, numbered.
fn findings(
    judged: &[Judged<'_>],
    rules: &[Chosen],
    gate: &Gate,
    book: &mut Book<'_>,
    errors: &mut Vec<Problem>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for input in judged {
        for (number, raised) in input.evaluation.raised.iter().enumerate() {
            let subject = input.subjects.get(raised.subject.0 as usize);
            let (Some(rule), Some(subject)) = (rules.get(raised.rule), subject) else {
                // Dropping it would turn a finding into a pass.
                errors.push(internal("an answer names a rule or resource that does not exist"));
                continue;
            };
            let mut finding = finding(input.file, raised, rule, subject, gate, book);
            if let Some(waiver) = input.waived.get(&number) {
                finding.waiver.get_or_insert_with(|| waiver.clone());
                finding.blocks = false;
            }
            findings.push((raised.answer.key.as_str(), finding));
        }
    }
    numbered(findings)
}

fn finding(
    file: &str,
    raised: &Raised,
    rule: &Chosen,
    subject: &Subject,
    gate: &Gate,
    book: &mut Book<'_>,
) -> Finding {
    let (meta, answer) = (&rule.meta, &raised.answer);
    let waiver = match raised.change {
        Change::Resolved => None,
        Change::Introduced | Change::Existing => {
            book.apply(&meta.id, &subject.address, &answer.path, answer.container.as_deref())
        }
    };
    let counts = match raised.change {
        Change::Introduced => true,
        Change::Existing => gate.existing == Existing::Block,
        Change::Resolved => false,
    } && match answer.outcome {
        Outcome::Violated => true,
        Outcome::Undetermined => gate.undetermined == Undetermined::Block,
    };
    Finding {
        rule: meta.id.clone(),
        title: meta.title.clone(),
        severity: meta.severity,
        outcome: answer.outcome,
        change: raised.change,
        blocks: counts && meta.severity >= gate.fail_on && waiver.is_none(),
        waiver,
        address: subject.address.clone(),
        path: answer.path.clone(),
        message: match &answer.detail {
            Some(detail) => format!("{}: {detail}", answer.message),
            None => answer.message.clone(),
        },
        reason: answer.reason.clone(),
        fix: meta.short_fix(),
        location: answer.place.clone().unwrap_or_else(|| Location::start_of(file)),
        container: answer.container.clone(),
        origin: Origin::of(subject),
        fingerprint: String::new(),
    }
}

/// Gives every finding its fingerprint. Those that share rule, address and path are numbered in
/// the order of their keys, which the order of blocks does not change; what the change resolves
/// comes last, so that the numbers of the others do not depend on what was there before.
fn numbered(mut findings: Vec<(&str, Finding)>) -> Vec<Finding> {
    findings.sort_by(|(a_key, a), (b_key, b)| {
        (a.change == Change::Resolved, a_key, &a.path).cmp(&(
            b.change == Change::Resolved,
            b_key,
            &b.path,
        ))
    });
    let mut seen: FxHashMap<String, usize> = FxHashMap::default();
    findings
        .into_iter()
        .map(|(_, mut finding)| {
            // A path names a container by its position, and that means nothing.
            let place = match &finding.container {
                Some(container) => format!("{} {container}", finding.address),
                None => finding.address.clone(),
            };
            let name = format!("{}\0{place}\0{}", finding.rule, stem(&finding.path));
            let ordinal = seen.entry(name).or_default();
            finding.fingerprint = fingerprint(&finding.rule, &place, &finding.path, *ordinal);
            *ordinal += 1;
            finding
        })
        .collect()
}

/// Blocking first, the worst first, then by name; the rest makes the order total.
fn order(finding: &Finding) -> impl Ord + '_ {
    (
        !finding.blocks,
        Reverse(finding.severity),
        finding.address.as_str(),
        finding.rule.as_ref(),
        finding.path.as_str(),
        finding.change,
        finding.message.as_str(),
        finding.fingerprint.as_str(),
    )
}

fn count(counted: Counted, names: &[String], judged: &[Judged<'_>], rules: &[Chosen]) -> Counts {
    let subjects = || {
        let all = judged.iter().flat_map(|input| input.subjects.iter());
        all.filter(|subject| subject.is_resource())
    };
    Counts {
        inputs: names.len(),
        subjects: subjects().count(),
        changed: subjects().filter(|subject| !subject.actions().is_no_op()).count(),
        rules: rules.len(),
        checks: judged.iter().map(|input| input.evaluation.checks).sum(),
        counted,
    }
}

fn nothing(message: &str, help: &str) -> Problem {
    Problem {
        code: "decide::nothing-evaluated".to_owned(),
        message: message.to_owned(),
        help: Some(help.to_owned()),
        file: None,
    }
}

fn internal(message: &str) -> Problem {
    Problem {
        code: "decide::internal".to_owned(),
        message: message.to_owned(),
        help: Some("this is a bug in holdpoint: please report it".to_owned()),
        file: None,
    }
}
