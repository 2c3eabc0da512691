//! What secrets look like in AWS, and which attributes are mostly settings.

use super::secret_places::{ATTRIBUTES, CARRIERS};
use crate::clouds::secrets::{Encrypted, Secrets};

/// What is known of secrets in AWS.
pub(super) const SECRETS: Secrets = Secrets {
    carriers: CARRIERS,
    attributes: ATTRIBUTES,
    encrypted: &[(
        "aws_ssm_parameter",
        Encrypted { attribute: "type", value: "SecureString", name: "name" },
    )],
    environments: &[
        "container_definitions",
        "container_properties",
        "environment",
        "environment_variables",
        "primary_container",
        "source_configuration",
        "user_data",
        "user_data_base64",
    ],
    holders: &["environment_variable", "runtime_environment_variables", "setting", "user_data"],
    leads: &["arn:", "ssm:", "secretsmanager:", "s3://", "kms:", "AQICA"],
    about: &["arn", "arns", "ssm"],
    is_credential: Some(is_credential),
};

/// An access key id, or something as long as a secret key or a session token.
fn is_credential(text: &str) -> bool {
    let id = text.len() == 20 && ["AKIA", "ASIA"].iter().any(|start| text.starts_with(start));
    let of_key = |c: char| c.is_ascii_alphanumeric() || "/+=".contains(c);
    id || (text.len() >= 40 && text.chars().all(of_key))
}
