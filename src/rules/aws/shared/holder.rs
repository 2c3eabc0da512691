//! Whose policy a resource holds: the user, group or role that it is written into or attached to.

use crate::iam::holder::Holder;
use crate::model::subject::Subject;
use crate::model::value::Value;
use crate::model::view::View;

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
        "aws_iam_user_policy" => named(view, "user", "user/", &mut holder),
        "aws_iam_group_policy" => named(view, "group", "group/", &mut holder),
        "aws_iam_role_policy" => named(view, "role", "role/", &mut holder),
        "aws_iam_role" => itself(view, "role/", &mut holder),
        "aws_iam_policy" => {
            itself(view, "policy/", &mut holder);
            for (kind, identity, policy, prefix) in ATTACHMENTS {
                for attachment in view.pointing_here(kind, policy).certain {
                    named(&view.look_at(attachment), identity, prefix, &mut holder);
                }
            }
        }
        _ => {}
    }
    holder
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
fn named(view: &View<'_>, attribute: &str, kind: &'static str, holder: &mut Holder) {
    texts(view, attribute, kind, holder);
    for subject in view.follow(attribute).certain {
        let identity = view.look_at(subject);
        itself(&identity, kind, holder);
        for (membership, own, other, _, to) in MEMBERSHIPS.iter().filter(|entry| entry.3 == kind) {
            for found in identity.pointing_here(membership, own).certain {
                linked(&view.look_at(found), other, *to, holder);
            }
        }
        for (attachment, own, policy, _) in ATTACHMENTS.iter().filter(|entry| entry.3 == kind) {
            for found in identity.pointing_here(attachment, own).certain {
                linked(&view.look_at(found), policy, "policy/", holder);
            }
        }
    }
}

/// What an attribute names, without what that holds in its turn.
fn linked(view: &View<'_>, attribute: &str, kind: &'static str, holder: &mut Holder) {
    texts(view, attribute, kind, holder);
    for subject in view.follow(attribute).certain {
        itself(&view.look_at(subject), kind, holder);
    }
}

/// Names, or the last part of ARNs, as they stand in an attribute.
fn texts(view: &View<'_>, attribute: &str, kind: &'static str, holder: &mut Holder) {
    let value = view.attribute(attribute);
    let list = match &*value {
        Value::List(list) => list.items.as_slice(),
        single => std::slice::from_ref(single),
    };
    // Nobody but AWS writes a policy of AWS.
    let own = list.iter().filter_map(Value::as_str).filter(|text| !text.contains(":iam::aws:"));
    let names = own.filter_map(|text| text.rsplit('/').next());
    holder.names.extend(names.map(|name| (kind, name.to_owned())));
}

fn itself(view: &View<'_>, kind: &'static str, holder: &mut Holder) {
    if let Some(name) = view.attribute("name").as_str() {
        holder.names.push((kind, name.to_owned()));
    }
    holder.references.push((kind, address(view.subject)));
}

/// How the configuration of its module refers to a resource.
fn address(subject: &Subject) -> String {
    format!("{}.{}", subject.kind, subject.name)
}
