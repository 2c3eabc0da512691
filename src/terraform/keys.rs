//! Which KMS keys are AWS's own: a data source that was read while planning gives a key's ARN, and
//! only the alias that it was asked for tells whose key that is.

use rustc_hash::FxHashSet;

use crate::model::value::Value;
use crate::terraform::Plan;

/// The attributes of `aws_kms_key` and `aws_kms_alias` by which others name the key.
const NAMES: [&str; 5] = ["id", "arn", "key_id", "target_key_id", "target_key_arn"];

impl Plan<'_> {
    /// The ids and ARNs of keys that data sources have found by `alias/aws/...`.
    pub(super) fn keys_of_aws(&self) -> &FxHashSet<String> {
        self.keys_of_aws.get_or_init(|| {
            let mut all = FxHashSet::default();
            for (address, values) in self.prior_data() {
                let is_key = address.contains("data.aws_kms_key.");
                let asked = match is_key || address.contains("data.aws_kms_alias.") {
                    true => values.at(if is_key { "key_id" } else { "name" }),
                    false => continue,
                };
                if asked.as_str().is_some_and(|name| name.contains("alias/aws/")) {
                    let names = NAMES.iter().map(|name| values.at(name));
                    all.extend(names.filter_map(|name| Value::as_str(&name).map(str::to_owned)));
                }
            }
            all
        })
    }
}
