//! `prefix-list-open`: in Rust because it adds up CIDR ranges.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::prefix;
use crate::rules::net::key::Key;
use crate::rules::net::sources::{Sources, World, world};

declare_rule! {
    /// Prefix list covers the whole internet
    ///
    /// # What it checks
    /// The entries of an `aws_ec2_managed_prefix_list`, in blocks and as
    /// `aws_ec2_managed_prefix_list_entry`. Added up as numbers, they must not cover the internet,
    /// as defined in `security-group-admin-port-open`.
    ///
    /// Security groups of the same plan that reference the list are judged by their own rules.
    /// # Why
    /// A prefix list opens whatever references it: security groups in other configurations, and in
    /// the accounts it is shared with, whose plans show an id and nothing else. Severity is high
    /// because it cannot be seen from here what that is.
    /// # How to fix
    /// Keep the ranges of known networks in the list, and write `0.0.0.0/0` in the one rule that is
    /// meant for everyone, where its readers see it.
    ///
    /// ```hcl
    /// entry {
    ///   cidr        = "203.0.113.0/24"
    ///   description = "office"
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html>
    id: "prefix-list-open",
    severity: High,
    service: "EC2",
    types: ["aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry"],
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let path = if view.subject.kind.ends_with("_entry") { "cidr" } else { "entry" };
    let sources = match path {
        "cidr" => Sources::read(path.to_owned(), &view.attribute(path), None),
        _ => prefix::of_list(view, path.to_owned()),
    };
    let key = Key::default().line(path);
    match world([&sources]) {
        World::No => {}
        World::Yes(families) => {
            let answer = answers.violated(path, "the prefix list covers the whole internet");
            answer.with_key(key.quarters(&families).text()).with_detail(sources.describe());
        }
        World::Maybe { why, .. } => {
            let message = "the prefix list may cover the whole internet";
            answers.undetermined(path, message, &why).with_key(key.text());
        }
    }
}
