//! Runs a table over a change: what held before must still hold, and what is compared must not be less.

use super::compiled::{Comparison, Cond, Entry, Table};
use super::judge::{Earlier, Elements, Scope, shown};
use super::language::{Bound, Levels};
use super::path::{Path, Step};
use super::test::is_set;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::rules::{Answers, Transition};

impl Table {
    /// Judges a change: a resource that stays, and one that is created where an entry says so.
    pub fn judge_change(&self, change: &Transition<'_>, answers: &mut Answers) {
        let Some(after) = &change.after else { return };
        if after.subject.actions().is_no_op() {
            return;
        }
        let kind = after.subject.kind.as_str();
        for entry in self.entries.iter().filter(|entry| entry.types.iter().any(|t| t == kind)) {
            entry.judge_change(change, answers);
        }
    }
}

impl Entry {
    fn judge_change(&self, change: &Transition<'_>, answers: &mut Answers) {
        let Some(after) = &change.after else { return };
        let before = change.before.as_ref();
        let earlier = before.map(|view| Earlier { view, element: None });
        let at = |view| Scope::whole(view).since(earlier);
        let held = match before {
            Some(before) => at(before).holds(&self.require),
            None => Truth::from(self.created),
        };
        if held.is_false() {
            return;
        }
        let now = at(after);
        let when = self.when.as_ref().map_or(Truth::True, |when| now.holds(when));
        let weaker = held.and(when).and(now.holds(&self.require).not());
        let (blamed, value) = now.blame(&self.path, "");
        let Some(answer) = answers.judge(&weaker, blamed, self.message.as_str()) else { return };
        if let Some(before) = before {
            let was = at(before).blame(&self.path, "").1;
            let (was, is) = (shown(&was, self.show_text), shown(&value, self.show_text));
            if was != is {
                answer.with_detail(format!("was {was}, becomes {is}"));
            }
        }
    }
}

/// The values at the end of a path, those that are set.
#[derive(Default)]
struct Found {
    list: Vec<Value>,
    doubt: Option<Unknown>,
}

impl Scope<'_, '_> {
    /// Whether what the path leads to is no less than before the change.
    pub(super) fn compare(&self, path: &Path, comparison: &Comparison) -> Truth {
        let Some(earlier) = self.before() else { return Truth::True };
        let (old, new) = (earlier.found(path), self.found(path));
        match comparison {
            Comparison::Kept => new.holds_all(&old),
            Comparison::NothingNew => old.holds_all(&new),
            Comparison::NotLower(bound, plus) => {
                let sum =
                    |scope: &Scope<'_, '_>, found: &Found| scope.sum(found, bound, plus, f64::min);
                not_lower(sum(&earlier, &old), sum(self, &new), bound)
            }
            Comparison::NotHigher(bound, plus) => {
                let sum =
                    |scope: &Scope<'_, '_>, found: &Found| scope.sum(found, bound, plus, f64::max);
                not_higher(sum(&earlier, &old), sum(self, &new), bound)
            }
            Comparison::NotWeaker(levels) => not_weaker(&old, &new, levels),
        }
    }

    /// Whether as many elements are so as before the change.
    pub(super) fn not_fewer(&self, path: &Path, one: Option<&Cond>) -> Truth {
        let Some(earlier) = self.before() else { return Truth::True };
        match (earlier.count(path, one), self.count(path, one)) {
            ((_, most), (least, _)) if least >= most => Truth::True,
            ((least, _), (_, most)) if most < least => Truth::False,
            _ => Truth::Unknown(Unknown::because("the plan does not show how many there will be")),
        }
    }

    /// How many elements are certainly so, and how many may be.
    fn count(&self, path: &Path, one: Option<&Cond>) -> (usize, usize) {
        let mut counted = (0, 0);
        self.elements(path, |list, doubt| {
            for scope in list {
                let truth = one.map_or(Truth::True, |one| scope.holds(one));
                counted.0 += usize::from(truth.is_true());
                counted.1 += usize::from(!truth.is_false());
            }
            if doubt.is_some() {
                counted.1 = usize::MAX;
            }
            Truth::True
        });
        counted
    }

    /// Whether every element is still there, and compares with what it was.
    pub(super) fn each_kept(&self, path: &Path, by: &Path, one: &Cond) -> Truth {
        let Some(earlier) = self.before() else { return Truth::True };
        let (old, new) = (earlier.blocks(path), self.blocks(path));
        let key = |value: &Value| text(&at(value, by));
        let mut left: Vec<&Value> = new.list.iter().collect();
        let mut pairs: Vec<(&Value, &Value)> = Vec::new();
        let mut alone: Vec<&Value> = Vec::new();
        for was in &old.list {
            let found = left.iter().position(|is| key(is).is_some() && key(is) == key(was));
            match found {
                Some(place) => pairs.push((was, left.remove(place))),
                None => alone.push(was),
            }
        }
        let lost = alone.len() > left.len();
        pairs.extend(alone.into_iter().zip(left));
        let kept = pairs
            .into_iter()
            .map(|(was, is)| self.element(is, was).map_or(Truth::True, |scope| scope.holds(one)));
        let kept = Truth::all(kept);
        match &new.doubt {
            Some(why) => kept.and(Truth::Unknown(why.clone())),
            None => kept.and(Truth::from(!lost)),
        }
    }

    /// The elements of blocks, whatever is known of them.
    fn blocks(&self, path: &Path) -> Found {
        self.reach(path, |value, steps, name| {
            let mut elements = Elements::default();
            elements.collect(value, steps, name);
            Found {
                list: elements.list.into_iter().map(|(_, value)| value.clone()).collect(),
                doubt: elements.doubts.into_iter().next().map(|(_, why)| why),
            }
        })
    }

    fn found(&self, path: &Path) -> Found {
        let mut found = Found::default();
        self.reach(path, |value, steps, name| {
            let mut elements = Elements::default();
            elements.collect(value, steps, name);
            for (_, value) in elements.list {
                match value.doubt() {
                    // An object with something unknown in it is compared part by part.
                    Some(why) if !matches!(value, Value::Object(_)) => {
                        found.doubt.get_or_insert_with(|| why.clone());
                    }
                    _ if is_set(value).is_false() => {}
                    _ => found.list.push(value.clone()),
                }
            }
            if let Some((_, why)) = elements.doubts.into_iter().next() {
                found.doubt.get_or_insert(why);
            }
        });
        found
    }

    /// The number that the values come to; `None` where none is set and *not set* is no number.
    fn sum(
        &self,
        found: &Found,
        bound: &Bound,
        plus: &[(Path, f64)],
        worse: fn(f64, f64) -> f64,
    ) -> Result<Option<f64>, Unknown> {
        let mut sum = found.number(bound, worse)?;
        for (path, weight) in plus {
            let more = self.found(path).number(bound, worse)?;
            if let Some(more) = more {
                sum = Some(sum.unwrap_or_default() + more * weight);
            }
        }
        Ok(sum.or(bound.unset.map(|unset| bound.limit(unset))))
    }
}

impl Bound {
    fn limit(&self, number: f64) -> f64 {
        let unlimited = self.unlimited.is_some_and(|own| (own - number).abs() < f64::EPSILON);
        if unlimited { f64::INFINITY } else { number }
    }
}

impl Found {
    /// Whether each of the others is among these.
    fn holds_all(&self, others: &Self) -> Truth {
        let here = |other: &Value| {
            let found = Truth::any(self.list.iter().map(|own| covers(own, other)));
            match &self.doubt {
                Some(why) => found.or(Truth::Unknown(why.clone())),
                None => found,
            }
        };
        let all = Truth::all(others.list.iter().map(here));
        match &others.doubt {
            Some(why) => all.and(Truth::Unknown(why.clone())),
            None => all,
        }
    }

    fn number(&self, bound: &Bound, worse: fn(f64, f64) -> f64) -> Result<Option<f64>, Unknown> {
        if let Some(why) = &self.doubt {
            return Err(why.clone());
        }
        let numbers = self.list.iter().filter_map(Value::as_f64).map(|own| bound.limit(own));
        Ok(numbers.reduce(worse))
    }
}

/// The value of an element at a path.
fn at(element: &Value, path: &Path) -> Value {
    let mut here = element.clone();
    for step in &path.steps {
        here = match step {
            Step::Name(name) => here.get(name).into_owned(),
            Step::Index(index) => here.index(*index).into_owned(),
        };
    }
    here
}

type Number = Result<Option<f64>, Unknown>;

fn not_lower(old: Number, new: Number, bound: &Bound) -> Truth {
    match (old, new) {
        (Ok(None), _) => Truth::True,
        (Err(why), _) | (_, Err(why)) => Truth::Unknown(why),
        (Ok(Some(_)), Ok(None)) => Truth::False,
        (Ok(Some(old)), Ok(Some(new))) => {
            Truth::from(new >= old || bound.enough.is_some_and(|enough| new >= enough))
        }
    }
}

fn not_higher(old: Number, new: Number, bound: &Bound) -> Truth {
    match (old, new) {
        (Ok(None), _) => Truth::True,
        (Err(why), _) | (_, Err(why)) => Truth::Unknown(why),
        (Ok(Some(_)), Ok(None)) => Truth::False,
        (Ok(Some(old)), Ok(Some(new))) => {
            Truth::from(new <= old || bound.enough.is_some_and(|enough| new <= enough))
        }
    }
}

fn not_weaker(old: &Found, new: &Found, levels: &Levels) -> Truth {
    let rank = |found: &Found| -> Result<usize, Unknown> {
        if let Some(why) = &found.doubt {
            return Err(why.clone());
        }
        let place = |text: &str| levels.order.iter().position(|level| level == text);
        let unset = || levels.unset.as_deref().and_then(place).map_or(0, |place| place + 1);
        let mut weakest = None;
        for value in &found.list {
            let text = text(value);
            let Some(place) = text.as_deref().and_then(place) else {
                return Err(Unknown::because("it is a value that holdpoint does not know"));
            };
            weakest = Some(weakest.map_or(place + 1, |own: usize| own.min(place + 1)));
        }
        Ok(weakest.unwrap_or_else(unset))
    };
    let known = new.holds_all(old).and(old.holds_all(new));
    match (rank(old), rank(new)) {
        _ if known.is_true() => Truth::True,
        (Ok(old), Ok(new)) => Truth::from(new >= old),
        // Nothing is weaker than the weakest.
        (Ok(0), Err(_)) => Truth::True,
        (Err(why), _) | (_, Err(why)) => Truth::Unknown(why),
    }
}

/// A scalar as Terraform writes it as a text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(own) => Some(own.to_string()),
        Value::Number(own) => Some(own.to_string()),
        _ => None,
    }
}

/// Whether a value has all that another one sets: a map may have got more.
fn covers(own: &Value, other: &Value) -> Truth {
    let (Value::Object(own), Value::Object(other)) = (own, other) else { return same(own, other) };
    let entries = other.entries.iter().filter(|(_, wanted)| !is_off(wanted));
    Truth::all(entries.map(|(name, wanted)| same(&own.get(name), wanted)))
}

/// Whether a value says no more than *not set* does.
fn is_off(value: &Value) -> bool {
    is_set(value).is_false() || value.as_bool() == Some(false)
}

/// Whether two values are the same to the provider: *not set*, empty and `false` are, a list has no
/// order.
fn same(one: &Value, other: &Value) -> Truth {
    match (one, other) {
        (Value::Unknown(why), _) | (_, Value::Unknown(why)) => Truth::Unknown(why.clone()),
        _ if is_off(one) && is_off(other) => Truth::True,
        (Value::List(own), Value::List(others)) => {
            let found = |items: &[Value], rest: &Option<Unknown>, wanted: &Value| {
                let found = Truth::any(items.iter().map(|item| same(item, wanted)));
                match rest {
                    Some(why) => found.or(Truth::Unknown(why.clone())),
                    None => found,
                }
            };
            let there =
                Truth::all(own.items.iter().map(|one| found(&others.items, &others.rest, one)));
            there.and(Truth::all(others.items.iter().map(|one| found(&own.items, &own.rest, one))))
        }
        (Value::Object(own), Value::Object(others)) => {
            let names = own.entries.iter().chain(others.entries.iter()).map(|(name, _)| name);
            Truth::all(names.map(|name| same(&own.get(name), &others.get(name))))
        }
        _ => match (text(one), text(other), one.doubt().or(other.doubt())) {
            (Some(one), Some(other), _) => Truth::from(one == other),
            (_, _, Some(why)) => Truth::Unknown(why.clone()),
            _ => Truth::from(one == other),
        },
    }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
