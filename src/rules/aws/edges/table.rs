//! Which attributes of AWS resources pass on what others may do or may be reached by: attachments,
//! memberships, the roles and the security groups that a resource uses.
//!
//! Source: `fixtures/schemas/aws.txt.gz`, which holds every attribute of the provider by version;
//! what each of them passes on: the pages *Identity-based policies*, *IAM user groups*, *Using
//! instance profiles* of the IAM User Guide, and *Security groups* of the VPC User Guide.

use crate::clouds::aws::network::{GROUP_OF_RULE, GROUPS, INGRESS_RULE, RULE};
use crate::model::severity::Severity;

/// What is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Danger {
    /// What an identity may do.
    Permissions,
    /// Who may assume a role.
    Trust,
    /// Which packets get in.
    Opening,
}

/// A resource that passes something from one resource to another: an attachment, a membership, a
/// rule.
#[derive(Debug)]
pub(super) struct Link {
    /// Its type.
    pub(super) kind: &'static str,
    /// The attribute that names what it passes on; empty if that is the resource itself.
    pub(super) from: &'static str,
    /// The types that it names there.
    pub(super) gives: &'static [&'static str],
    /// The attribute that names who gets it.
    pub(super) to: &'static str,
    /// The types that it names there; the first stands for a name that no resource of the plan has.
    pub(super) takes: &'static [&'static str],
}

const fn link(
    kind: &'static str,
    from: &'static str,
    gives: &'static [&'static str],
    to: &'static str,
    takes: &'static [&'static str],
) -> Link {
    Link { kind, from, gives, to, takes }
}

pub(super) const POLICIES: &[&str] = &["aws_iam_policy", "data.aws_iam_policy"];
pub(super) const ROLE: &[&str] = &["aws_iam_role"];
const USER: &[&str] = &["aws_iam_user"];
const GROUP: &[&str] = &["aws_iam_group"];
const PERMISSION_SET: &[&str] = &["aws_ssoadmin_permission_set"];
const INTERFACE: &[&str] = &["aws_network_interface"];
const SUBNET: &[&str] = &["aws_subnet"];
const ACL: &[&str] = &["aws_network_acl", "aws_default_network_acl"];

/// All such resources.
pub(super) const LINKS: &[Link] = &[
    link("aws_iam_role_policy", "", &[], "role", ROLE),
    link("aws_iam_user_policy", "", &[], "user", USER),
    link("aws_iam_group_policy", "", &[], "group", GROUP),
    link("aws_iam_role_policy_attachment", "policy_arn", POLICIES, "role", ROLE),
    link("aws_iam_user_policy_attachment", "policy_arn", POLICIES, "user", USER),
    link("aws_iam_group_policy_attachment", "policy_arn", POLICIES, "group", GROUP),
    link("aws_iam_role_policy_attachments_exclusive", "policy_arns", POLICIES, "role_name", ROLE),
    link("aws_iam_user_policy_attachments_exclusive", "policy_arns", POLICIES, "user_name", USER),
    link(
        "aws_iam_group_policy_attachments_exclusive",
        "policy_arns",
        POLICIES,
        "group_name",
        GROUP,
    ),
    link("aws_iam_policy_attachment", "policy_arn", POLICIES, "roles", ROLE),
    link("aws_iam_policy_attachment", "policy_arn", POLICIES, "users", USER),
    link("aws_iam_policy_attachment", "policy_arn", POLICIES, "groups", GROUP),
    link("aws_iam_group_membership", "group", GROUP, "users", USER),
    link("aws_iam_user_group_membership", "groups", GROUP, "user", USER),
    link("aws_ssoadmin_managed_policy_attachment", "", &[], "permission_set_arn", PERMISSION_SET),
    link(
        "aws_ssoadmin_permission_set_inline_policy",
        "",
        &[],
        "permission_set_arn",
        PERMISSION_SET,
    ),
    link(
        "aws_ssoadmin_customer_managed_policy_attachment",
        "customer_managed_policy_reference[0].name",
        POLICIES,
        "permission_set_arn",
        PERMISSION_SET,
    ),
    link(RULE, "", &[], GROUP_OF_RULE, &GROUPS),
    link(INGRESS_RULE, "", &[], GROUP_OF_RULE, &GROUPS),
    link(
        "aws_network_interface_sg_attachment",
        "security_group_id",
        &GROUPS,
        "network_interface_id",
        INTERFACE,
    ),
    link("aws_network_acl", "", &[], "subnet_ids", SUBNET),
    link("aws_default_network_acl", "", &[], "subnet_ids", SUBNET),
    link("aws_network_acl_rule", "", &[], "network_acl_id", ACL),
    link("aws_network_acl_association", "network_acl_id", ACL, "subnet_id", SUBNET),
];

/// Attributes by which a resource takes something upon itself.
#[derive(Debug)]
pub(super) struct Use {
    /// How their paths end, indexes left out.
    pub(super) ends: &'static [&'static str],
    /// The types that are meant; empty for all.
    pub(super) only: &'static [&'static str],
    /// The types that they name; the first stands for a name that no resource of the plan has.
    pub(super) gives: &'static [&'static str],
    /// From which severity on permissions are passed on; `None` if they are not.
    pub(super) permissions: Option<Severity>,
    /// Whether openings are passed on.
    pub(super) openings: bool,
}

/// All such attributes. A machine or a service that runs with a role passes on only what makes
/// administrator: a function that joins others with broad rights on their own data is no new danger.
pub(super) const USES: &[Use] = &[
    Use {
        ends: &["managed_policy_arns"],
        only: ROLE,
        gives: POLICIES,
        permissions: Some(Severity::High),
        openings: false,
    },
    Use {
        ends: &["permission_set_arn"],
        only: &["aws_ssoadmin_account_assignment"],
        gives: PERMISSION_SET,
        permissions: Some(Severity::High),
        openings: false,
    },
    Use {
        ends: &["role", "roles", "role_arn", "role_arns", "role_name", "authenticated"],
        only: &[],
        gives: ROLE,
        permissions: Some(Severity::Critical),
        openings: false,
    },
    Use {
        ends: &[
            "instance_profile",
            "instance_profile_arn",
            "instance_profile_name",
            "iam_instance_profile.arn",
            "iam_instance_profile.name",
        ],
        only: &[],
        gives: &["aws_iam_instance_profile"],
        permissions: Some(Severity::Critical),
        openings: false,
    },
    Use {
        ends: &[
            "security_group",
            "security_group_id",
            "security_group_ids",
            "security_groups",
            "security_group_id_list",
        ],
        only: &[],
        gives: &GROUPS,
        permissions: None,
        openings: true,
    },
    Use {
        ends: &["launch_template.id", "launch_template.name", "launch_template_id"],
        only: &[],
        gives: &["aws_launch_template"],
        permissions: Some(Severity::Critical),
        openings: true,
    },
    Use {
        ends: &["launch_configuration"],
        only: &[],
        gives: &["aws_launch_configuration"],
        permissions: Some(Severity::Critical),
        openings: true,
    },
    Use {
        ends: &["task_definition", "task_definition_arn"],
        only: &[],
        gives: &["aws_ecs_task_definition"],
        permissions: Some(Severity::Critical),
        openings: false,
    },
    Use {
        ends: &["network_interface", "network_interface_id"],
        only: &[],
        gives: INTERFACE,
        permissions: None,
        openings: true,
    },
    Use {
        ends: &["instance", "instance_id"],
        only: &["aws_eip", "aws_eip_association"],
        gives: &["aws_instance"],
        permissions: None,
        openings: true,
    },
];

/// Types whose attributes name others without taking anything from them.
const PASSIVE: &[&str] = &[
    "aws_security_group",
    "aws_default_security_group",
    "aws_vpc_security_group_egress_rule",
    "aws_iam_role_policies_exclusive",
];

impl Use {
    /// Whether an attribute of this path, without its indexes, of a resource of this type is meant.
    pub(super) fn is_at(&self, kind: &str, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or(path);
        // What may send to a security group is no member of it.
        let fits = |end: &&str| {
            path.strip_suffix(*end)
                .is_some_and(|head| head.is_empty() || head.ends_with(['.', '_']))
        };
        (self.only.is_empty() || self.only.contains(&kind))
            && !last.starts_with("source_")
            && self.ends.iter().any(fits)
            && !PASSIVE.contains(&kind)
            && !LINKS.iter().any(|link| link.kind == kind)
    }

    /// Whether it passes this on.
    pub(super) fn passes(&self, danger: Danger, severity: Severity) -> bool {
        match danger {
            Danger::Permissions => self.permissions.is_some_and(|least| severity >= least),
            Danger::Opening => self.openings,
            Danger::Trust => false,
        }
    }
}

/// Attributes that give a machine a public address, and the value that does.
pub(super) const PUBLIC: &[(&str, bool)] =
    &[("associate_public_ip_address", true), ("assign_public_ip", true), ("internal", false)];

/// Identities that a permissions boundary limits.
pub(super) const BOUNDED: &[&str] = &["aws_iam_role", "aws_iam_user"];

/// The attribute with the boundary, and the one with who may assume the role.
pub(super) const BOUNDARY: &str = "permissions_boundary";
pub(super) const TRUST: &str = "assume_role_policy";

/// What an offence at this path of a resource of this type passes on, if anything.
pub(super) fn danger_of(kind: &str, path: &str) -> Option<Danger> {
    let is_opening = GROUPS.contains(&kind) || [RULE, INGRESS_RULE].contains(&kind);
    if is_opening || ACL.contains(&kind) || kind == "aws_network_acl_rule" {
        return (!path.starts_with("egress")).then_some(Danger::Opening);
    }
    if ROLE.contains(&kind) && path.starts_with(TRUST) {
        return Some(Danger::Trust);
    }
    let identities = [ROLE, USER, GROUP, PERMISSION_SET, POLICIES];
    let holds = identities.iter().any(|kinds| kinds.contains(&kind))
        || LINKS.iter().any(|link| link.kind == kind);
    holds.then_some(Danger::Permissions)
}

/// What a resource of this type is called before its name.
pub(super) fn noun(kind: &str) -> &'static str {
    match kind {
        "aws_iam_user" => "user ",
        "aws_iam_group" => "group ",
        "aws_iam_role" => "role ",
        "aws_network_interface" => "network interface ",
        "aws_subnet" => "subnet ",
        _ => "",
    }
}
