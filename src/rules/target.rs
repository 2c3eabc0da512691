//! Whether a change points a part at another whole: an attachment at another role, a policy at
//! another bucket, a rule at another security group. What was wrong with the old whole excuses
//! nothing at the new one.

use rustc_hash::FxHashSet;

use crate::model::subject::Subject;
use crate::model::value::Value;
use crate::model::view::View;

/// How types end that are a part of another resource, or stick to one.
const PARTS: [&str; 17] = [
    "_access_key",
    "_acl",
    "_attachment",
    "_attachments_exclusive",
    "_configuration",
    "_function_url",
    "_inline_policy",
    "_listener",
    "_login_profile",
    "_permission",
    "_permissions_policy",
    "_policies_exclusive",
    "_policy",
    "_public_access_block",
    "_rule",
    "_vault_lock",
    "_versioning",
];

/// The attributes of such parts that name the whole.
const WHOLES: [&str; 41] = [
    "access_point_arn",
    "account_id",
    "arn",
    "backup_vault_name",
    "bucket",
    "cluster_arn",
    "container_name",
    "destination_name",
    "domain",
    "domain_name",
    "email_identity",
    "event_bus_name",
    "file_system_id",
    "function_name",
    "group",
    "group_name",
    "groups",
    "identity",
    "image_id",
    "key_id",
    "layer_name",
    "listener_arn",
    "load_balancer_arn",
    "model_package_group_name",
    "network_acl_id",
    "permission_set_arn",
    "qualifier",
    "queue_url",
    "region",
    "repository",
    "repository_name",
    "resource_arn",
    "rest_api_id",
    "role",
    "role_name",
    "roles",
    "secret_arn",
    "security_group_id",
    "snapshot_id",
    "table_bucket_arn",
    "vault_name",
];

/// And those that name who gets what a policy grants.
const WHO: [&str; 3] = ["user", "user_name", "users"];

/// Whether the resource belongs to something else after the change, or to more. What another
/// version of the provider writes where there was nothing is no move.
pub(super) fn moves(before: &View<'_>, after: &View<'_>) -> bool {
    is_part(after.subject)
        && WHOLES.iter().chain(&WHO).any(|attribute| differs(before, after, attribute))
}

fn is_part(subject: &Subject) -> bool {
    PARTS.iter().any(|end| subject.kind.ends_with(end))
}

fn differs(before: &View<'_>, after: &View<'_>, attribute: &str) -> bool {
    let (old, new) = (before.attribute(attribute), after.attribute(attribute));
    if old.is_null() || new.is_null() {
        return false;
    }
    let known: FxHashSet<&str> = old.elements().iter().filter_map(Value::as_str).collect();
    let same = |value: &Value| value.as_str().is_some_and(|text| known.contains(text));
    if new.rest().is_none() && new.elements().iter().all(same) {
        return false;
    }
    // The same resource under a new id, since the change replaces it as well. Other parts may hold
    // the id of the whole as their own, and this one too: they do not count.
    let (from, to) = (before.follow(attribute), after.follow(attribute));
    let mut wholes = to.certain.iter().filter(|one| !is_part(one)).peekable();
    let stays = to.possible.is_empty()
        && wholes.peek().is_some()
        && wholes.all(|one| from.certain.iter().any(|old| old.id == one.id));
    !stays
}
