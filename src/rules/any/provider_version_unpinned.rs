//! `provider-version-unpinned`: in Rust because it covers every provider, whatever its name.

use crate::model::subject::Subject;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Provider has no version constraint
    ///
    /// # What it checks
    /// Every provider that the root module configures must have a version constraint in
    /// `required_providers`. Which constraint it is does not matter. Providers that are built into
    /// Terraform have no version.
    /// # Why
    /// A provider is a program that runs with the credentials of the apply. Without a constraint,
    /// the newest release is used whenever the lock file is missing or regenerated, even one that
    /// was published by somebody else or that changes the meaning of a default. Severity is medium
    /// because until then the lock file (`.terraform.lock.hcl`), which no plan shows, pins the
    /// version.
    /// # How to fix
    /// Add a constraint, and commit the lock file:
    ///
    /// ```hcl
    /// terraform {
    ///   required_providers {
    ///     aws = {
    ///       source  = "hashicorp/aws"
    ///       version = "~> 5.0"
    ///     }
    ///   }
    /// }
    /// ```
    /// # References
    /// - <https://developer.hashicorp.com/terraform/language/providers/requirements#version-constraints>
    id: "provider-version-unpinned",
    severity: Medium,
    service: "Terraform",
    types: ["provider.*"],
    frameworks: [("NIST 800-53", ["CM-2", "SR-3"])],
    params: [],
    covers: nothing,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let (subject, all) = (view.subject, view.all_subjects());
    let built_in = subject.provider().starts_with("terraform.io/builtin/");
    // An alias is the same provider: only the first configuration in the root module is judged.
    let in_root = |other: &&Subject| other.kind == subject.kind && other.module().is_empty();
    let first = all.iter().find(in_root).is_some_and(|first| first.id == subject.id);
    if built_in || !first {
        return;
    }
    let constrained = |subject: &Subject| {
        let view = view.look_at(subject);
        let stated = |name: &&str| !matches!(view.attribute(name).as_str(), None | Some(""));
        ["version_constraint", "version"].iter().any(stated)
    };
    if !all.iter().filter(in_root).any(constrained) {
        answers.violated("", "the provider has no version constraint");
    }
}
