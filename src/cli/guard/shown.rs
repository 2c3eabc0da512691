//! Plans and outcomes, for people and for tools.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::guard::account::apply::Outcome;
use crate::guard::account::diff::{PolicyChange, StatementChange, What, diff};
use crate::guard::account::document::minified;
use crate::guard::account::effects::{Effect, effects};
use crate::guard::account::plan::Plan;
use crate::guard::account::principals::Skipped;

use super::super::console::printable;

/// How many names are printed on one line.
const SHOWN: usize = 12;

/// A plan, in outputs.
#[derive(Serialize)]
pub(super) struct Report<'p> {
    schema: &'static str,
    account: &'p str,
    endpoint: &'p str,
    vehicle: &'p str,
    name: &'p str,
    base: &'p str,
    digest: &'p str,
    changes: bool,
    policies: Vec<PolicyChange>,
    attach: Vec<(&'p str, &'p str)>,
    detach: Vec<(&'p str, &'p str)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<BTreeMap<String, Effect>>,
    open_for_a_moment: Vec<&'p str>,
    skipped: &'p [Skipped],
    locked_out: &'p [String],
    differences: usize,
}

/// What a plan does, worked out once.
pub(super) fn report<'p>(
    plan: &'p Plan,
    locked_out: &'p [String],
    differences: usize,
) -> Result<Report<'p>, Error> {
    let vehicle = plan.place.vehicle().ok_or(Error::Internal)?;
    Ok(Report {
        schema: "holdpoint-guard-change/v1",
        account: &plan.place.account,
        endpoint: &plan.place.endpoint,
        vehicle: &plan.place.vehicle,
        name: &plan.place.name,
        base: &plan.base,
        digest: &plan.digest,
        changes: !plan.is_empty(),
        policies: diff(&plan.before, &plan.after),
        attach: plan.joining().collect(),
        detach: plan.leaving().collect(),
        effects: effects(vehicle, &plan.place.partition, &plan.before, &plan.after),
        open_for_a_moment: plan.open_for_a_moment.iter().map(String::as_str).collect(),
        skipped: &plan.skipped,
        locked_out,
        differences,
    })
}

impl Report<'_> {
    /// For people.
    pub(super) fn human(&self, limit: usize) -> String {
        let mut text = String::new();
        let mut line = |words: String| text.push_str(&(printable(&words) + "\n"));
        for policy in &self.policies {
            line(format!(
                "{} {}: {} -> {} of {limit} characters",
                mark(policy.what),
                policy.policy,
                policy.size_before,
                policy.size_after
            ));
            for statement in &policy.statements {
                statement_lines(statement).into_iter().for_each(&mut line);
            }
        }
        match &self.effects {
            None => line(
                "cannot tell who gains or loses permissions: a document could not be evaluated"
                    .into(),
            ),
            Some(effects) => {
                let mut by_verbs: BTreeMap<(&str, String, usize), Vec<&str>> = BTreeMap::new();
                for (who, effect) in effects {
                    for (what, verbs) in [("loses", &effect.loses), ("gains", &effect.gains)] {
                        let key = (what, names(verbs), verbs.len());
                        by_verbs.entry(key).or_default().push(who);
                    }
                }
                for ((what, verbs, _), who) in by_verbs.iter().filter(|(key, _)| key.2 > 0) {
                    let who = names(who);
                    line(format!("on tagged resources, {who} {what}: {verbs}"));
                }
            }
        }
        for (pairs, verb) in [(&self.attach, "attached to"), (&self.detach, "detached from")] {
            let mut by_policy: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (policy, target) in pairs {
                by_policy.entry(policy).or_default().push(target);
            }
            for (policy, targets) in by_policy {
                line(format!("{policy} is {verb} {}", names(&targets)));
            }
        }
        if !self.open_for_a_moment.is_empty() {
            line(format!(
                "these are briefly allowed during the change, in any order of steps: {}",
                names(&self.open_for_a_moment)
            ));
        }
        let mut why: BTreeMap<(bool, &str), Vec<&str>> = BTreeMap::new();
        for skipped in self.skipped {
            why.entry((skipped.hole, &skipped.why)).or_default().push(&skipped.arn);
        }
        for ((hole, why), arns) in why {
            let mark = if hole { "not guarded" } else { "skipped" };
            line(format!("{mark}: {} ({why})", names(&arns)));
        }
        for wrong in self.locked_out {
            line(format!("locked out: {wrong}"));
        }
        if self.differences > 0 {
            line(format!(
                "the proof has {} differences; `holdpoint guard prove` lists them",
                self.differences
            ));
        }
        line(if self.changes {
            format!(
                "{} policies to change, {} attachments to add, {} to remove",
                self.policies.len(),
                self.attach.len(),
                self.detach.len()
            )
        } else {
            "no changes: the guard is up to date".to_owned()
        });
        text
    }
}

fn mark(what: What) -> char {
    match what {
        What::Added => '+',
        What::Removed => '-',
        What::Changed | What::Rewritten => '~',
    }
}

fn statement_lines(change: &StatementChange) -> Vec<String> {
    let name = &change.statement;
    let mut lines = Vec::new();
    match change.what {
        What::Added => lines.push(format!("    + {name}: {}", names(&change.verbs_added))),
        What::Removed => lines.push(format!("    - {name}: {}", names(&change.verbs_removed))),
        What::Rewritten => lines.push(format!("    ~ {name}: rewritten, same actions")),
        What::Changed => {
            if !change.verbs_added.is_empty() {
                lines.push(format!("    ~ {name}: + {}", names(&change.verbs_added)));
            }
            if !change.verbs_removed.is_empty() {
                lines.push(format!("    ~ {name}: - {}", names(&change.verbs_removed)));
            }
            lines.extend(
                change
                    .elements
                    .iter()
                    .map(|element| format!("    ~ {name}: {}", in_words(element))),
            );
        }
    }
    lines
}

/// An element in one line, for people: what was added to and taken out of a list, or both texts.
fn in_words(element: &(String, Option<Value>, Option<Value>)) -> String {
    let (name, before, after) = element;
    let text = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), minified);
    match (before, after) {
        (Some(old @ (Value::Array(_) | Value::String(_))), Some(new)) if is_list(new) => {
            let (old, new) = (list(old), list(new));
            let gone = old.difference(&new).map(|text| format!("-{text}"));
            let come = new.difference(&old).map(|text| format!("+{text}"));
            format!("{name}: {}", come.chain(gone).collect::<Vec<_>>().join(" "))
        }
        _ => format!("{name}: {} -> {}", text(before), text(after)),
    }
}

fn is_list(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::String(_))
}

fn list(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => BTreeSet::from([text.clone()]),
        _ => BTreeSet::new(),
    }
}

/// The first of many names, and how many there are.
pub(super) fn names<T: AsRef<str>>(list: impl IntoIterator<Item = T>) -> String {
    let all: Vec<T> = list.into_iter().collect();
    let shown: Vec<&str> = all.iter().take(SHOWN).map(AsRef::as_ref).collect();
    let more = all.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{tail}", shown.join(", "))
}

/// What was done, for people.
pub(super) fn outcome(done: &Outcome) -> String {
    if !done.changed {
        return "no changes: the guard is up to date\n".to_owned();
    }
    let mut text = String::new();
    if done.resumed {
        text.push_str("resumed where an earlier run had stopped\n");
    }
    text.push_str(&format!(
        "{} policies created, {} changed, {} deleted; {} attachments added, {} removed\n",
        done.created, done.switched, done.deleted, done.attached, done.detached
    ));
    for (target, why) in &done.failed {
        text.push_str(&printable(&format!("not guarded: {target}: {why}")));
        text.push('\n');
    }
    text
}
