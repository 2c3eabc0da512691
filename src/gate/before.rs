//! The plan of a change that changes nothing: what stands now, in the form of a plan.
//!
//! The user's rules are asked about it when they blame a resource: what they say of it as well was
//! there before. What is said of things that a change brings along, the configuration above all,
//! is left out, so that nothing new can pass for old.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Parts of a plan that do not change what stands.
const KEPT: [&str; 4] = ["format_version", "terraform_version", "timestamp", "prior_state"];

/// Keys of an object, unread.
type Keys<'t> = BTreeMap<&'t str, &'t RawValue>;

/// The plan that leaves everything as it is, as far as it is looked at.
pub(super) fn before(plan: &str, looked_at: impl Fn(&str) -> bool) -> Option<String> {
    let plan: Keys<'_> = serde_json::from_str(plan).ok()?;
    let mut out = String::from("{");
    for key in KEPT.iter().filter(|key| looked_at(key)) {
        if let Some(value) = plan.get(key) {
            put(&mut out, key, value.get());
        }
    }
    if looked_at("planned_values")
        && let Some(state) = plan.get("prior_state")
        && let Ok(state) = serde_json::from_str::<Keys<'_>>(state.get())
        && let Some(values) = state.get("values")
    {
        put(&mut out, "planned_values", values.get());
    }
    let changes: Vec<&RawValue> = serde_json::from_str(plan.get("resource_changes")?.get()).ok()?;
    let mut list = String::from("[");
    for change in changes {
        let end = list.len();
        if end > 1 {
            list.push(',');
        }
        if unchanged(change.get(), &mut list).is_none() {
            list.truncate(end);
        }
    }
    list.push(']');
    put(&mut out, "resource_changes", &list);
    out.push('}');
    Some(out)
}

fn put(out: &mut String, key: &str, value: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    out.push('"');
    out.push_str(key);
    out.push_str("\":");
    out.push_str(value);
}

/// Writes the change that changes nothing; writes anything when there was nothing before.
fn unchanged(change: &str, out: &mut String) -> Option<()> {
    let own: Keys<'_> = serde_json::from_str(change).ok()?;
    let change: Keys<'_> = serde_json::from_str(own.get("change")?.get()).ok()?;
    let was = change.get("before")?.get();
    if was == "null" {
        return None;
    }
    let sensitive = change.get("before_sensitive").map_or("{}", |value| value.get());
    out.push('{');
    for (key, value) in own {
        if !matches!(key, "action_reason" | "previous_address" | "change") {
            put(out, key, value.get());
        }
    }
    put(out, "change", "{");
    put(out, "actions", r#"["no-op"]"#);
    put(out, "before", was);
    put(out, "after", was);
    put(out, "after_unknown", "{}");
    put(out, "before_sensitive", sensitive);
    put(out, "after_sensitive", sensitive);
    out.push_str("}}");
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn whole(plan: &Value) -> Option<Value> {
        let text = before(&plan.to_string(), |_| true)?;
        Some(serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn what_a_change_brings_along_is_gone() {
        let plan = json!({
            "format_version": "1.2", "configuration": {"x": 1}, "variables": {"v": {"value": 1}},
            "planned_values": {"new": true}, "prior_state": {"values": {"old": true}},
            "resource_changes": [
                {"address": "a.new", "change": {"actions": ["create"], "before": null, "after": {}}},
                {"address": "a.old", "action_reason": "r", "change": {"actions": ["update"],
                    "before": {"n": 1}, "after": {"n": 2}, "after_unknown": {"m": true}}},
            ],
        });
        assert_eq!(
            whole(&plan).unwrap(),
            json!({
                "format_version": "1.2",
                "prior_state": {"values": {"old": true}}, "planned_values": {"old": true},
                "resource_changes": [{"address": "a.old", "change": {"actions": ["no-op"],
                    "before": {"n": 1}, "after": {"n": 1}, "after_unknown": {},
                    "before_sensitive": {}, "after_sensitive": {}}}],
            })
        );
        assert_eq!(whole(&json!({"resource_changes": 1})), None);
        let short = before(&plan.to_string(), |key| key == "terraform_version").unwrap();
        assert!(short.starts_with("{\"resource_changes\":["), "{short}");
    }
}
