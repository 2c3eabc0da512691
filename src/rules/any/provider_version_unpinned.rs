//! `provider-version-unpinned`: in Rust because it is about every provider, whatever its name.

use crate::model::subject::Subject;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The configuration takes any version of a provider
    ///
    /// # What it checks
    /// Each provider that the root module configures: `required_providers` must state a version constraint for
    /// it. Which constraint is not judged. Providers that are built into Terraform have no version.
    /// # Why
    /// A provider is a program that runs with the credentials of the apply. Without a constraint the
    /// newest release is taken whenever the lock file is missing or renewed, also one that was published
    /// by somebody else or that changes what a default means. Medium, because the lock file
    /// (`.terraform.lock.hcl`), which no plan shows, holds the version until then.
    /// # How to fix
    /// State the constraint, and commit the lock file:
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
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let (subject, all) = (view.subject, view.all_subjects());
    let built_in = subject.provider.starts_with("terraform.io/builtin/");
    // An alias is the same provider once more: the first configuration in the root speaks for all.
    let own = |other: &&Subject| other.kind == subject.kind && other.module.is_empty();
    let first = all.iter().find(own).is_some_and(|first| first.id == subject.id);
    if built_in || !first {
        return;
    }
    let stated = |subject: &Subject| {
        let view = view.look_at(subject);
        let stated = |name: &&str| !matches!(view.attribute(name).as_str(), None | Some(""));
        ["version_constraint", "version"].iter().any(stated)
    };
    if !all.iter().filter(own).any(stated) {
        answers.violated("", "no version of the provider is stated");
    }
}
