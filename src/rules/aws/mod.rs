//! Rules about AWS that need logic: one file per rule, named like the rule.
//!
//! A new rule is a new file, a `mod` line and an entry in [`DECLARED`]; a test walks the folder
//! and fails on a file that is missing here.

mod api_gateway_policy_open;
mod bucket_expires_everything;
mod config_recorder_missing;
mod default_security_group_not_closed;
mod default_security_group_not_empty;
mod default_security_group_open;
mod default_vpc_used;
pub(super) mod edges;
mod eks_endpoint_public;
mod emr_cluster_open;
mod guardduty_missing;
mod iam_admin_policy_attached;
mod iam_combined_escalation;
mod iam_credentials_exposure;
mod iam_data_exfiltration;
mod iam_group_without_mfa;
mod iam_identity_escalation;
mod iam_inverted_element;
mod iam_kms_decrypt_any_key;
mod iam_not_action_allow;
mod iam_not_resource_allow;
mod iam_oidc_trust_no_subject;
mod iam_oidc_trust_unscoped;
mod iam_pass_role_any;
mod iam_permissions_management;
mod iam_policy_any_principal;
mod iam_privilege_escalation;
mod iam_resource_exposure;
mod iam_resource_wildcard;
mod iam_saml_trust_no_audience;
mod iam_self_administrator;
mod iam_service_wildcard;
mod iam_trust_action_wildcard;
mod iam_trust_any_principal;
mod iam_trust_no_external_id;
mod iam_trust_whole_account;
mod iam_user_credentials;
mod iam_user_policy_attached;
mod iam_user_policy_without_mfa;
mod iam_web_identity_unscoped;
mod iam_wildcard_action;
mod iam_write_unconstrained;
mod instance_destroyed;
mod managed_by_tag_missing;
mod network;
mod network_acl_admin_port_open;
mod network_acl_all_traffic_open;
mod network_acl_ftp_open;
mod network_acl_ingress_open;
mod organization_policy_weakened;
mod policy_not_principal;
mod policy_principal_pattern;
mod prefix_list_open;
mod protection_removed;
mod resource_policy_all_actions;
mod resource_policy_any_principal;
mod resource_policy_no_principal;
mod resource_policy_not_action;
mod resource_policy_public;
mod resource_policy_wildcard_action;
mod s3_bucket_listable;
mod s3_insecure_transport;
mod security_group_admin_port_open;
mod security_group_all_traffic_open;
mod security_group_data_port_open;
mod security_group_egress_all_traffic_open;
mod security_group_egress_open;
mod security_group_egress_port_range;
mod security_group_http_open;
mod security_group_ingress_all_protocols;
mod security_group_ingress_open;
mod security_group_ingress_port_range;
mod security_group_public_network;
mod security_group_unlisted_port_open;
mod security_group_wide_cidr;
mod shared;
mod stateful_resource_destroyed;
mod unknown_type_destroyed;

use super::declare::Declared;

/// The rules of this folder.
pub static DECLARED: &[&Declared] = &[
    &managed_by_tag_missing::RULE,
    &stateful_resource_destroyed::RULE,
    &bucket_expires_everything::RULE,
    &instance_destroyed::RULE,
    &unknown_type_destroyed::RULE,
    &default_security_group_open::RULE,
    &network_acl_admin_port_open::RULE,
    &security_group_admin_port_open::RULE,
    &security_group_all_traffic_open::RULE,
    &security_group_data_port_open::RULE,
    &security_group_wide_cidr::RULE,
    &default_security_group_not_closed::RULE,
    &default_security_group_not_empty::RULE,
    &default_vpc_used::RULE,
    &emr_cluster_open::RULE,
    &network_acl_all_traffic_open::RULE,
    &network_acl_ftp_open::RULE,
    &network_acl_ingress_open::RULE,
    &security_group_egress_all_traffic_open::RULE,
    &security_group_egress_open::RULE,
    &security_group_egress_port_range::RULE,
    &security_group_http_open::RULE,
    &security_group_ingress_all_protocols::RULE,
    &security_group_ingress_open::RULE,
    &security_group_ingress_port_range::RULE,
    &security_group_public_network::RULE,
    &security_group_unlisted_port_open::RULE,
    &iam_admin_policy_attached::RULE,
    &iam_combined_escalation::RULE,
    &iam_credentials_exposure::RULE,
    &iam_data_exfiltration::RULE,
    &iam_group_without_mfa::RULE,
    &iam_identity_escalation::RULE,
    &iam_inverted_element::RULE,
    &iam_kms_decrypt_any_key::RULE,
    &iam_not_action_allow::RULE,
    &iam_not_resource_allow::RULE,
    &iam_oidc_trust_no_subject::RULE,
    &iam_oidc_trust_unscoped::RULE,
    &iam_pass_role_any::RULE,
    &iam_permissions_management::RULE,
    &iam_policy_any_principal::RULE,
    &iam_privilege_escalation::RULE,
    &iam_resource_exposure::RULE,
    &iam_resource_wildcard::RULE,
    &iam_saml_trust_no_audience::RULE,
    &iam_self_administrator::RULE,
    &iam_service_wildcard::RULE,
    &iam_trust_action_wildcard::RULE,
    &iam_trust_any_principal::RULE,
    &iam_trust_no_external_id::RULE,
    &iam_trust_whole_account::RULE,
    &iam_user_credentials::RULE,
    &iam_user_policy_attached::RULE,
    &iam_user_policy_without_mfa::RULE,
    &iam_web_identity_unscoped::RULE,
    &iam_wildcard_action::RULE,
    &iam_write_unconstrained::RULE,
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
    &prefix_list_open::RULE,
    &protection_removed::RULE,
    &organization_policy_weakened::RULE,
    &config_recorder_missing::RULE,
    &guardduty_missing::RULE,
];
