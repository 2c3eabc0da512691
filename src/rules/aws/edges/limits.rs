//! What limited an offence and is gone: the trust of a role, a permissions boundary, a `Deny` in
//! another policy of the same identity.

use std::collections::BTreeSet;

use super::graph::{Graph, Node, links};
use super::report::{Edge, News, Report};
use super::table::{BOUNDARY, BOUNDED, Danger, POLICIES, ROLE, TRUST};
use crate::iam::pattern::{Case, Pattern};
use crate::iam::principal::Principals;
use crate::iam::{Document, Statement, element};
use crate::model::finding::{Answer, Change};
use crate::model::subject::{Side, Subject, SubjectId};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::shared::extent::{deny_lines, extent};
use crate::rules::aws::shared::policies::{identity, trust};
use crate::rules::classes::{LIMIT, REACH, WIDTH, class, is_limited_by};

/// Adds what an identity that changes loses of its limits.
pub(super) fn of_identity<'r>(graph: &Graph<'r>, subject: &'r Subject, report: &mut Report) {
    let node = Node::Subject(subject.id);
    // The gravest speaks for all.
    let severity = |label: usize| graph.labels.get(label).map(|label| label.severity);
    let lasting = graph.lasting(&node).into_iter();
    let grants = lasting.filter(|(label, ..)| {
        graph.labels.get(*label).is_some_and(|label| label.danger == Danger::Permissions)
    });
    let Some((label, shown, doubt)) = grants.max_by_key(|(label, ..)| severity(*label)) else {
        return;
    };
    let [before, after] = [Side::Before, Side::After].map(|side| graph.view(subject, side));
    let mut add = |path: &str, loss: Truth, news| {
        let doubt = match loss {
            Truth::False => return,
            Truth::True => doubt.clone(),
            Truth::Unknown(why) => Some(why),
        };
        let edge = Edge { at: subject, path: path.to_owned(), label, shown, doubt, news };
        report.add(graph, &edge, false);
    };
    if ROLE.contains(&subject.kind.as_str()) {
        add(TRUST, trusts_more(&before, &after), News::Trust);
    }
    if BOUNDED.contains(&subject.kind.as_str()) {
        add(BOUNDARY, loses_boundary(graph, &before, &after), News::Boundary);
    }
}

/// Whether the trust policy lets in more, or under fewer conditions, than before.
fn trusts_more(before: &View<'_>, after: &View<'_>) -> Truth {
    let reach = |view: &View<'_>| -> Vec<Answer> {
        let mut answers = Answers::default();
        for place in trust(view).iter() {
            let allows = |statement: &Statement| statement.allows.clone();
            let mut key = format!("trust\n{}", extent(&place.document, allows));
            for statement in place.document.statements.iter().filter(|s| !s.allows.is_false()) {
                principals(statement, &mut key);
            }
            let doubt = place.document.doubt();
            match doubt {
                Some(why) => answers.undetermined("", "", &why).with_key(key),
                None => answers.violated("", "").with_key(key),
            };
        }
        answers.into_vec()
    };
    let after = class(&reach(before), reach(after));
    let wider = after.into_iter().find(|(change, _)| *change == Change::Introduced);
    match wider {
        None => Truth::False,
        Some((_, answer)) => match answer.reason {
            Some(why) => Truth::Unknown(Unknown::because(why)),
            None => Truth::True,
        },
    }
}

fn principals(statement: &Statement, key: &mut String) {
    let mut line = |mark: &str, text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        key.push_str(&format!("\n{mark}principal {text}"));
    };
    match &statement.principal {
        Principals::These(named) => {
            for (kind, id) in &named.entries {
                line(REACH, &format!("{kind} {}", element::shown(id)));
            }
            if named.rest.is_some() {
                line(WIDTH, "not known");
            }
        }
        Principals::Unknown(_) => line(WIDTH, "not known"),
        Principals::Missing => {}
        Principals::AllBut(_) => line(REACH, "*"),
    }
}

/// Whether the permissions boundary is gone, or another that may allow more.
fn loses_boundary<'r>(graph: &Graph<'r>, before: &View<'r>, after: &View<'r>) -> Truth {
    let (old, new) = (before.attribute(BOUNDARY), after.attribute(BOUNDARY));
    let none = |value: &Value| value.is_null() || value.as_str() == Some("");
    if none(&old) {
        return Truth::False;
    }
    if none(&new) {
        return Truth::True;
    }
    if old.as_str().is_some() && old.as_str() == new.as_str() {
        return Truth::False;
    }
    let ends = |view: &View<'r>| graph.ends(view.subject, BOUNDARY, POLICIES, view.side);
    let (from, to) = (ends(before), ends(after));
    if !from.is_empty() && from.iter().map(|(node, _)| node).eq(to.iter().map(|(node, _)| node)) {
        return Truth::False;
    }
    // A boundary of everything limits nothing.
    let is_none = |value: &Value| {
        value.as_str().is_some_and(|arn| arn.ends_with(":iam::aws:policy/AdministratorAccess"))
    };
    if is_none(&old) || is_none(&new) {
        return Truth::from(!is_none(&old));
    }
    let read = |ends: &[super::graph::End], side| -> Vec<Document> {
        ends.iter().flat_map(|(node, _)| documents_of(graph, node, side)).collect()
    };
    let (from, to) = (read(&from, Side::Before), read(&to, Side::After));
    let everything =
        |document: &Document| document.statements.iter().any(|s| s.grants_everything().is_true());
    if to.iter().any(everything) && !from.iter().any(everything) {
        return Truth::True;
    }
    let reach = |documents: &[Document]| -> Vec<Answer> {
        let mut answers = Answers::default();
        for document in documents {
            let lines = extent(document, |statement| statement.allows.clone());
            answers.violated("", "").with_key(format!("boundary\n{lines}"));
        }
        answers.into_vec()
    };
    let wider = from.is_empty()
        || to.is_empty()
        || class(&reach(&from), reach(&to)).iter().any(|(change, _)| *change == Change::Introduced);
    if wider {
        return Truth::Unknown(Unknown::because("another permissions boundary may allow more"));
    }
    Truth::False
}

fn documents_of(graph: &Graph<'_>, node: &Node, side: Side) -> Vec<Document> {
    let Node::Subject(id) = node else { return Vec::new() };
    let Some(subject) = graph.subject(*id).filter(|subject| subject.exists(side)) else {
        return Vec::new();
    };
    identity(&graph.view(subject, side)).iter().map(|place| place.document.clone()).collect()
}

/// A `Deny` of an identity, the policy that holds it, and the link that brings it.
type Denial = (String, SubjectId, SubjectId);

/// Adds the denials that identities with an offence lose: those in other policies of theirs. A
/// `Deny` in the same document is a limit of the offence itself.
pub(super) fn denials(graph: &Graph<'_>, report: &mut Report) {
    let bears = |subject: &&Subject| {
        let kind = subject.kind.as_str();
        POLICIES.contains(&kind) || ROLE.contains(&kind) || links(kind).next().is_some()
    };
    let changed = graph.resources.subjects().iter().filter(|s| !s.actions().is_no_op());
    let old = changed.filter(|subject| subject.exists(Side::Before)).filter(bears);
    let denies = old.filter(|subject| brings_denials(graph, subject)).count();
    if denies == 0 {
        return;
    }
    for node in graph.nodes() {
        let lasting = graph.lasting(node);
        if lasting.is_empty() {
            continue;
        }
        let mut before = Vec::new();
        collect(graph, node, Side::Before, 4, &mut before);
        let mut after = Vec::new();
        collect(graph, node, Side::After, 4, &mut after);
        let kept: BTreeSet<&str> = after.iter().map(|(line, ..)| line.as_str()).collect();
        for (line, holder, by) in before.iter().filter(|(line, ..)| !is_limited_by(&kept, line)) {
            let limited = lasting.iter().find(|(label, ..)| concerns(graph.key(*label), line));
            let Some((label, shown, doubt)) = limited else { continue };
            let changes = |id: &&SubjectId| {
                graph.subject(**id).is_some_and(|subject| !subject.actions().is_no_op())
            };
            let blamed = [by, holder].into_iter().find(changes).and_then(|id| graph.subject(*id));
            let Some(at) = blamed else { continue };
            let (label, shown, doubt) = (*label, *shown, doubt.clone());
            let news = News::Deny(node);
            let edge = Edge { at, path: String::new(), label, shown, doubt, news };
            report.add(graph, &edge, false);
        }
    }
}

/// Whether a policy denies, or a link brings one that does.
fn brings_denials<'r>(graph: &Graph<'r>, subject: &'r Subject) -> bool {
    let denies = |documents: Vec<Document>| documents.iter().any(|one| !deny_lines(one).is_empty());
    let itself = Node::Subject(subject.id);
    if denies(documents_of(graph, &itself, Side::Before)) {
        return true;
    }
    links(&subject.kind).any(|link| {
        graph.froms(subject, link, Side::Before).iter().any(|(node, _)| {
            let mut found = Vec::new();
            collect(graph, node, Side::Before, 4, &mut found);
            denies(documents_of(graph, node, Side::Before)) || !found.is_empty()
        })
    })
}

/// The denials of an identity on a side: those of its policies and of its groups.
fn collect(graph: &Graph<'_>, node: &Node, side: Side, depth: u32, found: &mut Vec<Denial>) {
    let read = |node: &Node, by: SubjectId, found: &mut Vec<Denial>| {
        let Node::Subject(holder) = node else { return };
        for document in documents_of(graph, node, side) {
            let lines = deny_lines(&document).into_iter();
            found.extend(lines.map(|line| (line, *holder, by)));
        }
    };
    if let Node::Subject(id) = node
        && graph.subject(*id).is_some_and(|subject| ROLE.contains(&subject.kind.as_str()))
    {
        read(node, *id, found);
    }
    for (by, link, _) in graph.givers(node, side) {
        let Some(subject) = graph.subject(*by) else { continue };
        if link.from.is_empty() {
            read(&Node::Subject(*by), *by, found);
        }
        for (from, _) in graph.froms(subject, link, side) {
            if link.gives == POLICIES {
                read(&from, *by, found);
            } else if depth > 0 {
                let first = found.len();
                collect(graph, &from, side, depth - 1, found);
                let through = found.iter_mut().skip(first);
                // Leaving a group loses what the group denies.
                through.for_each(|(_, _, own)| {
                    if graph.subject(*own).is_none_or(|own| own.actions().is_no_op()) {
                        *own = *by;
                    }
                });
            }
        }
    }
}

/// Whether a denial takes anything from an offence with this key.
fn concerns(key: &str, line: &str) -> bool {
    let action = |line: &str, start: &str| -> Option<Pattern> {
        let rest = line.strip_prefix(start)?;
        let text = rest.split(' ').next()?;
        Some(Pattern::new(text, Case::Ignored))
    };
    let Some(denied) = action(line, &format!("{LIMIT}deny ")) else { return true };
    let start = format!("{REACH}action ");
    let mut reached = key.lines().filter_map(|line| action(line, &start)).peekable();
    reached.peek().is_none() || reached.any(|reach| reach.covers(&denied) || denied.covers(&reach))
}
