//! The guard's policies as JSON and CloudFormation; [`super::hcl`] has Terraform.

use serde_json::json;

use super::account::state::part_name;
use super::pack::Document;
use super::statements::Vehicle;

/// The policies as JSON: one document as it is, several as a list.
#[must_use]
pub fn json(documents: &[Document], pretty: bool) -> String {
    let text = match (documents, pretty) {
        ([document], true) => serde_json::to_string_pretty(document),
        ([document], false) => serde_json::to_string(document),
        (many, true) => serde_json::to_string_pretty(many),
        (many, false) => serde_json::to_string(many),
    };
    text.unwrap_or_default() + "\n"
}

/// The policies as a CloudFormation template.
#[must_use]
pub fn cloudformation(documents: &[Document], vehicle: Vehicle, base: &str, path: &str) -> String {
    let mut resources = serde_json::Map::new();
    for (i, document) in documents.iter().enumerate() {
        let name = part_name(base, i);
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
