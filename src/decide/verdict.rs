//! From what was raised to the verdict.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::model::finding::{Change, Finding, Origin, Outcome, WaiverUse};
use crate::model::location::Location;
use crate::model::raised::{Evaluation, Raised, stem};
use crate::model::subject::{Mode, Subject};
use crate::model::verdict::{Counted, Counts, Decision, Problem, Verdict};

use super::choose::Chosen;
use super::config::{Config, Existing, Gate, Undetermined, Unjudged};
use super::fingerprint::fingerprint;
use super::waiver::Book;

/// One input that was judged.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// Its name, as the user gave it.
    pub file: &'a str,
    /// Its subjects; an id is a position in this list.
    pub subjects: &'a [Subject],
    /// What the rules said of them; a rule's number is a position in [`Input::rules`].
    pub evaluation: &'a Evaluation,
    /// Whether policies of the user's own judged it as well: then it was judged, whatever its
    /// providers are.
    pub by_own: bool,
    /// Answers that a comment beside them waives, by their position.
    pub waived: Option<&'a FxHashMap<usize, WaiverUse>>,
}

/// All that a decision rests on.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// What the subjects are.
    pub counted: Counted,
    /// The names of all inputs, also of those that could not be read.
    pub names: &'a [String],
    /// The inputs that were judged.
    pub judged: &'a [Judged<'a>],
    /// The rules that ran.
    pub rules: &'a [Chosen],
    /// Fingerprints of findings that are known already, and what they were: they count as existing.
    /// Who knew of a doubt knew of no violation.
    pub known: Option<&'a BTreeMap<String, Outcome>>,
    /// Rules that waivers name and that another gate asks: here they match nothing, and that is well.
    pub elsewhere: Vec<String>,
    /// What earlier stages want to be known.
    pub notices: Vec<String>,
    /// What earlier stages failed at. One of them is enough to leave the change undecided.
    pub errors: Vec<Problem>,
}

/// Decides. `today` ends waivers; nothing here reads a clock.
#[must_use]
pub fn decide(input: Input<'_>, config: &Config, today: Date) -> Verdict {
    let Input { counted, names, judged, rules, known, elsewhere, mut notices, mut errors } = input;
    let mut book = Book::new(&config.waivers, today);
    let mut findings = Vec::new();
    for one in judged {
        for (number, raised) in one.evaluation.raised.iter().enumerate() {
            let subject = one.subjects.get(raised.subject.0 as usize);
            match (rules.get(raised.rule), subject) {
                (Some(rule), Some(subject)) => {
                    let mut found =
                        finding(one.file, raised, rule, subject, &config.gate, &mut book);
                    if let Some(own) = one.waived.and_then(|waived| waived.get(&number)) {
                        found.waiver.get_or_insert_with(|| own.clone());
                        found.blocks = false;
                    }
                    findings.push((raised.answer.key.as_str(), found));
                }
                // Dropping it would turn a finding into a pass.
                _ => {
                    errors.push(internal("an answer names a rule or resource that does not exist"))
                }
            }
        }
    }
    let mut findings = numbered(findings);
    for finding in &mut findings {
        let was = known.and_then(|known| known.get(&finding.fingerprint));
        if was.is_some_and(|was| *was == Outcome::Violated || *was == finding.outcome) {
            finding.change = Change::Existing;
            finding.blocks &= config.gate.existing == Existing::Block;
        }
    }
    findings.sort_by(|a, b| order(a).cmp(&order(b)));

    let counts = Counts { counted, ..count(names, judged, rules) };
    if names.is_empty() {
        let help = match counted {
            Counted::Resources => "name a plan",
            Counted::Objects => "name a file or folder",
        };
        errors.push(nothing("no input was given", help));
    }
    if rules.is_empty() {
        errors.push(nothing("0 rules ran", "enable rules in holdpoint.toml"));
    }
    let everything: Vec<&Subject> = judged.iter().flat_map(|one| one.subjects).collect();
    match counted {
        Counted::Resources => uncovered(judged, rules, &config.gate, &mut notices, &mut errors),
        Counted::Objects if counts.checks > 0 || !errors.is_empty() => {}
        Counted::Objects => {
            let text = format!("no rule covers any of the {} objects", counts.subjects);
            match config.gate.unjudged {
                Unjudged::Report => notices.push(text),
                Unjudged::Block => errors.push(nothing(
                    &text,
                    "write rules for them and name their folder with `--rules`, or accept this with \
                     `unjudged = \"report\"` under `[gate]`",
                )),
            }
        }
    }
    if counted == Counted::Resources && errors.is_empty() && counts.changed == 0 {
        notices.push("the plan makes no changes".to_owned());
    }
    notices.extend(book.notices(&everything, config.gate.max_waiver_findings, &elsewhere));

    let decision = if !errors.is_empty() {
        Decision::Undecided
    } else if findings.iter().any(|finding| finding.blocks) {
        Decision::Block
    } else {
        Decision::Pass
    };
    Verdict {
        decision,
        findings,
        notices,
        errors,
        counts,
        rules: rules.iter().map(|rule| (rule.meta.id.to_string(), rule.meta.clone())).collect(),
        inputs: names.to_vec(),
    }
}

/// What no rule is about, plan by plan.
fn uncovered(
    judged: &[Judged<'_>],
    rules: &[Chosen],
    gate: &Gate,
    notices: &mut Vec<String>,
    errors: &mut Vec<Problem>,
) {
    // An input of its own: a plan that was never asked about must not hide behind another.
    for one in judged.iter().filter(|one| one.evaluation.checks == 0) {
        let claimed = one.subjects.iter().filter(|s| rules.iter().any(|r| claims(r, s))).count();
        if claimed > 0 {
            errors.push(Problem {
                file: Some(one.file.to_owned()),
                ..internal("rules cover resources of this input, but no check was made")
            });
        }
    }
    for one in judged {
        match coverage(one, rules) {
            Coverage::All if resources_are_judged(one, rules) => {}
            Coverage::All => notices.push(format!(
                "no rule covers any of the {} resources in `{}`",
                one.subjects.iter().filter(|subject| subject.is_resource()).count(),
                one.file
            )),
            Coverage::Some(strangers) => notices.push(strangers),
            Coverage::None(strangers) if one.by_own || gate.unjudged == Unjudged::Report => {
                notices.push(strangers);
            }
            Coverage::None(strangers) => errors.push(Problem {
                file: Some(one.file.to_owned()),
                ..nothing(
                    &strangers,
                    "holdpoint has no rules for this provider: use another tool for it, or accept \
                     this with `unjudged = \"report\"` under `[gate]`",
                )
            }),
        }
    }
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

fn count(names: &[String], judged: &[Judged<'_>], rules: &[Chosen]) -> Counts {
    let subjects =
        || judged.iter().flat_map(|one| one.subjects).filter(|subject| subject.is_resource());
    Counts {
        inputs: names.len(),
        subjects: subjects().count(),
        changed: subjects().filter(|subject| !subject.actions().is_no_op()).count(),
        rules: rules.len(),
        checks: judged.iter().map(|one| one.evaluation.checks).sum(),
        counted: Counted::default(),
    }
}

fn claims(rule: &Chosen, subject: &Subject) -> bool {
    let providers = subject.mode() == Some(Mode::Provider);
    let own =
        |kind: &str| kind == "*" || kind == subject.kind || (providers && kind == "provider.*");
    rule.meta.types.iter().any(|kind| own(kind))
}

/// Whether there is no resource, or a rule about one of them. Checks of what is no resource, such as
/// the configuration of a provider, do not count.
fn resources_are_judged(one: &Judged<'_>, rules: &[Chosen]) -> bool {
    let mut resources = one.subjects.iter().filter(|subject| subject.is_resource()).peekable();
    resources.peek().is_none()
        || resources.any(|subject| rules.iter().any(|rule| claims(rule, subject)))
}

/// How much of an input is of providers that rules are about.
enum Coverage {
    All,
    Some(String),
    None(String),
}

/// Providers without a cloud behind them: there is nothing to judge.
const NEUTRAL: [&str; 11] = [
    "archive",
    "cloudinit",
    "external",
    "http",
    "local",
    "null",
    "random",
    "template",
    "terraform",
    "time",
    "tls",
];

fn coverage(one: &Judged<'_>, rules: &[Chosen]) -> Coverage {
    fn family(kind: &str) -> &str {
        let kind = kind.strip_prefix("data.").unwrap_or(kind);
        kind.split('_').next().unwrap_or_default()
    }
    let known: BTreeSet<&str> = rules
        .iter()
        .flat_map(|rule| rule.meta.types.iter())
        // What is declared besides resources is of no provider.
        .filter(|kind| !matches!(kind.as_ref(), "*" | "module" | "output"))
        .map(|kind| family(kind))
        .collect();
    let mut strangers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut judged = false;
    for subject in one.subjects.iter().filter(|subject| subject.is_resource()) {
        let family = family(&subject.kind);
        if known.contains(family) {
            judged = true;
        } else if !NEUTRAL.contains(&family) {
            *strangers.entry(family).or_default() += 1;
        }
    }
    if strangers.is_empty() {
        return Coverage::All;
    }
    let list: Vec<String> =
        strangers.iter().map(|(family, n)| format!("{n} of `{family}`")).collect();
    let text = format!("no rule covers these resources: {}", list.join(", "));
    // The same cloud by another door: what is judged beside it is no reason to let it through.
    if judged && !strangers.contains_key("awscc") {
        Coverage::Some(text)
    } else {
        Coverage::None(text)
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
