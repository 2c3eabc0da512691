//! Rules about AWS that need logic: one file each, named like the rule.
//!
//! A new rule is a new file, a `mod` line and an entry in [`DECLARED`]; a test walks the folder
//! and refuses a file that is missing here.

pub mod api_gateway_policy_open;
pub mod default_security_group_open;
pub mod eks_endpoint_public;
pub mod iam_admin_policy_attached;
pub mod iam_not_action_allow;
pub mod iam_oidc_trust_unscoped;
pub mod iam_privilege_escalation;
pub mod iam_service_wildcard;
pub mod iam_trust_any_principal;
pub mod iam_user_credentials;
pub mod iam_wildcard_action;
pub mod managed_by_tag_missing;
pub mod network_acl_admin_port_open;
pub mod policy_not_principal;
pub mod policy_principal_pattern;
pub mod provider_credentials;
pub mod resource_policy_all_actions;
pub mod resource_policy_any_principal;
pub mod resource_policy_no_principal;
pub mod resource_policy_not_action;
pub mod resource_policy_public;
pub mod resource_policy_wildcard_action;
pub mod s3_bucket_listable;
pub mod s3_insecure_transport;
pub mod secret_in_plain_text;
pub mod security_group_admin_port_open;
pub mod security_group_all_traffic_open;
pub mod security_group_data_port_open;
pub mod security_group_wide_cidr;
pub(crate) mod shared;
pub mod stateful_resource_destroyed;

use super::declare::Declared;

/// The rules of this folder.
pub static DECLARED: &[&Declared] = &[
    &managed_by_tag_missing::RULE,
    &stateful_resource_destroyed::RULE,
    &default_security_group_open::RULE,
    &network_acl_admin_port_open::RULE,
    &security_group_admin_port_open::RULE,
    &security_group_all_traffic_open::RULE,
    &security_group_data_port_open::RULE,
    &security_group_wide_cidr::RULE,
    &iam_admin_policy_attached::RULE,
    &iam_not_action_allow::RULE,
    &iam_oidc_trust_unscoped::RULE,
    &iam_privilege_escalation::RULE,
    &iam_service_wildcard::RULE,
    &iam_trust_any_principal::RULE,
    &iam_user_credentials::RULE,
    &iam_wildcard_action::RULE,
    &resource_policy_public::RULE,
    &resource_policy_any_principal::RULE,
    &resource_policy_all_actions::RULE,
    &resource_policy_wildcard_action::RULE,
    &resource_policy_not_action::RULE,
    &policy_not_principal::RULE,
    &resource_policy_no_principal::RULE,
    &policy_principal_pattern::RULE,
    &api_gateway_policy_open::RULE,
    &s3_bucket_listable::RULE,
    &s3_insecure_transport::RULE,
    &eks_endpoint_public::RULE,
    &provider_credentials::RULE,
    &secret_in_plain_text::RULE,
];
