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
    /// What plans are judged by here and now.
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
        help: "write it again with `holdpoint plan --receipt FILE`, and let nobody else write it",
    };
    let (payload, signed) = match envelope::unseal(text, key) {
        Some(unsealed) => unsealed?,
        None => (text.as_bytes().to_vec(), false),
    };
    if key.is_some() && !signed {
        let message = "the receipt is not signed by the verifying key".to_owned();
        return Err(error("receipt::signature", message));
    }
    let receipt: Receipt = serde_json::from_slice(&payload)
        // The reason may quote what the file holds.
        .map_err(|e| {
            let place = format!("line {}, column {}", e.line(), e.column());
            error("receipt::unreadable", format!("the file is no receipt of a plan ({place})"))
        })?;
    if receipt.kind != STATEMENT_TYPE || receipt.predicate_type != PREDICATE_TYPE {
        let message = "the statement is not about a plan that holdpoint judged".to_owned();
        return Err(error("receipt::kind", message));
    }
    Ok(receipt)
}

/// Every reason why the receipt does not do; none means that the plans may be applied.
#[must_use]
pub fn check(receipt: &Receipt, expected: &Expected<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |code, message: String| faults.push(Fault { code, message });
    let said = &receipt.predicate;
    if said.verdict != "pass" || said.counts.blocking > 0 {
        fault("receipt::verdict", format!("the verdict was `{}`, not `pass`", said.verdict));
    }
    if said.counts.rules == 0 {
        fault("receipt::nothing-ran", "no rule ran".to_owned());
    }
    if expected.plans.is_empty() {
        fault("receipt::no-plan", "there is no plan to compare with".to_owned());
    }
    for (name, digest) in expected.plans {
        // The JSON of a binary plan does not hold all that an apply takes from it.
        let mut files = receipt.subject.iter().filter(|subject| !subject.name.ends_with(SHOWN));
        if !files.any(|subject| subject.digest.sha256 == *digest) {
            let message = format!("`{name}` is not the plan that was judged");
            fault("receipt::plan", message);
        }
    }
    match said.created.parse::<Timestamp>() {
        Ok(created) => {
            let age = expected.now.duration_since(created);
            if age > expected.max_age {
                let message =
                    format!("it is {age:#} old, more than {:#}: judge again", expected.max_age);
                fault("receipt::age", message);
            } else if age < -SKEW {
                fault("receipt::future", "it was written in the future".to_owned());
            }
        }
        Err(_) => fault("receipt::age", "it does not say when it was written".to_owned()),
    }
    for difference in differences(&said.policy, expected.policy) {
        fault("receipt::policy", difference);
    }
    if let Some(commit) = expected.commit
        && said.run.commit.as_deref() != Some(commit)
    {
        fault("receipt::commit", "it was made for another commit".to_owned());
    }
    faults
}

/// What is judged by something else than it would be here.
fn differences(then: &Policy, now: &Policy) -> Vec<String> {
    // All of it is compared, so that a field that comes later cannot be forgotten.
    let Policy { holdpoint, rules, policies, config, waivers, settings } = then;
    let mut all = Vec::new();
    if *holdpoint != now.holdpoint {
        all.push(format!("it was judged by holdpoint {holdpoint}, here is {}", now.holdpoint));
    }
    for (differ, what) in [
        (*rules != now.rules, "other rules, severities or parameters"),
        (*policies != now.policies, "other policies of your own"),
        (*config != now.config, "another holdpoint.toml"),
        (*waivers != now.waivers, "other waivers"),
        (*settings != now.settings, "other settings of the gate"),
    ] {
        if differ {
            all.push(format!("it was judged with {what}"));
        }
    }
    all
}
