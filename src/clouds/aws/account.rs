//! How `provider "aws"` tells of its account.

use crate::clouds::account::Account;

/// Source: the provider's documentation, "Argument Reference" of `provider "aws"` (v3 to v6).
pub(super) const ACCOUNT: Account = Account {
    // With one entry this is the account: the provider refuses to work in another.
    only: &["allowed_account_ids"],
    unchecked: &["skip_requesting_account_id", "skip_credentials_validation"],
    // Since v6 the block may be repeated, and the last role of the chain is the one that works.
    roles: &[("assume_role", "role_arn"), ("assume_role_with_web_identity", "role_arn")],
    beside: &["default_tags", "ignore_tags", "max_retries", "region", "retry_mode"],
};
