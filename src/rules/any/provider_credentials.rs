//! `provider-credentials`: in Rust because it tells credentials from what only stands in their place.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::secrets::names;

declare_rule! {
    /// The configuration holds the credentials of a provider
    ///
    /// # What it checks
    /// The arguments of `provider` blocks that are for credentials (`access_key`, `secret_key`,
    /// `token`, `api_key`, `password`, `client_secret`, ...) must not be constants, nor come from the
    /// default of a variable. For AWS only what has the form of a real key counts, so that `"test"`
    /// for an emulator is let through.
    /// # Why
    /// These are the credentials that Terraform itself works with, so they can do whatever the plan
    /// can, and everybody who reads the repository or a plan file has them. Nothing else has to go
    /// wrong: critical.
    /// # How to fix
    /// Leave the arguments out and give Terraform a role: by OpenID Connect in a pipeline, by the
    /// environment or a profile elsewhere. Take the old credentials out of use: they have been read.
    ///
    /// ```hcl
    /// provider "aws" {
    ///   region = "eu-west-1"
    /// }
    /// ```
    /// # References
    /// - <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#authentication-and-configuration>
    id: "provider-credentials",
    severity: Critical,
    service: "Secrets",
    types: [
        "provider.auth0",
        "provider.aws",
        "provider.awscc",
        "provider.azuread",
        "provider.azurerm",
        "provider.cloudflare",
        "provider.confluent",
        "provider.datadog",
        "provider.digitalocean",
        "provider.docker",
        "provider.fastly",
        "provider.github",
        "provider.gitlab",
        "provider.google",
        "provider.google-beta",
        "provider.grafana",
        "provider.hcloud",
        "provider.helm",
        "provider.kubernetes",
        "provider.mongodbatlas",
        "provider.mysql",
        "provider.newrelic",
        "provider.okta",
        "provider.opsgenie",
        "provider.pagerduty",
        "provider.postgresql",
        "provider.rabbitmq",
        "provider.snowflake",
        "provider.tfe",
        "provider.vault",
    ],
    frameworks: [("NIST 800-53", ["IA-5"])],
    params: [],
    blames: secrets,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let aws = matches!(view.subject.kind.as_str(), "provider.aws" | "provider.awscc");
    for name in view.names() {
        if !names::is_secret(&name) {
            continue;
        }
        let value = view.attribute(&name);
        let Some(text) = value.as_str() else { continue };
        let real = if aws { is_aws_credential(text) } else { names::is_literal(text) };
        if real {
            answers.violated(name, "the configuration holds the credentials of the provider");
        }
    }
}

/// An access key id, or something as long as a secret key or a session token.
fn is_aws_credential(text: &str) -> bool {
    let id = text.len() == 20 && ["AKIA", "ASIA"].iter().any(|start| text.starts_with(start));
    let of_key = |c: char| c.is_ascii_alphanumeric() || "/+=".contains(c);
    id || (text.len() >= 40 && text.chars().all(of_key))
}
