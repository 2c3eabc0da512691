//! Whether a policy lets its holder write the holder's own permissions: whoever can do that is
//! administrator, in one call and without anybody else.
//!
//! Source: the self-escalation paths iam-001, iam-005 and iam-007 to iam-011 of pathfinding.cloud.

use super::document::Document;
use super::element::Clause;
use super::escalation::{Found, denied, limited, patterns};
use super::pattern::{Case, Extremes, Pattern, SOME, extremes};
use super::resource;
use super::statement::Statement;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

/// An identity that holds a policy, or the policy itself.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The kind as ARNs have it: `user/`, `group/`, `role/`, `policy/`.
    pub kind: &'static str,
    /// The name; `None` when it is not known.
    pub name: Option<String>,
    /// Why it may be another one, or none.
    pub doubt: Option<Unknown>,
}

/// Who or what a policy is the policy of, as the plan knows it.
#[derive(Debug, Clone, Default)]
pub struct Holder {
    /// Users, groups and roles, and the policy itself.
    pub identities: Vec<Identity>,
    /// Addresses by which the same configuration refers to the holder: `aws_iam_role.ci`.
    pub references: Vec<(&'static str, String)>,
}

/// The actions that write permissions, and the kind of what they write to.
const WRITES: [(&str, &str); 7] = [
    ("iam:PutUserPolicy", "user/"),
    ("iam:AttachUserPolicy", "user/"),
    ("iam:PutGroupPolicy", "group/"),
    ("iam:AttachGroupPolicy", "group/"),
    ("iam:PutRolePolicy", "role/"),
    ("iam:AttachRolePolicy", "role/"),
    ("iam:CreatePolicyVersion", "policy/"),
];

/// The writes that a document certainly allows on its holder, and why there may be more. What it
/// allows on everybody is left out: that is a path of its own.
#[must_use]
pub fn writes_itself(document: &Document, holder: &Holder) -> (Vec<Found>, Option<Unknown>) {
    let mut found = Vec::new();
    let mut doubt = document.doubt();
    for (action, kind) in WRITES {
        let mut granted_by = Vec::new();
        let answer = Truth::any(document.statements.iter().map(|statement| {
            let one = writes(document, statement, action, kind, holder);
            if one.is_true() {
                granted_by.extend(patterns(statement, action));
            }
            one
        }));
        let answer =
            if answer.is_false() { answer } else { answer.and(denied(document, action).not()) };
        match answer {
            Truth::True => {
                granted_by.sort();
                granted_by.dedup();
                found.push(Found { method: action.to_owned(), granted_by });
            }
            Truth::Unknown(why) => doubt = doubt.or(Some(why)),
            Truth::False => {}
        }
    }
    (found, doubt)
}

fn writes(
    document: &Document,
    statement: &Statement,
    action: &str,
    kind: &'static str,
    holder: &Holder,
) -> Truth {
    let named = statement.names(action);
    let Clause::These(texts) = &statement.resource else { return Truth::False };
    if named.is_false() || statement.allows.is_false() {
        return Truth::False;
    }
    let itself = Truth::any(
        texts.items.iter().map(|value| is_holder(value, kind, holder, document.has_variables)),
    );
    statement.allows.clone().and(named).and(itself).and(limited(statement, &[]).not())
}

/// Whether a resource pattern takes in the holder, without taking in everybody of its kind.
fn is_holder(value: &Value, kind: &'static str, holder: &Holder, variables: bool) -> Truth {
    if resource::is_whole_of(value, "iam", &[kind]).is_true() {
        return Truth::False;
    }
    let Some(Extremes { narrowest, any_text, .. }) = extremes(value) else { return Truth::False };
    if variables && follows_the_holder(&narrowest, kind) {
        return Truth::True;
    }
    let mut own = holder.identities.iter().filter(|identity| identity.kind == kind);
    if let Some(why) = value.doubt() {
        let of_kind = || holder.references.iter().filter(|(own, _)| *own == kind);
        let refers = |address: &str| why.references().iter().any(|r| is_attribute_of(r, address));
        if of_kind().any(|(_, address)| refers(address)) {
            // What is only made of the identifier may be another one.
            return if why.is_plain() { Truth::True } else { Truth::Unknown(why.clone()) };
        }
        // An identifier of something else, as far as the plan tells.
        if why.is_plain() {
            let untold = own.find(|identity| identity.name.is_none() && of_kind().next().is_none());
            return untold
                .and_then(|identity| identity.doubt.clone())
                .map_or(Truth::False, Truth::Unknown);
        }
    }
    let text = any_text.as_ref().map_or(&narrowest, |(text, _)| text);
    Truth::any(own.map(|identity| {
        if !names_identity(text, kind, identity.name.as_deref()) {
            return Truth::False;
        }
        let why = any_text.as_ref().map(|(_, why)| why).or(identity.doubt.as_ref());
        why.map_or(Truth::True, |why| Truth::Unknown(why.clone()))
    }))
}

/// Whether a reference is an identifier of the resource at an address.
fn is_attribute_of(reference: &str, address: &str) -> bool {
    let tail = reference.strip_prefix(address);
    tail.is_some_and(|tail| tail.is_empty() || tail.starts_with(['.', '[']))
}

/// Whether a pattern is filled with the name or the ARN of whoever asks: `user/${aws:username}`,
/// also below a path.
fn follows_the_holder(text: &str, kind: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if lower == "${aws:principalarn}" {
        return matches!(kind, "user/" | "role/");
    }
    let Some(name) = lower.splitn(6, ':').nth(5) else { return false };
    let last = name.rsplit('/').next().unwrap_or_default();
    kind == "user/"
        && (name.starts_with(kind) || name.starts_with('*'))
        && last.trim_matches(['*', '?']) == "${aws:username}"
}

/// Whether a pattern matches an identity of this name, or some identity, whatever its account and
/// its path.
fn names_identity(text: &str, kind: &str, name: Option<&str>) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts.as_slice() else { return false };
    if !Pattern::new(service, Case::Kept).matches("iam") {
        return false;
    }
    let Some(name) = name else {
        return resource.starts_with(kind) || resource.starts_with(['*', '?']);
    };
    let pattern = Pattern::new(resource, Case::Kept);
    pattern.matches_joined(&[kind, name])
        || pattern.matches_joined(&[kind, SOME, "/", name])
        || resource
            .rsplit_once('/')
            .is_some_and(|(head, last)| format!("{head}/").starts_with(kind) && last == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(kind: &'static str, name: &str, address: &str) -> Holder {
        Holder {
            identities: vec![Identity { kind, name: Some(name.to_owned()), doubt: None }],
            references: vec![(kind, address.to_owned())],
        }
    }

    fn writes_on(action: &str, resource: &str, holder: &Holder) -> Vec<String> {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]}}"#
        );
        let (found, doubt) = writes_itself(&Document::read(&text.as_str().into()).unwrap(), holder);
        assert_eq!(doubt, None, "{resource}");
        found.into_iter().map(|one| one.method).collect()
    }

    #[test]
    fn by_name_and_by_variable() {
        let user = holder("user/", "mallory", "aws_iam_user.m");
        for resource in [
            "arn:aws:iam::123456789012:user/mallory",
            "arn:aws:iam::*:user/mal*",
            "arn:aws-cn:iam::1:user/staff/mallory",
            "arn:aws:iam::1:user/${aws:username}",
            "arn:aws:iam::1:user/staff/${aws:username}",
            "arn:aws:iam::1:*/${AWS:UserName}",
            "${aws:PrincipalArn}",
        ] {
            assert_eq!(
                writes_on("iam:PutUserPolicy", resource, &user),
                ["iam:PutUserPolicy"],
                "{resource}"
            );
        }
        for resource in [
            "arn:aws:iam::1:user/alice",
            "arn:aws:iam::1:user/a*",
            "arn:aws:iam::1:role/mallory",
            "arn:aws:iam::1:mfa/${aws:username}",
            "arn:aws:iam::1:user/${aws:PrincipalTag/team}",
            "*",
        ] {
            assert!(writes_on("iam:PutUserPolicy", resource, &user).is_empty(), "{resource}");
        }
        for own in ["iam:CreateAccessKey", "iam:ChangePassword", "iam:GetUser", "iam:*AccessKey*"] {
            assert!(
                writes_on(own, "arn:aws:iam::1:user/${aws:username}", &user).is_empty(),
                "{own}"
            );
        }
        let policy = holder("policy/", "p", "aws_iam_policy.p");
        assert_eq!(
            writes_on("iam:*", "arn:aws:iam::1:policy/p", &policy),
            ["iam:CreatePolicyVersion"]
        );
    }

    #[test]
    fn by_reference() {
        let mut role = holder("role/", "ci", "aws_iam_role.ci");
        let doubt = Some(Unknown::because("w"));
        role.identities = vec![Identity { kind: "role/", name: None, doubt }];
        let ask = |reference: &str| {
            let text =
                r#"{"Statement":[{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"x"}]}"#;
            let mut document = Document::read(&text.into()).unwrap();
            if let Clause::These(texts) = &mut document.statements[0].resource {
                texts.items = vec![Value::Unknown(Unknown::waits_for([reference]).plain())];
            }
            writes_itself(&document, &role)
        };
        assert_eq!(ask("aws_iam_role.ci.arn").0.len(), 1);
        assert_eq!(ask("aws_iam_role.ci[0].arn").0.len(), 1);
        assert_eq!(ask("aws_iam_role.cicd.arn"), (Vec::new(), None));
    }

    #[test]
    fn a_name_that_is_not_known_may_be_this_one() {
        let doubt = Some(Unknown::because("w"));
        let user = Holder {
            identities: vec![Identity { kind: "user/", name: None, doubt }],
            references: Vec::new(),
        };
        let ask = |resource: &str| {
            let text = format!(
                r#"{{"Statement":[{{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"{resource}"}}]}}"#
            );
            writes_itself(&Document::read(&text.as_str().into()).unwrap(), &user)
        };
        assert!(ask("arn:aws:iam::1:user/m").1.is_some());
        assert_eq!(ask("arn:aws:iam::1:role/m"), (Vec::new(), None));
    }

    #[test]
    fn what_takes_it_back() {
        let user = holder("user/", "m", "aws_iam_user.m");
        let read = |more: &str, condition: &str| {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"iam:AttachUserPolicy",
                "Resource":"arn:aws:iam::1:user/m","Condition":{{{condition}}}}}{more}]}}"#
            );
            writes_itself(&Document::read(&text.as_str().into()).unwrap(), &user)
        };
        assert_eq!(read("", "").0.len(), 1);
        let deny = r#",{"Effect":"Deny","Action":"iam:*","Resource":"*"}"#;
        assert_eq!(read(deny, ""), (Vec::new(), None));
        let harmless = r#""ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#;
        assert_eq!(read("", harmless), (Vec::new(), None));
    }
}
