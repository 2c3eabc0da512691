//! All policies of an identity in the plan: inline, attached, and those of its groups; and those of
//! resources of the same name, which are the same identity if they are in the same account.

use std::sync::Arc;

use super::policies::identity;
use crate::iam::{Document, escalation};
use crate::model::subject::{Subject, SubjectId};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::{Links, View};

/// The policies of an identity.
#[derive(Clone, Default)]
pub(crate) struct Policies {
    /// Those that it certainly has.
    pub certain: Vec<Document>,
    /// Those that it may have, and why that is not certain.
    pub possible: Vec<(Document, Unknown)>,
    /// Why there may be more.
    pub open: Option<Unknown>,
}

/// A resource type that gives policies to an identity: the type, the attribute that names the
/// identity, and the attribute that names the policy; empty if the resource is the policy itself.
type Giver = (&'static str, &'static str, &'static str);

const ROLE: &[Giver] = &[
    ("aws_iam_role_policy", "role", ""),
    ("aws_iam_role_policy_attachment", "role", "policy_arn"),
    ("aws_iam_role_policy_attachments_exclusive", "role_name", "policy_arns"),
    ("aws_iam_policy_attachment", "roles", "policy_arn"),
];

const USER: &[Giver] = &[
    ("aws_iam_user_policy", "user", ""),
    ("aws_iam_user_policy_attachment", "user", "policy_arn"),
    ("aws_iam_user_policy_attachments_exclusive", "user_name", "policy_arns"),
    ("aws_iam_policy_attachment", "users", "policy_arn"),
];

const GROUP: &[Giver] = &[
    ("aws_iam_group_policy", "group", ""),
    ("aws_iam_group_policy_attachment", "group", "policy_arn"),
    ("aws_iam_group_policy_attachments_exclusive", "group_name", "policy_arns"),
    ("aws_iam_policy_attachment", "groups", "policy_arn"),
];

const PERMISSION_SET: &[Giver] =
    &[("aws_ssoadmin_permission_set_inline_policy", "permission_set_arn", "")];

/// The policies of an identity that are in the plan. AWS managed policies and others that the plan
/// only names are not included.
pub(crate) fn policies(view: &View<'_>) -> Policies {
    let namesakes = view.namesakes();
    if namesakes.certain.is_empty() {
        return alone(view);
    }
    let mut all = together(view, &namesakes.certain).as_ref().clone();
    elsewhere(view, &namesakes.possible, &mut all);
    all
}

/// The policies of resources that are the same identity.
fn together(view: &View<'_>, namesakes: &[SubjectId]) -> Arc<Policies> {
    view.once_for_all("policies of namesakes", namesakes, || {
        let mut all = Policies::default();
        for subject in namesakes.iter().filter_map(|id| view.subject_at(*id)) {
            all.join(alone(&view.look_at(subject)));
        }
        all
    })
}

/// Adds the policies of resources that may be the same identity, if they can matter.
fn elsewhere(view: &View<'_>, namesakes: &[SubjectId], policies: &mut Policies) {
    let others = together(view, namesakes);
    let adds = || {
        let certain = others.certain.iter().filter(|document| !policies.certain.contains(document));
        certain.chain(others.possible.iter().map(|(document, _)| document))
    };
    // Where the others include this one, one look at all of them settles it for each.
    let is_among = namesakes.binary_search(&view.subject.id).is_ok();
    if adds().next().is_none() || is_among && !add_up(view, namesakes, &others) {
        return;
    }
    let why = Unknown::because("resources of the same name may be in the same account");
    let list: Vec<Document> = adds().take(MANY + 1).cloned().collect();
    if list.len() > MANY {
        policies.open.get_or_insert(why);
        return;
    }
    list.into_iter().for_each(|document| policies.add(document, Some(&why)));
}

/// Whether policies allow more together than each by itself, leaving out what they deny.
fn add_up(view: &View<'_>, namesakes: &[SubjectId], policies: &Policies) -> bool {
    *view.once_for_all("namesakes add up", namesakes, || {
        let all = policies.certain.iter().chain(policies.possible.iter().map(|(one, _)| one));
        let single: Vec<_> = all.map(escalation::each).collect();
        let together = escalation::each(&policies.allowed());
        together.iter().enumerate().any(|(method, (truth, _))| {
            let alone =
                |policy: &Vec<(Truth, _)>| policy.get(method).is_some_and(|(t, _)| !t.is_false());
            !truth.is_false() && !single.iter().any(alone)
        })
    })
}

/// The policies of one resource.
fn alone(view: &View<'_>) -> Policies {
    let mut policies = Policies::default();
    match view.subject.kind.as_str() {
        "aws_iam_role" => {
            policies.certain.extend(identity(view).iter().map(|place| place.document.clone()));
            followed(view, "managed_policy_arns", None, &mut policies);
            given(view, ROLE, None, &mut policies);
        }
        "aws_iam_user" => {
            given(view, USER, None, &mut policies);
            groups(view, &mut policies);
        }
        "aws_iam_group" => given(view, GROUP, None, &mut policies),
        _ => given(view, PERMISSION_SET, None, &mut policies),
    }
    policies
}

/// The policies of the groups that a user is in.
fn groups(view: &View<'_>, policies: &mut Policies) {
    for (kind, user, group) in [
        ("aws_iam_user_group_membership", "user", "groups"),
        ("aws_iam_group_membership", "users", "group"),
    ] {
        let links = view.pointing_here(kind, user);
        if let Some((_, doubt)) = links.possible.iter().find(|(member, _)| member.is_none()) {
            policies.open.get_or_insert_with(|| doubt.clone());
        }
        each(&links, None, |membership, why| {
            let membership = view.look_at(membership);
            let open = each_of(&membership, group, "aws_iam_group", why, |group, why| {
                let group = view.look_at(group);
                match group.namesakes().certain.as_ref() {
                    [] => given(&group, GROUP, why, policies),
                    same => policies.join_if(&together(&group, same), why),
                }
            });
            policies.open = policies.open.take().or(open);
        });
    }
}

fn given(view: &View<'_>, givers: &[Giver], why: Option<&Unknown>, policies: &mut Policies) {
    for (kind, names, policy) in givers {
        let links = view.pointing_here(kind, names);
        if let Some((_, doubt)) = links.possible.iter().find(|(giver, _)| giver.is_none()) {
            policies.open.get_or_insert_with(|| doubt.clone());
        }
        each(&links, why, |giver, why| {
            let giver = view.look_at(giver);
            if policy.is_empty() {
                for place in identity(&giver).iter() {
                    policies.add(place.document.clone(), why);
                }
            } else {
                followed(&giver, policy, why, policies);
            }
        });
    }
}

fn followed(view: &View<'_>, attribute: &str, why: Option<&Unknown>, policies: &mut Policies) {
    if matches!(&*view.attribute(attribute), Value::Null) {
        return;
    }
    let open = each_of(view, attribute, "aws_iam_policy", why, |policy, why| {
        for place in identity(&view.look_at(policy)).iter() {
            policies.add(place.document.clone(), why);
        }
    });
    policies.open = policies.open.take().or(open);
}

/// Visits the subjects of a type that an attribute leads to. If it may lead anywhere, visits all of
/// that type; if there are too many, only the first ones, and returns why there may be others.
fn each_of<'v>(
    view: &View<'v>,
    attribute: &str,
    kind: &str,
    why: Option<&Unknown>,
    mut visit: impl FnMut(&'v Subject, Option<&Unknown>),
) -> Option<Unknown> {
    let links = view.follow(attribute);
    each(&links, why, |subject, why| {
        if subject.kind == kind {
            visit(subject, why);
        }
    });
    let anywhere = links.possible.iter().find(|(subject, _)| subject.is_none());
    let (_, doubt) = anywhere?;
    let mut all = view.all_subjects().iter().filter(|s| s.kind == kind && s.exists(view.side));
    for subject in all.by_ref().take(MANY) {
        visit(subject, why.or(Some(doubt)));
    }
    all.next().map(|_| doubt.clone())
}

/// If an attribute may lead anywhere, at most this many are visited.
const MANY: usize = 64;

/// Visits related subjects, each with the reason why it may not be related.
fn each<'v>(
    links: &Links<'v>,
    why: Option<&Unknown>,
    mut visit: impl FnMut(&'v Subject, Option<&Unknown>),
) {
    for subject in &links.certain {
        visit(subject, why);
    }
    for (subject, doubt) in &links.possible {
        if let Some(subject) = subject {
            visit(subject, why.or(Some(doubt)));
        }
    }
}

impl Policies {
    /// Adds a policy, unless it is there already: the same twice grants no more.
    fn add(&mut self, document: Document, why: Option<&Unknown>) {
        if self.certain.contains(&document) {
            return;
        }
        match why {
            None => self.certain.push(document),
            Some(_) if self.possible.iter().any(|(known, _)| *known == document) => {}
            Some(why) => self.possible.push((document, why.clone())),
        }
    }

    fn join(&mut self, other: Self) {
        other.certain.into_iter().for_each(|document| self.add(document, None));
        other.possible.into_iter().for_each(|(document, why)| self.add(document, Some(&why)));
        self.open = self.open.take().or(other.open);
    }

    /// The same of an identity that is only related if the reason proves wrong.
    fn join_if(&mut self, other: &Self, why: Option<&Unknown>) {
        other.certain.iter().for_each(|document| self.add(document.clone(), why));
        for (document, doubt) in &other.possible {
            self.add(document.clone(), why.or(Some(doubt)));
        }
        self.open = self.open.take().or_else(|| other.open.clone());
    }

    /// All of them as one document, without what they deny: a policy that may be another identity's
    /// takes nothing away.
    fn allowed(&self) -> Document {
        let mut all = self.merged(true);
        all.statements.retain(|statement| !statement.denies.is_true());
        all
    }

    /// All of them as one document, with or without the possible ones.
    pub(crate) fn merged(&self, with_possible: bool) -> Document {
        let possible = self.possible.iter().map(|(document, _)| document);
        let possible = possible.take(if with_possible { usize::MAX } else { 0 });
        // What only may be there takes nothing away.
        let possible = possible.flat_map(|d| d.statements.iter()).filter(|s| !s.denies.is_true());
        let certain = self.certain.iter().flat_map(|d| d.statements.iter());
        let statements = certain.chain(possible).cloned();
        Document { statements: statements.collect(), ..Document::default() }
    }
}
