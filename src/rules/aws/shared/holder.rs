//! Whose policy a resource holds: the user, group or role that it is written into or attached to.

use crate::iam::holder::{Holder, Identity};
use crate::model::subject::Subject;
use crate::model::value::{Unknown, Value};
use crate::model::view::{Links, View};

/// Where an attachment of a policy names an identity: its type, the attribute with the identity, the
/// attribute with the policy, the kind.
const ATTACHMENTS: [(&str, &str, &str, &str); 9] = [
    ("aws_iam_user_policy_attachment", "user", "policy_arn", "user/"),
    ("aws_iam_group_policy_attachment", "group", "policy_arn", "group/"),
    ("aws_iam_role_policy_attachment", "role", "policy_arn", "role/"),
    ("aws_iam_user_policy_attachments_exclusive", "user_name", "policy_arns", "user/"),
    ("aws_iam_group_policy_attachments_exclusive", "group_name", "policy_arns", "group/"),
    ("aws_iam_role_policy_attachments_exclusive", "role_name", "policy_arns", "role/"),
    ("aws_iam_policy_attachment", "users", "policy_arn", "user/"),
    ("aws_iam_policy_attachment", "groups", "policy_arn", "group/"),
    ("aws_iam_policy_attachment", "roles", "policy_arn", "role/"),
];

/// The holder of the policies of a resource, as far as the plan tells.
pub(crate) fn holder(view: &View<'_>) -> Holder {
    let mut holder = Holder::default();
    match view.subject.kind.as_str() {
        "aws_iam_user_policy" => named(view, "user", "user/", None, &mut holder),
        "aws_iam_group_policy" => named(view, "group", "group/", None, &mut holder),
        "aws_iam_role_policy" => named(view, "role", "role/", None, &mut holder),
        "aws_iam_role" => itself(view, "role/", None, &mut holder),
        "aws_iam_policy" => {
            itself(view, "policy/", None, &mut holder);
            for (kind, identity, policy, prefix) in ATTACHMENTS {
                each(&view.pointing_here(kind, policy), None, |attachment, doubt| {
                    named(&view.look_at(attachment), identity, prefix, doubt, &mut holder);
                });
            }
        }
        _ => {}
    }
    holder
}

/// Visits related subjects, each with the reason why it may not be related.
fn each<'v>(
    links: &Links<'v>,
    doubt: Option<&Unknown>,
    mut visit: impl FnMut(&'v Subject, Option<&Unknown>),
) {
    for subject in &links.certain {
        visit(subject, doubt);
    }
    for (subject, why) in &links.possible {
        if let Some(subject) = subject {
            visit(subject, doubt.or(Some(why)));
        }
    }
}

/// How a user and the groups that it is in are told: the type, the attribute with the side that is
/// known, the attribute with the other side, and the kinds of both.
const MEMBERSHIPS: [(&str, &str, &str, &str, &str); 4] = [
    ("aws_iam_user_group_membership", "user", "groups", "user/", "group/"),
    ("aws_iam_group_membership", "users", "group", "user/", "group/"),
    ("aws_iam_user_group_membership", "groups", "user", "group/", "user/"),
    ("aws_iam_group_membership", "group", "users", "group/", "user/"),
];

/// The identities that an attribute names, by text or by reference; those of the plan with what
/// they hold besides.
fn named(
    view: &View<'_>,
    attribute: &str,
    kind: &'static str,
    doubt: Option<&Unknown>,
    holder: &mut Holder,
) {
    linked(view, attribute, kind, doubt, holder);
    let links = view.follow(attribute);
    let value = view.attribute(attribute);
    let untold_value = value.doubt().filter(|_| links.certain.is_empty());
    if let Some(why) = links.doubt().or(untold_value) {
        // Whoever it is has groups or members, and policies of their own.
        let others: &[&str] =
            if kind == "role/" { &["policy/"] } else { &["user/", "group/", "policy/"] };
        for other in others {
            untold(other, Some(why), holder);
        }
    }
    each(&links, doubt, |subject, doubt| {
        let identity = view.look_at(subject);
        for (membership, own, other, of, to) in MEMBERSHIPS {
            if of == kind {
                each(&identity.pointing_here(membership, own), doubt, |found, doubt| {
                    linked(&view.look_at(found), other, to, doubt, holder);
                });
            }
        }
        for (attachment, own, policy, of) in ATTACHMENTS {
            if of == kind {
                each(&identity.pointing_here(attachment, own), doubt, |found, doubt| {
                    linked(&view.look_at(found), policy, "policy/", doubt, holder);
                });
            }
        }
    });
}

/// What an attribute names, without what that holds in its turn.
fn linked(
    view: &View<'_>,
    attribute: &str,
    kind: &'static str,
    doubt: Option<&Unknown>,
    holder: &mut Holder,
) {
    let links = view.follow(attribute);
    let value = view.attribute(attribute);
    let (items, rest) = match &*value {
        Value::List(list) => (list.items.as_slice(), list.rest.as_ref()),
        single => (std::slice::from_ref(single), None),
    };
    for item in items {
        match item.as_str() {
            // Nobody but AWS writes a policy of AWS.
            Some(text) if text.contains(":iam::aws:") => {}
            Some(text) => {
                let name = text.rsplit('/').next().unwrap_or(text).to_owned();
                let doubt = doubt.cloned();
                holder.identities.push(Identity { kind, name: Some(name), doubt });
            }
            // A reference that leads somewhere says more than the value.
            None if links.possible.is_empty() && !links.certain.is_empty() => {}
            None => untold(kind, item.doubt(), holder),
        }
    }
    untold(kind, rest.filter(|_| links.certain.is_empty()), holder);
    each(&links, doubt, |subject, doubt| itself(&view.look_at(subject), kind, doubt, holder));
}

/// Notes that somebody of a kind may be the holder.
fn untold(kind: &'static str, why: Option<&Unknown>, holder: &mut Holder) {
    if let Some(why) = why {
        let doubt = Some(why.clone());
        holder.identities.push(Identity { kind, name: None, doubt });
    }
}

fn itself(view: &View<'_>, kind: &'static str, doubt: Option<&Unknown>, holder: &mut Holder) {
    let name = view.attribute("name");
    match name.as_str() {
        Some(text) => {
            let (name, doubt) = (Some(text.to_owned()), doubt.cloned());
            holder.identities.push(Identity { kind, name, doubt });
        }
        None => untold(kind, name.doubt(), holder),
    }
    if doubt.is_none() {
        holder.references.push((kind, address(view.subject)));
    }
}

/// How the configuration of its module refers to a resource.
fn address(subject: &Subject) -> String {
    format!("{}.{}", subject.kind, subject.name)
}
