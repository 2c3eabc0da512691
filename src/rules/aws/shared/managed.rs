//! Attachments of policies that AWS manages, judged as policies of the same content.

use crate::clouds::aws::managed::{self, SERVICE_ROLES};
use crate::iam::element::shown;
use crate::iam::pattern::extremes;
use crate::iam::principal::Principals;
use crate::iam::{Document, Statement};
use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::Answers;

/// The attribute of a resource that attaches policies; `None` for other types.
pub(crate) fn attribute(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "aws_iam_role" => "managed_policy_arns",
        "aws_ssoadmin_managed_policy_attachment" => "managed_policy_arn",
        "aws_iam_role_policy_attachments_exclusive"
        | "aws_iam_user_policy_attachments_exclusive"
        | "aws_iam_group_policy_attachments_exclusive" => "policy_arns",
        "aws_iam_role_policy_attachment"
        | "aws_iam_user_policy_attachment"
        | "aws_iam_group_policy_attachment"
        | "aws_iam_policy_attachment" => "policy_arn",
        _ => return None,
    })
}

/// The policy ARNs that a resource attaches, each with its path. One that nothing is known of stands
/// for those that may follow.
pub(crate) fn arns(view: &View<'_>) -> Vec<(String, Value)> {
    let Some(attribute) = attribute(&view.subject.kind) else { return Vec::new() };
    let value = view.attribute(attribute);
    match &*value {
        Value::Null => Vec::new(),
        Value::List(list) => {
            let known = list.items.iter().cloned().enumerate();
            let known = known.map(|(i, item)| (format!("{attribute}[{i}]"), item));
            let rest = list.rest.clone().map(|why| (attribute.to_owned(), Value::Unknown(why)));
            known.chain(rest).collect()
        }
        single => vec![(attribute.to_owned(), single.clone())],
    }
}

/// The name of the AWS managed policy that an ARN certainly is, without its path: in a template
/// (`arn:${partition}:iam::aws:policy/...`) what stands behind the account decides.
pub(crate) fn name(arn: &Value) -> Option<String> {
    let text = extremes(arn)?.narrowest;
    let resource = match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        [_, _, "iam", _, "aws", resource] => (*resource).to_owned(),
        _ => return None,
    };
    let name = resource.strip_prefix("policy/")?.rsplit('/').next()?.to_owned();
    let whole = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    (!name.is_empty() && name.chars().all(whole)).then_some(name)
}

/// Records which attached policies break a rule by their content.
pub(crate) fn judge(view: &View<'_>, answers: &mut Answers, rule: &str, message: &str) {
    for (path, arn) in arns(view) {
        let Some(name) = name(&arn) else { continue };
        let classes = managed::classes(&name).unwrap_or_default();
        for class in classes.iter().filter(|class| class.rule == rule) {
            let what =
                if class.detail.is_empty() { String::new() } else { format!(": {}", class.detail) };
            let broken = is_used_by_its_service(view, &name).not();
            let Some(answer) = answers.judge(&broken, path.clone(), message) else { continue };
            answer
                .with_key(format!("{} {name}", crate::rules::answers::stem(&path)))
                .with_detail(format!("{}{what}", shown(&arn)));
        }
    }
}

/// Whether a policy is that of a service role, and stands on a role that only that service assumes.
fn is_used_by_its_service(view: &View<'_>, name: &str) -> Truth {
    let services: Vec<&str> =
        SERVICE_ROLES.iter().filter(|(policy, _)| *policy == name).map(|(_, by)| *by).collect();
    if services.is_empty() {
        return Truth::False;
    }
    let trusted = |role: &View<'_>| {
        let document = Document::read(&role.attribute("assume_role_policy"));
        document.map_or(Truth::False, |document| trusts_only(&document, &services))
    };
    match view.subject.kind.as_str() {
        "aws_iam_role" => trusted(view),
        "aws_iam_role_policy_attachment" => on_trusted(view, "role", trusted),
        "aws_iam_role_policy_attachments_exclusive" => on_trusted(view, "role_name", trusted),
        _ => Truth::False,
    }
}

fn on_trusted(view: &View<'_>, attribute: &str, trusted: impl Fn(&View<'_>) -> Truth) -> Truth {
    let links = view.follow(attribute);
    let value = view.attribute(attribute);
    if let Some(why) = links.doubt().or_else(|| value.doubt().filter(|_| links.certain.is_empty()))
    {
        return Truth::Unknown(why.clone());
    }
    let roles = links.certain.iter().map(|role| trusted(&view.look_at(role)));
    Truth::from(!links.certain.is_empty()).and(Truth::all(roles))
}

/// Whether a trust policy lets in nobody but these services.
fn trusts_only(document: &Document, services: &[&str]) -> Truth {
    let trusted = |(kind, id): &(&str, Value)| {
        if *kind != "Service" {
            return Truth::False;
        }
        let own = id.as_str().map(|text| text.trim_end_matches(".cn"));
        match (own, id.doubt()) {
            (Some(id), _) => Truth::from(services.contains(&id)),
            (None, Some(why)) => Truth::Unknown(why.clone()),
            (None, None) => Truth::False,
        }
    };
    let only = |statement: &Statement| match &statement.principal {
        Principals::These(named) => {
            let all = Truth::all(named.entries.iter().map(trusted));
            named.rest.clone().map_or(all.clone(), |why| all.and(Truth::Unknown(why)))
        }
        Principals::Unknown(why) => Truth::Unknown(why.clone()),
        Principals::Missing | Principals::AllBut(_) => Truth::False,
    };
    let harmless = |statement: &Statement| statement.allows.clone().not().or(only(statement));
    let all = Truth::all(document.statements.iter().map(harmless));
    document.doubt().map_or(all.clone(), |why| all.and(Truth::Unknown(why)))
}

/// Whether an ARN that is known in part may turn out to be a policy that breaks a rule of those.
pub(crate) fn may_break(arn: &Value, rules: &[&str]) -> Truth {
    let Some(Some((pattern, why))) = extremes(arn).map(|e| e.any_text) else {
        return Truth::False;
    };
    let pattern = crate::iam::pattern::Pattern::new(&pattern, crate::iam::pattern::Case::Kept);
    let fits = |name: &str| {
        ["aws", "aws-cn", "aws-us-gov"].iter().any(|partition| {
            ["", "job-function/", "service-role/"].iter().any(|path| {
                let head = ["arn:", partition, ":iam::aws:policy/", path, name];
                pattern.matches_joined(&head)
            })
        })
    };
    let any = managed::breaking().any(|(name, classes)| {
        classes.iter().any(|class| rules.contains(&class.rule)) && fits(name)
    });
    if any { Truth::Unknown(why) } else { Truth::False }
}
