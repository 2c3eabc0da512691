//! `iam-oidc-trust-unscoped`: a role for anyone's CI jobs.

use super::shared::extent::extent;
use super::shared::policies::{Wording, answer, trust};
use super::shared::types::TRUST_POLICIES;
use crate::iam::federation;
use crate::model::truth::Truth;
use crate::model::value::Unknown;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM role trusts other customers' CI jobs
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role`. A statement that allows
    /// `sts:AssumeRoleWithWebIdentity` to the identity provider of GitHub Actions, GitLab.com, HCP
    /// Terraform or Buildkite must require a `sub` that names the owner in full: `repo:my-org/...`,
    /// `project_path:my-group/...`, `organization:my-org:...`. `repo:*` names nobody,
    /// `repo:my-org*` also matches `my-org-of-somebody-else`, and a value that starts with
    /// `environment:` or `workflow:` is text that any job can choose. `aud` alone is the same for
    /// all customers. `...IfExists`, `ForAllValues:` and negated operators require nothing.
    ///
    /// A provider whose ARN is not known yet is looked up among the providers of the plan, and in
    /// the keys of the condition.
    /// # Why
    /// These providers sign tokens for all of their customers. Without a `sub` of yours, a workflow
    /// in anyone's free account gets your role; this has been found and exploited in the wild.
    /// # How to fix
    /// Require the repository, group or workspace that the role is for in `sub`:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "StringLike"
    ///   variable = "token.actions.githubusercontent.com:sub"
    ///   values   = ["repo:my-org/my-repo:ref:refs/heads/main"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws>
    /// - <https://docs.gitlab.com/ci/cloud_services/aws/>
    /// - <https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/aws-configuration>
    id: "iam-oidc-trust-unscoped",
    severity: Critical,
    service: "IAM",
    types: TRUST_POLICIES,
    frameworks: [],
    params: [],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "CI jobs of other customers of the identity provider can assume the role",
    possible: "CI jobs of other customers of the identity provider may be able to assume the role",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    for place in trust(view).iter() {
        let broken = federation::lets_everybody_in(&place.document, |why| unnamed(view, why));
        if broken.is_false() {
            continue;
        }
        let key =
            format!("unscoped\n{}", extent(&place.document, |statement| statement.allows.clone()));
        answer(answers, place, &broken, &WORDING, &key, "");
    }
}

/// Whether a provider whose ARN is not known may be a shared one: only if the plan creates one. An
/// ARN that depends on something other than a provider of the plan stays undetermined.
fn unnamed(view: &View<'_>, why: &Unknown) -> Truth {
    const KIND: &str = "aws_iam_openid_connect_provider";
    let reason = why.reason();
    let of_the_plan = reason.contains(KIND) && !reason.contains("data.");
    let providers = view.all_subjects().iter().filter(|s| s.kind == KIND && s.exists(view.side));
    let mut any = false;
    for provider in providers {
        any = true;
        let provider = view.look_at(provider);
        let url = provider.attribute("url");
        let shared = match url.as_str() {
            Some(url) => federation::issuer(url).is_some(),
            None => {
                let links = provider.follow("url");
                links.certain.is_empty()
                    || !links.possible.is_empty()
                    || links.certain.iter().any(|s| s.kind != "aws_eks_cluster")
            }
        };
        if shared {
            return Truth::Unknown(why.clone());
        }
    }
    if any && of_the_plan { Truth::False } else { Truth::Unknown(why.clone()) }
}
