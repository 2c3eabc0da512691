//! Whether a receipt lets this plan be applied. Every doubt is a fault; only no fault is a yes.

use jiff::{SignedDuration, Timestamp};

use super::predicate::{Policy, Receipt};
use super::{Error, PREDICATE_TYPE, SHOWN, STATEMENT_TYPE, VerifyingKey, envelope};

/// How far a clock may be ahead of ours.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Why the receipt does not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A stable code, `receipt::plan`.
    pub code: &'static str,
    /// What it is; lower case, no full stop.
    pub message: String,
}

/// What the receipt must say.
pub struct Expected<'a> {
    /// Name and digest of each plan that is about to be applied; the digest must be that of a
    /// subject of the receipt.
    pub plans: &'a [(String, String)],
    /// What plans are evaluated with here and now.
    pub policy: &'a Policy,
    /// How old it may be.
    pub max_age: SignedDuration,
    /// Now.
    pub now: Timestamp,
    /// The commit that it must have been made for, when that matters.
    pub commit: Option<&'a str>,
}

/// Reads a receipt. With a key it must be signed by it.
///
/// # Errors
/// When it is no receipt, or the signature is missing or not the key's.
pub fn open(text: &str, key: Option<&VerifyingKey>) -> Result<Receipt, Error> {
    let error = |code, message: String| Error {
        code,
        message,
        help: "create it again with `holdpoint plan --receipt FILE`, and protect it from other writers",
    };
    let (payload, signed) = match envelope::unseal(text, key) {
        Some(unsealed) => unsealed?,
        None => (text.as_bytes().to_vec(), false),
    };
    if key.is_some() && !signed {
        let message = "the receipt is not signed by the verification key".to_owned();
        return Err(error("receipt::signature", message));
    }
    let receipt: Receipt = serde_json::from_slice(&payload)
        // The reason may quote what the file holds.
        .map_err(|e| {
            let place = format!("line {}, column {}", e.line(), e.column());
            error("receipt::unreadable", format!("the file is not a receipt of a plan ({place})"))
        })?;
    if receipt.kind != STATEMENT_TYPE || receipt.predicate_type != PREDICATE_TYPE {
        let message = "the statement is not a receipt of a plan".to_owned();
        return Err(error("receipt::kind", message));
    }
    Ok(receipt)
}

/// Every reason why the receipt is not sufficient; none means that the plans may be applied.
#[must_use]
pub fn check(receipt: &Receipt, expected: &Expected<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |code, message: String| faults.push(Fault { code, message });
    let predicate = &receipt.predicate;
    if predicate.verdict != "pass" || predicate.counts.blocking > 0 {
        fault("receipt::verdict", format!("the verdict was `{}`, not `pass`", predicate.verdict));
    }
    if predicate.counts.rules == 0 {
        fault("receipt::nothing-ran", "no rule ran".to_owned());
    }
    if expected.plans.is_empty() {
        fault("receipt::no-plan", "no plan was given to compare with".to_owned());
    }
    for (name, digest) in expected.plans {
        // The JSON of a binary plan does not hold all that an apply takes from it.
        let mut files = receipt.subject.iter().filter(|subject| !subject.name.ends_with(SHOWN));
        if !files.any(|subject| subject.digest.sha256 == *digest) {
            let message = format!("`{name}` is not the plan that was checked");
            fault("receipt::plan", message);
        }
    }
    match predicate.created.parse::<Timestamp>() {
        Ok(created) => {
            let age = expected.now.duration_since(created);
            if age > expected.max_age {
                let message = format!(
                    "the receipt is {age:#} old, more than {:#}: check the plan again",
                    expected.max_age
                );
                fault("receipt::age", message);
            } else if age < -SKEW {
                fault("receipt::future", "the receipt is dated in the future".to_owned());
            }
        }
        Err(_) => fault("receipt::age", "the receipt has no valid date".to_owned()),
    }
    for difference in differences(&predicate.policy, expected.policy) {
        fault("receipt::policy", difference);
    }
    if let Some(commit) = expected.commit
        && predicate.run.commit.as_deref() != Some(commit)
    {
        fault("receipt::commit", "the receipt was made for another commit".to_owned());
    }
    faults
}

/// How the policy of the receipt differs from the current one.
fn differences(then: &Policy, now: &Policy) -> Vec<String> {
    // All of it is compared, so that a field that comes later cannot be forgotten.
    let Policy { holdpoint, rules, policies, config, waivers, settings } = then;
    let mut all = Vec::new();
    if *holdpoint != now.holdpoint {
        all.push(format!(
            "the plan was checked by holdpoint {holdpoint}, but this is {}",
            now.holdpoint
        ));
    }
    for (differ, what) in [
        (*rules != now.rules, "different rules, severities or parameters"),
        (*policies != now.policies, "different Rego policies"),
        (*config != now.config, "a different holdpoint.toml"),
        (*waivers != now.waivers, "different waivers"),
        (*settings != now.settings, "different gate settings"),
    ] {
        if differ {
            all.push(format!("the plan was checked with {what}"));
        }
    }
    all
}
