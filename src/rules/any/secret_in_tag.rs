//! `secret-in-tag`: in Rust because it recognises secrets by their names and forms.

use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::secrets::{names, walk};

declare_rule! {
    /// Tag contains a secret
    ///
    /// # What it checks
    /// The tags and labels of every resource: `tags`, `tags_all`, `tag`, `volume_tags`, `labels`,
    /// and the tags that the provider puts on everything. None may have a value in the form of a
    /// key or token, or a value under a name of a secret (`DB_PASSWORD`, `api-key`). A tag that
    /// leads to a secret (`db-secret-arn`, a path, an ARN) is fine. A value that is not known yet
    /// is not reported.
    /// # Why
    /// Everyone who may list resources reads their tags, which takes no permission on the resource
    /// itself. Tags go into bills, inventories and every event of the audit log, and cannot be
    /// encrypted. Severity is high because what the secret opens depends on the secret.
    /// # How to fix
    /// Put the secret into a secrets manager, tag the resource with its name, and replace the
    /// secret: it has been exposed.
    ///
    /// ```hcl
    /// tags = {
    ///   db-secret-arn = aws_secretsmanager_secret.db.arn
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>
    /// - <https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html>
    id: "secret-in-tag",
    severity: High,
    service: "Secrets",
    types: ["*"],
    frameworks: [("NIST 800-53", ["IA-5", "SC-28"])],
    params: [],
    blames: secrets,
    covers: nothing,
    check: State(check),
}

/// Attributes that hold tags, by the names that providers give them; what an earlier one reports, a
/// later one does not repeat.
const PLACES: [&str; 6] =
    ["tags", "tag", "labels", "volume_tags", "tags_all", "tag_specifications"];

fn check(view: &View<'_>, answers: &mut Answers) {
    let mut seen: Vec<String> = Vec::new();
    for place in PLACES {
        let tags = view.attribute(place);
        if tags.is_null() {
            continue;
        }
        for (path, name, value) in pairs(place, &tags) {
            if seen.contains(&name) {
                continue;
            }
            let Some(what) = secret(&name, &value) else { continue };
            let answer = answers.judge(&Truth::True, path, format!("the tag holds {what}"));
            if let Some(answer) = answer {
                answer.with_detail(&name).with_key(format!("tag {name}"));
            }
            seen.push(name);
        }
    }
}

/// The names and texts of tags: a map, blocks of `key` and `value`, or blocks that hold a map.
fn pairs(path: &str, tags: &Value) -> Vec<(String, String, String)> {
    match tags {
        Value::Object(object) => {
            let text = |name: &str| object.find(name).and_then(Value::as_str);
            if let (Some(name), Some(value)) = (text("key"), text("value")) {
                return vec![(format!("{path}.value"), name.to_owned(), value.to_owned())];
            }
            let pair = |(name, value): &(String, Value)| match value {
                Value::String(text) => {
                    vec![(format!("{path}.{name}"), name.clone(), text.clone())]
                }
                Value::Object(_) if name == "tags" => pairs(&format!("{path}.{name}"), value),
                _ => Vec::new(),
            };
            object.entries.iter().flat_map(pair).collect()
        }
        Value::List(list) => {
            let items = list.items.iter().enumerate();
            items.flat_map(|(i, item)| pairs(&format!("{path}[{i}]"), item)).collect()
        }
        _ => Vec::new(),
    }
}

fn secret(name: &str, value: &str) -> Option<&'static str> {
    if let found @ Some(_) = (value.len() >= 16).then(|| walk::in_text(value)).flatten() {
        return found;
    }
    let is_word = value.len() >= 6 && !value.contains(char::is_whitespace) && value != name;
    let named = is_word && names::is_secret(name) && names::is_literal(value);
    named.then_some("a value named like a secret")
}
