//! `secret-in-output`: in Rust because it tells secrets from placeholders.

use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::secrets::walk;

declare_rule! {
    /// Output exposes a secret
    ///
    /// # What it checks
    /// The outputs of the root module that are not `sensitive` must not contain a value with the
    /// form of a key, or a value whose name says that it is a secret (`db_password`), at any depth
    /// of an object or a document. A value that is not known yet under such a name is undetermined,
    /// unless it can only be a name or an ARN.
    ///
    /// Terraform itself rejects an output that is built from a value it knows to be sensitive; this
    /// rule is for the values it does not know about.
    /// # Why
    /// Outputs are printed at the end of every apply, so the pipeline's log contains the secret,
    /// and everyone who can read the log has it. Severity is high because logs are widely readable.
    /// # How to fix
    /// Mark the output as sensitive; better, leave it out and read the secret where it is stored:
    ///
    /// ```hcl
    /// output "db_password" {
    ///   value     = random_password.db.result
    ///   sensitive = true
    /// }
    /// ```
    /// # References
    /// - <https://developer.hashicorp.com/terraform/language/values/outputs#sensitive-suppressing-values-in-cli-output>
    id: "secret-in-output",
    severity: High,
    service: "Secrets",
    types: ["output"],
    frameworks: [("NIST 800-53", ["IA-5", "SC-28"])],
    params: [],
    blames: secrets,
    covers: nothing,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    if view.attribute("sensitive").is_true().is_true() {
        return;
    }
    let name = view.subject.name.clone();
    let value = (*view.attribute("value")).clone();
    for hit in walk::find("", &Value::object([(name, value)])) {
        let Some(what) = hit.what else { continue };
        let broken = hit.doubt.map_or(Truth::True, Truth::Unknown);
        answers.judge(&broken, "value", format!("the output exposes {what}"));
    }
}
