//! `policy-principal-pattern`: a wildcard where AWS supports none.

use super::shared::policies::Wording;
use super::shared::resource_policies::{WITH_TRUST, judge};
use crate::iam::Statement;
use crate::iam::pattern::{is_wild, widens};
use crate::iam::principal::{Principals, names_anybody};
use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Policy names a principal with a wildcard
    ///
    /// # What it checks
    /// A resource policy (see `resource-policy-public`), the trust policy of a role, or an IoT or
    /// API Gateway policy must not have a statement with `Effect: Allow` and a principal with a
    /// wildcard in its name (`arn:aws:iam::111122223333:user/*`). `*` alone, or in place of the
    /// account, means everyone and is covered by `resource-policy-public`,
    /// `iam-trust-any-principal` and `api-gateway-policy-open`. IoT policies have no principals,
    /// since they apply to whatever they are attached to, so `*` is reported there as well.
    /// # Why
    /// AWS does not support patterns in principals: most services reject the policy, and the apply
    /// stops halfway; a few store it, and nobody gets access. Whoever notices replaces it with `*`
    /// in haste. Severity is low, and the rule is off by default, because it opens nothing.
    /// # How to fix
    /// Name the account as the principal, and put the pattern into a condition:
    ///
    /// ```hcl
    /// condition {
    ///   test     = "ArnLike"
    ///   variable = "aws:PrincipalArn"
    ///   values   = ["arn:aws:iam::111122223333:user/ci-*"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
    id: "policy-principal-pattern",
    severity: Low,
    service: "IAM",
    types: WITH_TRUST,
    frameworks: [],
    params: [],
    default: off,
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy names a principal with a wildcard",
    possible: "the policy may name a principal with a wildcard",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    judge(view, answers, &WORDING, "a pattern", |statement| by_pattern(statement, view));
}

fn by_pattern(statement: &Statement, view: &View<'_>) -> Truth {
    let named = match &statement.principal {
        Principals::These(named) => named,
        Principals::Unknown(why) => return Truth::Unknown(why.clone()),
        Principals::AllBut(_) | Principals::Missing => return Truth::False,
    };
    let pattern = |(kind, id): &(&'static str, Value)| {
        let judged_elsewhere = match view.subject.kind.as_str() {
            "aws_iot_policy" => Truth::False,
            _ => names_anybody(kind, id),
        };
        widens(id, is_wild).and(judged_elsewhere.not())
    };
    let known = Truth::any(named.entries.iter().map(pattern));
    let any = match &named.rest {
        Some(why) => known.or(Truth::Unknown(why.clone())),
        None => known,
    };
    statement.allows.clone().and(any)
}
