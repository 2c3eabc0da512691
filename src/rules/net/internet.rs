//! Which addresses are the internet, and how many of them are the world.

use std::net::Ipv6Addr;
use std::sync::OnceLock;

use super::cidr::{Family, IpSet, Range};

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

/// How many public addresses a version has.
#[must_use]
pub fn public_total(family: Family) -> u128 {
    public().addresses(family)
}

/// Whether so many public addresses are one part in `parts` of all there are, or more.
#[must_use]
pub fn is_share(addresses: u128, family: Family, parts: u128) -> bool {
    // Where the product saturates it is far above any total, so the answer stands.
    addresses.saturating_mul(parts) >= public_total(family)
}

/// A quarter of the public addresses is the world: nobody has that many of their own, and whoever
/// writes it has split or shortened `0.0.0.0/0`.
pub const WORLD_PARTS: u128 = 4;

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
        is_share(public_part(&set(texts)).addresses(family), family, WORLD_PARTS)
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
