//! The guard's policies as Terraform resources.

use hcl::expr::{Expression, Object, ObjectKey, TemplateExpr};
use hcl::{Attribute, Block, Body, Identifier};
use serde_json::Value;

use super::account::state::part_name;
use super::pack::Document;
use super::statements::Vehicle;

/// The policies as Terraform resources, in the form of `terraform fmt`.
#[must_use]
pub fn terraform(documents: &[Document], vehicle: Vehicle, base: &str, path: &str) -> String {
    let label = base.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_");
    let blocks: Vec<String> = documents
        .iter()
        .enumerate()
        .map(|(i, document)| {
            // A label is an address: it stays when the guard gets another part.
            let label = if i == 0 { label.clone() } else { format!("{label}_{}", i + 1) };
            let block = block(document, vehicle, &part_name(base, i), &label, path);
            let body = Body::builder().add_block(block).build();
            encoded(&aligned(&hcl::format::to_string(&body).unwrap_or_default()))
        })
        .collect();
    blocks.join("\n")
}

fn block(document: &Document, vehicle: Vehicle, name: &str, label: &str, path: &str) -> Block {
    let value = serde_json::to_value(document).unwrap_or_default();
    let policy = expression(&value);
    let text = |key: &str, value: &str| Attribute::new(Identifier::sanitized(key), value);
    let block = Block::builder("resource");
    let (block, attribute) = match vehicle {
        Vehicle::Scp | Vehicle::Rcp => {
            let kind = if vehicle == Vehicle::Scp { "SERVICE" } else { "RESOURCE" };
            let block = block
                .add_labels(["aws_organizations_policy", label])
                .add_attribute(text("name", name))
                .add_attribute(text("type", &format!("{kind}_CONTROL_POLICY")));
            (block, "content")
        }
        Vehicle::ManagedPolicy | Vehicle::Boundary => {
            let block = block
                .add_labels(["aws_iam_policy", label])
                .add_attribute(text("name", name))
                .add_attribute(text("path", path));
            (block, "policy")
        }
    };
    block.add_attribute(Attribute::new(Identifier::sanitized(attribute), policy)).build()
}

/// Puts the last attribute, an object, into `jsonencode(...)`: the formatter writes the arguments
/// of a function on one line, which nobody can review.
fn encoded(text: &str) -> String {
    let mut text = text.to_owned();
    if let (Some(open), Some(close)) = (text.find(" = {\n"), text.rfind("\n  }\n}")) {
        text.insert(close + "\n  }".len(), ')');
        text.insert_str(open + " = ".len(), "jsonencode(");
    }
    text
}

/// A text that stands for itself. The formatter misses the second `${` of `${a} $${b}`, so what
/// holds one is escaped here; quotes and controls are escaped as in JSON.
fn text(raw: &str) -> Expression {
    if !raw.contains("${") && !raw.contains("%{") {
        return Expression::String(raw.to_owned());
    }
    let json = Value::from(raw).to_string();
    let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
    let escaped = inner.replace("${", "$${").replace("%{", "%%{");
    Expression::from(TemplateExpr::QuotedString(escaped))
}

/// A JSON value as an expression, in the order in which people write a statement.
fn expression(value: &Value) -> Expression {
    match value {
        Value::Null => Expression::Null,
        Value::Bool(flag) => Expression::Bool(*flag),
        Value::Number(number) => number.as_i64().map_or_else(
            || Expression::String(number.to_string()),
            |n| Expression::Number(n.into()),
        ),
        Value::String(raw) => text(raw),
        Value::Array(items) => Expression::Array(items.iter().map(expression).collect()),
        Value::Object(fields) => {
            let order = ["Version", "Sid", "Effect", "Principal", "Action", "Resource"];
            let rank =
                |key: &str| order.iter().position(|known| *known == key).unwrap_or(order.len());
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(key, _)| rank(key));
            let mut object = Object::new();
            for (key, value) in sorted {
                let is_word = key.chars().all(|c| c.is_ascii_alphanumeric());
                let name = match is_word {
                    true => ObjectKey::Identifier(Identifier::sanitized(key)),
                    false => ObjectKey::Expression(text(key)),
                };
                object.insert(name, expression(value));
            }
            Expression::Object(object)
        }
    }
}

/// Brings the `=` of lines that follow one another below one another, as `terraform fmt` does; what
/// opens a list or an object stands alone.
fn aligned(text: &str) -> String {
    let head = |line: &str| -> Option<usize> {
        let opens = line.ends_with(['[', '{', '(']);
        // A key in quotes may hold anything but ` = `: tags' keys are checked, others are ours.
        line.find(" = ").filter(|_| !opens)
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len() + 256);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let run = lines.iter().skip(at).map_while(|line| head(line)).count();
        if run == 0 {
            out.push_str(line);
            out.push('\n');
            at += 1;
            continue;
        }
        let group = lines.iter().skip(at).take(run);
        let width = group.clone().filter_map(|line| head(line)).max().unwrap_or(0);
        for line in group {
            let (key, value) = line.split_at(head(line).unwrap_or(0));
            out.push_str(&format!("{key:width$}{value}\n"));
        }
        at += run;
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::guard::action_patterns::Style;
    use crate::guard::pack::pack;
    use crate::guard::scope::Scope;
    use crate::guard::statements::{Bind, Spec};

    fn documents(vehicle: Vehicle) -> Vec<Document> {
        let spec = Spec {
            vehicle,
            bind: Bind::Humans,
            tag_key: "Managed By".into(),
            tag_values: vec!["Terraform".into(), "a\"b\\c ${x} %{ if y } $${z}".into()],
            exempt: vec!["arn:aws:iam::*:role/ci/Terraform".into()],
            partition: "aws".into(),
            path: "/holdpoint/".into(),
            style: Style::Words,
        };
        let scope = Scope::services(&["ec2".into(), "sqs".into(), "iam".into()]).unwrap();
        pack(&spec.guard(&scope), 2_000).unwrap()
    }

    /// What Terraform makes of an expression that calls nothing.
    fn back(expression: &Expression) -> Value {
        match expression {
            Expression::String(text) => json!(text),
            Expression::Array(items) => items.iter().map(back).collect(),
            Expression::Object(fields) => {
                let key = |key: &ObjectKey| match key {
                    ObjectKey::Identifier(name) => name.to_string(),
                    ObjectKey::Expression(name) => back(name).as_str().unwrap().to_owned(),
                    other => panic!("{other:?}"),
                };
                fields.iter().map(|(name, value)| (key(name), back(value))).collect()
            }
            // A template that holds only what stands for itself.
            Expression::TemplateExpr(template) => {
                let parsed = hcl::Template::from_expr(template).unwrap();
                let text = parsed.elements().iter().map(|element| match element {
                    hcl::template::Element::Literal(text) => text.clone(),
                    other => panic!("it would be evaluated: {other:?}"),
                });
                json!(text.collect::<String>())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn it_says_the_same_when_it_is_read_again() {
        for (vehicle, attribute) in [(Vehicle::Scp, "content"), (Vehicle::ManagedPolicy, "policy")]
        {
            let documents = documents(vehicle);
            assert!(documents.len() > 1);
            let text = terraform(&documents, vehicle, "my-guard", "/holdpoint/");
            let body = hcl::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            let blocks: Vec<&Block> = body.blocks().collect();
            assert_eq!(blocks.len(), documents.len());
            for (i, (block, document)) in blocks.iter().zip(&documents).enumerate() {
                let label = if i == 0 { "my_guard".into() } else { format!("my_guard_{}", i + 1) };
                assert_eq!(block.labels()[1].as_str(), label);
                let found = block.body.attributes().find(|item| item.key() == attribute).unwrap();
                let Expression::FuncCall(call) = found.expr() else { panic!("{found:?}") };
                assert_eq!(call.name.name.as_str(), "jsonencode");
                assert_eq!(back(&call.args[0]), serde_json::to_value(document).unwrap());
                assert!(text.lines().all(|line| line.len() < 200), "{text}");
            }
        }
    }

    #[test]
    fn lines_are_aligned_in_runs() {
        let text = "a {\n  b = 1\n  long = 2\n  c = [\n    3\n  ]\n  d = 4\n}\n";
        let wanted = "a {\n  b    = 1\n  long = 2\n  c = [\n    3\n  ]\n  d = 4\n}\n";
        assert_eq!(aligned(text), wanted);
    }
}
