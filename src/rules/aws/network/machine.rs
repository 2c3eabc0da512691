//! Machines whose firewall is their own, and no security group: Lightsail and GameLift.

use super::fields::FIELDS;
use crate::clouds::aws::network::{GAMELIFT, LIGHTSAIL};
use crate::model::value::Value;
use crate::rules::net::cidr::Family;
use crate::rules::net::opening::Opening;
use crate::rules::net::ports::Traffic;
use crate::rules::net::sources::Sources;

/// The resource types that open ports of such machines.
pub const KINDS: [&str; 2] = [LIGHTSAIL, GAMELIFT];

/// The block that opens ports.
#[must_use]
pub fn block(kind: &str) -> &'static str {
    if kind == GAMELIFT { "ec2_inbound_permission" } else { "port_info" }
}

/// One block, as the rule of a security group that does the same.
#[must_use]
pub fn opening(kind: &str, base: String, block: &Value) -> Opening {
    let (from, to) = (block.get("from_port"), block.get("to_port"));
    let traffic = Traffic::read(&FIELDS, &block.get("protocol"), &from, &to);
    let at = |field: &str| format!("{base}.{field}");
    let sources = if kind == GAMELIFT {
        vec![Sources::read(at("ip_range"), &block.get("ip_range"), Some(Family::V4))]
    } else {
        let nobody = ["cidrs", "ipv6_cidrs", "cidr_list_aliases"].iter().all(|field| {
            let value = block.get(field);
            value.elements().is_empty() && value.rest().is_none()
        });
        // Ports that are for nobody in particular are for everybody.
        let world = Value::list(vec![Value::from("0.0.0.0/0")]);
        let v4 = if nobody { &world } else { &*block.get("cidrs") };
        vec![
            Sources::read(at("cidrs"), v4, Some(Family::V4)),
            Sources::read(at("ipv6_cidrs"), &block.get("ipv6_cidrs"), Some(Family::V6)),
        ]
    };
    Opening { traffic, sources, base }
}
