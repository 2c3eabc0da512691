//! Walks an attribute that carries an environment, settings or a script, and tells what is in it.

use super::{names, scripts};
use crate::clouds::secrets::is_holder;
use crate::model::value::{Object, Piece, Unknown, Value};

/// How deep blocks and documents are followed.
const MAX_DEPTH: u32 = 24;

/// Where something was found, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The path within the attribute, `variables.DB_PASSWORD`; the document's own path for what is
    /// in a document.
    pub path: String,
    /// The name under which it stands in a document, `DB_PASSWORD`.
    pub name: Option<String>,
    /// What it is; nothing for a value that may hold anything.
    pub what: Option<&'static str>,
    /// Why it is not certain.
    pub doubt: Option<Unknown>,
}

/// What an attribute holds that starts at this path.
#[must_use]
pub fn find(path: &str, value: &Value) -> Vec<Hit> {
    let mut walk = Walk { hits: Vec::new(), document: None };
    walk.value(path.to_owned(), None, value, MAX_DEPTH);
    walk.hits
}

/// What a text certainly holds, also behind base64 and gzip.
#[must_use]
pub fn in_text(text: &str) -> Option<&'static str> {
    scripts::find_within(text)
}

struct Walk {
    hits: Vec<Hit>,
    /// The path of the document that is walked, if one is.
    document: Option<String>,
}

impl Walk {
    fn hit(
        &mut self,
        path: &str,
        name: Option<&str>,
        what: Option<&'static str>,
        doubt: Option<Unknown>,
    ) {
        let hit = match &self.document {
            Some(document) => {
                Hit { path: document.clone(), name: name.map(str::to_owned), what, doubt }
            }
            None => Hit { path: path.to_owned(), name: None, what, doubt },
        };
        if !self.hits.contains(&hit) {
            self.hits.push(hit);
        }
    }

    fn value(&mut self, path: String, name: Option<&str>, value: &Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            Value::String(text) => self.text(&path, name, text, depth),
            Value::Template(pieces) => {
                for piece in pieces {
                    if let Piece::Known(text) = piece
                        && let what @ Some(_) = scripts::find_within(text)
                    {
                        self.hit(&path, name, what, None);
                    }
                }
            }
            // Plain is an identifier that the provider computes: what leads to a secret.
            Value::Unknown(why) if !why.is_plain() => match name {
                Some(name) if names::is_secret(name) && !leads(why) => {
                    self.hit(&path, Some(name), NAMED, Some(why.clone()));
                }
                Some(name) if !is_holder(name) => {}
                _ => self.hit(&path, name, ANYTHING, Some(why.clone())),
            },
            Value::Json(inner) => self.in_document(&path, inner, depth),
            Value::Base64(inner) => self.value(path, name, inner, depth),
            Value::List(list) => {
                for (i, item) in list.items.iter().enumerate() {
                    self.value(format!("{path}[{i}]"), name, item, depth);
                }
            }
            Value::Object(object) => self.object(&path, object, depth),
            _ => {}
        }
    }

    fn object(&mut self, path: &str, object: &Object, depth: u32) {
        let entry = |keys: [&str; 3]| keys.into_iter().find_map(|key| object.find(key));
        let name = entry(["name", "key", "Name"]).and_then(Value::as_str);
        // `{name, value}`, unless the value is only the place of a secret.
        let kept = object.find("type").and_then(Value::as_str).is_some_and(|kind| {
            matches!(kind, "PARAMETER_STORE" | "SECRETS_MANAGER" | "SecureString")
        });
        if let Some(why) = &object.rest {
            self.hit(path, None, ANYTHING, Some(why.clone()));
        }
        for (key, value) in &object.entries {
            let own = match (key.as_str(), name) {
                ("value" | "Value", Some(_)) if kept => continue,
                ("value" | "Value", Some(name)) => name,
                (key, _) => key,
            };
            let below = format!("{path}.{key}");
            self.value(below, Some(own), value, depth);
        }
    }

    fn in_document(&mut self, path: &str, inner: &Value, depth: u32) {
        let outer = self.document.is_some();
        if !outer {
            self.document = Some(path.to_owned());
        }
        self.value(path.to_owned(), None, inner, depth);
        if !outer {
            self.document = None;
        }
    }

    fn text(&mut self, path: &str, name: Option<&str>, text: &str, depth: u32) {
        if text.starts_with(['{', '['])
            && let Ok(inner @ (Value::Object(_) | Value::List(_))) = serde_json::from_str(text)
        {
            return self.in_document(path, &inner, depth);
        }
        let found = scripts::find_within(text);
        if found.is_some() {
            self.hit(path, name, found, None);
        } else if name.is_some_and(|name| names::is_secret(name) && text != name)
            && names::is_literal(text)
        {
            self.hit(path, name, NAMED, None);
        }
    }
}

const NAMED: Option<&str> = Some("a value named like a secret");
const ANYTHING: Option<&str> = None;

/// Whether what is not known is certainly the name of something, and no secret: an ARN, an id.
fn leads(why: &Unknown) -> bool {
    let of_names = |reference: &String| {
        [".arn", ".id", ".name", ".key_id", ".url"].iter().any(|end| reference.ends_with(end))
    };
    why.is_plain() || (!why.references().is_empty() && why.references().iter().all(of_names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(value: &serde_json::Value) -> Vec<(String, bool)> {
        let hits = find("environment", &crate::rules::testing::value(value));
        hits.into_iter().map(|hit| (hit.path, hit.doubt.is_some())).collect()
    }

    #[test]
    fn environments_are_read_by_name() {
        let value = json!([{"variables": {
            "DB_PASSWORD": "hunter2", "DB_HOST": "db", "DB_SECRET": "arn:aws:secretsmanager:x",
            "API_TOKEN": "?random_password.p.result", "API_SECRET": "?aws_secretsmanager_secret.s.arn",
        }}]);
        assert_eq!(
            found(&value),
            [
                ("environment[0].variables.API_TOKEN".to_owned(), true),
                ("environment[0].variables.DB_PASSWORD".to_owned(), false),
            ]
        );
    }

    #[test]
    fn documents_are_read_and_named_by_themselves() {
        let text = json!([{"name": "app", "environment": [
            {"name": "DB_PASSWORD", "value": "hunter2"}],
            "secrets": [{"name": "API_TOKEN", "valueFrom": "arn:aws:ssm:x"}]}]);
        let hits = find("container_definitions", &Value::string(text.to_string()));
        let [hit] = hits.as_slice() else { panic!("{hits:?}") };
        assert_eq!(hit.path, "container_definitions");
        assert_eq!(hit.name.as_deref(), Some("DB_PASSWORD"));
    }

    #[test]
    fn the_place_of_a_secret_is_none() {
        let value = json!([{"name": "DB_PASSWORD", "value": "/prod/db", "type": "PARAMETER_STORE"},
            {"name": "DB_TOKEN", "value": "prod-token", "type": "SECRETS_MANAGER"}]);
        assert!(found(&value).is_empty());
    }
}
