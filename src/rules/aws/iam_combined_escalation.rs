//! `iam-combined-escalation`: harmless policies that add up to administrator.

use std::collections::BTreeMap;

use super::shared::identities::policies;
use crate::iam::escalation::{self, Found};
use crate::iam::{Document, Statement};
use crate::model::truth::Truth;
use crate::model::value::Unknown;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// The combined policies of an identity allow privilege escalation
    ///
    /// # What it checks
    /// Roles, users, groups and permission sets. All policies of an identity that are in the plan
    /// (inline, attached, and those of a user's groups) are taken together and compared with the
    /// escalation paths of `iam-privilege-escalation`. Only what takes the combination is reported;
    /// a path that one policy allows, or may allow, is reported on that policy. A `Deny` in one
    /// policy counts for all of them. Policies that the plan only names, including AWS managed
    /// ones, are not read.
    /// # Why
    /// `iam:PassRole` in one policy and `lambda:CreateFunction` in another are the same as both in
    /// one: one step from administrator. Severity is high because it takes that step and a
    /// credential.
    /// # How to fix
    /// Restrict one of the actions: name the roles that may be passed, and the service they may be
    /// passed to.
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
    let namesakes = view.namesakes().certain;
    if namesakes.len() < 2 {
        combine(view, answers);
        return;
    }
    // They are one identity, and get one answer.
    let shared = view.once_for_all("combined escalation", &namesakes, || {
        let mut answers = Answers::default();
        combine(view, &mut answers);
        answers.into_vec()
    });
    answers.extend(shared.iter().cloned());
}

fn combine(view: &View<'_>, answers: &mut Answers) {
    let policies = policies(view);
    if policies.certain.len() + policies.possible.len() < 2 && policies.open.is_none() {
        return;
    }
    let all = policies.certain.iter().chain(policies.possible.iter().map(|(document, _)| document));
    let single: Vec<Vec<(Truth, Found)>> = all.map(escalation::each).collect();
    let alone = |method: usize| {
        single.iter().any(|policy| policy.get(method).is_some_and(|(truth, _)| !truth.is_false()))
    };
    let mut ways: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    let mut doubt: Option<Unknown> = policies.open.clone();
    for (method, (truth, found)) in
        escalation::each(&policies.merged(false)).into_iter().enumerate()
    {
        match truth {
            _ if alone(method) => {}
            Truth::True => ways.entry(found.granted_by).or_default().push(found.method),
            Truth::Unknown(why) => doubt = doubt.or(Some(why)),
            Truth::False => {}
        }
    }
    if let Some((_, why)) = policies.possible.first() {
        let together = escalation::each(&policies.merged(true));
        if together.iter().enumerate().any(|(i, (truth, _))| !truth.is_false() && !alone(i)) {
            doubt = doubt.or_else(|| Some(why.clone()));
        }
    }
    if policies.certain.iter().any(is_administrator) {
        return;
    }
    for (grant, methods) in &ways {
        answers
            .violated("", "the combined policies allow privilege escalation")
            .with_key(format!("combined {}", grant.join(" ")))
            .with_detail(methods.join("; "));
    }
    if let Some(why) = doubt.filter(|_| ways.is_empty()) {
        answers
            .undetermined("", "the combined policies may allow privilege escalation", &why)
            .with_key("combined unknown");
    }
}

fn is_administrator(document: &Document) -> bool {
    document.statements.iter().map(Statement::grants_everything).any(|truth| truth.is_true())
}
