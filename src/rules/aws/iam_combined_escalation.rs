//! `iam-combined-escalation`: harmless policies that add up to all rights.

use std::collections::BTreeMap;

use super::shared::identities::policies;
use crate::iam::escalation::{self, Found};
use crate::iam::{Document, Statement};
use crate::model::truth::Truth;
use crate::model::value::Unknown;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The policies of an identity together let it gain more rights
    ///
    /// # What it checks
    /// Roles, users, groups and permission sets: all of their policies that the plan holds (inline,
    /// attached, and those of a user's groups) as one, against the ways to escalate that
    /// `iam-privilege-escalation` knows. Reported is what no single policy of them opens: what
    /// one opens, or may open, is reported at that policy. A `Deny` in one of them counts for all.
    /// Policies that the plan only names, AWS's own too, are not read.
    /// # Why
    /// `iam:PassRole` in one policy and `lambda:CreateFunction` in another are what one policy with
    /// both is: administrator in one more step. It needs that step and a credential, so it is high.
    /// # How to fix
    /// Restrict one of the actions: name the roles that may be passed, and the service that they
    /// are for.
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["iam:PassRole"]
    ///   resources = [aws_iam_role.function.arn]
    ///   condition {
    ///     test     = "StringEquals"
    ///     variable = "iam:PassedToService"
    ///     values   = ["lambda.amazonaws.com"]
    ///   }
    /// }
    /// ```
    /// # References
    /// - <https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/>
    /// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
    id: "iam-combined-escalation",
    severity: High,
    service: "IAM",
    types: ["aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_ssoadmin_permission_set"],
    frameworks: [("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-privilege-escalation", "iam-wildcard-action"],
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let own = policies(view);
    if own.certain.len() + own.possible.len() < 2 && own.open.is_none() {
        return;
    }
    let all = own.certain.iter().chain(own.possible.iter().map(|(document, _)| document));
    let single: Vec<Vec<(Truth, Found)>> = all.map(escalation::each).collect();
    let alone = |method: usize| {
        single.iter().any(|one| one.get(method).is_some_and(|(truth, _)| !truth.is_false()))
    };
    let mut ways: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    let mut doubt: Option<Unknown> = own.open.clone();
    for (method, (truth, found)) in escalation::each(&own.merged(false)).into_iter().enumerate() {
        match truth {
            _ if alone(method) => {}
            Truth::True => ways.entry(found.granted_by).or_default().push(found.method),
            Truth::Unknown(why) => doubt = doubt.or(Some(why)),
            Truth::False => {}
        }
    }
    if let Some((_, why)) = own.possible.first() {
        let together = escalation::each(&own.merged(true));
        if together.iter().enumerate().any(|(i, (truth, _))| !truth.is_false() && !alone(i)) {
            doubt = doubt.or_else(|| Some(why.clone()));
        }
    }
    if own.certain.iter().any(is_administrator) {
        return;
    }
    for (grant, methods) in &ways {
        answers
            .violated("", "the policies together let the identity gain further rights")
            .with_key(format!("combined {}", grant.join(" ")))
            .with_detail(methods.join("; "));
    }
    if let Some(why) = doubt.filter(|_| ways.is_empty()) {
        answers
            .undetermined(
                "",
                "the policies together may let the identity gain further rights",
                &why,
            )
            .with_key("combined unknown");
    }
}

fn is_administrator(document: &Document) -> bool {
    document.statements.iter().map(Statement::grants_everything).any(|truth| truth.is_true())
}
