//! Who a rule lets in: the addresses of its CIDR lists, known or not, and whether that is the world.

use std::cmp::Reverse;
use std::net::Ipv4Addr;

use super::cidr::{self, Family, IpSet, Range};
use super::internet::{in_use, is_world, public_part, total_in_use};
use crate::model::value::{Piece, Unknown, Value};

/// How many ranges a detail names before it counts the rest.
const SHOWN: usize = 3;

/// The addresses that one attribute of a rule names.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The attribute that is to blame, `ingress[0].cidr_blocks`.
    pub path: String,
    /// The public addresses that are certainly named.
    pub known: IpSet,
    /// Public addresses at most of networks whose place is not known, by version.
    sized: [u128; 2],
    /// Why those places are not known.
    sized_doubt: Option<Unknown>,
    /// Why there may be any other addresses.
    doubt: Option<Unknown>,
    /// The versions that the attribute can hold.
    families: &'static [Family],
    /// The widest texts first.
    shown: Vec<(Reverse<u128>, String)>,
    count: usize,
}

impl Sources {
    /// No addresses yet. `family` is the version that the attribute is meant for.
    #[must_use]
    pub fn new(path: String, family: Option<Family>) -> Self {
        Self {
            path,
            known: IpSet::default(),
            sized: [0, 0],
            sized_doubt: None,
            doubt: None,
            families: match family {
                Some(Family::V4) => &[Family::V4],
                Some(Family::V6) => &[Family::V6],
                None => &Family::BOTH,
            },
            shown: Vec::new(),
            count: 0,
        }
    }

    /// Reads a list of CIDR ranges, or one range; null and empty name nobody.
    #[must_use]
    pub fn read(path: String, value: &Value, family: Option<Family>) -> Self {
        let mut sources = Self::new(path, family);
        let values = match value {
            // How the provider shows a single range that is not set.
            Value::String(text) if text.is_empty() => &[],
            value => value.elements(),
        };
        sources.add(values.iter(), family, true);
        if let Some(why) = value.rest() {
            sources.doubt(why);
        }
        sources
    }

    /// Adds ranges; what is no range is a doubt. `show` says whether details may name them.
    pub fn add<'v>(
        &mut self,
        values: impl IntoIterator<Item = &'v Value>,
        family: Option<Family>,
        show: bool,
    ) {
        let mut ranges = Vec::new();
        for value in values {
            match Part::read(value, family) {
                Part::Known(range) => {
                    ranges.push(range);
                    if let (true, Some(text)) = (show, value.as_str()) {
                        self.show(range.last - range.first, text.trim());
                    }
                }
                Part::Sized { sizes, why } => {
                    for (own, size) in self.sized.iter_mut().zip(sizes) {
                        *own = own.saturating_add(size);
                    }
                    self.sized_doubt.get_or_insert(why);
                }
                Part::Nowhere => {}
                Part::Unknown(why) => self.doubt(&why),
            }
        }
        if !ranges.is_empty() {
            let added = public_part(&IpSet::of(ranges));
            self.known = IpSet::union([&self.known, &added]);
        }
    }

    /// Notes that there may be any other addresses.
    pub fn doubt(&mut self, why: &Unknown) {
        self.doubt.get_or_insert_with(|| why.clone());
    }

    /// Why there may be any other addresses.
    #[must_use]
    pub fn has_doubt(&self) -> bool {
        self.doubt.is_some() || self.sized_doubt.is_some()
    }

    /// Names something in details: a range, or the address of a prefix list.
    pub fn show(&mut self, width: u128, text: &str) {
        self.count += 1;
        let entry = (Reverse(width), text.to_owned());
        let at = self.shown.partition_point(|own| *own <= entry);
        if at < SHOWN {
            self.shown.insert(at, entry);
            self.shown.truncate(SHOWN);
        }
    }

    /// The same list with other known addresses, as a deny rule leaves them.
    #[must_use]
    pub fn narrowed_to(&self, known: IpSet) -> Self {
        Self { known, ..self.clone() }
    }

    /// Whether it can name a public address at all.
    #[must_use]
    pub fn may_be_public(&self) -> bool {
        !self.known.is_empty() || self.sized != [0, 0] || self.doubt.is_some()
    }

    /// The largest part of the addresses in use of a version that it certainly names, in 2^16ths;
    /// only for ordering.
    #[must_use]
    pub fn weight(&self) -> u128 {
        let part = |family| {
            let total = (total_in_use(family) >> 16).max(1);
            self.known.addresses(family) / total
        };
        Family::BOTH.map(part).into_iter().max().unwrap_or(0)
    }

    /// Text for details: the widest ranges by name.
    #[must_use]
    pub fn describe(&self) -> String {
        let names: Vec<&str> = self.shown.iter().map(|(_, text)| text.as_str()).collect();
        let more = self.count.saturating_sub(names.len());
        match (names.is_empty(), more) {
            (true, _) => "unknown ranges".to_owned(),
            (false, 0) => names.join(", "),
            (false, more) => format!("{} and {more} more", names.join(", ")),
        }
    }
}

/// Whether addresses are the world.
#[derive(Debug, Clone, PartialEq)]
pub enum World {
    /// Certainly not.
    No,
    /// It depends on the attribute at `path`.
    Maybe {
        /// The attribute.
        path: String,
        /// Why it is not known.
        why: Unknown,
        /// The versions in which it may be.
        families: Vec<Family>,
    },
    /// Certainly: these versions, each with the whole quarters of it that are open.
    Yes(Vec<(Family, u128)>),
}

/// Whether all these addresses together are the world; see [`is_world`].
#[must_use]
pub fn world<'s>(lists: impl IntoIterator<Item = &'s Sources> + Clone) -> World {
    measure(lists, is_world)
}

/// Whether so many public addresses that `is_over` says yes are named by all these lists together.
/// The answer is about `is_over`, not about the whole world.
pub fn measure<'s>(
    lists: impl IntoIterator<Item = &'s Sources> + Clone,
    is_over: impl Fn(u128, Family) -> bool,
) -> World {
    let known = IpSet::union(lists.clone().into_iter().map(|list| &list.known));
    let open: Vec<(Family, u128)> = Family::BOTH
        .into_iter()
        .map(|family| (family, known.addresses(family)))
        .filter(|(family, size)| is_over(*size, *family))
        .map(|(family, _)| {
            let size = known.meet(in_use()).addresses(family);
            (family, size.saturating_mul(4) / total_in_use(family))
        })
        .collect();
    if !open.is_empty() {
        return World::Yes(open);
    }
    for list in lists.clone() {
        if let Some(why) = &list.doubt {
            let families = list.families.to_vec();
            return World::Maybe { path: list.path.clone(), why: why.clone(), families };
        }
    }
    let most = Family::BOTH.map(|family| {
        let sized = lists.clone().into_iter().filter_map(|list| list.sized.get(family as usize));
        sized.fold(known.addresses(family), |sum, size| sum.saturating_add(*size))
    });
    for (family, size) in Family::BOTH.into_iter().zip(most) {
        let doubtful = lists.clone().into_iter().find_map(|list| {
            let sized = list.sized.get(family as usize).is_some_and(|size| *size > 0);
            list.sized_doubt.as_ref().filter(|_| sized).map(|why| (list.path.clone(), why.clone()))
        });
        if let (true, Some((path, why))) = (is_over(size, family), doubtful) {
            return World::Maybe { path, why, families: vec![family] };
        }
    }
    World::No
}

/// One element of a list of ranges.
enum Part {
    Known(Range),
    /// A network whose size is known and whose place is not.
    Sized {
        sizes: [u128; 2],
        why: Unknown,
    },
    /// Certainly not on the internet.
    Nowhere,
    Unknown(Unknown),
}

impl Part {
    fn read(value: &Value, family: Option<Family>) -> Self {
        let invalid = || Self::Unknown(Unknown::because("an element is not a CIDR range"));
        match value {
            Value::String(text) => cidr::parse(text).map_or_else(invalid, Self::Known),
            Value::Template(pieces) => Self::template(pieces, family).unwrap_or_else(|| {
                value.doubt().map_or_else(invalid, |why| Self::Unknown(why.clone()))
            }),
            other => other.doubt().map_or_else(invalid, |why| Self::Unknown(why.clone())),
        }
    }

    /// `"${x.e.public_ip}/32"` is one address wherever it lies, `"10.${var.n}.0.0/16"` lies
    /// in `10.0.0.0/8`. `None` when the text does not end in a known prefix length.
    fn template(pieces: &[Piece], family: Option<Family>) -> Option<Self> {
        let Piece::Known(tail) = pieces.last()? else {
            return None;
        };
        let prefix = cidr::parse_prefix(tail.rsplit_once('/')?.1)?;
        let why = pieces.iter().find_map(|piece| match piece {
            Piece::Hole(why) => Some(why.clone()),
            Piece::Known(_) => None,
        })?;
        let is_v6 = prefix > 32
            || pieces.iter().any(|piece| matches!(piece, Piece::Known(text) if text.contains(':')));
        let family = if is_v6 { Some(Family::V6) } else { family };
        if let (0, Some(family)) = (prefix, family) {
            return Some(Self::Known(Range::all(family)));
        }
        if let (Some(Family::V4), Some(Piece::Known(head))) = (family, pieces.first())
            && let Some((octets, within)) = leading_octets(head)
        {
            // Holes behind the mask do not matter.
            if prefix <= octets {
                return Some(Self::Known(Range::v4(within, prefix)?));
            }
            let within = IpSet::of(Range::v4(within, octets));
            if public_part(&within).is_empty() {
                return Some(Self::Nowhere);
            }
        }
        let mut sizes = [0, 0];
        if family != Some(Family::V6) {
            sizes = [Family::V4.size(prefix), 0];
        }
        if family != Some(Family::V4) {
            // The hole may hold an address of `::ffff:0:0/96`, which is IPv4.
            let mapped = prefix.checked_sub(96).map_or(0, |prefix| Family::V4.size(prefix));
            sizes = [sizes[0].saturating_add(mapped), Family::V6.size(prefix)];
        }
        Some(Self::Sized { sizes, why })
    }
}

/// The whole octets that a text begins with, as bits and address: `10.0.` is 16 bits of `10.0.0.0`.
fn leading_octets(head: &str) -> Option<(u8, Ipv4Addr)> {
    let (whole, _) = head.rsplit_once('.')?;
    let mut octets = [0u8; 4];
    let mut count = 0u8;
    for (slot, text) in octets.iter_mut().zip(whole.split('.')) {
        *slot = text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))?;
        count += 1;
    }
    (count < 4 && whole.split('.').count() == usize::from(count))
        .then(|| (count * 8, Ipv4Addr::from(octets)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole() -> Piece {
        Piece::Hole(Unknown::waits_for(["x.e.public_ip"]))
    }

    fn template(pieces: Vec<Piece>) -> Value {
        Value::Template(pieces)
    }

    fn known(text: &str) -> Piece {
        Piece::Known(text.to_owned())
    }

    fn judge(values: Vec<Value>) -> World {
        let list = Sources::read("cidr_blocks".into(), &Value::list(values), Some(Family::V4));
        world([&list])
    }

    #[test]
    fn the_size_of_a_network_is_known_where_its_place_is_not() {
        assert_eq!(judge(vec![template(vec![hole(), known("/32")])]), World::No);
        assert_eq!(judge(vec![template(vec![hole(), known(".0.0/16")])]), World::No);
        assert!(matches!(judge(vec![template(vec![hole(), known("/0")])]), World::Yes(_)));
        assert!(matches!(judge(vec![template(vec![hole(), known("/1")])]), World::Maybe { .. }));
        let eighths = vec![template(vec![hole(), known("/3")]); 2];
        assert!(matches!(judge(eighths), World::Maybe { .. }));
        assert!(matches!(
            judge(vec![template(vec![known("0.0.0.0/"), hole()])]),
            World::Maybe { .. }
        ));
        assert!(matches!(judge(vec![template(vec![hole(), known("0/8x")])]), World::Maybe { .. }));
    }

    #[test]
    fn known_octets_say_where_a_network_lies() {
        let ten = |tail: &str| template(vec![known("10."), hole(), known(tail)]);
        let list = Sources::read("c".into(), &Value::list(vec![ten(".0.0/16")]), Some(Family::V4));
        assert!(!list.may_be_public());
        let masked = template(vec![known("0.0."), hole(), known(".0/0")]);
        assert!(matches!(judge(vec![masked]), World::Yes(_)));
        assert_eq!(leading_octets("10.0."), Some((16, Ipv4Addr::new(10, 0, 0, 0))));
        assert_eq!(leading_octets("10.1"), Some((8, Ipv4Addr::new(10, 0, 0, 0))));
        for strange in ["1", "", ".", "x.", "256.", "1..", "1.2.3.4.", "1.2.3.4.5."] {
            assert_eq!(leading_octets(strange), None, "{strange}");
        }
    }

    #[test]
    fn an_ipv4_mapped_hole_counts_as_ipv4() {
        let value = template(vec![known("::ffff:"), hole(), known("/96")]);
        let list = Sources::read("c".into(), &Value::list(vec![value]), Some(Family::V6));
        assert!(matches!(world([&list]), World::Maybe { .. }));
    }

    #[test]
    fn what_is_no_range_is_never_a_pass() {
        for strange in [Value::from("0.0.0.0"), Value::from(""), Value::Null, Value::from(7)] {
            assert!(matches!(judge(vec![strange.clone()]), World::Maybe { .. }), "{strange:?}");
        }
        let open = judge(vec![Value::from("x"), Value::from("0.0.0.0/0")]);
        assert_eq!(open, World::Yes(vec![(Family::V4, 4)]));
    }

    #[test]
    fn null_and_empty_name_nobody() {
        for nobody in [Value::Null, Value::list(vec![]), Value::from("")] {
            let list = Sources::read("c".into(), &nobody, None);
            assert!(!list.may_be_public(), "{nobody:?}");
        }
    }

    #[test]
    fn details_name_the_widest_whatever_the_order() {
        let texts = ["1.2.3.0/24", "0.0.0.0/0", "1.0.0.0/8", "1.1.1.1/32"];
        let mut values: Vec<Value> = texts.map(Value::from).into();
        let describe = |values: &[Value]| {
            Sources::read("c".into(), &Value::list(values.to_vec()), None).describe()
        };
        let expected = "0.0.0.0/0, 1.0.0.0/8, 1.2.3.0/24 and 1 more";
        assert_eq!(describe(&values), expected);
        values.reverse();
        assert_eq!(describe(&values), expected);
    }
}
