//! What the provider calls the fields of a rule.

use crate::rules::net::ports::Fields;

/// The fields of most rules.
pub(super) const FIELDS: Fields = Fields { protocol: "protocol", from: "from_port", to: "to_port" };
