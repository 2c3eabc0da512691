//! The keys of KMS.

use crate::clouds::keys::Keys;

/// What is known of them. AWS reserves the aliases `alias/aws/...` for the keys that it manages.
pub(super) const KEYS: Keys = Keys {
    customer: &[
        "aws_kms_key",
        "aws_kms_replica_key",
        "aws_kms_external_key",
        "aws_kms_replica_external_key",
        "aws_kms_alias",
    ],
    lookups: &[("aws_kms_key", "key_id"), ("aws_kms_alias", "name")],
    names: &["id", "arn", "key_id", "target_key_id", "target_key_arn"],
    reserved: &["alias/aws/"],
    by_id: &[":key/"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_alias_is_told_from_one_that_only_holds_the_words() {
        for name in ["alias/aws/ebs", "arn:aws:kms:us-east-1:111122223333:alias/aws/ebs"] {
            assert!(KEYS.is_reserved(name), "{name}");
        }
        for name in ["alias/mine", "alias/alias/aws/ebs", "", "arn:aws:kms:us-east-1:1:key/1"] {
            assert!(!KEYS.is_reserved(name), "{name}");
        }
    }
}
