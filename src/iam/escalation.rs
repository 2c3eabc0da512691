//! Whether a policy opens one of the published ways from some permissions to all of them.
//!
//! The ways are [`methods`](super::paths::methods).

use super::condition::Condition;
use super::document::Document;
use super::element::{Clause, shown};
use super::paths::{Grade, Method, methods};
use super::pattern::{self, Case, Pattern};
use super::resource::{self, Kinds};
use super::statement::Statement;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

/// A method that a document opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The actions, joined: `iam:PassRole + ec2:RunInstances`.
    pub method: String,
    /// The patterns of the document that grant them, sorted, in lower case.
    pub granted_by: Vec<String>,
}

/// The methods of a grade that a document certainly opens, and why there may be more.
#[must_use]
pub fn find_graded(document: &Document, grade: Grade) -> (Vec<Found>, Option<Unknown>) {
    let mut found: Vec<Found> = Vec::new();
    let mut doubt = document.doubt();
    for method in methods().iter().filter(|method| method.grade == grade) {
        match opens(document, method) {
            (Truth::True, one) => found.push(one),
            (Truth::Unknown(why), _) => doubt = doubt.or(Some(why)),
            (Truth::False, _) => {}
        }
    }
    (found, doubt)
}

/// The methods that take a step by another identity or a service.
#[must_use]
pub fn find(document: &Document) -> (Vec<Found>, Option<Unknown>) {
    find_graded(document, Grade::Path)
}

/// The answer for each of the methods, by the statements that are known.
#[must_use]
pub fn each(document: &Document) -> Vec<(Truth, Found)> {
    methods().iter().map(|method| opens(document, method)).collect()
}

fn opens(document: &Document, method: &Method) -> (Truth, Found) {
    let mut found = Found { method: method.lever.to_owned(), granted_by: Vec::new() };
    let by = &mut found.granted_by;
    let mut answer = allowed(document, method.lever, Some(&method.on), &method.passed_to, by);
    for step in &method.with {
        if answer.is_false() {
            break;
        }
        let mut best = Truth::False;
        let mut name = None;
        for action in &step.actions {
            let mut by = Vec::new();
            let one = allowed(document, action, step.on.as_deref(), &[], &mut by);
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

/// Whether the known statements allow an action: on all resources of one of the types, or on any
/// resource if there are none. Notes the patterns that certainly do.
fn allowed(
    document: &Document,
    action: &str,
    on: Option<&[Kinds]>,
    passed_to: &[&str],
    by: &mut Vec<String>,
) -> Truth {
    let mut answer = Truth::False;
    let mut naming: Vec<&Statement> = Vec::new();
    for statement in &document.statements {
        let named = statement.names(action);
        if named.is_false() || statement.allows.is_false() {
            continue;
        }
        let mut one = statement.allows.clone().and(named);
        if let Some(on) = on {
            let free = one.clone().and(limited(statement, passed_to).not());
            if free.is_true() {
                naming.push(statement);
            }
            one = free.and(Truth::any(
                on.iter().map(|on| statement.reaches_all_of(on.service, &on.kinds)),
            ));
        }
        if one.is_true() {
            by.extend(patterns(statement, action));
        }
        answer = answer.or(one);
    }
    if let Some(on) = on.filter(|_| !answer.is_true() && naming.len() > 1) {
        let together = add_up(&naming, on);
        if together.is_true() {
            by.extend(naming.iter().flat_map(|statement| patterns(statement, action)));
        }
        answer = answer.or(together);
    }
    if action == "ssm:SendCommand" && !answer.is_false() {
        // It needs a document besides the machine.
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

/// Whether the resource patterns of several statements together are all of one of the types.
fn add_up(statements: &[&Statement], on: &[Kinds]) -> Truth {
    let mut values: Vec<&Value> = Vec::new();
    for statement in statements {
        if let Clause::These(texts) = &statement.resource {
            values.extend(&texts.items);
        }
    }
    Truth::any(on.iter().map(|on| resource::cover_together(&values, on.service, &on.kinds)))
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
pub(super) fn limited(statement: &Statement, passed_to: &[&str]) -> Truth {
    let known = Truth::any(statement.conditions.entries.iter().map(|condition| {
        if !condition.demands() {
            return Truth::False;
        }
        let key = condition.key.to_ascii_lowercase();
        let own = |value: &Value| pattern::widens(value, pattern::is_all_wild).not();
        match key.as_str() {
            "iam:policyarn" | "iam:permissionsboundary" => condition.values.all(is_harmless),
            "iam:passedtoservice" if !passed_to.is_empty() => {
                passes_elsewhere(condition, passed_to)
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
    any.or(resource::is_whole_of(value, "iam", &["policy/"])).not()
}

/// Whether a role may only be passed to services that this method does not use.
fn passes_elsewhere(condition: &Condition, passed_to: &[&str]) -> Truth {
    condition.values.all(|value| {
        let fits = |service: &str| {
            let china = format!("{service}.cn");
            pattern::matches(value, service, Case::Ignored).or(pattern::matches(
                value,
                &china,
                Case::Ignored,
            ))
        };
        Truth::any(passed_to.iter().map(|service| fits(service))).not()
    })
}

/// The action patterns of a statement that name an action.
pub(super) fn patterns(statement: &Statement, action: &str) -> Vec<String> {
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
            ["iam:PutRolePolicy"]
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
    fn pieces_of_all_roles_are_all_roles() {
        let pieces = |from: u8, to: u8| {
            let arns: Vec<String> =
                (from..=to).map(|c| format!("arn:aws:iam::1:role/{}*", char::from(c))).collect();
            format!(
                r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":{}}}"#,
                serde_json::to_string(&arns).unwrap()
            )
        };
        let run = allow(r#""ec2:RunInstances""#, "*");
        let way = ["iam:PassRole + ec2:RunInstances"];
        assert_eq!(methods(&format!("{},{run}", pieces(b'a', b'z'))), way);
        let (first, second) = (pieces(b'a', b'l'), pieces(b'm', b'z'));
        assert!(methods(&format!("{first},{run}")).is_empty());
        assert_eq!(methods(&format!("{first},{second},{run}")), way);
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
