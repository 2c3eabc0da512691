//! `secret-in-output`: in Rust because it tells secrets from what only stands in their place.

use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::secrets::walk;

declare_rule! {
    /// An output of the configuration shows a secret
    ///
    /// # What it checks
    /// The outputs of the root module that are not `sensitive`: a value with the form of a key, and a
    /// value under the name of a secret (`db_password`), also within an object or a document. What is
    /// not known yet under such a name is undetermined, unless it can only be a name or an ARN.
    ///
    /// Terraform itself refuses an output that is made from a value which it knows to be sensitive; this
    /// rule is about those that it does not know.
    /// # Why
    /// Outputs are printed at the end of every apply, so that the log of the pipeline holds the secret,
    /// and everybody who reads that has it. High, because reading logs is what most people may do.
    /// # How to fix
    /// Mark the output; better, leave it out and read the secret where it is kept:
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
        answers.judge(&broken, "value", format!("the output shows {what}"));
    }
}
