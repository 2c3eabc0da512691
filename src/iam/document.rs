//! A policy document, read from an attribute that may be known only in part.

use super::element::{Fault, element};
use super::statement::Statement;
use super::text::{Parsed, parse};
use crate::model::value::{Object, Unknown, Value};

/// A policy document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// The statements that are known to be there.
    pub statements: Vec<Statement>,
    /// Why there may be more statements than these.
    pub rest: Option<Unknown>,
    /// Whether it is of version 2012-10-17; in the older one, which a document without a version
    /// has, `${...}` is no variable.
    pub has_variables: bool,
    /// Why AWS would refuse it. What is only wrongly written (`action` for `Action`) was read as
    /// though it were right, so that a wildcard shows even then.
    pub faults: Vec<Fault>,
}

impl Document {
    /// Reads a policy attribute: JSON text, JSON text with holes, or an object. `None` when it is
    /// not set: null or the empty text.
    #[must_use]
    pub fn read(value: &Value) -> Option<Self> {
        let mut document = Self::default();
        match parse(value) {
            Parsed::NotSet => return None,
            Parsed::Broken(fault) => document.faults.push(fault),
            Parsed::Value(Value::Object(object)) => document.read_object(&object),
            Parsed::Value(Value::Unknown(why)) => document.rest = Some(why),
            Parsed::Value(other) => {
                document.faults.push(Fault::new("it is not a JSON object", other.kind()));
            }
        }
        Some(document)
    }

    fn read_object(&mut self, object: &Object) {
        self.rest.clone_from(&object.rest);
        for (key, value) in &object.entries {
            match element(key, &["Version", "Id", "Statement"], &mut self.faults) {
                Some("Version") => {
                    let known = value.as_str();
                    self.has_variables = known == Some("2012-10-17");
                    if known.is_some_and(|v| v != "2012-10-17" && v != "2008-10-17") {
                        self.faults.push(Fault::new(
                            "its version is neither 2012-10-17 nor 2008-10-17",
                            known.unwrap_or_default(),
                        ));
                    }
                }
                Some("Statement") => self.read_statements(value),
                _ => {}
            }
        }
    }

    fn read_statements(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Unknown(why) => self.open(why),
            Value::List(list) => {
                for item in &list.items {
                    self.read_statement(item);
                }
                if let Some(why) = &list.rest {
                    self.open(why);
                }
            }
            single => self.read_statement(single),
        }
    }

    fn read_statement(&mut self, value: &Value) {
        match value {
            Value::Object(object) => {
                let statement = Statement::read(object, &mut self.faults);
                self.statements.push(statement);
            }
            Value::Unknown(why) => self.open(why),
            other => self.faults.push(Fault::new("a statement is not a JSON object", other.kind())),
        }
    }

    fn open(&mut self, why: &Unknown) {
        if self.rest.is_none() {
            self.rest = Some(why.clone());
        }
    }

    /// Why a *no* of this document cannot be trusted: it may hold statements that are not known, or
    /// AWS would refuse it as it stands. Whatever is asked of a document, its *no* is only good
    /// when this is `None`.
    #[must_use]
    pub fn doubt(&self) -> Option<Unknown> {
        self.rest.clone().or_else(|| {
            let fault = self.faults.iter().find(|fault| !fault.settled)?;
            Some(Unknown::because(format!("AWS would reject this policy document: {}", fault.what)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::element::Clause;
    use super::*;
    use crate::model::truth::Truth;
    use crate::model::value::Piece;

    fn read(text: &str) -> Document {
        Document::read(&text.into()).unwrap()
    }

    fn template(pieces: &[&str]) -> Document {
        let mut list = Vec::new();
        for (i, piece) in pieces.iter().enumerate() {
            if i > 0 {
                list.push(Piece::Hole(Unknown::because(format!("hole {i}"))));
            }
            list.push(Piece::Known((*piece).to_owned()));
        }
        Document::read(&Value::Template(list)).unwrap()
    }

    #[test]
    fn nothing_is_not_a_document() {
        assert!(Document::read(&Value::Null).is_none());
        assert!(Document::read(&"".into()).is_none());
        assert!(Document::read(&" \n".into()).is_none());
        let empty = read("{}");
        assert!(empty.statements.is_empty() && empty.doubt().is_none());
    }

    #[test]
    fn one_statement_as_object_or_list() {
        let one = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        let object = read(&format!(r#"{{"Version":"2012-10-17","Statement":{one}}}"#));
        let list = read(&format!(r#"{{"Statement":[{one}],"Version":"2012-10-17"}}"#));
        assert_eq!(object, list);
        assert_eq!(object.statements.len(), 1);
        assert!(object.doubt().is_none());
    }

    #[test]
    fn what_aws_refuses_is_never_a_plain_no() {
        for text in [
            "not json",
            "[]",
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Action":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","action":"s3:Get*","Resource":"*"}]}"#,
            r#"{"statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"allow","Action":"s3:Get*","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Actions":"*","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":null,"Resource":"*"}]}"#,
            r#"{"Statement":[{"Action":"s3:Get*","Resource":"*"}]}"#,
            r#"{"Statement":["x"]}"#,
            r#"{"Version":"2012-10-18","Statement":[]}"#,
            r#"{"Statement":[],"Extra":1}"#,
        ] {
            let document = read(text);
            assert!(document.doubt().is_some(), "{text}");
            assert!(!document.doubt().unwrap().reason().contains("s3:Get"), "{text}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(&deep).doubt().is_some());
    }

    #[test]
    fn wrongly_cased_elements_are_read_all_the_same() {
        let document = read(r#"{"Statement":[{"Effect":"Allow","action":"*","resource":"*"}]}"#);
        assert_eq!(document.statements[0].grants_everything(), Truth::True);
        assert!(document.doubt().is_some());
    }

    #[test]
    fn holes_inside_strings_stay_there() {
        let document = template(&[
            r#"{"Statement":[{"Effect":"Allow","Action":["s3:*","#,
            r#""],"Resource":"*"}]}"#,
        ]);
        // The first piece ends outside a string: this text is no JSON around the hole.
        assert!(document.statements.is_empty() && document.rest.is_some());

        let document = template(&[
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":""#,
            r#"/*"}]}"#,
        ]);
        assert!(document.doubt().is_none());
        assert!(matches!(&document.statements[0].resource,
            Clause::These(texts) if matches!(texts.items[..], [Value::Template(_)])));
    }

    #[test]
    fn holes_outside_strings_can_bring_anything() {
        let document = template(&[
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"#,
            r#"}]}"#,
        ]);
        assert_eq!(document.statements.len(), 1);
        assert_eq!(document.doubt().unwrap().reason(), "hole 1");
    }

    #[test]
    fn a_text_cannot_forge_a_hole() {
        let document = template(&[
            "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"\\uF8FD00.0\\uF8FD\",\"Resource\":\"",
            "\"}]}",
        ]);
        assert!(matches!(&document.statements[0].action,
            Clause::These(texts) if matches!(texts.items[..], [Value::String(_)])));
    }

    #[test]
    fn json_known_in_part() {
        let statement = Value::object([
            ("Effect".to_owned(), Value::from("Allow")),
            ("Action".to_owned(), Value::from("*")),
            ("Resource".to_owned(), Value::Unknown(Unknown::because("w"))),
        ]);
        let document = Value::object([("Statement".to_owned(), Value::list(vec![statement]))]);
        let document = Document::read(&Value::Json(Box::new(document))).unwrap();
        assert!(document.statements[0].grants_everything().unknown().is_some());
    }
}
