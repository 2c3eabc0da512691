//! IP ranges as numbers, so that `0.0.0.0/1` and `128.0.0.0/1` together are what `0.0.0.0/0` is.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// Version of the Internet Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both versions.
    pub const BOTH: [Family; 2] = [Family::V4, Family::V6];

    /// Bits of an address.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }

    /// The name used in keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Family::V4 => "v4",
            Family::V6 => "v6",
        }
    }

    /// The addresses of a network of this prefix length; saturates for `::/0`.
    #[must_use]
    pub fn size(self, prefix: u8) -> u128 {
        let host = u32::from(self.bits().saturating_sub(prefix));
        1u128.checked_shl(host).unwrap_or(u128::MAX)
    }
}

/// Consecutive addresses, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The version of both ends.
    pub family: Family,
    /// The first address.
    pub first: u128,
    /// The last address.
    pub last: u128,
}

impl Range {
    /// Every address of a version.
    #[must_use]
    pub fn all(family: Family) -> Self {
        let last = match family {
            Family::V4 => u128::from(u32::MAX),
            Family::V6 => u128::MAX,
        };
        Self { family, first: 0, last }
    }

    /// The network that holds `address`; host bits are masked away.
    #[must_use]
    pub fn v4(address: Ipv4Addr, prefix: u8) -> Option<Self> {
        let net = Ipv4Net::new(address, prefix).ok()?;
        let (first, last) = (u32::from(net.network()), u32::from(net.broadcast()));
        Some(Self { family: Family::V4, first: first.into(), last: last.into() })
    }

    /// The network that holds `address`; host bits are masked away. A part of `::ffff:0:0/96` is
    /// the IPv4 network that it stands for.
    #[must_use]
    pub fn v6(address: Ipv6Addr, prefix: u8) -> Option<Self> {
        if let (Some(mapped), true) = (address.to_ipv4_mapped(), prefix >= 96) {
            return Self::v4(mapped, prefix.checked_sub(96)?);
        }
        let net = Ipv6Net::new(address, prefix).ok()?;
        let (first, last) = (u128::from(net.network()), u128::from(net.broadcast()));
        Some(Self { family: Family::V6, first, last })
    }
}

/// Reads a CIDR range; `None` when it is none. An address without a prefix length is none either.
#[must_use]
pub fn parse(text: &str) -> Option<Range> {
    let (address, prefix) = text.trim().split_once('/')?;
    let prefix = parse_prefix(prefix)?;
    if address.contains(':') {
        Range::v6(address.parse().ok()?, prefix)
    } else {
        Range::v4(address.parse().ok()?, prefix)
    }
}

/// Reads a prefix length: one to three digits, at most 128.
#[must_use]
pub fn parse_prefix(text: &str) -> Option<u8> {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|prefix| *prefix <= 128)
}

/// Ranges of one version: sorted, apart from each other, not touching.
type Spans = Vec<(u128, u128)>;

/// A set of addresses of both versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IpSet {
    v4: Spans,
    v6: Spans,
}

impl IpSet {
    /// The union of ranges, in any order; they may overlap.
    #[must_use]
    pub fn of(ranges: impl IntoIterator<Item = Range>) -> Self {
        let mut set = Self::default();
        for range in ranges {
            set.spans_mut(range.family).push((range.first, range.last));
        }
        for family in Family::BOTH {
            merge(set.spans_mut(family));
        }
        set
    }

    /// What is in any of these sets.
    #[must_use]
    pub fn union<'s>(sets: impl IntoIterator<Item = &'s IpSet>) -> Self {
        let mut all = Self::default();
        for set in sets {
            for family in Family::BOTH {
                all.spans_mut(family).extend_from_slice(set.spans(family));
            }
        }
        for family in Family::BOTH {
            merge(all.spans_mut(family));
        }
        all
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn minus(&self, other: &IpSet) -> Self {
        Self { v4: subtract(&self.v4, &other.v4), v6: subtract(&self.v6, &other.v6) }
    }

    /// What is in both sets.
    #[must_use]
    pub fn meet(&self, other: &IpSet) -> Self {
        Self { v4: intersect(&self.v4, &other.v4), v6: intersect(&self.v6, &other.v6) }
    }

    /// How many addresses of a version there are; saturates for all of IPv6.
    #[must_use]
    pub fn addresses(&self, family: Family) -> u128 {
        self.spans(family).iter().fold(0, |sum: u128, (first, last)| {
            sum.saturating_add((last - first).saturating_add(1))
        })
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    fn spans(&self, family: Family) -> &Spans {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    fn spans_mut(&mut self, family: Family) -> &mut Spans {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}

/// Sorts, and joins what overlaps or touches.
fn merge(spans: &mut Spans) {
    spans.sort_unstable();
    let mut merged: Spans = Vec::with_capacity(spans.len());
    for (first, last) in spans.drain(..) {
        match merged.last_mut() {
            Some(open) if first <= open.1.saturating_add(1) => open.1 = open.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    *spans = merged;
}

fn intersect(a: &Spans, b: &Spans) -> Spans {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut both = Vec::new();
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        let (first, last) = (x.0.max(y.0), x.1.min(y.1));
        if first <= last {
            both.push((first, last));
        }
        if x.1 < y.1 {
            a.next();
        } else {
            b.next();
        }
    }
    both
}

fn subtract(from: &Spans, what: &Spans) -> Spans {
    let mut left = Vec::new();
    let mut start = 0;
    for &(first, last) in from {
        // Both lists are sorted: what lies before this range lies before all later ones.
        while what.get(start).is_some_and(|cut| cut.1 < first) {
            start += 1;
        }
        let mut here = Some(first);
        for &(cut_first, cut_last) in what.iter().skip(start).take_while(|cut| cut.0 <= last) {
            let Some(at) = here else { break };
            if let Some(end) = cut_first.checked_sub(1).filter(|end| *end >= at) {
                left.push((at, end));
            }
            here = cut_last.checked_add(1).map(|next| next.max(at)).filter(|next| *next <= last);
        }
        if let Some(at) = here {
            left.push((at, last));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_cidr_is_none() {
        for text in [
            "",
            "/",
            "0.0.0.0",
            "0.0.0.0/",
            "0.0.0.0/33",
            "0.0.0.0/-1",
            "0.0.0.0/+0",
            "1.2.3/8",
            "010.0.0.0/8",
            "::/129",
            "all",
            "0.0.0.0/0/0",
            "::ffff:1.2.3.4/95/",
            "0x0.0.0.0/0",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(" 10.0.0.0/8 "), parse("10.9.9.9/8"));
    }

    #[test]
    fn a_hundred_thousand_ranges_are_one_sort() {
        let ranges = (0..100_000u32).map(|i| Range::v4((i.wrapping_mul(2_654_435_761)).into(), 32));
        let many = IpSet::of(ranges.flatten());
        assert_eq!(many.addresses(Family::V4), 100_000);
        let whole = IpSet::of([Range::all(Family::V4)]);
        let left = whole.minus(&many);
        assert_eq!(left.addresses(Family::V4), (1 << 32) - 100_000);
    }

    /// A small range inside `1.2.3.0/24`, so that brute force over 256 addresses is the oracle.
    fn small() -> impl Strategy<Value = (u8, u8)> {
        (any::<u8>(), 24u8..=32)
    }

    fn small_set(list: &[(u8, u8)]) -> (IpSet, [bool; 256]) {
        let mut brute = [false; 256];
        let ranges = list.iter().map(|(host, prefix)| {
            let size = 1usize << (32 - prefix);
            let first = usize::from(*host) / size * size;
            brute[first..first + size].fill(true);
            Range::v4(Ipv4Addr::new(1, 2, 3, *host), *prefix).unwrap()
        });
        (IpSet::of(ranges.collect::<Vec<_>>()), brute)
    }

    fn count(brute: [bool; 256]) -> u128 {
        brute.iter().filter(|b| **b).count() as u128
    }

    proptest! {
        #[test]
        fn set_arithmetic_agrees_with_brute_force(
            a in prop::collection::vec(small(), 0..12),
            b in prop::collection::vec(small(), 0..12),
        ) {
            let ((sa, ba), (sb, bb)) = (small_set(&a), small_set(&b));
            let either = std::array::from_fn(|i| ba[i] || bb[i]);
            let only_a = std::array::from_fn(|i| ba[i] && !bb[i]);
            let both = std::array::from_fn(|i| ba[i] && bb[i]);
            prop_assert_eq!(sa.addresses(Family::V4), count(ba));
            prop_assert_eq!(IpSet::union([&sa, &sb]).addresses(Family::V4), count(either));
            prop_assert_eq!(sa.minus(&sb).addresses(Family::V4), count(only_a));
            let meet = IpSet { v4: intersect(&sa.v4, &sb.v4), v6: Vec::new() };
            prop_assert_eq!(meet.addresses(Family::V4), count(both));
        }

        #[test]
        fn the_order_of_ranges_never_matters(
            a in prop::collection::vec(small(), 0..12).prop_flat_map(|list| {
                (Just(list.clone()), Just(list).prop_shuffle())
            }),
        ) {
            prop_assert_eq!(small_set(&a.0).0, small_set(&a.1).0);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn the_edges_of_ipv6_hold(first in any::<u128>(), prefix in 0u8..=128) {
            let range = Range::v6(first.into(), prefix).unwrap();
            let one = IpSet::of([range]);
            prop_assert!(one.minus(&one).is_empty());
            prop_assert_eq!(one.minus(&IpSet::default()), one.clone());
            prop_assert!(one.minus(&IpSet::of(Family::BOTH.map(Range::all))).is_empty());
        }
    }
}
