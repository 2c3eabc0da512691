//! Rule `unknown-type-destroyed`: in Rust because it is about the types that are in no list.

use crate::clouds::aws::holds;
use crate::rules::{Answers, Transition};

declare_rule! {
    /// The change destroys a resource of a type that holdpoint does not know
    ///
    /// # What it checks
    /// Deletion or replacement of a resource of the AWS provider whose type is newer than the lists
    /// of holdpoint, which say of every type up to version 6.66 of the provider whether it holds data
    /// (`stateful-resource-destroyed`, `instance-destroyed`), protects (`protection-removed`), or is
    /// expendable.
    ///
    /// # Why
    /// What is not known is no pass: the newest services hold data, too. Severity is high, as it is
    /// for the destruction of what is known to hold data.
    ///
    /// # How to fix
    /// Use a newer version of holdpoint. If the type holds nothing, waive this address, with a
    /// reason and a date.
    ///
    /// # References
    /// - <https://registry.terraform.io/providers/hashicorp/aws/latest/docs>
    id: "unknown-type-destroyed",
    severity: High,
    service: "Change",
    types: ["*"],
    frameworks: [("NIST 800-53", ["CP-9", "CM-3"])],
    params: [],
    covers: nothing,
    check: Change(check),
}

fn check(change: &Transition<'_>, answers: &mut Answers) {
    let Some(before) = &change.before else { return };
    let subject = before.subject;
    if subject.is_resource() && subject.actions().destroys() && holds::is_unknown(&subject.kind) {
        answers.violated("", "a resource of an unknown type is destroyed; it may hold data");
    }
}
