//! What is told of an edge: one finding for each rule, resource and attribute, at the edge.

use std::collections::BTreeMap;

use super::graph::{Graph, Node};
use super::table::{Danger, noun};
use crate::model::finding::{Answer, Change};
use crate::model::raised::Raised;
use crate::model::subject::{Side, Subject, SubjectId};
use crate::model::value::Unknown;
use crate::rules::Answers;

/// So many ways are named in one finding.
const SHOWN: usize = 3;

/// An edge that a change makes or takes away.
pub(super) struct Edge<'e> {
    /// The resource that makes it.
    pub(super) at: &'e Subject,
    /// Its attribute.
    pub(super) path: String,
    /// The offence that goes over it, and a finding that shows it.
    pub(super) label: usize,
    pub(super) shown: usize,
    /// Why it may not.
    pub(super) doubt: Option<Unknown>,
    /// What is new about it.
    pub(super) news: News<'e>,
}

/// What is new.
pub(super) enum News<'e> {
    /// This node gets it.
    Reaches(&'e Node),
    /// What is granted here may be used by whoever the trust lets in.
    Grants,
    /// The machine has a public address.
    Public,
    /// Others may assume the role.
    Trust,
    /// No permissions boundary limits it, or another one.
    Boundary,
    /// A `Deny` is gone, for this node.
    Deny(&'e Node),
}

/// All findings about edges.
#[derive(Default)]
pub(super) struct Report(BTreeMap<Place, Entry>);

/// The resource, the rule, the path, and whether the edge is gone.
type Place = (SubjectId, usize, String, bool);

struct Entry {
    message: String,
    ways: Vec<String>,
    doubt: Option<String>,
}

impl Report {
    /// Adds an edge that the change makes, or takes away.
    pub(super) fn add(&mut self, graph: &Graph<'_>, edge: &Edge<'_>, gone: bool) {
        let (Some(label), Some(shown)) =
            (graph.labels.get(edge.label), graph.raised.get(edge.shown))
        else {
            return;
        };
        let place = (edge.at.id, label.rule, edge.path.clone(), gone);
        let reason = shown.answer.reason.clone();
        let doubt = reason.or_else(|| edge.doubt.as_ref().map(ToString::to_string));
        // What may not have been so is not resolved.
        if gone && doubt.is_some() {
            return;
        }
        let way = way(graph, edge, shown, label.danger);
        match self.0.get_mut(&place) {
            Some(entry) => {
                if !entry.ways.contains(&way) {
                    entry.ways.push(way);
                }
                entry.doubt = entry.doubt.take().filter(|_| doubt.is_some());
            }
            None => {
                let message = message(&edge.news, gone, shown);
                self.0.insert(place, Entry { message, ways: vec![way], doubt });
            }
        }
    }

    /// The findings.
    pub(super) fn into_raised(self, graph: &Graph<'_>) -> Vec<Raised> {
        let raise = |(place, entry): (Place, Entry)| {
            let (id, rule, path, gone) = place;
            let subject = graph.subject(id)?;
            let side = if subject.exists(Side::After) { Side::After } else { Side::Before };
            let hidden = !path.is_empty() && graph.view(subject, side).is_sensitive(&path);
            let change = if gone { Change::Resolved } else { Change::Introduced };
            let answer = answer(path, entry, hidden)?;
            Some(Raised { rule, subject: id, change, answer })
        };
        self.0.into_iter().filter_map(raise).collect()
    }
}

fn answer(path: String, entry: Entry, hidden: bool) -> Option<Answer> {
    let mut answers = Answers::default();
    let key = format!("edge {path} {}", entry.message);
    let answer = match entry.doubt {
        Some(why) => answers.undetermined(path, entry.message, &Unknown::because(why)),
        None => answers.violated(path, entry.message),
    };
    let more = entry.ways.len().saturating_sub(SHOWN);
    let mut detail = entry.ways.into_iter().take(SHOWN).collect::<Vec<_>>().join("; ");
    if more > 0 {
        detail.push_str(&format!("; and {more} more"));
    }
    answer.with_key(key).with_detail(if hidden { "(sensitive value)".to_owned() } else { detail });
    answers.into_vec().into_iter().next()
}

fn message(news: &News<'_>, gone: bool, shown: &Raised) -> String {
    let what = &shown.answer.message;
    let what = what.strip_prefix("cannot tell whether ").unwrap_or(what);
    let start = match news {
        _ if gone => return what.to_owned(),
        News::Reaches(_) => "what exists already now applies here too",
        News::Grants => "whoever may assume the role gets more permissions",
        News::Public => "what exists already now has a public address",
        News::Trust => "more callers may assume a role with existing permissions",
        News::Boundary => "existing permissions lose their permissions boundary",
        News::Deny(_) => "existing permissions lose a deny that limited them",
    };
    format!("{start}: {what}")
}

/// The way in words: `user mallory gets it through aws_iam_policy.admin, which exists already`.
fn way(graph: &Graph<'_>, edge: &Edge<'_>, shown: &Raised, danger: Danger) -> String {
    let holder = graph.subject(shown.subject).map_or("", |subject| subject.address.as_str());
    let detail = shown.answer.detail.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
    let way = match &edge.news {
        News::Reaches(Node::Subject(id)) if *id == shown.subject => "it".to_owned(),
        News::Reaches(node) => {
            let verb = if danger == Danger::Opening { "is reached" } else { "gets it" };
            format!("{} {verb} through {holder}, which exists already", name(graph, node))
        }
        News::Grants => format!("{holder} lets them in already"),
        News::Public => format!("it is reached through {holder}, which exists already"),
        News::Trust | News::Boundary => format!("it has them through {holder}"),
        News::Deny(node) => format!("{} has them through {holder}", name(graph, node)),
    };
    format!("{way}{detail}")
}

fn name(graph: &Graph<'_>, node: &Node) -> String {
    match node {
        Node::Subject(id) => graph.subject(*id).map_or_else(String::new, |s| s.address.clone()),
        Node::Named(kind, text) => format!("{}{text}", noun(kind)),
    }
}
