//! How resources of AWS name each other, and which are a part of another.

/// Attributes by which a resource is named without knowing its type.
pub(super) const IDS: &[&str] = &["id", "arn"];

/// Attributes that name a resource: what another resource writes to mean it.
pub(super) const NAMES: &[&str] = &[
    "id",
    "arn",
    "name",
    "bucket",
    "key_id",
    "function_name",
    "repository",
    "url",
    "queue_url",
    "domain_name",
    "identifier",
    "cluster_identifier",
    "domain_id",
    "db_name",
    "table_name",
    "vault_name",
    "cluster_name",
];

/// The id of a bucket's part is the bucket.
pub(super) const REPEATS: &[(&str, &str, &str)] = &[("aws_s3_bucket_", "id", "bucket")];

/// How types end that are a part of another resource, or stick to one.
pub(super) const PARTS: &[&str] = &[
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

/// The attributes of such parts that name the whole; at the end, those that name who gets what a
/// policy grants.
pub(super) const WHOLES: &[&str] = &[
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
    "user",
    "user_name",
    "users",
];
