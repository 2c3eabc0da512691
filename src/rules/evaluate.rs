//! Asks the rules, and classes each answer as introduced, existing or resolved by the change.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::classes::{class, class_moved};
use super::target::moves;
use super::yields::drop_yielded;
use super::{Answers, Check, Selected, Transition};
use crate::model::finding::{Answer, Change};
use crate::model::raised::{Evaluation, Raised};
use crate::model::subject::{Mode, Side, Subject};
use crate::model::view::{Opened, Resources, View};

/// Asks every selected rule about every subject of its types.
#[must_use]
pub fn evaluate(resources: &dyn Resources, selected: &[Selected]) -> Evaluation {
    let index = Index::new(selected);
    let parts: Vec<(Vec<Raised>, usize)> = resources
        .subjects()
        .par_iter()
        .with_min_len(64)
        .fold(Default::default, |mut part: (Vec<Raised>, usize), subject| {
            part.1 += judge(resources, selected, index.rules_for(subject), subject, &mut part.0);
            part
        })
        .collect();
    let mut evaluation = Evaluation::default();
    for (raised, checks) in parts {
        evaluation.raised.extend(raised);
        evaluation.checks += checks;
    }
    super::aws::edges::follow(resources, selected, &mut evaluation);
    evaluation
}

/// Rules by the type that they claim.
struct Index<'s> {
    by_type: FxHashMap<&'s str, Vec<usize>>,
    any: Vec<usize>,
}

impl<'s> Index<'s> {
    fn new(selected: &'s [Selected]) -> Self {
        let mut by_type: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        let mut any = Vec::new();
        for (i, one) in selected.iter().enumerate() {
            for kind in one.rule.meta.types.iter() {
                match kind.as_ref() {
                    "*" => any.push(i),
                    kind => by_type.entry(kind).or_default().push(i),
                }
            }
        }
        Self { by_type, any }
    }

    fn rules_for<'i>(&'i self, subject: &Subject) -> impl Iterator<Item = usize> + 'i {
        let of = |kind: &str| self.by_type.get(kind).map_or(&[][..], Vec::as_slice);
        let family = if subject.mode() == Some(Mode::Provider) { of("provider.*") } else { &[] };
        of(&subject.kind).iter().chain(family).chain(&self.any).copied()
    }
}

/// Judges one subject by its rules; returns how many there were.
fn judge<'r>(
    resources: &'r dyn Resources,
    selected: &'r [Selected],
    rules: impl Iterator<Item = usize>,
    subject: &'r Subject,
    raised: &mut Vec<Raised>,
) -> usize {
    let mut checks = 0;
    let first = raised.len();
    let mut sides = Sides { resources, subject, before: None, after: None, moves: None };
    sides.open_what_changes();
    for rule in rules {
        let Some(one) = selected.get(rule) else {
            continue;
        };
        checks += 1;
        let found = match &one.rule.check {
            Check::State(check) => sides.state(one, check),
            Check::Table(table) => sides.state(one, &|view, answers| table.judge(view, answers)),
            Check::Change(check) => sides.change(one, check),
            Check::ChangeTable(table) => {
                sides.change(one, &|change, answers| table.judge_change(change, answers))
            }
        };
        raised.extend(found.into_iter().map(|(change, answer)| Raised {
            rule,
            subject: subject.id,
            change,
            answer,
        }));
    }
    drop_yielded(selected, raised, first);
    checks
}

/// The two sides of a subject, opened when they are first asked for.
struct Sides<'r> {
    resources: &'r dyn Resources,
    subject: &'r Subject,
    before: Option<std::rc::Rc<Opened<'r>>>,
    after: Option<std::rc::Rc<Opened<'r>>>,
    moves: Option<bool>,
}

impl<'r> Sides<'r> {
    /// Opens what the change touches, also where no rule asks for it: opening notes what cannot be
    /// read, and a plan that was not read is no pass.
    fn open_what_changes(&mut self) {
        let subject = self.subject;
        if subject.exists(Side::After) {
            self.opened(Side::After);
        }
        if subject.exists(Side::Before) && !subject.actions().is_no_op() {
            self.opened(Side::Before);
        }
    }

    fn opened(&mut self, side: Side) -> std::rc::Rc<Opened<'r>> {
        let slot = match side {
            Side::Before => &mut self.before,
            Side::After => &mut self.after,
        };
        let opened = slot.get_or_insert_with(|| Opened::new(self.resources, self.subject, side));
        std::rc::Rc::clone(opened)
    }

    fn view(&mut self, side: Side, one: &'r Selected) -> View<'r> {
        let opened = self.opened(side);
        View::new(self.resources, self.subject, side, &one.params, opened)
    }

    fn ask(&mut self, side: Side, one: &'r Selected, check: &StateCheck) -> Vec<Answer> {
        if !self.subject.exists(side) {
            return Vec::new();
        }
        let view = self.view(side, one);
        let mut answers = Answers::default();
        check(&view, &mut answers);
        masked(answers, &view)
    }

    fn state(&mut self, one: &'r Selected, check: &StateCheck) -> Vec<(Change, Answer)> {
        let after = self.ask(Side::After, one, check);
        let subject = self.subject;
        let look_back =
            !after.is_empty() || (subject.exists(Side::After) && !subject.actions().is_no_op());
        let before = if look_back { self.ask(Side::Before, one, check) } else { Vec::new() };
        if !before.is_empty() && !after.is_empty() && self.moves(one) {
            return class_moved(&before, after);
        }
        class(&before, after)
    }

    /// Whether the subject belongs to something else after the change.
    fn moves(&mut self, one: &'r Selected) -> bool {
        if self.subject.actions().is_no_op() {
            return false;
        }
        if self.moves.is_none() {
            let (before, after) = (self.view(Side::Before, one), self.view(Side::After, one));
            self.moves = Some(moves(&before, &after));
        }
        self.moves == Some(true)
    }

    fn change(&mut self, one: &'r Selected, check: &ChangeCheck) -> Vec<(Change, Answer)> {
        let before = self.subject.exists(Side::Before).then(|| self.view(Side::Before, one));
        let after = self.subject.exists(Side::After).then(|| self.view(Side::After, one));
        let transition = Transition { before, after };
        let mut answers = Answers::default();
        check(&transition, &mut answers);
        let list = match transition.after.as_ref().or(transition.before.as_ref()) {
            Some(view) => masked(answers, view),
            None => answers.into_vec(),
        };
        list.into_iter().map(|answer| (Change::Introduced, answer)).collect()
    }
}

/// How a rule judges a state.
type StateCheck = dyn Fn(&View<'_>, &mut Answers);

/// How a rule judges a change.
type ChangeCheck = dyn Fn(&Transition<'_>, &mut Answers);

/// The answers, without the values of attributes that are marked sensitive.
fn masked(answers: Answers, view: &View<'_>) -> Vec<Answer> {
    let mut list = answers.into_vec();
    for answer in &mut list {
        if answer.detail.is_some() && !answer.path.is_empty() && view.is_sensitive(&answer.path) {
            answer.detail = Some("(sensitive value)".to_owned());
        }
    }
    list
}
