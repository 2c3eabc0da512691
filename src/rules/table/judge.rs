//! Runs a table over one resource: which elements, which condition, whom to blame.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::compiled::{Cond, Entry, Leaf, Table, Test};
use super::language::Unset;
use super::path::{Path, Step};
use super::test::{is_set, unset};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::answers::stem;

/// Where paths start: a resource, or an element of one of its blocks.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'v> {
    pub(super) view: &'s View<'v>,
    element: Option<&'s Value>,
    /// The path of the element from the resource; `None` inside a document.
    base: Option<&'s str>,
    /// The same before the change, where a change is judged.
    earlier: Option<Earlier<'s, 'v>>,
}

/// A resource before the change, or an element of one of its blocks.
#[derive(Clone, Copy)]
pub(super) struct Earlier<'s, 'v> {
    pub(super) view: &'s View<'v>,
    pub(super) element: Option<&'s Value>,
}

impl<'s, 'v> Scope<'s, 'v> {
    pub(super) fn whole(view: &'s View<'v>) -> Self {
        Self { view, element: None, base: Some(""), earlier: None }
    }

    fn of(view: &'s View<'v>, element: &'s Value, base: Option<&'s str>) -> Self {
        Self { view, element: Some(element), base, earlier: None }
    }

    /// Compares with this.
    pub(super) fn since(self, earlier: Option<Earlier<'s, 'v>>) -> Self {
        Self { earlier, ..self }
    }

    /// The same place before the change.
    pub(super) fn before(&self) -> Option<Self> {
        let Earlier { view, element } = self.earlier?;
        Some(Self { view, element, base: Some(""), earlier: None })
    }

    /// An element of it, which compares with what that was.
    pub(super) fn element(&self, element: &'s Value, was: &'s Value) -> Option<Self> {
        let view = self.earlier?.view;
        let earlier = Some(Earlier { view, element: Some(was) });
        Some(Self::of(self.view, element, None).since(earlier))
    }
}

impl Table {
    /// Judges a resource.
    pub fn judge(&self, view: &View<'_>, answers: &mut Answers) {
        let mut judging = Judging { answers, seen: FxHashMap::default() };
        let own = view.subject.kind.as_str();
        for entry in &self.entries {
            if entry.types.iter().any(|kind| kind == own || kind == "*") {
                judging.entry(entry, view);
            }
        }
    }
}

/// What was found of one resource so far.
struct Judging<'a> {
    answers: &'a mut Answers,
    /// How often an offence was found, by key, so that a second one like it counts as another. The
    /// key does not depend on which blocks exist, nor on their order.
    seen: FxHashMap<String, usize>,
}

impl Judging<'_> {
    fn entry(&mut self, entry: &Entry, view: &View<'_>) {
        let whole = Scope::whole(view);
        if entry.each.is_empty() {
            self.one(entry, whole, "");
            return;
        }
        let mut any = false;
        let mut doubt = None;
        for path in &entry.each {
            whole.reach(path, |value, steps, base| {
                let mut found = Elements::default();
                found.collect(value, steps, base);
                for (base, element) in found.list {
                    any = true;
                    let scope = Scope::of(view, element, Some(&base));
                    self.one(entry, scope, &base);
                }
                if let Some((base, why)) = found.doubts.into_iter().next() {
                    doubt = doubt.take().or(Some((base, why)));
                }
            });
        }
        let Some(first) = entry.each.first() else {
            return;
        };
        match doubt {
            Some((base, why)) => {
                // A `when` that does not depend on the element may still rule it out.
                let asked = Value::Unknown(why);
                let scope = Scope::of(view, &asked, Some(&base));
                self.one(entry, scope, &base);
            }
            None if entry.demanded && !any => {
                let blamed = whole.blame(first, "").0;
                let none = Value::Null;
                let scope = Scope::of(view, &none, None);
                let when = entry.when.as_ref().map_or(Truth::True, |when| scope.holds(when));
                // The same offence as a block that is there and does not say it.
                let key = format!("{} {} ", first.text(), entry.message);
                self.raise(entry, &when, blamed, key, Some("not set".to_owned()));
            }
            None => {}
        }
    }

    /// Judges the resource, or one element of it.
    fn one(&mut self, entry: &Entry, scope: Scope<'_, '_>, base: &str) {
        let when = entry.when.as_ref().map_or(Truth::True, |when| scope.holds(when));
        if when.is_false() {
            return;
        }
        let broken = when.and(scope.holds(&entry.require).not());
        if broken.is_false() {
            return;
        }
        let (blamed, value) = scope.blame(&entry.path, base);
        let identity: Vec<String> =
            entry.identity.iter().map(|path| shown(&scope.blame(path, base).1, true)).collect();
        let detail = match &value {
            Value::Null | Value::Bool(_) | Value::Number(_) => Some(shown(&value, true)),
            Value::String(_) if entry.show_text => Some(shown(&value, true)),
            Value::List(list) if list.items.is_empty() && list.rest.is_none() => {
                Some("not set".to_owned())
            }
            _ => None,
        };
        let mut key = format!("{} {} {}", stem(base), entry.message, identity.join(" "));
        if let (Value::String(text), true) = (&value, entry.show_text) {
            // Another bad value is another decision. Hashed, since it may be sensitive.
            let mut hasher = FxHasher::default();
            text.hash(&mut hasher);
            key.push_str(&format!("\n+ {:x}", hasher.finish()));
        }
        self.raise(entry, &broken, blamed, key, detail);
    }

    fn raise(
        &mut self,
        entry: &Entry,
        broken: &Truth,
        blamed: String,
        mut key: String,
        detail: Option<String>,
    ) {
        if let Some(answer) = self.answers.judge(broken, blamed, entry.message.as_str()) {
            let times = self.seen.entry(key.clone()).or_default();
            if *times > 0 {
                key.insert_str(0, &format!("#{times} "));
            }
            *times += 1;
            answer.with_key(key);
            if let Some(detail) = detail {
                answer.with_detail(detail);
            }
        }
    }
}

/// A value for the report: short, on one line, control characters escaped.
pub(super) fn shown(value: &Value, texts: bool) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if texts => {
            let mut short: String = text.chars().take(80).collect();
            if short.len() < text.len() {
                short.push_str("...");
            }
            format!("{short:?}")
        }
        other => other.kind().to_owned(),
    }
}

/// The elements that a path leads to, through every block of repeated ones.
#[derive(Default)]
pub(super) struct Elements<'e> {
    pub(super) list: Vec<(String, &'e Value)>,
    pub(super) doubts: Vec<(String, Unknown)>,
}

impl<'e> Elements<'e> {
    pub(super) fn collect(&mut self, value: &'e Value, steps: &[Step], base: &str) {
        match (value, steps.split_first()) {
            (Value::Null, _) => {}
            (Value::Unknown(why), _) => self.doubts.push((base.to_owned(), why.clone())),
            (Value::List(list), Some((Step::Index(index), tail))) => {
                match (list.items.get(*index), &list.rest) {
                    (Some(item), _) => self.collect(item, tail, &format!("{base}[{index}]")),
                    (None, Some(why)) => self.doubts.push((base.to_owned(), why.clone())),
                    (None, None) => {}
                }
            }
            (Value::List(list), _) => {
                for (i, item) in list.items.iter().enumerate() {
                    self.collect(item, steps, &format!("{base}[{i}]"));
                }
                if let Some(why) = &list.rest {
                    self.doubts.push((base.to_owned(), why.clone()));
                }
            }
            (value, None) => self.list.push((base.to_owned(), value)),
            (Value::Object(object), Some((step @ Step::Name(name), tail))) => {
                let mut base = base.to_owned();
                Path::show(step, &mut base);
                match (object.find(name), &object.rest) {
                    (Some(inner), _) => self.collect(inner, tail, &base),
                    (None, Some(why)) => self.doubts.push((base, why.clone())),
                    (None, None) => {}
                }
            }
            (value, Some((Step::Index(0), tail))) => self.collect(value, tail, base),
            _ => {}
        }
    }
}

impl<'s, 'v> Scope<'s, 'v> {
    /// Hands over the value where the path starts, the steps that are left, and its name so far.
    pub(super) fn reach<R>(&self, path: &Path, with: impl FnOnce(&Value, &[Step], &str) -> R) -> R {
        match (self.element, path.steps.split_first()) {
            (Some(element), _) if !path.from_root => with(element, &path.steps, ""),
            (_, Some((Step::Name(name), tail))) => with(&self.view.attribute(name), tail, name),
            _ => with(&Value::Null, &[], ""),
        }
    }

    /// The path from the resource of what has this path here; `None` inside a document.
    pub(super) fn place(&self, from_root: bool, own: &str) -> Option<String> {
        match self.base {
            _ if from_root => Some(own.to_owned()),
            Some("") => Some(own.to_owned()),
            Some(base) if own.is_empty() || own.starts_with('[') => Some(format!("{base}{own}")),
            Some(base) => Some(format!("{base}.{own}")),
            None => None,
        }
    }

    /// Whether the condition holds here.
    pub(super) fn holds(&self, cond: &Cond) -> Truth {
        match cond {
            Cond::All(list) => {
                until(list, Truth::True, Truth::is_false, |t, one| t.and(self.holds(one)))
            }
            Cond::Any(list) => {
                until(list, Truth::False, Truth::is_true, |t, one| t.or(self.holds(one)))
            }
            Cond::Not(one) => self.holds(one).not(),
            Cond::Leaf(leaf) => self.leaf(leaf),
            Cond::Compare(path, comparison) => self.compare(path, comparison),
            Cond::NotFewer(path, one) => self.not_fewer(path, one.as_deref()),
            Cond::EachKept(path, by, one) => self.each_kept(path, by, one),
            Cond::CustomerKey(path) => self.customer_key(path),
            Cond::Unknown(reason) => Truth::Unknown(Unknown::because(reason.as_str())),
            Cond::Some(path, one) => self.elements(path, |list, doubt| {
                let some = Truth::any(list.map(|scope| scope.holds(one)));
                doubt.map_or(some.clone(), |why| some.or(Truth::Unknown(why)))
            }),
            Cond::Every(path, one) => self.elements(path, |list, doubt| {
                let every = Truth::all(list.map(|scope| scope.holds(one)));
                doubt.map_or(every.clone(), |why| every.and(Truth::Unknown(why)))
            }),
            Cond::Linked(kinds, via, require) => self.linked(kinds, via, require.as_deref()),
            Cond::Follow { path, types, require, none } => {
                let links = self.view.follow(path);
                let fits = |kind: &str| types.iter().any(|own| own == kind);
                let certain: Vec<_> =
                    links.certain.iter().filter(|other| fits(&other.kind)).collect();
                let found =
                    Truth::any(certain.iter().map(|other| self.other(other, require.as_deref())));
                if found.is_true() {
                    return found;
                }
                match links.doubt() {
                    Some(why) => found.or(Truth::Unknown(why.clone())),
                    None if certain.is_empty() => unset(*none),
                    None => found,
                }
            }
            Cond::Json(path, one, absent) => self.reach(path, |value, steps, _| {
                distribute(value, steps, &mut |value| self.document(value, one, *absent))
            }),
        }
    }

    pub(super) fn elements(
        &self,
        path: &Path,
        with: impl FnOnce(&mut dyn Iterator<Item = Scope<'_, 'v>>, Option<Unknown>) -> Truth,
    ) -> Truth {
        self.reach(path, |value, steps, name| {
            let mut found = Elements::default();
            found.collect(value, steps, name);
            let doubt = found.doubts.into_iter().next().map(|(_, why)| why);
            let list: Vec<_> = found
                .list
                .into_iter()
                .map(|(own, element)| (self.place(path.from_root, &own), element))
                .collect();
            let mut list =
                list.iter().map(|(base, element)| Scope::of(self.view, element, base.as_deref()));
            with(&mut list, doubt)
        })
    }

    fn leaf(&self, leaf: &Leaf) -> Truth {
        let answer = self.reach(&leaf.path, |value, steps, _| {
            distribute(value, steps, &mut |value| leaf.holds(value, self.view.params()))
        });
        // `.` is the element, which stands where its block does.
        let written = if leaf.path.steps.is_empty() { "" } else { leaf.written.as_str() };
        let place = self.place(leaf.path.from_root, written.trim_start_matches('/'));
        if let (Test::Set, Some(place), Some(_)) = (&leaf.test, place, answer.unknown()) {
            // Unknown, but certainly another resource's attribute: then something will stand there.
            let links = self.view.follow(&place);
            if links.certain.len() == 1 && links.possible.is_empty() {
                return Truth::from(!leaf.negate);
            }
        }
        answer
    }

    fn document(&self, value: &Value, one: &Cond, absent: Unset) -> Truth {
        let parsed;
        let document = match value {
            Value::Json(inner) => inner.as_ref(),
            Value::String(text) if !text.is_empty() => match serde_json::from_str::<Value>(text) {
                Ok(value) => {
                    parsed = value;
                    &parsed
                }
                Err(_) => return Truth::False,
            },
            Value::Unknown(why) => return Truth::Unknown(why.clone()),
            Value::Template(_) | Value::Base64(_) => match value.doubt() {
                Some(why) => return Truth::Unknown(why.clone()),
                None => return Truth::False,
            },
            other if is_set(other).is_false() => return unset(absent),
            _ => return Truth::False,
        };
        Scope::of(self.view, document, None).holds(one)
    }

    fn linked(&self, kinds: &[String], via: &str, require: Option<&Cond>) -> Truth {
        let mut answer = Truth::False;
        for kind in kinds {
            let links = self.view.pointing_here(kind, via);
            for other in &links.certain {
                answer = answer.or(self.other(other, require));
                if answer.is_true() {
                    return answer;
                }
            }
            for (other, why) in &links.possible {
                let may = other.is_none_or(|other| !self.other(other, require).is_false());
                if may {
                    answer = answer.or(Truth::Unknown(why.clone()));
                }
            }
        }
        answer
    }

    fn other(&self, other: &'v crate::model::subject::Subject, require: Option<&Cond>) -> Truth {
        match require {
            None => Truth::True,
            Some(cond) => {
                let view = self.view.look_at(other);
                Scope::whole(&view).holds(cond)
            }
        }
    }

    /// The path as far as it exists, with the positions of blocks, and the value there.
    pub(super) fn blame(&self, path: &Path, base: &str) -> (String, Value) {
        self.reach(path, |value, steps, name| {
            let mut out = if name.is_empty() { base.to_owned() } else { name.to_owned() };
            let mut here = Cow::Borrowed(value);
            for step in steps {
                if let (Value::List(list), Step::Name(_)) = (here.as_ref(), step) {
                    let Some(first) = list.items.first() else {
                        break;
                    };
                    out.push_str("[0]");
                    here = Cow::Owned(first.clone());
                }
                let inner = match (here.as_ref(), step) {
                    (Value::Object(object), Step::Name(name)) => object.get(name).into_owned(),
                    (Value::List(_), Step::Index(index)) => here.index(*index).into_owned(),
                    _ => break,
                };
                Path::show(step, &mut out);
                here = Cow::Owned(inner);
            }
            (out, here.into_owned())
        })
    }
}

/// Folds the list, and stops where the answer is certain.
fn until<'c>(
    list: &'c [Cond],
    start: Truth,
    certain: impl Fn(&Truth) -> bool,
    mut step: impl FnMut(Truth, &'c Cond) -> Truth,
) -> Truth {
    let mut truth = start;
    for one in list {
        truth = step(truth, one);
        if certain(&truth) {
            break;
        }
    }
    truth
}

/// Asks about the value at the end of the steps, in every block of repeated ones: it must be so in
/// each.
fn distribute(value: &Value, steps: &[Step], ask: &mut dyn FnMut(&Value) -> Truth) -> Truth {
    match (steps.split_first(), value) {
        (None, value) => ask(value),
        (Some(_), Value::Unknown(_)) => ask(value),
        (Some((Step::Index(index), tail)), Value::List(_)) => {
            distribute(&value.index(*index), tail, ask)
        }
        (Some((Step::Index(0), tail)), value) => distribute(value, tail, ask),
        (Some(_), Value::List(list)) => match (&list.rest, list.items.is_empty()) {
            (Some(why), true) => ask(&Value::Unknown(why.clone())),
            (None, true) => ask(&Value::Null),
            (rest, false) => {
                let mut truth = Truth::True;
                for item in &list.items {
                    truth = truth.and(distribute(item, steps, ask));
                }
                match rest {
                    Some(why) => truth.and(Truth::Unknown(why.clone())),
                    None => truth,
                }
            }
        },
        (Some((Step::Name(name), tail)), Value::Object(object)) => {
            distribute(&object.get(name), tail, ask)
        }
        (Some(_), _) => ask(&Value::Null),
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
