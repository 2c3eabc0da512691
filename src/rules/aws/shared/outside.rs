//! Policies and groups that a plan names and does not hold: what they grant is not known.

use crate::iam::pattern::{Case, Pattern};
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;

/// Types that put users into groups, and the attributes with the group and the users.
const MEMBERSHIPS: [(&str, &str, &str); 2] = [
    ("aws_iam_group_membership", "group", "users"),
    ("aws_iam_user_group_membership", "groups", "user"),
];

/// Whether the resource puts users into groups.
pub(crate) fn is_membership(view: &View<'_>) -> bool {
    MEMBERSHIPS.iter().any(|(kind, ..)| *kind == view.subject.kind)
}

/// Whether the configuration says that another plan judges this.
fn is_judged_elsewhere(view: &View<'_>, text: &str) -> bool {
    let patterns = view.params().texts("elsewhere").iter();
    let text = Pattern::new(&text.replace(['*', '?'], "_"), Case::Kept);
    patterns.map(|known| Pattern::new(known, Case::Kept)).any(|known| known.covers(&text))
}

/// Why it is not known what the policy of a known ARN grants: the customer manages it, and the plan
/// neither holds it nor looks it up.
pub(crate) fn hides(view: &View<'_>, arn: &Value, path: &str) -> Option<Unknown> {
    let text = arn.as_str()?;
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let is_customers = matches!(parts.as_slice(), ["arn", _, "iam", "", account, resource]
        if *account != "aws" && resource.starts_with("policy/"));
    if !is_customers || is_judged_elsewhere(view, text) {
        return None;
    }
    let held = ["aws_iam_policy", "data.aws_iam_policy"];
    let links = view.follow(path);
    let is_held = links.certain.iter().any(|subject| held.contains(&subject.kind.as_str()));
    let is_held = is_held || links.possible.iter().any(|(subject, _)| subject.is_some());
    (!is_held).then(|| Unknown::because("the plan does not hold this policy"))
}

/// Answers for each group that is joined and that the plan does not hold.
pub(crate) fn groups(view: &View<'_>, answers: &mut Answers) {
    let found = MEMBERSHIPS.iter().find(|(kind, ..)| *kind == view.subject.kind);
    let Some((_, attribute, members)) = found else { return };
    let value = view.attribute(attribute);
    let is_list = matches!(*value, Value::List(_));
    for (i, group) in value.elements().iter().enumerate() {
        let path = if is_list { format!("{attribute}[{i}]") } else { (*attribute).to_owned() };
        group_at(view, group, &path, members, answers);
    }
    if let Some(why) = value.rest() {
        group_at(view, &Value::Unknown(why.clone()), attribute, members, answers);
    }
}

fn group_at(view: &View<'_>, group: &Value, path: &str, members: &str, answers: &mut Answers) {
    let known = group.as_str();
    if known.is_some_and(|name| name.is_empty() || is_judged_elsewhere(view, name)) {
        return;
    }
    let links = view.follow(path);
    let is_group = |kind: &str| kind == "aws_iam_group";
    let in_plan = links.certain.iter().any(|subject| is_group(&subject.kind))
        && links.possible.is_empty()
        || known.is_none() && links.possible.iter().any(|(subject, _)| subject.is_some());
    if in_plan {
        return;
    }
    let why = links.doubt().cloned();
    let why = why.unwrap_or_else(|| Unknown::because("the plan does not hold this group"));
    let shown = crate::iam::element::shown(group);
    // A user more is a new holder of what the group grants.
    let members = view.attribute(members);
    let lines: Vec<String> = members
        .elements()
        .iter()
        .map(|user| format!("+ user {}", crate::iam::element::shown(user).replace('\n', " ")))
        .collect();
    answers
        .undetermined(path, "a group with an administrator policy may be joined", &why)
        .with_key(format!("group {}\n{}", shown.replace('\n', " "), lines.join("\n")))
        .with_detail(shown);
}
