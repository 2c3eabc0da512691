//! `prefix-list-open`: in Rust because it adds up CIDR ranges.

use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::prefix;
use crate::rules::net::key::Key;
use crate::rules::net::sources::{Sources, World, world};

declare_rule! {
    /// A prefix list holds the whole internet
    ///
    /// # What it checks
    /// The entries of an `aws_ec2_managed_prefix_list`, in blocks and as
    /// `aws_ec2_managed_prefix_list_entry`. Added up as numbers they must not be the world, as
    /// `security-group-admin-port-open` counts it.
    ///
    /// Security groups of the same plan that name the list are judged by their own rules.
    /// # Why
    /// A prefix list opens whatever names it: security groups of other configurations and of the
    /// accounts that it is shared with, whose plans show an id and nothing else. High: what that is
    /// cannot be seen from here.
    /// # How to fix
    /// Hold the ranges of known networks in the list, and write `0.0.0.0/0` into the one rule that is
    /// meant for everybody, where its readers see it.
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
            let answer = answers.violated(path, "the prefix list holds the whole internet");
            answer.with_key(key.quarters(&families).text()).with_detail(sources.describe());
        }
        World::Maybe { why, .. } => {
            let message = "the prefix list may hold the whole internet";
            answers.undetermined(path, message, &why).with_key(key.text());
        }
    }
}
