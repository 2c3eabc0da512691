//! Conditions that never hold, that hold too often, and exemptions that mean nobody or everybody.

use super::statement::{Condition, Meant, Set, Statement};
use super::{Finding, Level};
use crate::guard::catalogue::{Action, Service};
use crate::guard::scope::full;
use crate::guard::verbs::{self, Class};
use crate::iam::evaluate::keys;
use crate::iam::pattern::is_wild;

pub(super) fn check(statement: &Statement, findings: &mut Vec<Finding>) {
    let actions = statement.actions();
    for condition in &statement.conditions {
        sent(statement, condition, &actions, findings);
        traps(statement, condition, &actions, findings);
    }
    runtime(statement, &actions, findings);
    for (condition, arn) in statement.exempt() {
        exemption(statement, condition, arn, findings);
    }
}

fn finding(
    statement: &Statement,
    code: &'static str,
    level: Level,
    message: String,
    items: Vec<String>,
    help: &str,
) -> Finding {
    let statement = statement.label.clone();
    Finding { code, level, statement, message, items, help: help.to_owned() }
}

/// Whether AWS sends a key with an action; `None` for keys that it always may send.
fn is_sent(service: &Service, action: &Action, condition: &Condition) -> Option<bool> {
    let key = condition.key.to_ascii_lowercase();
    let (prefix, _) = key.split_once(':')?;
    if condition.resource_tag().is_some() {
        return Some(action.can_hold_tag());
    }
    if key.starts_with("aws:requesttag/") {
        return Some(action.request_tag);
    }
    if key == "aws:tagkeys" {
        return Some(action.tag_keys);
    }
    if prefix == "aws" || prefix == "saml" || prefix.contains('.') {
        return None;
    }
    let kinds: Vec<usize> = action.on.iter().map(|on| on.kind).collect();
    Some(service.sends(action, &kinds, &key))
}

/// Actions with which the key is never sent.
fn sent(
    statement: &Statement,
    condition: &Condition,
    actions: &[(&'static Service, &'static Action)],
    findings: &mut Vec<Finding>,
) {
    // `Null` asks just that.
    if condition.operator == "null" {
        return;
    }
    let mute: Vec<String> = actions
        .iter()
        .filter(|(service, action)| is_sent(service, action, condition) == Some(false))
        .map(|(service, action)| full(service, action))
        .collect();
    if mute.is_empty() {
        return;
    }
    let (count, all) = (mute.len(), actions.len());
    let key = &condition.key;
    if condition.holds_without() {
        if statement.denies && !condition.if_exists && condition.set.is_none() {
            findings.push(finding(
                statement,
                "always-holds",
                Level::Note,
                format!(
                    "AWS never sends `{key}` with {count} of {all} actions, so `{}` always matches for them",
                    condition.written
                ),
                mute,
                "they are denied unconditionally: check that this is intended",
            ));
        }
        return;
    }
    // A pattern of which nothing is left says nothing; others only reach further than they hold.
    let is_mute = |verb: &String| mute.contains(verb);
    let dead: Vec<String> = statement
        .patterns
        .iter()
        .filter_map(|pattern| match Statement::meant(pattern) {
            Meant::Actions(service, actions) => {
                Some(actions.iter().map(|action| full(service, action)).collect::<Vec<_>>())
            }
            _ => None,
        })
        .filter(|verbs| !verbs.is_empty() && verbs.iter().all(is_mute))
        .flatten()
        .collect();
    let rest: Vec<String> = mute.iter().filter(|verb| !dead.contains(verb)).cloned().collect();
    let help = "move them to a statement without this key, restricted by the ARNs to protect";
    if !dead.is_empty() {
        let level = if statement.denies { Level::Wrong } else { Level::Note };
        let message = format!(
            "AWS never sends `{key}` with {} of {all} actions: the statement has no effect on them",
            dead.len()
        );
        findings.push(finding(statement, "never-holds", level, message, dead, help));
    }
    if !rest.is_empty() {
        let message =
            format!("patterns also match {} actions for which AWS never sends `{key}`", rest.len());
        findings.push(finding(statement, "partly-holds", Level::Note, message, rest, help));
    }
}

fn traps(
    statement: &Statement,
    condition: &Condition,
    actions: &[(&'static Service, &'static Action)],
    findings: &mut Vec<Finding>,
) {
    let key = &condition.key;
    let mut add = |code, level, message, help| {
        findings.push(finding(statement, code, level, message, Vec::new(), help));
    };
    let about_tags = condition.resource_tag().is_some();
    if statement.denies && condition.if_exists && about_tags && !condition.is_negated() {
        let reads = actions.iter().filter(|(_, action)| !action.level.writes()).count();
        add(
            "if-exists",
            Level::Wrong,
            format!(
                "`{}` on `{key}` also matches everything without that tag, including {reads} read \
                 actions",
                condition.written
            ),
            "remove `IfExists`, so that the statement applies only where the tag is set",
        );
    }
    let is_list = keys::is_list(key) || key.to_ascii_lowercase().contains(":requesttag");
    match (condition.set, statement.denies) {
        (Some(Set::All), true) => add(
            "for-all-values",
            Level::Wrong,
            format!(
                "`ForAllValues` in a Deny matches when `{key}` is not sent at all, and no longer \
                 matches once another value is added"
            ),
            "use `ForAnyValue`",
        ),
        (Some(Set::All), false) if !asks_for(statement, key) => add(
            "for-all-values",
            Level::Hole,
            format!("`ForAllValues` in an Allow matches when `{key}` is not sent at all"),
            "require the key with a `Null` condition",
        ),
        (Some(Set::Any), _) if !is_list && key.to_ascii_lowercase().starts_with("aws:") => add(
            "set-on-one-value",
            Level::Note,
            format!("`{key}` is single-valued: `ForAnyValue` has no effect here"),
            "remove the set operator",
        ),
        _ => {}
    }
    let case_counts = matches!(condition.operator.as_str(), "stringequals" | "stringlike");
    if statement.denies && condition.is_key("aws:TagKeys") && case_counts {
        add(
            "tag-key-case",
            Level::Hole,
            "`aws:TagKeys` is compared case-sensitively, but tag conditions are not: the key in \
             another case bypasses this"
                .to_owned(),
            "use `StringEqualsIgnoreCase`",
        );
    }
}

/// Whether a statement asks that a key is there.
fn asks_for(statement: &Statement, key: &str) -> bool {
    statement.conditions.iter().any(|condition| {
        condition.operator == "null"
            && condition.is_key(key)
            && condition.values.iter().any(|value| value.eq_ignore_ascii_case("false"))
    })
}

/// A Deny on a tag that stops reading, or the work of applications.
fn runtime(
    statement: &Statement,
    actions: &[(&'static Service, &'static Action)],
    findings: &mut Vec<Finding>,
) {
    let by_tag = statement.conditions.iter().any(|condition| {
        condition.resource_tag().is_some()
            && !condition.is_negated()
            && condition.operator != "null"
    });
    if !statement.denies || !by_tag {
        return;
    }
    let stopped: Vec<String> = actions
        .iter()
        .filter(|(_, action)| action.can_hold_tag())
        .filter(|(service, action)| {
            matches!(verbs::class(service.name, action), Class::Read | Class::Data | Class::Runtime)
        })
        .map(|(service, action)| full(service, action))
        .collect();
    if !stopped.is_empty() {
        findings.push(finding(
            statement,
            "stops-work",
            Level::Note,
            format!(
                "{} actions that only read, or that applications need every day, are denied as well",
                stopped.len()
            ),
            stopped,
            "name the write actions instead of the whole service",
        ));
    }
}

fn exemption(statement: &Statement, condition: &Condition, arn: &str, findings: &mut Vec<Finding>) {
    let mut add = |code, level, message: &str, help| {
        let items = vec![arn.to_owned()];
        findings.push(finding(statement, code, level, message.to_owned(), items, help));
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = parts.as_slice() else { return };
    if *service == "sts" {
        return add(
            "session-exemption",
            Level::Wrong,
            "`aws:PrincipalArn` is never the ARN of a session: this exempts nobody",
            "name the role with its path, arn:aws:iam::ACCOUNT:role/PATH/NAME",
        );
    }
    let globs = condition.operator.starts_with("arn") || condition.operator.ends_with("like");
    if !globs && is_wild(arn) {
        return add(
            "wildcard-not-read",
            Level::Wrong,
            "this operator takes wildcards literally: this exempts nobody",
            "use `ArnNotLike`",
        );
    }
    let Some(name) = resource.strip_prefix("role/").or_else(|| resource.strip_prefix("user/"))
    else {
        return;
    };
    if name.starts_with("AWSReservedSSO_") {
        return add(
            "path-less-exemption",
            Level::Wrong,
            "single sign-on roles have a path: this exempts nobody",
            "write role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_...",
        );
    }
    if name.starts_with(['*', '?']) && name.trim_matches(['*', '?', '/']).is_empty() {
        return add(
            "wide-exemption",
            Level::Wrong,
            "this exempts everybody",
            "name a role, or a path in which only you can create roles",
        );
    }
    if name.starts_with(['*', '?']) {
        return add(
            "wide-exemption",
            Level::Hole,
            "anyone who may create roles may choose a name that is exempt",
            "start with a path or a name, and deny creating roles there",
        );
    }
    if !name.contains('/') && !is_wild(name) && !name.contains("${") {
        add(
            "path-less-exemption",
            Level::Note,
            "this exempts only a role without a path; a role keeps the path it was created with",
            "use the ARN that `aws iam get-role` prints: that is what IAM compares",
        );
    }
}
