//! `provider-credentials`: in Rust because it tells credentials from placeholders.

use crate::clouds;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::secrets::names;

declare_rule! {
    /// The configuration contains provider credentials
    ///
    /// # What it checks
    /// The credential arguments of `provider` blocks (`access_key`, `secret_key`, `token`,
    /// `api_key`, `password`, `client_secret`, ...) must not be constants, and must not come from
    /// the default of a variable. For AWS, only values with the form of a real key count, so
    /// `"test"` for an emulator passes.
    /// # Why
    /// These are the credentials that Terraform itself uses, so they can do whatever the apply can
    /// do, and everyone who reads the repository or a plan file has them. Severity is critical
    /// because nothing else has to go wrong.
    /// # How to fix
    /// Leave the arguments out and give Terraform a role: through OpenID Connect in a pipeline,
    /// through the environment or a profile elsewhere. Revoke the old credentials: they have been
    /// exposed.
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
    covers: nothing,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let of_cloud = clouds::of(&view.subject.kind).secrets.is_credential;
    let is_credential = of_cloud.unwrap_or(names::is_literal);
    for name in view.names() {
        if !names::is_secret(&name) {
            continue;
        }
        let value = view.attribute(&name);
        let Some(text) = value.as_str() else { continue };
        if is_credential(text) {
            answers.violated(name, "the configuration contains the provider's credentials");
        }
    }
}
