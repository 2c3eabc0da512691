//! Who may become an exempt role: its trust is the one door that the guard itself cannot close, since
//! it does not know the pipeline that has to get through it.

use serde_json::Value;

use super::document::{statements, texts};

/// Whom a trust policy lets in beyond those that it names: everybody, or whoever in an account may
/// assume roles. None when it names roles, users, services or federated identities only.
#[must_use]
pub fn wide(trust: &Value) -> Option<String> {
    statements(trust).iter().find_map(|statement| {
        let is_allow = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        // A condition may narrow it, and what it means is not for here.
        let is_bare =
            statement.get("Condition").is_none_or(|condition| condition == &serde_json::json!({}));
        if !(is_allow && is_bare) {
            return None;
        }
        let principal = statement.get("Principal")?;
        let named = match principal {
            Value::String(text) => vec![text.as_str()],
            other => texts(other, "AWS"),
        };
        named.into_iter().find_map(|principal| match principal {
            "*" => Some("everyone in any account".to_owned()),
            principal
                if principal.ends_with(":root")
                    || principal.chars().all(|c| c.is_ascii_digit()) =>
            {
                Some(format!("everyone in the account (`{principal}`) who may assume roles"))
            }
            _ => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trust(principal: &Value, condition: &Value) -> Option<String> {
        wide(&json!({"Statement": [{"Effect": "Allow", "Principal": principal,
            "Action": "sts:AssumeRole", "Condition": condition}]}))
    }

    #[test]
    fn doors_that_stand_open_are_told() {
        let none = json!({});
        let root = "arn:aws:iam::123456789012:root";
        for open in [
            json!("*"),
            json!({"AWS": "*"}),
            json!({"AWS": root}),
            json!({"AWS": ["arn:aws:iam::123456789012:role/ci", "123456789012"]}),
        ] {
            assert!(trust(&open, &none).is_some(), "{open}");
        }
        for closed in [
            json!({"AWS": "arn:aws:iam::123456789012:role/ci"}),
            json!({"Service": "codebuild.amazonaws.com"}),
            json!({"Federated": "arn:aws:iam::123456789012:oidc-provider/x"}),
        ] {
            assert_eq!(trust(&closed, &none), None, "{closed}");
        }
        let narrowed = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
        assert_eq!(trust(&json!({"AWS": "*"}), &narrowed), None);
    }
}
