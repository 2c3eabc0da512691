//! The guard's policies as JSON, Terraform and CloudFormation.

use serde_json::{Value, json};

use super::pack::Document;
use super::statements::Vehicle;

/// The name of the nth policy of so many, from 1: the one of a guard in one part has no number.
#[must_use]
pub fn name(base: &str, n: usize, of: usize) -> String {
    if of == 1 { base.to_owned() } else { format!("{base}-{n}") }
}

/// The policies as JSON: one document as it is, several as a list.
#[must_use]
pub fn json(documents: &[Document], pretty: bool) -> String {
    let text = match (documents, pretty) {
        ([one], true) => serde_json::to_string_pretty(one),
        ([one], false) => serde_json::to_string(one),
        (many, true) => serde_json::to_string_pretty(many),
        (many, false) => serde_json::to_string(many),
    };
    text.unwrap_or_default() + "\n"
}

/// The policies as Terraform resources.
#[must_use]
pub fn terraform(documents: &[Document], vehicle: Vehicle, base: &str, path: &str) -> String {
    let mut out = String::new();
    let label = base.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_");
    for (i, document) in documents.iter().enumerate() {
        let name = name(base, i + 1, documents.len());
        let label = if documents.len() == 1 { label.clone() } else { format!("{label}_{}", i + 1) };
        let body = serde_json::to_value(document).map(|value| hcl(&value, 2)).unwrap_or_default();
        let head = match vehicle {
            Vehicle::Scp | Vehicle::Rcp => {
                let kind = if vehicle == Vehicle::Scp { "SERVICE" } else { "RESOURCE" };
                format!(
                    "resource \"aws_organizations_policy\" \"{label}\" {{\n  name    = \"{name}\"\n  type    = \"{kind}_CONTROL_POLICY\"\n  content = jsonencode({body})\n}}\n"
                )
            }
            Vehicle::ManagedPolicy | Vehicle::Boundary => format!(
                "resource \"aws_iam_policy\" \"{label}\" {{\n  name   = \"{name}\"\n  path   = \"{path}\"\n  policy = jsonencode({body})\n}}\n"
            ),
        };
        if i > 0 {
            out.push('\n');
        }
        out.push_str(&head);
    }
    out
}

/// A JSON value as an HCL expression.
fn hcl(value: &Value, indent: usize) -> String {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            // The order in which people write a statement.
            let order = ["Version", "Sid", "Effect", "Principal", "Action", "Resource"];
            let rank = |key: &str| order.iter().position(|own| *own == key).unwrap_or(order.len());
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(key, _)| rank(key));
            let lines = sorted.iter().map(|(key, value)| {
                let name = if key.chars().all(|c| c.is_ascii_alphanumeric()) {
                    (*key).clone()
                } else {
                    quoted(key)
                };
                format!("{pad}  {name} = {}\n", hcl(value, indent + 2))
            });
            format!("{{\n{}{pad}}}", lines.collect::<String>())
        }
        Value::Array(items) => {
            let lines = items.iter().map(|item| format!("{pad}  {},\n", hcl(item, indent + 2)));
            format!("[\n{}{pad}]", lines.collect::<String>())
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A text in quotes; what would open a template stands for itself.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace("${", "$${").replace("%{", "%%{")
}

/// The policies as a CloudFormation template.
#[must_use]
pub fn cloudformation(documents: &[Document], vehicle: Vehicle, base: &str, path: &str) -> String {
    let mut resources = serde_json::Map::new();
    for (i, document) in documents.iter().enumerate() {
        let name = name(base, i + 1, documents.len());
        let resource = match vehicle {
            Vehicle::Scp | Vehicle::Rcp => {
                let kind = if vehicle == Vehicle::Scp { "SERVICE" } else { "RESOURCE" };
                json!({"Type": "AWS::Organizations::Policy", "Properties": {
                    "Name": name, "Type": format!("{kind}_CONTROL_POLICY"), "Content": document}})
            }
            Vehicle::ManagedPolicy | Vehicle::Boundary => json!({
                "Type": "AWS::IAM::ManagedPolicy", "Properties": {
                    "ManagedPolicyName": name, "Path": path, "PolicyDocument": document}}),
        };
        resources.insert(format!("Guard{}", i + 1), resource);
    }
    let template = json!({"AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Drift guard of holdpoint", "Resources": resources});
    serde_json::to_string_pretty(&template).unwrap_or_default() + "\n"
}
