//! New edges to old dangers: what a change connects is judged together, whichever half is new.
//!
//! An offence that stood before the change and stands after it is reported as *existing* where it
//! is. Whoever it reaches only after the change (a user that an attachment gives an old policy, a
//! machine that joins an old security group) gets it by the change: that is *introduced*, and the
//! finding is at the edge. Whoever it no longer reaches is *resolved*.

mod graph;
mod limits;
mod report;
mod routes;
mod table;

use self::graph::{Graph, Node, links};
use self::report::{Edge, News, Report};
use self::table::{BOUNDED, Danger, PUBLIC, ROLE};
use crate::model::raised::Evaluation;
use crate::model::subject::{Side, Subject};
use crate::model::value::{Unknown, Value};
use crate::model::view::Resources;
use crate::rules::Selected;

/// Adds what the edges of a change introduce and resolve.
pub(crate) fn follow(
    resources: &dyn Resources,
    selected: &[Selected],
    evaluation: &mut Evaluation,
) {
    let is_changed = |subject: &&Subject| {
        subject.kind.starts_with("aws_") && subject.is_resource() && !subject.actions().is_no_op()
    };
    let changed: Vec<&Subject> = resources.subjects().iter().filter(is_changed).collect();
    if changed.is_empty() {
        return;
    }
    let Some(graph) = Graph::new(resources, selected, &evaluation.raised) else { return };
    let mut report = Report::default();
    for subject in changed.iter().copied() {
        let (before, after) = (subject.exists(Side::Before), subject.exists(Side::After));
        if after {
            step(&graph, subject, Side::After, &mut report);
        }
        if before && after {
            step(&graph, subject, Side::Before, &mut report);
            turns_public(&graph, subject, &mut report);
            if BOUNDED.contains(&subject.kind.as_str()) {
                limits::of_identity(&graph, subject, &mut report);
            }
        }
    }
    limits::denials(&graph, &mut report);
    routes::follow(&graph, &changed, &mut report);
    let raised = report.into_raised(&graph);
    if !raised.is_empty() {
        evaluation.raised.extend(raised);
        evaluation.raised.sort_by_key(|raised| (raised.subject, raised.rule));
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Before => Side::After,
        Side::After => Side::Before,
    }
}

/// Adds the edges of a resource that are there on this side and not on the other.
fn step<'r>(graph: &Graph<'r>, subject: &'r Subject, side: Side, report: &mut Report) {
    linked(graph, subject, side, report);
    used(graph, subject, side, report);
    if side == Side::After {
        granted(graph, subject, report);
    }
}

/// The edges of an attachment, a membership or a rule.
fn linked<'r>(graph: &Graph<'r>, subject: &'r Subject, side: Side, report: &mut Report) {
    // Another version of the provider may not have written to whom it leads.
    if subject.exists(other(side)) {
        let view = graph.view(subject, other(side));
        if links(&subject.kind).all(|link| view.at(link.to).is_null()) {
            return;
        }
    }
    for link in links(&subject.kind) {
        let old = graph.froms(subject, link, other(side));
        let stood = |node: &Node| old.iter().any(|(one, _)| one == node);
        let mut given: Vec<(usize, usize, Option<Unknown>, &str)> = Vec::new();
        let own = graph.own(subject.id, false);
        given.extend(own.map(|(label, shown)| (label, shown, None, link.to)));
        for (node, doubt) in graph.froms(subject, link, side) {
            let path = if stood(&node) { link.to } else { link.from };
            for (label, shown, why) in graph.lasting(&node) {
                given.push((label, shown, why.or_else(|| doubt.clone()), path));
            }
        }
        if given.is_empty() {
            continue;
        }
        for (node, doubt) in graph.ends(subject, link.to, link.takes, side) {
            let had = graph.carried(&node, other(side));
            for (label, shown, why, path) in given.iter().filter(|(l, ..)| !had.contains_key(l)) {
                let (label, shown) = (*label, *shown);
                let doubt = why.clone().or_else(|| doubt.clone());
                let (path, news) = ((*path).to_owned(), News::Reaches(&node));
                let edge = Edge { at: subject, path, label, shown, doubt, news };
                report.add(graph, &edge, side == Side::Before);
            }
        }
    }
}

/// The edges of a resource that uses a role, a security group, a launch template.
fn used<'r>(graph: &Graph<'r>, subject: &'r Subject, side: Side, report: &mut Report) {
    let here = Node::Subject(subject.id);
    let old = graph.uses(subject, other(side));
    for used in graph.uses(subject, side).iter() {
        for (node, doubt) in &used.ends {
            if old.iter().flat_map(|old| &old.ends).any(|(one, _)| one == node) {
                continue;
            }
            let had = graph.carried(&here, other(side));
            for (label, shown, why) in graph.lasting(node) {
                if had.contains_key(&label) || !graph.passes(Some(used.by), label) {
                    continue;
                }
                let doubt = why.or_else(|| doubt.clone());
                let (path, news) = (used.path.clone(), News::Reaches(&here));
                let edge = Edge { at: subject, path, label, shown, doubt, news };
                report.add(graph, &edge, side == Side::Before);
            }
        }
    }
}

/// What a role that lets in too many is granted.
fn granted<'r>(graph: &Graph<'r>, subject: &'r Subject, report: &mut Report) {
    for link in links(&subject.kind).filter(|link| link.takes == ROLE) {
        let froms = graph.froms(subject, link, Side::After);
        for (node, doubt) in graph.ends(subject, link.to, link.takes, Side::After) {
            let Node::Subject(role) = &node else { continue };
            let trusts: Vec<(usize, usize)> = graph.own(*role, true).collect();
            if trusts.is_empty() {
                continue;
            }
            let had = graph.givers(&node, Side::Before).iter().any(|(id, link, _)| {
                let Some(giver) = graph.subject(*id) else { return false };
                let same = |(one, _): &(Node, _)| froms.iter().any(|(node, _)| node == one);
                (*id == subject.id && link.from.is_empty())
                    || graph.froms(giver, link, Side::Before).iter().any(same)
            });
            for (label, shown) in trusts.into_iter().filter(|_| !had) {
                let path = if link.from.is_empty() { link.to } else { link.from }.to_owned();
                let (doubt, news) = (doubt.clone(), News::Grants);
                let edge = Edge { at: subject, path, label, shown, doubt, news };
                report.add(graph, &edge, false);
            }
        }
    }
}

/// A machine that was open to the internet, and gets an address there.
fn turns_public<'r>(graph: &Graph<'r>, subject: &'r Subject, report: &mut Report) {
    let [before, after] = [Side::Before, Side::After].map(|side| graph.view(subject, side));
    let names = after.names();
    for name in names {
        let (old, new) = (before.attribute(&name), after.attribute(&name));
        let mut paths = Vec::new();
        flags(&old, &new, &name, 4, &mut paths);
        for (path, doubt) in paths {
            for (label, shown, why) in graph.lasting(&Node::Subject(subject.id)) {
                let opens = |label: &graph::Label| label.danger == Danger::Opening;
                if !graph.labels.get(label).is_some_and(opens) {
                    continue;
                }
                let (doubt, path) = (why.or_else(|| doubt.clone()), path.clone());
                let edge = Edge { at: subject, path, label, shown, doubt, news: News::Public };
                report.add(graph, &edge, false);
            }
        }
    }
}

/// The paths at which a flag turns to what makes a machine public.
fn flags(
    old: &Value,
    new: &Value,
    path: &str,
    depth: u32,
    found: &mut Vec<(String, Option<Unknown>)>,
) {
    let name = path.rsplit('.').next().unwrap_or(path);
    if let Some((_, open)) = PUBLIC.iter().find(|(flag, _)| *flag == name) {
        let is_open = |value: &Value| match value {
            Value::Bool(on) => Some(on == open),
            Value::Unknown(_) => None,
            // Not set is not public for an address, and public for a load balancer.
            _ => Some(!open),
        };
        match (is_open(old), is_open(new)) {
            (Some(false), Some(true)) => found.push((path.to_owned(), None)),
            // Terraform plans a computed flag as unknown when it replaces the machine; only what
            // is configured waits for something.
            (Some(false), None) => {
                let why = new.doubt().filter(|why| !why.references().is_empty());
                found.extend(why.map(|why| (path.to_owned(), Some(why.clone()))));
            }
            _ => {}
        }
        return;
    }
    if depth == 0 {
        return;
    }
    match (old, new) {
        (Value::List(old), Value::List(new)) => {
            for (i, (old, new)) in old.items.iter().zip(&new.items).enumerate() {
                flags(old, new, &format!("{path}[{i}]"), depth - 1, found);
            }
        }
        (Value::Object(_), Value::Object(object)) => {
            for (name, entry) in &object.entries {
                flags(&old.get(name), entry, &format!("{path}.{name}"), depth - 1, found);
            }
        }
        _ => {}
    }
}
