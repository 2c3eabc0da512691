//! Every place that holds an identity policy: what a user, group, role or permission set may do.

use std::rc::Rc;

use crate::iam::element::{Clause, shown};
use crate::iam::principal::Principals;
use crate::iam::{Document, Statement};
use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;

/// A policy, and where it is.
#[derive(Clone)]
pub(crate) struct Place {
    /// The attribute's path.
    pub path: String,
    /// Distinguishes it from other policies of the same resource, regardless of their order.
    pub name: String,
    /// The policy.
    pub document: Document,
}

/// Policies that are read once for all rules; see [`View::once`].
pub(crate) type Places = Rc<Vec<Place>>;

/// The identity policies of a resource.
pub(crate) fn identity(view: &View<'_>) -> Places {
    match view.subject.kind.as_str() {
        "aws_iam_role" => view.once("inline policies", || inline(view)),
        "aws_ssoadmin_permission_set_inline_policy" => policy_at(view, "inline_policy"),
        DOCUMENT => view.once("loose identity policies", || {
            loose(view).iter().filter(|place| !names_principals(place)).cloned().collect()
        }),
        LOOKUP if !is_shown(view) => Places::default(),
        _ => policy_at(view, "policy"),
    }
}

/// Whether a policy that was looked up is one of the customer, and its text is known. Those that AWS
/// manages are judged by their names.
fn is_shown(view: &View<'_>) -> bool {
    let arn = view.attribute("arn");
    view.attribute("policy").as_str().is_some()
        && arn.as_str().is_some_and(|arn| !arn.contains(":iam::aws:"))
}

/// The trust policies of a resource: who can assume it.
pub(crate) fn trust(view: &View<'_>) -> Places {
    match view.subject.kind.as_str() {
        DOCUMENT => view.once("loose trust policies", || {
            loose(view).iter().filter(|place| is_about_roles(place)).cloned().collect()
        }),
        _ => policy_at(view, "assume_role_policy"),
    }
}

/// The data source that makes policy documents.
const DOCUMENT: &str = "data.aws_iam_policy_document";

/// The data source that looks a policy up.
const LOOKUP: &str = "data.aws_iam_policy";

/// A document that no resource of the plan contains is judged at its data source, because its
/// destination is not visible. A document that is read during the apply is judged with its resource.
fn loose(view: &View<'_>) -> Places {
    let held = view.once("is held", || match view.attribute("json").as_str() {
        Some(text) => view.is_held(text),
        None => true,
    });
    if *held { Places::default() } else { policy_at(view, "json") }
}

fn names_principals(place: &Place) -> bool {
    place.document.statements.iter().any(|s| s.principal != Principals::Missing)
}

/// Whether a document with principals is about assuming a role.
fn is_about_roles(place: &Place) -> bool {
    names_principals(place)
        && place.document.statements.iter().any(|statement| {
            ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"]
                .iter()
                .any(|action| !statement.names(action).is_false())
        })
}

/// The policy at one path; empty if it is not set.
pub(crate) fn policy_at(view: &View<'_>, path: &'static str) -> Places {
    view.once(path, || {
        let document = Document::read(&view.at(path));
        document
            .map(|document| Place { path: path.to_owned(), name: String::new(), document })
            .into_iter()
            .collect()
    })
}

fn inline(view: &View<'_>) -> Vec<Place> {
    let blocks = view.attribute("inline_policy");
    let mut places: Vec<Place> = blocks
        .elements()
        .iter()
        .enumerate()
        .filter_map(|(i, block)| {
            Some(Place {
                path: format!("inline_policy[{i}].policy"),
                name: block.get("name").as_str().unwrap_or_default().to_owned(),
                document: Document::read(&block.get("policy"))?,
            })
        })
        .collect();
    if let Some(why) = blocks.rest() {
        let document = Document { rest: Some(why.clone()), ..Document::default() };
        places.push(Place { path: "inline_policy".to_owned(), name: String::new(), document });
    }
    places
}

/// The message of a rule, in two strengths.
pub(crate) struct Wording {
    /// For a certain violation.
    pub certain: &'static str,
    /// For one that depends on an unknown value.
    pub possible: &'static str,
}

/// Records the answer for a place, with the faults for which AWS would reject the document.
pub(crate) fn answer(
    answers: &mut Answers,
    place: &Place,
    broken: &Truth,
    wording: &Wording,
    key: &str,
    detail: &str,
) {
    let message = if broken.is_true() { wording.certain } else { wording.possible };
    let Some(answer) = answers.judge(broken, place.path.clone(), message) else { return };
    answer.with_key(format!("{} {} {key}", crate::rules::answers::stem(&answer.path), place.name));
    let fault =
        place.document.faults.first().map(|fault| format!("{} {}", fault.what, fault.detail));
    let detail = match (detail.is_empty(), fault) {
        (true, None) => return,
        (false, None) => detail.to_owned(),
        (true, Some(fault)) => fault,
        (false, Some(fault)) => format!("{detail}; {fault}"),
    };
    answer.with_detail(detail);
}

/// A statement in few words: `statement 2: Action * on *`.
pub(crate) fn brief(document: &Document, statement: &Statement) -> String {
    let index = document.statements.iter().position(|other| std::ptr::eq(other, statement));
    let number = index.map_or(0, |index| index + 1);
    let sid = match &statement.sid {
        Value::String(sid) if !sid.is_empty() => format!(" ({})", shown(&statement.sid)),
        _ => String::new(),
    };
    let resource = clause("", "NotResource", &statement.resource);
    let on = if resource.is_empty() { String::new() } else { format!(" on {resource}") };
    format!("statement {number}{sid}: {}{on}", clause("Action", "NotAction", &statement.action))
}

fn clause(these: &str, but: &str, clause: &Clause) -> String {
    let list = |texts: &crate::iam::element::Texts| {
        let more = if texts.items.len() > 3 { ", ..." } else { "" };
        let first: Vec<String> = texts.items.iter().take(3).map(shown).collect();
        format!("{}{more}", first.join(", "))
    };
    match clause {
        Clause::Missing => String::new(),
        Clause::Unknown(_) => format!("{these} (unknown)"),
        Clause::These(texts) => format!("{these} {}", list(texts)).trim().to_owned(),
        Clause::AllBut(texts) => format!("{but} {}", list(texts)),
    }
}

/// The brief form of the first statement for which the answer is certainly yes.
pub(crate) fn culprit(document: &Document, question: impl Fn(&Statement) -> Truth) -> String {
    document
        .statements
        .iter()
        .find(|statement| question(statement).is_true())
        .map(|statement| brief(document, statement))
        .unwrap_or_default()
}
