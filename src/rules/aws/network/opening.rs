//! One reader for every way of writing a security group rule.

use super::machine;
use super::prefix;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::net::cidr::Family;
use crate::rules::net::ports::{Reach, Target, Traffic};
use crate::rules::net::sources::{self, Sources, World};

/// The direction of traffic, seen from the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the machine.
    Ingress,
    /// From the machine.
    Egress,
}

impl Direction {
    /// The name of the block, and of `type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }

    /// What stands between traffic and the other side.
    #[must_use]
    pub fn preposition(self) -> &'static str {
        match self {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        }
    }
}

/// The resource types whose rules stand in blocks.
pub const GROUPS: [&str; 2] = ["aws_security_group", "aws_default_security_group"];

/// The resource types that are one rule each.
pub const RULES: [&str; 3] = [
    "aws_security_group_rule",
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
];

/// One rule of a security group: what it lets through, and from or to where.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Which packets.
    pub traffic: Traffic,
    /// The other side, one entry for each attribute that names ranges.
    pub sources: Vec<Sources>,
    /// The path of the block, `ingress[0]`; empty for a rule that is a resource.
    pub base: String,
}

impl Opening {
    /// The path of one of its fields.
    #[must_use]
    pub fn field(&self, field: &str) -> String {
        match (self.base.is_empty(), field.is_empty()) {
            (true, _) => field.to_owned(),
            (_, true) => self.base.clone(),
            _ => format!("{}.{field}", self.base),
        }
    }

    /// Whether its ranges together are the world.
    #[must_use]
    pub fn world(&self) -> World {
        sources::world(&self.sources)
    }

    /// Whether it includes a target.
    #[must_use]
    pub fn reaches(&self, target: Target) -> Reach {
        self.traffic.reaches(target)
    }

    /// The attribute that opens it widest.
    #[must_use]
    pub fn widest(&self) -> Option<&Sources> {
        // The first of equals, so that IPv4 is named before IPv6.
        self.sources.iter().rev().max_by_key(|list| list.weight())
    }

    /// Its weight for ordering; see [`Sources::weight`].
    #[must_use]
    pub fn weight(&self) -> u128 {
        self.sources.iter().map(Sources::weight).max().unwrap_or(0)
    }

    /// How many public addresses it certainly lets in, for ordering.
    #[must_use]
    pub fn addresses(&self) -> u128 {
        let sizes = self
            .sources
            .iter()
            .flat_map(|list| Family::BOTH.map(|family| list.known.addresses(family)));
        sizes.max().unwrap_or(0)
    }

    /// Whether it can let in a public address.
    #[must_use]
    pub fn may_be_public(&self) -> bool {
        self.sources.iter().any(Sources::may_be_public)
    }

    /// Whether details may name its ports: a report masks by the blamed attribute alone, and that
    /// is the range.
    #[must_use]
    pub fn may_show(&self, view: &View<'_>) -> bool {
        ["from_port", "to_port", "protocol", "ip_protocol", "rule_no"]
            .iter()
            .all(|field| !view.is_sensitive(&self.field(field)))
    }

    /// A rule of which nothing is known but the path.
    fn unknown(base: String, why: &Unknown) -> Self {
        let mut list = Sources::new(base.clone(), None);
        list.doubt(why);
        Self { traffic: Traffic::unknown(why), sources: vec![list], base }
    }
}

/// The rules of one direction that a subject holds; none when its type holds no such rules.
#[must_use]
pub fn openings(view: &View<'_>, direction: Direction) -> Vec<Opening> {
    match view.subject.kind.as_str() {
        kind if GROUPS.contains(&kind) => blocks(view, direction.name()),
        "aws_security_group_rule" => rule(view, direction).into_iter().collect(),
        "aws_vpc_security_group_ingress_rule" if direction == Direction::Ingress => {
            vec![single_range_rule(view)]
        }
        "aws_vpc_security_group_egress_rule" if direction == Direction::Egress => {
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
                Opening::unknown(base, &why.unwrap_or_else(|| Unknown::because("it is no block")))
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
    let traffic = Traffic::read("protocol", &block.get("protocol"), &from, &to);
    let at = |field: &str| format!("{base}.{field}");
    let sources = vec![
        Sources::read(at("cidr_blocks"), &block.get("cidr_blocks"), Some(Family::V4)),
        Sources::read(at("ipv6_cidr_blocks"), &block.get("ipv6_cidr_blocks"), Some(Family::V6)),
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
    let traffic = Traffic::read("protocol", &view.attribute("protocol"), &from, &to);
    let v6 = view.attribute("ipv6_cidr_blocks");
    let sources = vec![
        Sources::read("cidr_blocks".into(), &view.attribute("cidr_blocks"), Some(Family::V4)),
        Sources::read("ipv6_cidr_blocks".into(), &v6, Some(Family::V6)),
        prefix::read(view, "prefix_list_ids".into(), &view.attribute("prefix_list_ids")),
    ];
    Some(Opening { traffic: traffic.only_if(condition), sources, base: String::new() })
}

fn single_range_rule(view: &View<'_>) -> Opening {
    let (from, to) = (view.attribute("from_port"), view.attribute("to_port"));
    let traffic = Traffic::read("ip_protocol", &view.attribute("ip_protocol"), &from, &to);
    let sources = vec![
        Sources::read("cidr_ipv4".into(), &view.attribute("cidr_ipv4"), Some(Family::V4)),
        Sources::read("cidr_ipv6".into(), &view.attribute("cidr_ipv6"), Some(Family::V6)),
        prefix::read_one(view, "prefix_list_id", &view.attribute("prefix_list_id")),
    ];
    Opening { traffic, sources, base: String::new() }
}
