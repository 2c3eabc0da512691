//! `iam-oidc-trust-no-subject`: a role for everyone in a cluster.

use super::shared::policies::{Wording, trust};
use super::shared::risky;
use super::shared::types::TRUST_POLICIES;
use crate::iam::web_identity::{self, Question};
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM role trusts every subject of an OIDC provider
    ///
    /// # What it checks
    /// `assume_role_policy` of `aws_iam_role`. A statement that allows
    /// `sts:AssumeRoleWithWebIdentity` to your own OIDC provider (an EKS cluster, a company's
    /// login) must require a `sub`. `*` as the value, `...IfExists`, `ForAllValues:` and negated
    /// operators require nothing. The shared providers of CI services are covered by
    /// `iam-oidc-trust-unscoped`.
    /// # Why
    /// Every pod of the cluster, or everyone who can sign in, gets the role. Severity is medium
    /// because these subjects are your own.
    /// # How to fix
    /// Require the service account, or the person, that the role is for:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "StringEquals"
    ///   variable = "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub"
    ///   values   = ["system:serviceaccount:orders:api"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>
    id: "iam-oidc-trust-no-subject",
    severity: Medium,
    service: "IAM",
    types: TRUST_POLICIES,
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-trust-any-principal"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "every subject of an OIDC provider can assume the role",
    possible: "every subject of an OIDC provider may be able to assume the role",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let lacks = |statement: &_| web_identity::statement(statement, Question::Subject);
    risky::judge_statements(answers, &trust(view), lacks, &WORDING);
}
