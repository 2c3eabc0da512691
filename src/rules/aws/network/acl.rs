//! Network ACLs: reads their numbered rules.

use super::fields::FIELDS;
use super::group::{self, Membership};
use super::opening::may_show;
use super::own;
use crate::clouds::aws::network::{ACL_OF_RULE, ACL_RULES, ACLS, MOST_ACL_RULES};
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::net::cidr::Family;
use crate::rules::net::exposure::Wording;
use crate::rules::net::opening::Opening;
use crate::rules::net::ordered::{self, Action, Entry, List};
use crate::rules::net::ports::{Target, Traffic};
use crate::rules::net::sources::Sources;

/// How a network ACL comes by its rules.
const MEMBERSHIP: Membership =
    Membership { containers: &ACLS, members: &ACL_RULES, by: ACL_OF_RULE, limit: MOST_ACL_RULES };

/// Answers for each allow rule of the subject through which the world reaches a target.
pub fn judge(view: &View<'_>, targets: &[Target], wording: &Wording, answers: &mut Answers) {
    judge_but(view, |_| false, targets, wording, answers);
}

/// The same without those allow rules whose traffic is spared.
pub fn judge_but(
    view: &View<'_>,
    is_spared: impl Fn(&Traffic) -> bool,
    targets: &[Target],
    wording: &Wording,
    answers: &mut Answers,
) {
    let counts = |entry: &Entry| {
        !matches!(entry.action, Action::Allow) || !is_spared(&entry.opening.traffic)
    };
    let others = || {
        let relatives = group::relatives(view, &MEMBERSHIP).certain;
        let all = relatives.into_iter().flat_map(|other| entries(&view.look_at(other), false));
        all.filter(counts).collect()
    };
    let list = List {
        entries: entries(view, true).into_iter().filter(counts).collect(),
        others: &others,
        may_show: &|opening| may_show(view, opening),
    };
    ordered::judge(list, targets, wording, answers);
}

/// The ingress rules that a subject holds.
fn entries(view: &View<'_>, own: bool) -> Vec<Entry> {
    if ACLS.contains(&view.subject.kind.as_str()) {
        return blocks(view, own);
    }
    rule(view, own).into_iter().collect()
}

fn blocks(view: &View<'_>, own: bool) -> Vec<Entry> {
    let value = view.attribute("ingress");
    let is_list = matches!(*value, Value::List(_));
    let mut entries = Vec::with_capacity(value.elements().len());
    for (i, block) in value.elements().iter().enumerate() {
        let base = if is_list { format!("ingress[{i}]") } else { "ingress".to_owned() };
        let get = |field: &str| block.get(field).into_owned();
        entries.push(match block {
            Value::Object(_) => {
                let action = get("action");
                entry(own, base, &get, ("rule_no", &get("rule_no")), &action, None)
            }
            other => {
                let why = other.doubt().cloned();
                unknown_entry(
                    own,
                    base,
                    &why.unwrap_or_else(|| Unknown::because("it is not a block")),
                )
            }
        });
    }
    if let Some(why) = value.rest() {
        entries.push(unknown_entry(own, "ingress".to_owned(), why));
    }
    entries
}

fn rule(view: &View<'_>, own: bool) -> Option<Entry> {
    let egress = view.attribute("egress").is_true();
    if egress.is_true() {
        return None;
    }
    let condition = egress.unknown().map(|why| ("egress", why.clone()));
    let get = |field: &str| (*view.attribute(field)).clone();
    let (number, action) = (get("rule_number"), get("rule_action"));
    Some(entry(own, String::new(), &get, ("rule_number", &number), &action, condition))
}

fn entry(
    own: bool,
    base: String,
    get: &dyn Fn(&str) -> Value,
    number: (&str, &Value),
    action: &Value,
    condition: Option<(&'static str, Unknown)>,
) -> Entry {
    let traffic = Traffic::read(&FIELDS, &get("protocol"), &get("from_port"), &get("to_port"));
    let mut opening = Opening { traffic: traffic.only_if(condition), sources: Vec::new(), base };
    let read = |field: &str, family| {
        Sources::read(opening.field(field), &own::without(&get(field)), Some(family))
    };
    opening.sources = vec![read("cidr_block", Family::V4), read("ipv6_cidr_block", Family::V6)];
    let why = || number.1.doubt().cloned();
    let number = number.1.as_i64().ok_or_else(|| {
        why().unwrap_or_else(|| Unknown::because("the rule number is not a number"))
    });
    let action = match (action.as_str(), action.doubt()) {
        (Some(text), _) if text.trim().eq_ignore_ascii_case("deny") => Action::Deny,
        (_, Some(why)) => Action::Unknown(why.clone()),
        // Anything else is refused by AWS; as an allow it cannot hide.
        _ => Action::Allow,
    };
    let action_field = if opening.base.is_empty() { "rule_action" } else { "action" };
    Entry { number, action, action_field, opening, own }
}

fn unknown_entry(own: bool, base: String, why: &Unknown) -> Entry {
    Entry {
        number: Err(why.clone()),
        action: Action::Unknown(why.clone()),
        action_field: "action",
        opening: Opening::unknown(base, why),
        own,
    }
}
