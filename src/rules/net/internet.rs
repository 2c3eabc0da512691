//! Which addresses are the internet, and how many of them are the world.

use std::net::Ipv6Addr;
use std::sync::OnceLock;

use super::cidr::{self, Family, IpSet, Range};

/// IPv4 that no host on the internet has, after the IANA special-purpose registry: this network,
/// private use, shared address space (CGNAT), loopback, link-local, protocol assignments,
/// documentation, benchmarking, multicast, reserved.
const V4_NOT_PUBLIC: [([u8; 4], u8); 14] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Global unicast, the only IPv6 that is handed out (RFC 4291, IANA).
const V6_PUBLIC: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The documentation ranges within it (RFC 3849, RFC 9637).
const V6_NOT_PUBLIC: [(Ipv6Addr, u8); 2] = [
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// All addresses that a host on the internet can have.
pub fn public() -> &'static IpSet {
    static PUBLIC: OnceLock<IpSet> = OnceLock::new();
    PUBLIC.get_or_init(|| {
        let all = [Some(Range::all(Family::V4)), Range::v6(V6_PUBLIC.0, V6_PUBLIC.1)];
        let v4 = V4_NOT_PUBLIC.iter().filter_map(|(a, prefix)| Range::v4((*a).into(), *prefix));
        let v6 = V6_NOT_PUBLIC.iter().filter_map(|(a, prefix)| Range::v6(*a, *prefix));
        IpSet::of(all.into_iter().flatten()).minus(&IpSet::of(v4.chain(v6)))
    })
}

/// What IANA has allocated to the regional registries.
const V6_ALLOCATED: &str = include_str!("../../../catalogue/ipv6-unicast.tsv");

/// The addresses of which a part is weighed: those that a host on the internet can have, and of IPv6
/// only what is allocated. That is a two-hundredth of what may be one day, and half of all hosts are in a
/// few networks of prefix length 12.
pub fn in_use() -> &'static IpSet {
    static IN_USE: OnceLock<IpSet> = OnceLock::new();
    IN_USE.get_or_init(|| {
        let lines = V6_ALLOCATED.lines().filter(|line| !line.starts_with('#'));
        let allocated = lines.filter_map(|line| cidr::parse(line.split('\t').next()?));
        IpSet::of([Range::all(Family::V4)].into_iter().chain(allocated)).meet(public())
    })
}

/// How many addresses of a version are in use.
#[must_use]
pub fn total_in_use(family: Family) -> u128 {
    static TOTALS: OnceLock<[u128; 2]> = OnceLock::new();
    let totals = TOTALS.get_or_init(|| Family::BOTH.map(|family| in_use().addresses(family)));
    totals.get(family as usize).copied().unwrap_or(u128::MAX)
}

/// Whether so many public addresses are one part in `parts` of all that are in use, or more.
#[must_use]
pub fn is_share(addresses: u128, family: Family, parts: u128) -> bool {
    // Where the product saturates it is far above any total, so the answer stands.
    addresses.saturating_mul(parts) >= total_in_use(family)
}

/// What part of the addresses in use is the world, by version: a quarter of IPv4, a 64th of IPv6.
/// Nobody has that many of their own, and whoever writes it has split or shortened `0.0.0.0/0` or
/// `::/0`. A 64th of IPv6 is a network of prefix length 15, an eighth of what a regional registry hands
/// out; the largest providers have one of 19 or 20.
pub const WORLD_PARTS: [u128; 2] = [4, 64];

/// Whether so many public addresses are the world.
#[must_use]
pub fn is_world(addresses: u128, family: Family) -> bool {
    WORLD_PARTS.get(family as usize).is_some_and(|parts| is_share(addresses, family, *parts))
}

/// The widest networks of IPv4 and IPv6, as prefix lengths, that one organisation may well have: wider
/// ones are judged as wide, narrower ones as somebody's.
pub const WIDEST: [u8; 2] = [16, 32];

/// The part of a set that stands for hosts on the internet.
#[must_use]
pub fn public_part(set: &IpSet) -> IpSet {
    set.meet(public())
}

#[cfg(test)]
mod tests {
    use super::super::cidr::parse;
    use super::*;

    fn set(texts: &[&str]) -> IpSet {
        IpSet::of(texts.iter().map(|text| parse(text).unwrap()))
    }

    fn is_world(texts: &[&str], family: Family) -> bool {
        super::is_world(public_part(&set(texts)).addresses(family), family)
    }

    #[test]
    fn every_spelling_of_the_world_is_the_world() {
        for text in ["0.0.0.0/0", "0.0.0.0/00", "9.9.9.9/0", "0.0.0.0/1", "64.0.0.0/2"] {
            assert!(is_world(&[text], Family::V4), "{text}");
        }
        for text in ["::/0", "0::/0", "0:0:0:0:0:0:0:0/0", "2000::/3", "2000::/5", "::/1"] {
            assert!(is_world(&[text], Family::V6), "{text}");
        }
        assert!(is_world(&["0.0.0.0/1", "128.0.0.0/1"], Family::V4));
        assert!(is_world(&["::ffff:0.0.0.0/96"], Family::V4));
        assert!(!is_world(&["::ffff:0.0.0.0/96"], Family::V6));
    }

    #[test]
    fn what_one_registry_hands_out_is_the_world() {
        let lines = || V6_ALLOCATED.lines().filter(|line| !line.starts_with('#'));
        assert!(lines().count() > 30);
        for line in lines() {
            let text = line.split('\t').next().unwrap();
            assert!(parse(text).is_some(), "{text}");
            if text.ends_with("/12") {
                assert!(is_world(&[text], Family::V6), "{text}");
            }
        }
        for text in ["2400::/12", "2600::/13", "2a00::/15", "3000::/4"] {
            assert!(is_world(&[text], Family::V6), "{text}");
        }
        assert!(is_world(&["2600::/16", "2601::/16"], Family::V6));
        // The widest networks of one operator, and those of AWS.
        for text in ["2003::/19", "2a01:c000::/19", "2600:1f00::/24", "2406:da00::/24"] {
            assert!(!is_world(&[text], Family::V6), "{text}");
        }
    }

    #[test]
    fn ranges_that_no_host_on_the_internet_has_do_not_count() {
        for text in [
            "10.0.0.0/8",
            "10.1.2.3/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "fc00::/7",
            "fe80::/10",
            "ff00::/8",
            "2001:db8::/32",
            "::1/128",
            "::ffff:10.0.0.0/104",
            "8000::/1",
        ] {
            assert!(public_part(&set(&[text])).is_empty(), "{text}");
        }
        assert!(!public_part(&set(&["11.0.0.0/8"])).is_empty());
        assert!(!is_world(&["224.0.0.0/3"], Family::V4));
        assert!(!is_world(&["0.0.0.0/5"], Family::V4));
    }
}
