//! What the data source `aws_iam_policy_document` will make of its arguments: its JSON, as far as
//! the arguments are known. Terraform reads it during apply as soon as one of them is unknown; its
//! statements stand in the plan all the same.
//!
//! Source: the provider's documentation of `aws_iam_policy_document` and its merge order: source
//! documents first, own statements over them, then override documents; a statement replaces an
//! earlier one of the same, non-empty sid.

use std::collections::HashMap;

use crate::clouds::documents::Document;
use crate::iam::text::{Parsed, parse};
use crate::model::value::{List, Object, Piece, Unknown, Value};

/// The data source.
pub(super) const POLICY_DOCUMENT: Document = Document {
    kind: "aws_iam_policy_document",
    texts: &["json", "minified_json"],
    sources: &[
        "source_json",
        "source_policy_documents",
        "override_json",
        "override_policy_documents",
    ],
    plain: &["version"],
    block: "statement",
    marker: "Statement",
    compose: from_data_source,
};

/// The policy document, in the form of its JSON: `Version`, `Statement`, ....
fn from_data_source(attributes: &Value) -> Value {
    if let Value::Unknown(why) = attributes {
        return Value::Unknown(why.clone());
    }
    let mut merged = Merged::default();
    for name in ["source_json", "source_policy_documents"] {
        merged.add_documents(&attributes.get(name));
    }
    let own = attributes.get("statement");
    for block in own.elements() {
        merged.add(statement(block));
    }
    if let Some(why) = own.rest() {
        merged.open(why);
    }
    for name in ["override_policy_documents", "override_json"] {
        merged.add_documents(&attributes.get(name));
    }
    let mut entries = vec![("Version".to_owned(), version(&attributes.get("version")))];
    let id = attributes.get("policy_id");
    if !id.is_null() {
        entries.push(("Id".to_owned(), id.into_owned()));
    }
    let list = List { items: merged.statements, rest: merged.rest };
    entries.push(("Statement".to_owned(), Value::List(list)));
    Value::object(entries)
}

fn version(value: &Value) -> Value {
    if value.is_null() { Value::from("2012-10-17") } else { value.clone() }
}

#[derive(Default)]
struct Merged {
    statements: Vec<Value>,
    by_sid: HashMap<String, usize>,
    /// Statements whose sid is not known, or known: those that a later one may replace.
    named: Vec<usize>,
    rest: Option<Unknown>,
}

impl Merged {
    /// Documents as JSON text, one or a list of them.
    fn add_documents(&mut self, value: &Value) {
        for document in value.elements() {
            match parse(document) {
                Parsed::NotSet => {}
                Parsed::Value(Value::Object(object)) => {
                    let statements = object.get("Statement");
                    match statements.as_ref() {
                        Value::Null => {}
                        Value::Unknown(why) => self.open(why),
                        many => {
                            for statement in many.elements() {
                                self.add(statement.clone());
                            }
                            if let Some(why) = many.rest() {
                                self.open(why);
                            }
                        }
                    }
                    if let Some(why) = &object.rest {
                        self.open(why);
                    }
                }
                Parsed::Value(other) => {
                    let why = other.doubt().cloned().unwrap_or_else(broken);
                    self.open(&why);
                }
                Parsed::Broken(_) => self.open(&broken()),
            }
        }
        if let Some(why) = value.rest() {
            self.open(why);
        }
    }

    /// Statements may follow that are not known; each may replace any that has a sid.
    fn open(&mut self, why: &Unknown) {
        self.forget_named(why);
        if self.rest.is_none() {
            self.rest = Some(why.clone());
        }
    }

    fn forget_named(&mut self, why: &Unknown) {
        for index in self.named.drain(..) {
            if let Some(slot) = self.statements.get_mut(index) {
                *slot = Value::Unknown(why.clone());
            }
        }
        self.by_sid.clear();
    }

    fn add(&mut self, statement: Value) {
        let sid = statement.get("Sid").into_owned();
        let index = self.statements.len();
        match &sid {
            Value::String(sid) if !sid.is_empty() => {
                if let Some(slot) =
                    self.by_sid.get(sid).and_then(|index| self.statements.get_mut(*index))
                {
                    *slot = statement;
                    return;
                }
                self.by_sid.insert(sid.clone(), index);
                self.named.push(index);
            }
            Value::Null | Value::String(_) => {}
            unknown => {
                let why = unknown.doubt().cloned().unwrap_or_else(broken);
                self.forget_named(&why);
                self.named.push(index);
            }
        }
        self.statements.push(statement);
    }
}

fn broken() -> Unknown {
    Unknown::because("one of the policy documents that it merges is not JSON")
}

/// One `statement` block as a statement.
fn statement(block: &Value) -> Value {
    let Value::Object(block) = block else {
        return Value::Unknown(block.doubt().cloned().unwrap_or_else(Unknown::after_apply));
    };
    let mut own = Object { entries: Vec::new(), rest: block.rest.clone() };
    let sid = block.get("sid");
    if !sid.is_null() && sid.as_str() != Some("") {
        own.insert("Sid".to_owned(), sid.into_owned());
    }
    let effect = block.get("effect");
    let effect = match effect.as_ref() {
        Value::Null => Value::from("Allow"),
        Value::String(text) if text.is_empty() => Value::from("Allow"),
        other => other.clone(),
    };
    own.insert("Effect".to_owned(), effect);
    for (from, to) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        let value = block.get(from);
        if is_set(&value) {
            own.insert(to.to_owned(), variables(&value));
        }
    }
    for (from, to) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        let value = block.get(from);
        if is_set(&value) {
            own.insert(to.to_owned(), principals(&value));
        }
    }
    let value = block.get("condition");
    if is_set(&value) {
        own.insert("Condition".to_owned(), conditions(&value));
    }
    Value::Object(own)
}

fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::List(list) => !list.items.is_empty() || list.rest.is_some(),
        _ => true,
    }
}

/// `&{aws:username}` is how the data source writes `${aws:username}`.
fn variables(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("&{", "${")),
        Value::Template(pieces) => Value::Template(
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Known(text) => Piece::Known(text.replace("&{", "${")),
                    hole @ Piece::Hole(_) => hole.clone(),
                })
                .collect(),
        ),
        Value::List(list) => Value::List(List {
            items: list.items.iter().map(variables).collect(),
            rest: list.rest.clone(),
        }),
        other => other.clone(),
    }
}

/// Appends a value or a list of values to an entry that is a list.
fn append(object: &mut Object, key: &str, value: &Value) {
    if let Some((_, Value::List(own))) = object.entries.iter_mut().find(|(own, _)| own == key) {
        own.items.extend(value.elements().iter().cloned());
        own.rest = own.rest.take().or_else(|| value.rest().cloned());
        return;
    }
    let list = List { items: value.elements().to_vec(), rest: value.rest().cloned() };
    object.entries.push((key.to_owned(), Value::List(list)));
}

fn principals(blocks: &Value) -> Value {
    let mut own = Object { entries: Vec::new(), rest: blocks.rest().cloned() };
    for block in blocks.elements() {
        match block.get("type").as_ref() {
            Value::String(kind) => append(&mut own, kind, &variables(&block.get("identifiers"))),
            other => {
                own.rest = own.rest.take().or_else(|| Some(unknown(other)));
            }
        }
    }
    Value::Object(own)
}

fn conditions(blocks: &Value) -> Value {
    let mut own = Object { entries: Vec::new(), rest: blocks.rest().cloned() };
    for block in blocks.elements() {
        let (test, variable) = (block.get("test"), block.get("variable"));
        let Value::String(test) = test.as_ref() else {
            own.rest = own.rest.take().or_else(|| Some(unknown(&test)));
            continue;
        };
        if !own.entries.iter().any(|(key, _)| key == test) {
            own.entries.push((test.clone(), Value::Object(Object::default())));
        }
        let slot = own.entries.iter_mut().find(|(key, _)| key == test);
        if let Some((_, Value::Object(keys))) = slot {
            match variable.as_ref() {
                Value::String(key) => append(keys, key, &variables(&block.get("values"))),
                other => keys.rest = keys.rest.take().or_else(|| Some(unknown(other))),
            }
        }
    }
    Value::Object(own)
}

fn unknown(value: &Value) -> Unknown {
    value.doubt().cloned().unwrap_or_else(Unknown::after_apply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Document;
    use crate::model::truth::Truth;

    fn value(json: &str) -> Value {
        serde_json::from_str(json).unwrap()
    }

    fn read(json: &str) -> Document {
        let document = from_data_source(&value(json));
        Document::read(&Value::Json(Box::new(document))).unwrap()
    }

    #[test]
    fn blocks_become_statements() {
        let document = from_data_source(&value(
            r#"{"statement":[{"sid":null,"effect":null,"actions":["s3:GetObject"],
            "not_actions":null,"resources":["arn:aws:s3:::b/&{aws:username}"],"not_resources":[],
            "principals":[{"type":"AWS","identifiers":["1"]},{"type":"AWS","identifiers":["2"]}],
            "not_principals":[],"condition":[{"test":"StringLike","variable":"k","values":["v"]},
            {"test":"StringLike","variable":"k","values":["w"]}]}],"version":null}"#,
        ));
        assert_eq!(
            document,
            value(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
                "Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b/${aws:username}"],
                "Principal":{"AWS":["1","2"]},"Condition":{"StringLike":{"k":["v","w"]}}}]}"#
            )
        );
    }

    #[test]
    fn a_statement_replaces_one_of_its_sid() {
        let own = r#""statement":[{"sid":"a","effect":"Deny","actions":["*"],"resources":["*"]}]"#;
        let other = r#"["{\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Action\":\"x:y\",\"Resource\":\"*\"}]}"]"#;
        let first = read(&format!(r#"{{{own},"source_policy_documents":{other}}}"#));
        assert_eq!(first.statements.len(), 2);
        assert!(first.statements.iter().all(|s| s.grants_everything().is_false()));
        let last = read(&format!(r#"{{{own},"override_policy_documents":{other}}}"#));
        assert_eq!(last.statements.len(), 2);
        assert_eq!(last.statements[0].grants_everything(), Truth::True);
    }

    #[test]
    fn a_document_that_is_not_known_may_bring_or_replace_anything() {
        let mut attributes = value(
            r#"{"statement":[{"sid":"a","actions":["*"],"resources":["*"]},
            {"sid":"","actions":["x:y"],"resources":["*"]}]}"#,
        );
        if let Value::Object(object) = &mut attributes {
            object.insert(
                "override_policy_documents".into(),
                Value::list(vec![Value::Unknown(Unknown::because("w"))]),
            );
        }
        let document = from_data_source(&attributes);
        let document = Document::read(&Value::Json(Box::new(document))).unwrap();
        assert_eq!(document.statements.len(), 1);
        assert!(document.doubt().is_some());
    }
}
