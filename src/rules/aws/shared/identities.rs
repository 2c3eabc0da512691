//! All policies of an identity in the plan: inline, attached, and those of its groups.

use super::policies::identity;
use crate::iam::Document;
use crate::model::subject::Subject;
use crate::model::value::{Unknown, Value};
use crate::model::view::{Links, View};

/// The policies of an identity.
#[derive(Default)]
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
        each(&view.pointing_here(kind, user), None, |membership, why| {
            let membership = view.look_at(membership);
            let open = each_of(&membership, group, "aws_iam_group", why, |group, why| {
                given(&view.look_at(group), GROUP, why, policies);
            });
            policies.open = policies.open.take().or(open);
        });
    }
}

fn given(view: &View<'_>, givers: &[Giver], why: Option<&Unknown>, policies: &mut Policies) {
    for (kind, names, policy) in givers {
        each(&view.pointing_here(kind, names), why, |giver, why| {
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
    fn add(&mut self, document: Document, why: Option<&Unknown>) {
        match why {
            None => self.certain.push(document),
            Some(why) => self.possible.push((document, why.clone())),
        }
    }

    /// All of them as one document, with or without the possible ones.
    pub(crate) fn merged(&self, with_possible: bool) -> Document {
        let possible = self.possible.iter().map(|(document, _)| document);
        let possible = possible.take(if with_possible { usize::MAX } else { 0 });
        let statements =
            self.certain.iter().chain(possible).flat_map(|d| d.statements.iter().cloned());
        Document { statements: statements.collect(), ..Document::default() }
    }
}
