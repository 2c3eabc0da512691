//! Rules about AWS that need logic: one file each, named like the rule.
//!
//! A new rule is a new file, a `mod` line and an entry in [`DECLARED`]; a test walks the folder
//! and refuses a file that is missing here.

use super::declare::Declared;

pub(crate) mod shared;

pub mod iam_admin_policy_attached;
pub mod iam_not_action_allow;
pub mod iam_oidc_trust_unscoped;
pub mod iam_privilege_escalation;
pub mod iam_service_wildcard;
pub mod iam_trust_any_principal;
pub mod iam_user_credentials;
pub mod iam_wildcard_action;
pub mod resource_policy_public;
pub mod s3_insecure_transport;

#[cfg(test)]
mod iam_testing;

/// The rules of this folder.
pub static DECLARED: &[&Declared] = &[
    &iam_admin_policy_attached::RULE,
    &iam_not_action_allow::RULE,
    &iam_oidc_trust_unscoped::RULE,
    &iam_privilege_escalation::RULE,
    &iam_service_wildcard::RULE,
    &iam_trust_any_principal::RULE,
    &iam_user_credentials::RULE,
    &iam_wildcard_action::RULE,
    &resource_policy_public::RULE,
    &s3_insecure_transport::RULE,
];
