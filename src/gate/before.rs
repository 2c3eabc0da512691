//! The plan of a change that changes nothing: what stands now, in the form of a plan.
//!
//! The user's rules are asked about it when they blame a resource: what they say of it as well was
//! there before. What is said of things that a change brings along, the configuration above all,
//! is left out, so that nothing new can pass for old.

use serde_json::{Map, Value, json};

/// Parts of a plan that do not change what stands.
const KEPT: [&str; 4] = ["format_version", "terraform_version", "timestamp", "prior_state"];

/// The plan that leaves everything as it is.
pub(super) fn before(plan: &Value) -> Option<Value> {
    let plan = plan.as_object()?;
    let mut out: Map<String, Value> =
        KEPT.iter().filter_map(|key| Some(((*key).to_owned(), plan.get(*key)?.clone()))).collect();
    if let Some(values) = plan.get("prior_state").and_then(|state| state.get("values")) {
        out.insert("planned_values".to_owned(), values.clone());
    }
    let changes = plan.get("resource_changes")?.as_array()?;
    let changes = changes.iter().filter_map(unchanged).collect();
    out.insert("resource_changes".to_owned(), Value::Array(changes));
    Some(Value::Object(out))
}

fn unchanged(change: &Value) -> Option<Value> {
    let own = change.as_object()?;
    let was = own.get("change")?.get("before").filter(|before| !before.is_null())?;
    let sensitive = own.get("change")?.get("before_sensitive").cloned().unwrap_or(json!({}));
    let mut out: Map<String, Value> = own
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "action_reason" | "previous_address"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let still = json!({
        "actions": ["no-op"],
        "before": was,
        "after": was,
        "after_unknown": {},
        "before_sensitive": sensitive,
        "after_sensitive": sensitive,
    });
    out.insert("change".to_owned(), still);
    Some(Value::Object(out))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            before(&plan).unwrap(),
            json!({
                "format_version": "1.2",
                "prior_state": {"values": {"old": true}}, "planned_values": {"old": true},
                "resource_changes": [{"address": "a.old", "change": {"actions": ["no-op"],
                    "before": {"n": 1}, "after": {"n": 1}, "after_unknown": {},
                    "before_sensitive": {}, "after_sensitive": {}}}],
            })
        );
        assert_eq!(before(&json!({"resource_changes": 1})), None);
    }
}
