//! Policy documents as an account holds them: compared by what they say, not by how it is written.

use serde_json::{Map, Value};

/// The elements whose lists have no order, and whose lists of one are the same as the one.
const LISTS: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];

/// The order in which people write a document and a statement.
const ORDER: [&str; 8] =
    ["Version", "Statement", "Sid", "Effect", "Principal", "Action", "Resource", "Condition"];

/// Reads a document into the one form that all documents that say the same share.
///
/// # Errors
/// It is no JSON object.
pub fn canonical(text: &str) -> Result<Value, String> {
    let mut document: Value =
        serde_json::from_str(text).map_err(|error| format!("the document is not JSON: {error}"))?;
    let Some(fields) = document.as_object_mut() else {
        return Err("the document is not a JSON object".to_owned());
    };
    let mut list = match fields.remove("Statement") {
        Some(Value::Array(list)) => list,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    list.iter_mut().for_each(statement);
    fields.insert("Statement".to_owned(), Value::Array(list));
    Ok(document)
}

fn statement(value: &mut Value) {
    let Some(fields) = value.as_object_mut() else { return };
    for name in LISTS {
        if let Some(list) = fields.get_mut(name) {
            set(list);
        }
    }
    let operators = fields.get_mut("Condition").and_then(Value::as_object_mut);
    for keys in operators.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        keys.values_mut().for_each(set);
    }
}

/// Sorted, each once, and one alone without a list.
fn set(value: &mut Value) {
    let Value::Array(list) = value else { return };
    list.sort_by_key(Value::to_string);
    list.dedup();
    if list.len() == 1
        && let Some(single) = list.pop()
    {
        *value = single;
    }
}

/// The document without a space, in the order in which people write one.
#[must_use]
pub fn minified(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let rank =
                |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by(|a, b| (rank(a.0), a.0).cmp(&(rank(b.0), b.0)));
            out.push('{');
            for (i, (key, value)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(list) => {
            out.push('[');
            for (i, value) in list.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(value, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// How many characters it has.
#[must_use]
pub fn size(value: &Value) -> usize {
    minified(value).chars().count()
}

/// Its statements.
#[must_use]
pub fn statements(document: &Value) -> &[Value] {
    document.get("Statement").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of an element of a statement: one or several.
#[must_use]
pub fn texts<'v>(statement: &'v Value, element: &str) -> Vec<&'v str> {
    match statement.get(element) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A document of these statements.
#[must_use]
pub fn of(statements: Vec<Value>) -> Value {
    serde_json::json!({"Version": "2012-10-17", "Statement": statements})
}

/// The name of a statement, or its place.
#[must_use]
pub fn sid(statement: &Value, place: usize) -> String {
    match statement.get("Sid").and_then(Value::as_str) {
        Some(sid) => sid.to_owned(),
        None => format!("#{}", place + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_the_same_is_the_same() {
        let short = r#"{"Statement":{"Effect":"Deny","Action":["b:B","a:A"],"Resource":["*"],
            "Condition":{"StringEquals":{"aws:ResourceTag/K":["y","x","x"]}}},"Version":"2012-10-17"}"#;
        let reordered = r#"{"Version":"2012-10-17","Statement":[{"Resource":"*","Action":["a:A","b:B"],
            "Condition":{"StringEquals":{"aws:ResourceTag/K":["x","y"]}},"Effect":"Deny"}]}"#;
        assert_eq!(canonical(short), canonical(reordered));
        let other = reordered.replace("a:A", "a:B");
        assert_ne!(canonical(short), canonical(&other));
    }

    #[test]
    fn is_written_as_people_write_it() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":["a:A","b:B"],"Resource":"*","Condition":{"Bool":{"aws:X":"true"}}}]}"#;
        assert_eq!(minified(&canonical(text).unwrap()), text);
        assert!(canonical("[1]").is_err());
        assert!(canonical("{").is_err());
    }
}
