//! One rule that lets traffic through, whoever wrote it.

use super::cidr::Family;
use super::ports::{Reach, Target, Traffic};
use super::sources::{self, Sources, World};
use crate::model::value::Unknown;

/// The direction of traffic, seen from the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the machine.
    Ingress,
    /// From the machine.
    Egress,
}

impl Direction {
    /// Its name.
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

/// One rule: what it lets through, and from or to where.
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

    /// A rule of which nothing is known but the path.
    #[must_use]
    pub fn unknown(base: String, why: &Unknown) -> Self {
        let mut list = Sources::new(base.clone(), None);
        list.doubt(why);
        Self { traffic: Traffic::unknown(why), sources: vec![list], base }
    }
}
