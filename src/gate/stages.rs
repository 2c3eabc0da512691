//! The pipeline of every gate: read, normalise, evaluate, decide, report.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::decide::{self, Chosen, Config, Gap, Judged};
use crate::model::finding::{Finding, Outcome};
use crate::model::rule::Meta;
use crate::model::verdict::{Counted, Problem, Verdict};

/// A gate: what the stages do with its kind of input. [`run`] calls them in this order.
pub(super) trait Gate {
    /// What was read. All later stages borrow from it, so that no text is copied.
    type Read;
    /// The subjects, with what rules may ask about them.
    type Normal<'r>;

    /// What is fixed before anything is read.
    fn terms(&self) -> Terms<'_>;

    /// The rules that this gate could run; a rule's number is its position here.
    fn offered(&self) -> Vec<&Meta>;

    /// Whether waivers of this rule are for this gate.
    fn knows(&self, rule: &str) -> bool;

    /// Bytes from files, standard input or a request.
    fn read(&self, log: &mut Log) -> Self::Read;

    /// Subjects from bytes.
    fn normalise<'r>(&self, read: &'r Self::Read, log: &mut Log) -> Self::Normal<'r>;

    /// Whether a rule that the configuration enables has anything to ask of this input.
    fn applies(&self, _rule: &Chosen, _normal: &Self::Normal<'_>) -> bool {
        true
    }

    /// Answers of rules about subjects, and what no rule covers.
    fn evaluate<'n>(
        &self,
        normal: &'n Self::Normal<'_>,
        rules: &[Chosen],
        log: &mut Log,
    ) -> Evaluated<'n>;

    /// What a report needs and a decision does not: where each finding is.
    fn locate(&self, normal: &Self::Normal<'_>, findings: &mut [Finding]);
}

/// What is fixed before anything is read.
pub(super) struct Terms<'a> {
    /// What the subjects are.
    pub(super) counted: Counted,
    /// The names of the inputs, as the user gave them.
    pub(super) names: &'a [String],
    /// The configuration.
    pub(super) config: &'a Config,
    /// Fingerprints of findings that count as existing.
    pub(super) known: Option<&'a BTreeMap<String, Outcome>>,
    /// Ends waivers.
    pub(super) today: Date,
}

/// What rules said of the inputs.
pub(super) struct Evaluated<'n> {
    /// Input by input.
    pub(super) judged: Vec<Judged<'n>>,
    /// What no rule covers.
    pub(super) gaps: Vec<Gap>,
}

/// What the stages want to be known, and what they failed at.
#[derive(Default)]
pub(super) struct Log {
    /// Each one line.
    pub(super) notices: Vec<String>,
    /// One of them leaves the change undecided.
    pub(super) errors: Vec<Problem>,
}

impl Log {
    /// The value, or nothing once its error is noted.
    pub(super) fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.errors.push(problem)).ok()
    }
}

/// Runs a gate. What was read is handed back: it may hold digests, and its owner knows whether
/// dropping it is worth the time.
pub(super) fn run<G: Gate>(gate: &G) -> (Verdict, G::Read) {
    let Terms { counted, names, config, known, today } = gate.terms();
    let offered = gate.offered();
    let mut log = Log { notices: config.weakened(offered.iter().copied()), errors: Vec::new() };

    let read = gate.read(&mut log);

    let normal = gate.normalise(&read, &mut log);

    let mut rules = config.choose(offered);
    rules.retain(|rule| gate.applies(rule, &normal));
    let Evaluated { judged, gaps } = gate.evaluate(&normal, &rules, &mut log);

    let elsewhere = config.waivers.iter().map(|waiver| &waiver.rule);
    let input = decide::Input {
        counted,
        names,
        judged: &judged,
        rules: &rules,
        known,
        elsewhere: elsewhere.filter(|rule| !gate.knows(rule)).cloned().collect(),
        gaps,
        notices: log.notices,
        errors: log.errors,
    };
    let mut verdict = decide::decide(input, config, today);

    gate.locate(&normal, &mut verdict.findings);
    hide_secrets(&mut verdict);

    drop(judged);
    drop(normal);
    (verdict, read)
}

/// Takes away the source lines of findings that are about a secret.
fn hide_secrets(verdict: &mut Verdict) {
    for finding in &mut verdict.findings {
        if verdict.rules.get(finding.rule.as_ref()).is_none_or(|rule| rule.blames_secrets) {
            finding.location.snippet = None;
        }
    }
}
