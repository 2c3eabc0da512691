//! Every published escalation path is found in a policy that has just what it takes, and in none
//! that lacks a step, names its resources or limits it. The policies are made from
//! `catalogue/escalation-paths.tsv`, and the gate judges them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;
use crate::managed::judge;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use holdpoint::iam::paths::{Grade, Method, methods};
use serde_json::{Value as Json, json};

/// A statement for a step: one action, on everything or on one thing.
fn allow(action: &str, resource: &str) -> Json {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn document(statements: &[Json]) -> Json {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// The actions of a method with one choice for each step: the lever first.
fn choices(method: &Method) -> Vec<Vec<&'static str>> {
    let most = method.with.iter().map(|step| step.actions.len()).max().unwrap_or(1);
    (0..most)
        .map(|i| {
            let with = method.with.iter().map(|step| step.actions[i.min(step.actions.len() - 1)]);
            std::iter::once(method.lever).chain(with).collect()
        })
        .collect()
}

/// How a finding names the path.
fn name(actions: &[&str]) -> String {
    actions.join(" + ")
}

struct Case {
    what: String,
    path: String,
    grade: Grade,
    document: Json,
    wanted: bool,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for method in methods() {
        for actions in choices(method) {
            let path = name(&actions);
            let mut add = |what: &str, statements: &[Json], wanted: bool| {
                cases.push(Case {
                    what: format!("{path}: {what}"),
                    path: path.clone(),
                    grade: method.grade,
                    document: document(statements),
                    wanted,
                });
            };
            let all: Vec<Json> = actions.iter().map(|action| allow(action, "*")).collect();
            add("all of it", &all, true);
            let one = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
            add("in one statement", &[one], true);
            for (missing, action) in actions.iter().enumerate() {
                let mut rest = all.clone();
                rest.remove(missing);
                add(&format!("without {action}"), &rest, false);
            }
            let named = scoped(method);
            let mut scoped = all.clone();
            scoped[0] = allow(method.lever, &named);
            add("on a resource by name", &scoped, false);
            let mut denied = all.clone();
            denied.push(json!({"Effect": "Deny", "Action": method.lever, "Resource": "*"}));
            add("denied", &denied, false);
            let mut limited = all.clone();
            let (key, value) = if method.lever == "iam:PassRole" {
                ("iam:PassedToService", "vpc-flow-logs.amazonaws.com")
            } else {
                ("aws:ResourceTag/team", "ours")
            };
            limited[0]["Condition"] = json!({"StringEquals": {key: value}});
            add("under a condition", &limited, false);
            for service in &method.passed_to {
                let mut passed = all.clone();
                passed[0]["Condition"] = json!({"StringEquals": {"iam:PassedToService": service}});
                add(&format!("passed to {service}"), &passed, true);
            }
        }
    }
    cases
}

/// One thing of the type that the lever works on.
fn scoped(method: &Method) -> String {
    let on = &method.on[0];
    let kind = on.kinds.first().copied().unwrap_or("thing/");
    format!("arn:aws:{}:us-east-1:123456789012:{kind}of-ours", on.service)
}

#[test]
fn each_path_is_found_and_nothing_less() {
    let cases = cases();
    let documents: Vec<&Json> = cases.iter().map(|case| &case.document).collect();
    let mut wrong = Vec::new();
    for (case, found) in cases.iter().zip(judge(&documents)) {
        let rule = match case.grade {
            Grade::Path => "iam-privilege-escalation",
            Grade::Direct => "iam-self-administrator",
        };
        let paths: BTreeSet<&str> = found
            .iter()
            .filter(|(own, _, _)| own == rule)
            .flat_map(|(_, _, detail)| detail.split("; "))
            .collect();
        if paths.contains(case.path.as_str()) != case.wanted {
            wrong.push(format!("{} (wanted {}): {found:?}", case.what, case.wanted));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() > 500, "{}", cases.len());
}

#[test]
fn the_page_of_paths_is_the_table() {
    let mut page = String::from(
        "# Escalation paths\n\n\
         The ways from some permissions to all of them that `iam-privilege-escalation`,\n\
         `iam-combined-escalation` and `iam-self-administrator` know: `catalogue/escalation-paths.tsv`, with\n\
         the public catalogues that list each. The first action must be allowed on resources that the\n\
         author did not name, and so must every action with a type behind `on`; of actions with `or` one is\n\
         enough. Patterns are added up: `role/a*` to `role/z*` are every role.\n\n\
         What the catalogues list and is not here:\n\n\
         - Writing the permissions of *named* roles that one may assume (pathfinding iam-014, iam-017,\n  \
           iam-019 to iam-021 on one role): a deployment role whose author names the roles, by a path or a\n  \
           prefix, is what the advice against these paths asks for. On every role, and on oneself, it is\n  \
           reported. A permissions boundary closes the rest.\n\
         - `ecs:RunTask` with `iam:PassRole` but without `ecs:RegisterTaskDefinition`: it takes an existing\n  \
           task definition whose image runs what the caller writes; AWS's own role for scheduled tasks\n  \
           (`AmazonEC2ContainerServiceEventsRole`) has just these. `iam-pass-role-any` reports the passing.\n\
         - Permissions boundaries (`iam:PutRolePermissionsBoundary`, ...), other credentials of a user\n  \
           (`iam:UploadSSHPublicKey`, `iam:CreateServiceSpecificCredential`), and what reads data:\n  \
           `iam-permissions-management`, `iam-credentials-exposure` and `iam-data-exfiltration` report them.\n\
         - Paths inside an application or a database (Cognito user pools, message brokers, `rds:*`): they\n  \
           end with a user of that application, not with permissions in the account.\n\n\
         This page is written by `tests/rules/escalation.rs`.\n\n\
         | path | grade | the role is passed to | sources |\n| --- | --- | --- | --- |\n",
    );
    for method in methods() {
        let kinds = |on: &[holdpoint::iam::resource::Kinds]| {
            let all =
                on.iter().flat_map(|on| on.kinds.iter().map(|k| k.trim_end_matches(['/', ':'])));
            all.collect::<Vec<_>>().join(", ")
        };
        let mut steps = vec![format!("`{}` on {}", method.lever, kinds(&method.on))];
        for step in &method.with {
            let names: Vec<String> = step.actions.iter().map(|a| format!("`{a}`")).collect();
            let on = step.on.as_ref().map(|on| format!(" on {}", kinds(on))).unwrap_or_default();
            steps.push(format!("{}{on}", names.join(" or ")));
        }
        let steps = steps.join(" + ").replace(" on  +", " +");
        let steps = steps.trim_end_matches(" on ");
        let grade = if method.grade == Grade::Direct { "direct" } else { "path" };
        let passed = method.passed_to.join(", ");
        writeln!(page, "| {steps} | {grade} | {passed} | {} |", method.sources).unwrap();
    }
    common::expect_file(&common::root().join("docs/escalation.md"), &page);
}
