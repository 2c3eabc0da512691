//! Rules about AWS that need logic: one file each, named like the rule.
//!
//! A new rule is a new file, a `mod` line and an entry in [`DECLARED`]; a test walks the folder
//! and refuses a file that is missing here.

pub mod api_gateway_policy_open;
pub mod config_recorder_missing;
pub mod default_security_group_not_closed;
pub mod default_security_group_not_empty;
pub mod default_security_group_open;
pub mod default_vpc_used;
pub mod eks_endpoint_public;
pub mod emr_cluster_open;
pub mod guardduty_missing;
pub mod iam_admin_policy_attached;
pub mod iam_combined_escalation;
pub mod iam_credentials_exposure;
pub mod iam_data_exfiltration;
pub mod iam_group_without_mfa;
pub mod iam_identity_escalation;
pub mod iam_inverted_element;
pub mod iam_kms_decrypt_any_key;
pub mod iam_not_action_allow;
pub mod iam_not_resource_allow;
pub mod iam_oidc_trust_no_subject;
pub mod iam_oidc_trust_unscoped;
pub mod iam_pass_role_any;
pub mod iam_permissions_management;
pub mod iam_policy_any_principal;
pub mod iam_privilege_escalation;
pub mod iam_resource_exposure;
pub mod iam_resource_wildcard;
pub mod iam_saml_trust_no_audience;
pub mod iam_service_wildcard;
pub mod iam_trust_action_wildcard;
pub mod iam_trust_any_principal;
pub mod iam_trust_no_external_id;
pub mod iam_trust_whole_account;
pub mod iam_user_credentials;
pub mod iam_user_policy_attached;
pub mod iam_user_policy_without_mfa;
pub mod iam_web_identity_unscoped;
pub mod iam_wildcard_action;
pub mod iam_write_unconstrained;
pub mod managed_by_tag_missing;
pub mod network;
pub mod network_acl_admin_port_open;
pub mod network_acl_all_traffic_open;
pub mod network_acl_ftp_open;
pub mod network_acl_ingress_open;
pub mod policy_not_principal;
pub mod policy_principal_pattern;
pub mod prefix_list_open;
pub mod protection_removed;
pub mod resource_policy_all_actions;
pub mod resource_policy_any_principal;
pub mod resource_policy_no_principal;
pub mod resource_policy_not_action;
pub mod resource_policy_public;
pub mod resource_policy_wildcard_action;
pub mod s3_bucket_listable;
pub mod s3_insecure_transport;
pub mod security_group_admin_port_open;
pub mod security_group_all_traffic_open;
pub mod security_group_data_port_open;
pub mod security_group_egress_all_traffic_open;
pub mod security_group_egress_open;
pub mod security_group_egress_port_range;
pub mod security_group_http_open;
pub mod security_group_ingress_all_protocols;
pub mod security_group_ingress_open;
pub mod security_group_ingress_port_range;
pub mod security_group_public_network;
pub mod security_group_unlisted_port_open;
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
    &config_recorder_missing::RULE,
    &guardduty_missing::RULE,
];
