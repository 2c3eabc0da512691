//! Published ways from some permissions to all of them.
//!
//! Sources: "AWS IAM Privilege Escalation: Methods and Mitigation" (Rhino Security Labs, 2018 and
//! later), "IAM Vulnerable" (Bishop Fox, 2021), and the later work on them.

use super::condition::Condition;
use super::document::Document;
use super::element::{Clause, shown};
use super::pattern::{self, Case, Pattern};
use super::resource;
use super::statement::Statement;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

/// A way to escalate: the actions that it needs together.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// The action that must be allowed on resources that the author did not name.
    pub lever: &'static str,
    /// Further actions, on any resource. Of each group one is enough.
    pub with: &'static [&'static [&'static str]],
    /// The service that a role is passed to, for methods whose lever is `iam:PassRole`.
    pub passed_to: &'static str,
}

const fn alone(lever: &'static str) -> Method {
    Method { lever, with: &[], passed_to: "" }
}

const fn pass(passed_to: &'static str, with: &'static [&'static [&'static str]]) -> Method {
    Method { lever: "iam:PassRole", with, passed_to }
}

/// The methods.
pub const METHODS: &[Method] = &[
    alone("iam:CreatePolicyVersion"),
    alone("iam:SetDefaultPolicyVersion"),
    alone("iam:CreateAccessKey"),
    alone("iam:CreateLoginProfile"),
    alone("iam:UpdateLoginProfile"),
    alone("iam:AttachUserPolicy"),
    alone("iam:AttachGroupPolicy"),
    alone("iam:AttachRolePolicy"),
    alone("iam:PutUserPolicy"),
    alone("iam:PutGroupPolicy"),
    alone("iam:PutRolePolicy"),
    alone("iam:AddUserToGroup"),
    alone("iam:UpdateAssumeRolePolicy"),
    alone("sts:AssumeRole"),
    alone("lambda:UpdateFunctionCode"),
    alone("lambda:UpdateFunctionConfiguration"),
    alone("glue:UpdateDevEndpoint"),
    alone("ssm:SendCommand"),
    alone("ssm:StartSession"),
    alone("ec2-instance-connect:SendSSHPublicKey"),
    alone("cloudformation:UpdateStack"),
    alone("sagemaker:CreatePresignedNotebookInstanceUrl"),
    alone("codestar:CreateProjectFromTemplate"),
    pass("ec2.amazonaws.com", &[&["ec2:RunInstances", "ec2:RequestSpotInstances"]]),
    pass(
        "lambda.amazonaws.com",
        &[
            &["lambda:CreateFunction"],
            &[
                "lambda:InvokeFunction",
                "lambda:CreateEventSourceMapping",
                "lambda:AddPermission",
                "lambda:CreateFunctionUrlConfig",
            ],
        ],
    ),
    pass("glue.amazonaws.com", &[&["glue:CreateDevEndpoint"]]),
    pass(
        "glue.amazonaws.com",
        &[&["glue:CreateJob", "glue:UpdateJob"], &["glue:StartJobRun", "glue:CreateTrigger"]],
    ),
    pass("cloudformation.amazonaws.com", &[&["cloudformation:CreateStack"]]),
    pass(
        "cloudformation.amazonaws.com",
        &[&["cloudformation:CreateChangeSet"], &["cloudformation:ExecuteChangeSet"]],
    ),
    pass("cloudformation.amazonaws.com", &[&["cloudformation:CreateStackInstances"]]),
    pass("cloudformation.amazonaws.com", &[&["cloudformation:UpdateStackSet"]]),
    pass(
        "datapipeline.amazonaws.com",
        &[&["datapipeline:CreatePipeline"], &["datapipeline:PutPipelineDefinition"]],
    ),
    pass("codestar.amazonaws.com", &[&["codestar:CreateProject"]]),
    pass(
        "codebuild.amazonaws.com",
        &[
            &["codebuild:CreateProject", "codebuild:UpdateProject"],
            &["codebuild:StartBuild", "codebuild:StartBuildBatch"],
        ],
    ),
    pass(
        "ecs-tasks.amazonaws.com",
        &[
            &["ecs:RegisterTaskDefinition"],
            &["ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService"],
        ],
    ),
    pass(
        "sagemaker.amazonaws.com",
        &[&[
            "sagemaker:CreateNotebookInstance",
            "sagemaker:CreateTrainingJob",
            "sagemaker:CreateProcessingJob",
        ]],
    ),
    pass(
        "ec2.amazonaws.com",
        &[
            &["autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup"],
            &["autoscaling:CreateLaunchConfiguration", "ec2:CreateLaunchTemplate"],
        ],
    ),
    pass("apprunner.amazonaws.com", &[&["apprunner:CreateService"]]),
    pass("elasticmapreduce.amazonaws.com", &[&["elasticmapreduce:RunJobFlow"]]),
    pass("states.amazonaws.com", &[&["states:CreateStateMachine"], &["states:StartExecution"]]),
];

/// A method that a document opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The actions, joined: `iam:PassRole + ec2:RunInstances`.
    pub method: String,
    /// The patterns of the document that grant them, sorted, in lower case.
    pub granted_by: Vec<String>,
}

/// The methods that a document certainly opens, and why there may be more.
#[must_use]
pub fn find(document: &Document) -> (Vec<Found>, Option<Unknown>) {
    let mut found: Vec<Found> = Vec::new();
    let mut doubt = document.doubt();
    for one in each(document) {
        match one {
            (Truth::True, one) => found.push(one),
            (Truth::Unknown(why), _) => doubt = doubt.or(Some(why)),
            (Truth::False, _) => {}
        }
    }
    (found, doubt)
}

/// The answer for each of [`METHODS`], by the statements that are known.
#[must_use]
pub fn each(document: &Document) -> Vec<(Truth, Found)> {
    METHODS.iter().map(|method| opens(document, method)).collect()
}

fn opens(document: &Document, method: &Method) -> (Truth, Found) {
    let mut found = Found { method: method.lever.to_owned(), granted_by: Vec::new() };
    let mut answer = allowed(document, method.lever, Some(method), &mut found.granted_by);
    for group in method.with {
        let mut best = Truth::False;
        let mut name = None;
        for action in *group {
            let mut by = Vec::new();
            let one = allowed(document, action, None, &mut by);
            if one.is_true() && !best.is_true() {
                name = Some(*action);
                found.granted_by.append(&mut by);
            }
            best = best.or(one);
        }
        if let Some(name) = name {
            found.method.push_str(" + ");
            found.method.push_str(name);
        }
        answer = answer.and(best);
    }
    found.granted_by.sort();
    found.granted_by.dedup();
    (answer, found)
}

/// Whether the known statements allow an action: on resources that are not named if it is the
/// lever of a method, on any resource otherwise. Notes the patterns that certainly do.
fn allowed(
    document: &Document,
    action: &str,
    lever: Option<&Method>,
    by: &mut Vec<String>,
) -> Truth {
    let service = action.split(':').next().unwrap_or_default();
    let mut answer = Truth::False;
    for statement in &document.statements {
        let named = statement.names(action);
        if named.is_false() || statement.allows.is_false() {
            continue;
        }
        let mut one = statement.allows.clone().and(named);
        if let Some(method) = lever {
            one = one
                .and(statement.on(|value| match service {
                    // Its commands need a machine and a document; a machine is the lever.
                    "ssm" => resource::is_every_instance(value),
                    _ => resource::is_whole_type(value, service),
                }))
                .and(limited(statement, method).not());
        }
        if one.is_true() {
            by.extend(patterns(statement, action));
        }
        answer = answer.or(one);
    }
    if action == "ssm:SendCommand" && !answer.is_false() {
        answer = answer.and(Truth::any(document.statements.iter().map(|statement| {
            let named = statement.allows.clone().and(statement.names(action));
            named.and(statement.on(resource::runs_scripts))
        })));
    }
    if answer.is_false() {
        return answer;
    }
    answer.and(denied(document, action).not())
}

/// Whether a statement without conditions denies the action everywhere.
pub(super) fn denied(document: &Document, action: &str) -> Truth {
    Truth::any(document.statements.iter().map(|statement| {
        let conditions = &statement.conditions;
        if statement.denies.is_false() || !conditions.entries.is_empty() {
            return Truth::False;
        }
        let everywhere = match &statement.resource {
            Clause::These(texts) => texts.any(resource::is_everything),
            Clause::Unknown(why) => Truth::Unknown(why.clone()),
            Clause::AllBut(_) | Clause::Missing => Truth::False,
        };
        let one = statement.denies.clone().and(statement.names(action)).and(everywhere);
        match &conditions.rest {
            Some(why) => one.and(Truth::Unknown(why.clone())),
            None => one,
        }
    }))
}

/// Whether the conditions limit what may be attached or passed, or to whom.
fn limited(statement: &Statement, method: &Method) -> Truth {
    let known = Truth::any(statement.conditions.entries.iter().map(|condition| {
        if !condition.demands() {
            return Truth::False;
        }
        let key = condition.key.to_ascii_lowercase();
        let own = |value: &Value| pattern::widens(value, pattern::is_all_wild).not();
        match key.as_str() {
            "iam:policyarn" | "iam:permissionsboundary" => condition.values.all(is_harmless),
            "iam:passedtoservice" if !method.passed_to.is_empty() => {
                passes_elsewhere(condition, method)
            }
            _ if key.starts_with("aws:resourcetag/")
                || key.starts_with("iam:resourcetag/")
                || key.starts_with("ec2:resourcetag/")
                || key.starts_with("ssm:resourcetag/") =>
            {
                condition.values.all(own)
            }
            _ => Truth::False,
        }
    }));
    match &statement.conditions.rest {
        Some(why) => known.or(Truth::Unknown(why.clone())),
        None => known,
    }
}

/// Whether a pattern of policy ARNs leaves out those that grant everything: `*` and
/// `arn:aws:iam::aws:policy/*` do not.
fn is_harmless(value: &Value) -> Truth {
    const STRONG: [&str; 2] = ["AdministratorAccess", "IAMFullAccess"];
    let any = Truth::any(["aws", "aws-cn", "aws-us-gov"].iter().flat_map(|partition| {
        STRONG.iter().map(move |name| {
            let arn = format!("arn:{partition}:iam::aws:policy/{name}");
            pattern::widens(value, |text| Pattern::new(text, Case::Kept).matches(&arn))
        })
    }));
    any.or(resource::is_whole_type(value, "iam")).not()
}

/// Whether a role may only be passed to services that this method does not use.
fn passes_elsewhere(condition: &Condition, method: &Method) -> Truth {
    condition.values.all(|value| {
        let china = format!("{}.cn", method.passed_to);
        pattern::matches(value, method.passed_to, Case::Ignored)
            .or(pattern::matches(value, &china, Case::Ignored))
            .not()
    })
}

/// The action patterns of a statement that name an action.
fn patterns(statement: &Statement, action: &str) -> Vec<String> {
    match &statement.action {
        Clause::These(texts) => texts
            .items
            .iter()
            .filter(|value| pattern::matches(value, action, Case::Ignored).is_true())
            .map(|value| shown(value).to_ascii_lowercase())
            .take(1)
            .collect(),
        Clause::AllBut(_) => vec!["NotAction".to_owned()],
        Clause::Missing | Clause::Unknown(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(statements: &str) -> Vec<String> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let (found, doubt) = find(&Document::read(&text.as_str().into()).unwrap());
        assert_eq!(doubt, None, "{statements}");
        found.into_iter().map(|one| one.method).collect()
    }

    fn allow(actions: &str, resource: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":"{resource}"}}"#)
    }

    #[test]
    fn single_actions() {
        assert_eq!(methods(&allow(r#""iam:CreateAccessKey""#, "*")), ["iam:CreateAccessKey"]);
        assert_eq!(
            methods(&allow(r#""IAM:put*Policy""#, "arn:aws:iam::123456789012:role/*")),
            ["iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:PutRolePolicy"]
        );
        for narrow in ["arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:role/app-*"] {
            assert!(methods(&allow(r#""iam:*""#, narrow)).is_empty(), "{narrow}");
        }
    }

    #[test]
    fn combinations_over_statements() {
        let pass = allow(r#""iam:PassRole""#, "*");
        let run = allow(r#"["ec2:RunInstances"]"#, "arn:aws:ec2:*:*:instance/*");
        assert!(methods(&pass).is_empty());
        assert!(methods(&run).is_empty());
        assert_eq!(methods(&format!("{pass},{run}")), ["iam:PassRole + ec2:RunInstances"]);
        let narrow = allow(r#""iam:PassRole""#, "arn:aws:iam::123456789012:role/app");
        assert!(methods(&format!("{narrow},{run}")).is_empty());
    }

    #[test]
    fn commands_need_a_machine_and_a_document() {
        let send = |resources: &str| {
            methods(&format!(
                r#"{{"Effect":"Allow","Action":"ssm:SendCommand","Resource":[{resources}]}}"#
            ))
        };
        let machines = r#""arn:aws:ec2:*:*:instance/*""#;
        for open in [
            r#""*""#.to_owned(),
            format!(r#"{machines},"arn:aws:ssm:*::document/AWS-RunShellScript""#),
            format!(r#"{machines},"arn:aws:ssm:us-east-1:123456789012:document/*""#),
            r#""arn:aws:ssm:*:*:*""#.to_owned(),
        ] {
            assert_eq!(send(&open), ["ssm:SendCommand"], "{open}");
        }
        for narrow in [
            machines.to_owned(),
            format!(r#"{machines},"arn:aws:ssm:*:*:document/AWS-ConfigureAWSPackage""#),
            r#""arn:aws:ec2:*:*:instance/i-1","arn:aws:ssm:*:*:document/*""#.to_owned(),
        ] {
            assert!(send(&narrow).is_empty(), "{narrow}");
        }
    }

    #[test]
    fn limits_count() {
        let pass = |service: &str| {
            format!(
                r#"{{"Effect":"Allow","Action":["iam:PassRole","ec2:RunInstances"],"Resource":"*",
                "Condition":{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}}}"#
            )
        };
        assert!(methods(&pass("ecs-tasks.amazonaws.com")).is_empty());
        assert_eq!(methods(&pass("ec2.amazonaws.com")), ["iam:PassRole + ec2:RunInstances"]);
        let deny = r#"{"Effect":"Deny","Action":"iam:Create*","Resource":"*"}"#;
        let key = allow(r#""iam:CreateAccessKey""#, "*");
        assert!(methods(&format!("{key},{deny}")).is_empty());
        let boundary = r#"{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"*",
            "Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::1:policy/b"}}}"#;
        assert!(methods(boundary).is_empty());
        for (arn, limits) in [
            ("arn:aws:iam::aws:policy/ReadOnlyAccess", true),
            ("arn:aws:iam::123456789012:policy/app/*", true),
            ("arn:aws:iam::aws:policy/*", false),
            ("arn:aws:iam::*", false),
            ("arn:aws:iam::123456789012:policy/*", false),
            ("arn:aws:iam::aws:policy/AdministratorAccess", false),
            ("*", false),
        ] {
            let attach = format!(
                r#"{{"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"*",
                "Condition":{{"ArnLike":{{"iam:PolicyARN":"{arn}"}}}}}}"#
            );
            assert_eq!(methods(&attach).is_empty(), limits, "{arn}");
        }
        let mfa = r#"{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"*",
            "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
        assert_eq!(methods(mfa), ["iam:PutRolePolicy"]);
    }

    #[test]
    fn what_is_not_known_stays_open() {
        let text = allow(r#""iam:CreateAccessKey""#, "RESOURCE");
        let text = format!(r#"{{"Statement":[{text}]}}"#);
        let mut document = Document::read(&text.as_str().into()).unwrap();
        let mut set = |why: Unknown| {
            if let Clause::These(texts) = &mut document.statements[0].resource {
                texts.items = vec![Value::Unknown(why)];
            }
            find(&document)
        };
        assert!(set(Unknown::because("w")).1.is_some());
        assert_eq!(set(Unknown::because("w").plain()), (Vec::new(), None));
    }
}
