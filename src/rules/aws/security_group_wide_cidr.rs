//! `security-group-wide-cidr`: public ranges wider than any organisation, short of the whole internet.

use super::shared::types::INGRESS;
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::finding::Answer;
use crate::model::rule::{Param, ParamSpec};
use crate::model::value::Unknown;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::opening::{may_show, openings};
use crate::rules::net::cidr::{Family, IpSet};
use crate::rules::net::internet::WIDEST;
use crate::rules::net::key::Key;
use crate::rules::net::opening::{Direction, Opening};
use crate::rules::net::ports::Reach;
use crate::rules::net::sources::{self, Sources, World};

declare_rule! {
    /// Security group allows a public range that is wider than needed
    ///
    /// # What it checks
    /// The public addresses that an ingress rule allows must not be more than one network of
    /// `widest_ipv4` (`/16`, 65,536 addresses) or `widest_ipv6` (`/32`), all ranges of the rule
    /// added up, and blocks for the same ports too. The whole internet is reported by other rules.
    /// Private, shared, documentation and other ranges that no host on the internet has do not
    /// count. Ports in `public_ports` (80, 443) are not judged, because they may be open to
    /// everyone, nor is ICMP.
    ///
    /// Why this threshold: a `/16` is about what a large company or a university has, and more than
    /// an office, a VPN or a partner connects from. In IPv6, a `/32` is what a registry assigns to
    /// a whole provider. Anything wider is somebody else's network: a cloud region, a carrier, a
    /// country.
    /// # Why
    /// `3.0.0.0/8` looks like a restriction and lets in sixteen million addresses, among them every
    /// machine that anyone rents for an hour. Severity is medium because an attacker has to be
    /// within the range, which costs little.
    /// # How to fix
    /// Name the addresses that you know, or a prefix list of them that is maintained in one place:
    ///
    /// ```hcl
    /// prefix_list_ids = [aws_ec2_managed_prefix_list.offices.id]
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html>
    /// - <https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml>
    id: "security-group-wide-cidr",
    severity: Medium,
    service: "EC2",
    types: INGRESS,
    frameworks: [],
    params: [
        ParamSpec {
            name: Cow::Borrowed("widest_ipv4"),
            help: Cow::Borrowed("the prefix length of the widest public IPv4 network allowed"),
            default: Param::Int(WIDEST[0] as i64),
        },
        ParamSpec {
            name: Cow::Borrowed("widest_ipv6"),
            help: Cow::Borrowed("the prefix length of the widest public IPv6 network allowed"),
            default: Param::Int(WIDEST[1] as i64),
        },
        ParamSpec {
            name: Cow::Borrowed("public_ports"),
            help: Cow::Borrowed("ports that anyone may reach and that are not judged"),
            default: Param::Ints(Cow::Borrowed(&[80, 443])),
        },
    ],
    yields_to: [
        "security-group-all-traffic-open",
        "security-group-admin-port-open",
        "security-group-data-port-open",
    ],
    check: State(check),
}

const WIDE: &str = "the allowed public range is wider than needed";
const UNKNOWN: &str = "the allowed public range may be wider than needed";

fn check(view: &View<'_>, answers: &mut Answers) {
    let limits = Limits::of(view);
    let public = view.params().ints("public_ports");
    let mut narrow: BTreeMap<String, Vec<Opening>> = BTreeMap::new();
    let mut doubtful: Vec<Opening> = Vec::new();
    for opening in openings(view, Direction::Ingress) {
        let reach = opening.traffic.reaches_beyond(public);
        if reach == Reach::No || matches!(opening.world(), World::Yes(_)) {
            continue;
        }
        match limits.measure(&opening.sources) {
            World::Yes(families) => {
                let Some(widest) = opening.widest() else {
                    continue;
                };
                let answer = match reach {
                    Reach::Maybe(field, why) => {
                        answers.undetermined(opening.field(field), UNKNOWN, &why)
                    }
                    _ => answers.violated(&widest.path, WIDE),
                };
                describe(view, &opening, &opening.sources, &families, answer);
            }
            World::Maybe { path, why, families } => {
                let line = opening.traffic.describe();
                let lines = families.iter().map(|family| format!("{line} {}", family.name()));
                let key = lines.fold(Key::default(), Key::line);
                answers.undetermined(path, UNKNOWN, &why).with_key(key.text());
            }
            World::No if opening.may_be_public() && opening.traffic.doubt().is_some() => {
                doubtful.push(opening);
            }
            World::No if opening.may_be_public() => {
                narrow.entry(opening.traffic.describe()).or_default().push(opening);
            }
            World::No => {}
        }
    }
    for openings in narrow.values() {
        let sure: Vec<&Opening> = openings.iter().collect();
        // Unknown ports may be the same ones.
        let all: Vec<&Opening> = openings.iter().chain(&doubtful).collect();
        if !together(view, &limits, &sure, answers) {
            together(view, &limits, &all, answers);
        }
    }
    if narrow.is_empty() {
        together(view, &limits, &doubtful.iter().collect::<Vec<_>>(), answers);
    }
}

/// Judges blocks for the same ports, none of which is too wide by itself; true if they are too wide
/// together, or may be.
fn together(
    view: &View<'_>,
    limits: &Limits,
    openings: &[&Opening],
    answers: &mut Answers,
) -> bool {
    let Some(widest) = openings.iter().max_by_key(|opening| opening.addresses()) else {
        return false;
    };
    let path = widest.widest().map_or_else(String::new, |list| list.path.clone());
    let all: Vec<Sources> = openings.iter().flat_map(|o| o.sources.iter().cloned()).collect();
    let unsure = openings.iter().find_map(|o| o.traffic.doubt());
    match (limits.measure(&all), unsure) {
        (World::No, _) => return false,
        (World::Maybe { why, .. }, _) => {
            answers.undetermined(path, UNKNOWN, &why);
        }
        (World::Yes(families), None) => {
            describe(view, widest, &all, &families, answers.violated(path, WIDE));
        }
        (World::Yes(_), Some(why)) => {
            answers.undetermined(path, UNKNOWN, &Unknown::clone(why));
        }
    }
    true
}

/// The most public addresses of each version that one rule may allow.
struct Limits([u128; 2]);

impl Limits {
    fn of(view: &View<'_>) -> Self {
        let limit = |name, family: Family| {
            let prefix = view.params().int(name).and_then(|prefix| u8::try_from(prefix).ok());
            family.size(prefix.unwrap_or(family.bits()).min(family.bits()))
        };
        Self([limit("widest_ipv4", Family::V4), limit("widest_ipv6", Family::V6)])
    }

    fn measure(&self, lists: &[Sources]) -> World {
        let limit = |family: Family| self.0.get(family as usize).copied().unwrap_or(0);
        sources::measure(lists, |size, family| size > limit(family))
    }
}

fn describe(
    view: &View<'_>,
    opening: &Opening,
    lists: &[Sources],
    families: &[(Family, u128)],
    answer: &mut Answer,
) {
    let known = IpSet::union(lists.iter().map(|list| &list.known));
    let traffic = opening.traffic.describe();
    let key = families.iter().fold(Key::default(), |key, (family, _)| {
        let what = format!("{} addresses", family.name());
        key.line(format!("{traffic} {}", family.name())).doublings(&what, known.addresses(*family))
    });
    answer.with_key(key.text());
    if may_show(view, opening) {
        let from = opening.widest().map_or_else(String::new, Sources::describe);
        answer.with_detail(format!("{traffic} from {from}"));
    }
}
