//! One reader for every way of writing a security group rule.

use super::fields::FIELDS;
use super::machine;
use super::own;
use super::prefix;
use crate::clouds::aws::network::{EGRESS_RULE, GROUPS, INGRESS_RULE, RULE};
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::net::cidr::Family;
use crate::rules::net::opening::{Direction, Opening};
use crate::rules::net::ports::{Fields, Traffic};
use crate::rules::net::sources::Sources;

/// The fields of a rule of one range.
const SINGLE: Fields = Fields { protocol: "ip_protocol", ..FIELDS };

/// Whether details may name the ports of an opening: a report masks by the blamed attribute alone,
/// and that is the range.
#[must_use]
pub fn may_show(view: &View<'_>, opening: &Opening) -> bool {
    ["from_port", "to_port", "protocol", "ip_protocol", "rule_no"]
        .iter()
        .all(|field| !view.is_sensitive(&opening.field(field)))
}

/// The rules of one direction that a subject holds; none when its type holds no such rules.
#[must_use]
pub fn openings(view: &View<'_>, direction: Direction) -> Vec<Opening> {
    match view.subject.kind.as_str() {
        kind if GROUPS.contains(&kind) => blocks(view, direction.name()),
        RULE => rule(view, direction).into_iter().collect(),
        INGRESS_RULE if direction == Direction::Ingress => {
            vec![single_range_rule(view)]
        }
        EGRESS_RULE if direction == Direction::Egress => {
            vec![single_range_rule(view)]
        }
        kind if direction == Direction::Ingress && machine::KINDS.contains(&kind) => {
            blocks(view, machine::block(kind))
        }
        _ => Vec::new(),
    }
}

/// Blocks, or the list of objects that may stand in their place.
fn blocks(view: &View<'_>, name: &str) -> Vec<Opening> {
    let value = view.attribute(name);
    let is_list = matches!(*value, Value::List(_));
    let mut openings = Vec::with_capacity(value.elements().len());
    for (i, block) in value.elements().iter().enumerate() {
        let base = if is_list { format!("{name}[{i}]") } else { name.to_owned() };
        openings.push(match block {
            Value::Object(_) if machine::KINDS.contains(&view.subject.kind.as_str()) => {
                machine::opening(&view.subject.kind, base, block)
            }
            Value::Object(_) => block_rule(view, base, block),
            other => {
                let why = other.doubt().cloned();
                Opening::unknown(
                    base,
                    &why.unwrap_or_else(|| Unknown::because("it is not a block")),
                )
            }
        });
    }
    if let Some(why) = value.rest() {
        openings.push(Opening::unknown(name.to_owned(), why));
    }
    openings
}

fn block_rule(view: &View<'_>, base: String, block: &Value) -> Opening {
    let (from, to) = (block.get("from_port"), block.get("to_port"));
    let traffic = Traffic::read(&FIELDS, &block.get("protocol"), &from, &to);
    let at = |field: &str| format!("{base}.{field}");
    let sources = vec![
        Sources::read(at("cidr_blocks"), &block.get("cidr_blocks"), Some(Family::V4)),
        Sources::read(
            at("ipv6_cidr_blocks"),
            &own::without(&block.get("ipv6_cidr_blocks")),
            Some(Family::V6),
        ),
        prefix::read(view, at("prefix_list_ids"), &block.get("prefix_list_ids")),
    ];
    Opening { traffic, sources, base }
}

fn rule(view: &View<'_>, direction: Direction) -> Option<Opening> {
    let kind = view.attribute("type");
    let other = match direction {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    };
    // What is neither is refused by the provider; it counts as either, so that it cannot hide.
    if kind.equals(other.name()).is_true() {
        return None;
    }
    let condition = kind.doubt().map(|why| ("type", why.clone()));
    let (from, to) = (view.attribute("from_port"), view.attribute("to_port"));
    let traffic = Traffic::read(&FIELDS, &view.attribute("protocol"), &from, &to);
    let v6 = view.attribute("ipv6_cidr_blocks");
    let sources = vec![
        Sources::read("cidr_blocks".into(), &view.attribute("cidr_blocks"), Some(Family::V4)),
        Sources::read("ipv6_cidr_blocks".into(), &own::without(&v6), Some(Family::V6)),
        prefix::read(view, "prefix_list_ids".into(), &view.attribute("prefix_list_ids")),
    ];
    Some(Opening { traffic: traffic.only_if(condition), sources, base: String::new() })
}

fn single_range_rule(view: &View<'_>) -> Opening {
    let v6 = view.attribute("cidr_ipv6");
    let (from, to) = (view.attribute("from_port"), view.attribute("to_port"));
    let traffic = Traffic::read(&SINGLE, &view.attribute("ip_protocol"), &from, &to);
    let sources = vec![
        Sources::read("cidr_ipv4".into(), &view.attribute("cidr_ipv4"), Some(Family::V4)),
        Sources::read("cidr_ipv6".into(), &own::without(&v6), Some(Family::V6)),
        prefix::read_one(view, "prefix_list_id", &view.attribute("prefix_list_id")),
    ];
    Opening { traffic, sources, base: String::new() }
}
