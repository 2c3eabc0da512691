//! `eks-endpoint-public`: in Rust because it adds up CIDR ranges.

use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::net::cidr::Family;
use crate::rules::net::key::Key;
use crate::rules::net::sources::{Sources, World, world};

declare_rule! {
    /// The API server of an EKS cluster is open to the internet
    ///
    /// # What it checks
    /// The `vpc_config` of an `aws_eks_cluster`: if the public endpoint is on
    /// (`endpoint_public_access`, which is on unless it is set to `false`), the ranges in
    /// `public_access_cidrs` must not cover the internet. Ranges are added up as numbers, so
    /// `0.0.0.0/1` with `128.0.0.0/1` is the whole internet. No ranges also means the whole
    /// internet: that is the default of EKS.
    ///
    /// Whether there is a public endpoint at all is a matter for `eks-endpoint-not-private`.
    /// # Why
    /// The API server controls everything in the cluster. If anyone can connect to it, one leaked
    /// token or one vulnerability in Kubernetes is enough. Severity is high because it takes one of
    /// the two.
    /// # How to fix
    /// Turn the public endpoint off, or restrict it to the addresses of your network.
    ///
    /// ```hcl
    /// vpc_config {
    ///   subnet_ids              = aws_subnet.private[*].id
    ///   endpoint_private_access = true
    ///   endpoint_public_access  = false
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html>
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/eks-controls.html#eks-1>
    id: "eks-endpoint-public",
    severity: High,
    service: "EKS",
    types: ["aws_eks_cluster"],
    frameworks: [("AWS FSBP", ["EKS.1"]), ("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    check: State(check),
}

const PATH: &str = "vpc_config[0].public_access_cidrs";

fn check(view: &View<'_>, answers: &mut Answers) {
    let config = view.attribute("vpc_config");
    if config.elements().is_empty() && config.rest().is_none() {
        return;
    }
    let public = view.at("vpc_config[0].endpoint_public_access");
    let public = if public.is_null() { Truth::True } else { public.is_true() };
    let ranges = view.at(PATH);
    let none = ranges.elements().is_empty() && ranges.rest().is_none();
    let sources = Sources::read(PATH.to_owned(), &ranges, None);
    let world = world([&sources]);
    let mut key = Key::default().line(PATH);
    key = match &world {
        World::Yes(families) => key.quarters(families),
        _ => key.quarters(&[(Family::V4, 4), (Family::V6, 4)]),
    };
    let open = match world {
        World::Yes(_) => Truth::True,
        _ if none => Truth::True,
        World::Maybe { why, .. } => Truth::Unknown(why),
        World::No => Truth::False,
    };
    let broken = public.and(open);
    if let Some(answer) = answers.judge(&broken, PATH, "the API server is open to the internet") {
        answer.with_key(key.text());
        answer.with_detail(if none { "not set".to_owned() } else { sources.describe() });
    }
}
