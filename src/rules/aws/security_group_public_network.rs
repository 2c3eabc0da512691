//! `security-group-public-network`: internal services that a network on the internet can reach.

use super::shared::types::INGRESS;
use std::borrow::Cow;

use crate::model::rule::{Param, ParamSpec};
use crate::model::value::Unknown;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::opening::{may_show, openings};
use crate::rules::net::cidr::Family;
use crate::rules::net::internet::WIDEST;
use crate::rules::net::key::Key;
use crate::rules::net::opening::{Direction, Opening};
use crate::rules::net::ports::{Reach, Target};
use crate::rules::net::services::{ADMIN_PORTS, DATA_PORT_NUMBERS};
use crate::rules::net::sources::{self, Sources, World};

declare_rule! {
    /// Internal service is open to a public network
    ///
    /// # What it checks
    /// An ingress rule must not let a public network reach an administrative port or a port that
    /// `security-group-data-port-open` judges; `ports` replaces the list. A network has at least
    /// the addresses of `smallest_ipv4` (`/29`, 8 addresses) or `smallest_ipv6` (`/64`), all ranges
    /// of the rule added up; fewer are taken for the gateway of an office. Private ranges do not
    /// count.
    ///
    /// What is wider than one organisation's network is reported by `security-group-wide-cidr`, and
    /// the whole internet by the rules about it.
    /// # Why
    /// Everyone in that network, and whoever gets one of its addresses later, reaches a service
    /// that is meant for your own machines. Severity is low, and the rule is off by default,
    /// because a known network is already a restriction; it is meant for teams that let people in
    /// through a VPN or Session Manager only.
    /// # How to fix
    /// Allow the address of your VPN gateway, or the group of the clients:
    ///
    /// ```hcl
    /// ingress {
    ///   from_port       = 5432
    ///   to_port         = 5432
    ///   protocol        = "tcp"
    ///   security_groups = [aws_security_group.app.id]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    id: "security-group-public-network",
    severity: Low,
    service: "EC2",
    types: INGRESS,
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [
        ParamSpec {
            name: Cow::Borrowed("ports"),
            help: Cow::Borrowed("the ports that no public network may reach, over TCP and UDP"),
            default: Param::Ints(Cow::Borrowed(&PORTS)),
        },
        ParamSpec {
            name: Cow::Borrowed("smallest_ipv4"),
            help: Cow::Borrowed("the prefix length of the smallest IPv4 range that counts as a network"),
            default: Param::Int(29),
        },
        ParamSpec {
            name: Cow::Borrowed("smallest_ipv6"),
            help: Cow::Borrowed("the prefix length of the smallest IPv6 range that counts as a network"),
            default: Param::Int(64),
        },
    ],
    yields_to: [
        "security-group-all-traffic-open",
        "security-group-admin-port-open",
        "security-group-data-port-open",
        "security-group-wide-cidr",
    ],
    default: off,
    check: State(check),
}

/// [`ADMIN_PORTS`] and [`DATA_PORT_NUMBERS`].
const PORTS: [i64; ADMIN_PORTS.len() + DATA_PORT_NUMBERS.len()] = {
    let mut ports = [0; ADMIN_PORTS.len() + DATA_PORT_NUMBERS.len()];
    let (admin, data) = ports.split_at_mut(ADMIN_PORTS.len());
    admin.copy_from_slice(&ADMIN_PORTS);
    data.copy_from_slice(&DATA_PORT_NUMBERS);
    ports
};

const MESSAGE: &str = "an internal service is open to a public network";
const UNKNOWN: &str = "an internal service may be open to a public network";

fn check(view: &View<'_>, answers: &mut Answers) {
    let targets = Target::tcp_and_udp(view.params().ints("ports"));
    let smallest = |name, family: Family| {
        let prefix = view.params().int(name).and_then(|prefix| u8::try_from(prefix).ok());
        family.size(prefix.unwrap_or(family.bits()).min(family.bits()))
    };
    let smallest = [smallest("smallest_ipv4", Family::V4), smallest("smallest_ipv6", Family::V6)];
    let is_network = |size: u128, family: Family| {
        smallest.get(family as usize).is_some_and(|smallest| size >= *smallest)
    };
    let is_wide = |size: u128, family: Family| {
        WIDEST.get(family as usize).is_some_and(|widest| size > family.size(*widest))
    };
    for opening in openings(view, Direction::Ingress) {
        let (sure, doubt) = reached(&opening, &targets);
        if sure.is_empty() && doubt.is_none() {
            continue;
        }
        let (path, why) = match (sources::measure(&opening.sources, is_network), doubt) {
            (World::No, _) => continue,
            (World::Maybe { path, why, .. }, _) => (path, Some(why)),
            (World::Yes(_), _)
                if matches!(sources::measure(&opening.sources, is_wide), World::Yes(_)) =>
            {
                continue;
            }
            (World::Yes(_), Some((field, why))) if sure.is_empty() => {
                (opening.field(field), Some(why))
            }
            (World::Yes(_), _) => {
                (opening.widest().map_or_else(String::new, |list| list.path.clone()), None)
            }
        };
        let key = Key::of(&sure, Family::BOTH).text();
        let answer = match why {
            Some(why) => answers.undetermined(path, UNKNOWN, &why),
            None => answers.violated(path, MESSAGE),
        };
        answer.with_key(key);
        if may_show(view, &opening) {
            let from = opening.widest().map_or_else(String::new, Sources::describe);
            answer.with_detail(format!("{} from {from}", opening.traffic.describe()));
        }
    }
}

/// The targets that an opening certainly includes, and why there may be others.
fn reached(
    opening: &Opening,
    targets: &[Target],
) -> (Vec<Target>, Option<(&'static str, Unknown)>) {
    let (mut sure, mut doubt) = (Vec::new(), None);
    for target in targets {
        match opening.reaches(*target) {
            Reach::Yes => sure.push(*target),
            Reach::Maybe(field, why) => {
                doubt.get_or_insert((field, why));
            }
            Reach::No => {}
        }
    }
    (sure, doubt)
}
