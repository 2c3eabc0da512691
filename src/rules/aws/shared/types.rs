//! Lists of resource types that several rules share.

/// Types with ingress rules of security groups.
pub(crate) const INGRESS: [&str; 4] = [
    "aws_security_group",
    "aws_default_security_group",
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
];

/// Types that let packets in from outside: security groups, and firewalls that a service keeps for
/// itself.
pub(crate) const OPENINGS: [&str; 6] = [
    "aws_security_group",
    "aws_default_security_group",
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_lightsail_instance_public_ports",
    "aws_gamelift_fleet",
];

/// Types with egress rules of security groups.
pub(crate) const EGRESS: [&str; 4] = [
    "aws_security_group",
    "aws_default_security_group",
    "aws_security_group_rule",
    "aws_vpc_security_group_egress_rule",
];

/// Types with rules of network ACLs.
pub(crate) const NETWORK_ACLS: [&str; 3] =
    ["aws_network_acl", "aws_default_network_acl", "aws_network_acl_rule"];

/// Types with identity policies.
pub(crate) const IDENTITY_POLICIES: [&str; 8] = [
    "aws_iam_policy",
    "data.aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_user_policy",
    "aws_iam_group_policy",
    "aws_ssoadmin_permission_set_inline_policy",
    "data.aws_iam_policy_document",
];

/// Types that give permissions to identities: those with identity policies, and those that attach
/// policies, which AWS may manage.
pub(crate) const GRANTS: [&str; 16] = [
    "aws_iam_policy",
    "data.aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_user_policy",
    "aws_iam_group_policy",
    "aws_ssoadmin_permission_set_inline_policy",
    "data.aws_iam_policy_document",
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_user_policy_attachments_exclusive",
    "aws_iam_group_policy_attachments_exclusive",
    "aws_ssoadmin_managed_policy_attachment",
];

/// Types with trust policies.
pub(crate) const TRUST_POLICIES: [&str; 2] = ["aws_iam_role", "data.aws_iam_policy_document"];
