//! Which packets a rule is about: protocol and ports in every way of writing them.

use crate::model::value::{Unknown, Value};

/// The last port there is.
const LAST: i64 = 65_535;

/// An IP protocol, as far as the rules tell them apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Protocol {
    /// Every protocol: `-1` or `all`.
    All,
    /// TCP: `tcp` or `6`.
    Tcp,
    /// UDP: `udp` or `17`.
    Udp,
    /// ICMP or ICMPv6, whose "ports" are types and codes.
    Icmp,
    /// One that has no ports of TCP or UDP.
    Other,
    /// Not known.
    Unknown(Unknown),
}

impl Protocol {
    /// Reads a protocol: a name in any case, or a number as a number or as text.
    #[must_use]
    pub fn read(value: &Value) -> Self {
        if let Some(number) = value.as_i64() {
            return match number {
                -1 => Self::All,
                6 => Self::Tcp,
                17 => Self::Udp,
                1 | 58 => Self::Icmp,
                0..=255 => Self::Other,
                _ => Self::Unknown(Unknown::because("the protocol is not a valid protocol number")),
            };
        }
        if let Some(why) = value.doubt() {
            return Self::Unknown(why.clone());
        }
        let name = value.as_str().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "all" => Self::All,
            "tcp" => Self::Tcp,
            "udp" => Self::Udp,
            "icmp" | "icmpv6" | "ipv6-icmp" => Self::Icmp,
            "ah" | "dccp" | "egp" | "eigrp" | "esp" | "gre" | "igmp" | "igp" | "ipip" | "l2tp"
            | "ospf" | "pim" | "rsvp" | "sctp" | "udplite" | "vrrp" => Self::Other,
            "" => Self::Unknown(Unknown::because("the protocol is not set")),
            _ => Self::Unknown(Unknown::because("the protocol name is not recognized")),
        }
    }
}

/// What a rule asks of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Every protocol on every port.
    Everything,
    /// A TCP port.
    Tcp(i64),
    /// A UDP port.
    Udp(i64),
    /// Any port of TCP from the first to the second.
    TcpWithin(i64, i64),
    /// Any port of UDP from the first to the second.
    UdpWithin(i64, i64),
    /// Anything at all.
    Anything,
}

impl Target {
    /// Stable text for keys and details: `tcp 22`.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Everything => "every protocol".to_owned(),
            Self::Tcp(port) => format!("tcp {port}"),
            Self::Udp(port) => format!("udp {port}"),
            Self::TcpWithin(low, high) => format!("tcp {low}-{high}"),
            Self::UdpWithin(low, high) => format!("udp {low}-{high}"),
            Self::Anything => "anything".to_owned(),
        }
    }

    /// Whether it says by itself what is open; a target that many different rules include does not.
    #[must_use]
    pub fn is_one_thing(self) -> bool {
        matches!(self, Self::Everything | Self::Tcp(_) | Self::Udp(_))
    }

    /// TCP and UDP of each port, in order and without doubles.
    #[must_use]
    pub fn tcp_and_udp(ports: &[i64]) -> Vec<Self> {
        let mut ports = ports.to_vec();
        ports.sort_unstable();
        ports.dedup();
        ports.iter().flat_map(|port| [Self::Tcp(*port), Self::Udp(*port)]).collect()
    }

    /// Every port of TCP and UDP that is none of these.
    #[must_use]
    pub fn beyond(ports: &[i64]) -> Vec<Self> {
        let mut ports: Vec<i64> =
            ports.iter().copied().filter(|p| (0..=LAST).contains(p)).collect();
        ports.sort_unstable();
        ports.dedup();
        let mut targets = Vec::new();
        let mut low = 0;
        for port in ports.into_iter().chain([LAST + 1]) {
            if low < port {
                targets.extend([Self::TcpWithin(low, port - 1), Self::UdpWithin(low, port - 1)]);
            }
            low = port + 1;
        }
        targets
    }
}

/// Whether traffic includes a target.
#[derive(Debug, Clone, PartialEq)]
pub enum Reach {
    /// Certainly.
    Yes,
    /// Certainly not.
    No,
    /// It depends on this field, which is not known for this reason.
    Maybe(&'static str, Unknown),
}

/// The names of the fields that say which packets: what a doubt is about.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// The protocol.
    pub protocol: &'static str,
    /// The first port.
    pub from: &'static str,
    /// The last port.
    pub to: &'static str,
}

/// The packets that a rule lets through or keeps out.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// The protocol, and the field that holds it.
    pub protocol: Protocol,
    protocol_field: &'static str,
    /// The ports that are certainly included.
    sure: Option<(i64, i64)>,
    /// The ports that may be included.
    most: (i64, i64),
    doubt: Option<(&'static str, Unknown)>,
    /// Something else that decides whether the rule counts (`type`, `egress`, `action`).
    condition: Option<(&'static str, Unknown)>,
}

impl Traffic {
    /// Reads the fields of a rule. Ports that are absent, null or -1 are all ports: Terraform shows
    /// them so where the protocol is -1, and for TCP it is the reading that cannot pass too much.
    #[must_use]
    pub fn read(fields: &Fields, protocol: &Value, from: &Value, to: &Value) -> Self {
        let low = bound(from, 0, fields.from);
        let high = bound(to, LAST, fields.to);
        let (sure, most, doubt) = match (low, high) {
            (Ok(low), Ok(high)) if low <= high => (Some((low, high)), (low, high), None),
            (Ok(_), Ok(_)) => {
                let why =
                    format!("`{}` is above `{}`, which no cloud accepts", fields.from, fields.to);
                (None, (0, LAST), Some((fields.from, Unknown::because(why))))
            }
            (Ok(low), Err(why)) => (Some((low, low)), (low, LAST.max(low)), Some((fields.to, why))),
            (Err(why), Ok(high)) => {
                (Some((high, high)), (0.min(high), high), Some((fields.from, why)))
            }
            (Err(why), Err(_)) => (None, (0, LAST), Some((fields.from, why))),
        };
        let protocol = Protocol::read(protocol);
        Self { protocol, protocol_field: fields.protocol, sure, most, doubt, condition: None }
    }

    /// Traffic of which nothing is known; the doubt stands at the rule itself.
    #[must_use]
    pub fn unknown(why: &Unknown) -> Self {
        Self {
            protocol: Protocol::Unknown(why.clone()),
            protocol_field: "",
            sure: None,
            most: (0, LAST),
            doubt: Some(("", why.clone())),
            condition: None,
        }
    }

    /// The same traffic, which counts only if something unknown comes out so.
    #[must_use]
    pub fn only_if(mut self, condition: Option<(&'static str, Unknown)>) -> Self {
        self.condition = condition;
        self
    }

    /// Whether the target is included.
    #[must_use]
    pub fn reaches(&self, target: Target) -> Reach {
        let reach = self.reaches_if_it_counts(target);
        self.if_it_counts(reach)
    }

    /// Whether it certainly includes the whole of a target: what a rule that denies has to do. Of a
    /// target of many ports only a rule about every protocol is taken to include the whole.
    #[must_use]
    pub fn covers(&self, target: Target) -> Reach {
        match target {
            Target::Tcp(_) | Target::Udp(_) => self.reaches(target),
            _ => self.reaches(Target::Everything),
        }
    }

    fn reaches_if_it_counts(&self, target: Target) -> Reach {
        let (first, last) = match (&self.protocol, target) {
            (Protocol::All, _) | (_, Target::Anything) => return Reach::Yes,
            (Protocol::Unknown(why), _) => {
                return Reach::Maybe(self.protocol_field, why.clone());
            }
            (Protocol::Tcp, Target::Tcp(port)) | (Protocol::Udp, Target::Udp(port)) => (port, port),
            (Protocol::Tcp, Target::TcpWithin(first, last))
            | (Protocol::Udp, Target::UdpWithin(first, last)) => (first, last),
            _ => return Reach::No,
        };
        let within = |span: (i64, i64)| span.0 <= last && first <= span.1;
        match &self.doubt {
            _ if self.sure.is_some_and(within) => Reach::Yes,
            Some((field, why)) if within(self.most) => Reach::Maybe(field, why.clone()),
            _ => Reach::No,
        }
    }

    /// Whether it includes a port of TCP or UDP that is none of these.
    #[must_use]
    pub fn reaches_beyond(&self, ports: &[i64]) -> Reach {
        let span = |(low, high): (i64, i64)| low..=high;
        // More ports than are listed cannot all be among them.
        let beyond = |ends| {
            let mut first = span(ends).take(ports.len().saturating_add(1));
            first.any(|port| !ports.contains(&port))
        };
        let reach = match (&self.protocol, &self.doubt) {
            (Protocol::All, _) => Reach::Yes,
            (Protocol::Icmp | Protocol::Other, _) => Reach::No,
            (Protocol::Unknown(why), _) => Reach::Maybe(self.protocol_field, why.clone()),
            _ if self.sure.is_some_and(beyond) => Reach::Yes,
            (_, Some((field, why))) if beyond(self.most) => Reach::Maybe(field, why.clone()),
            _ => Reach::No,
        };
        self.if_it_counts(reach)
    }

    /// Whether the rule counts at all: `None` when that is certain.
    #[must_use]
    pub fn condition(&self) -> Option<&(&'static str, Unknown)> {
        self.condition.as_ref()
    }

    /// The first thing about it that is not known.
    #[must_use]
    pub fn doubt(&self) -> Option<&Unknown> {
        let condition = self.condition.as_ref().map(|(_, why)| why);
        condition.or(match &self.protocol {
            Protocol::Unknown(why) => Some(why),
            Protocol::Tcp | Protocol::Udp => self.doubt.as_ref().map(|(_, why)| why),
            Protocol::All | Protocol::Icmp | Protocol::Other => None,
        })
    }

    /// Whether it is more than one port of TCP or UDP. Every protocol at once is another matter.
    #[must_use]
    pub fn spans_ports(&self) -> Reach {
        let wide = |(low, high): (i64, i64)| low < high;
        let reach = match (&self.protocol, &self.doubt) {
            (Protocol::All | Protocol::Icmp | Protocol::Other, _) => Reach::No,
            (Protocol::Unknown(_), _) if self.doubt.is_none() && !wide(self.most) => Reach::No,
            (Protocol::Unknown(why), _) => Reach::Maybe(self.protocol_field, why.clone()),
            (_, Some((field, why))) => Reach::Maybe(field, why.clone()),
            (_, None) if self.sure.is_some_and(wide) => Reach::Yes,
            (_, None) => Reach::No,
        };
        self.if_it_counts(reach)
    }

    /// Whether it is every protocol.
    #[must_use]
    pub fn is_everything(&self) -> Reach {
        self.reaches(Target::Everything)
    }

    fn if_it_counts(&self, reach: Reach) -> Reach {
        match (&self.condition, reach) {
            (_, Reach::No) => Reach::No,
            (Some((field, why)), _) => Reach::Maybe(field, why.clone()),
            (None, reach) => reach,
        }
    }

    /// How many ports it spans at most.
    #[must_use]
    pub fn width(&self) -> u64 {
        match self.protocol {
            Protocol::All | Protocol::Unknown(_) => LAST.unsigned_abs() + 1,
            _ => self.most.1.saturating_sub(self.most.0).unsigned_abs().saturating_add(1),
        }
    }

    /// The ports of a rule for TCP or UDP alone, if they are known.
    #[must_use]
    pub fn exact_ports(&self) -> Option<(i64, i64)> {
        let has_ports = matches!(self.protocol, Protocol::Tcp | Protocol::Udp);
        self.sure.filter(|ports| has_ports && *ports == self.most && self.condition.is_none())
    }

    /// Short text for details, from known parts only: `tcp 20-25`, `every protocol`.
    #[must_use]
    pub fn describe(&self) -> String {
        let name = match self.protocol {
            Protocol::All => return "every protocol".to_owned(),
            Protocol::Icmp => return "icmp".to_owned(),
            Protocol::Other => return "a protocol without ports".to_owned(),
            Protocol::Unknown(_) => return "a protocol that is not known".to_owned(),
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        };
        match (self.sure, self.most, &self.doubt) {
            (_, _, Some(_)) => format!("{name}, ports not known"),
            (_, (low, high), None) if low == high => format!("{name} {low}"),
            (_, (low, high), None) => format!("{name} {low}-{high}"),
        }
    }
}

/// One end of a port range; an end that is not set is `open`.
fn bound(value: &Value, open: i64, field: &str) -> Result<i64, Unknown> {
    match value {
        Value::Null => Ok(open),
        value => match (value.as_i64(), value.doubt()) {
            (Some(-1), _) => Ok(open),
            (Some(port), _) => Ok(port),
            (None, Some(why)) => Err(why.clone()),
            (None, None) => Err(Unknown::because(format!("`{field}` is not a port number"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(protocol: &str, from: Value, to: Value) -> Traffic {
        let fields = Fields { protocol: "protocol", from: "from_port", to: "to_port" };
        Traffic::read(&fields, &Value::from(protocol), &from, &to)
    }

    fn wait() -> Value {
        Value::Unknown(Unknown::after_apply())
    }

    #[test]
    fn every_way_to_write_a_protocol() {
        for (text, expected) in [
            ("-1", Protocol::All),
            ("all", Protocol::All),
            ("ALL", Protocol::All),
            ("tcp", Protocol::Tcp),
            ("TCP", Protocol::Tcp),
            ("6", Protocol::Tcp),
            ("Udp", Protocol::Udp),
            ("17", Protocol::Udp),
            ("icmp", Protocol::Icmp),
            ("1", Protocol::Icmp),
            ("58", Protocol::Icmp),
            ("icmpv6", Protocol::Icmp),
            ("50", Protocol::Other),
            ("esp", Protocol::Other),
            ("0", Protocol::Other),
        ] {
            assert_eq!(Protocol::read(&Value::from(text)), expected, "{text}");
        }
        assert_eq!(Protocol::read(&Value::from(-1)), Protocol::All);
        assert_eq!(Protocol::read(&Value::from(6)), Protocol::Tcp);
        for strange in [Value::Null, Value::from("ssh"), Value::from(300), wait()] {
            assert!(matches!(Protocol::read(&strange), Protocol::Unknown(_)), "{strange:?}");
        }
    }

    #[test]
    fn a_port_is_in_its_range_or_not() {
        let cases = [
            (read("tcp", 22.into(), 22.into()), Reach::Yes),
            (read("tcp", "20".into(), "25".into()), Reach::Yes),
            (read("tcp", 0.into(), 65_535.into()), Reach::Yes),
            (read("tcp", 0.into(), 0.into()), Reach::No),
            (read("tcp", 23.into(), 65_535.into()), Reach::No),
            (read("udp", 22.into(), 22.into()), Reach::No),
            (read("icmp", (-1).into(), (-1).into()), Reach::No),
            (read("-1", 0.into(), 0.into()), Reach::Yes),
            (read("-1", Value::Null, Value::Null), Reach::Yes),
            (read("-1", 443.into(), 443.into()), Reach::Yes),
            (read("tcp", Value::Null, 65_535.into()), Reach::Yes),
            (read("tcp", Value::Null, Value::Null), Reach::Yes),
            (read("tcp", (-1).into(), (-1).into()), Reach::Yes),
            (read("tcp", 22.into(), wait()), Reach::Yes),
            (read("tcp", wait(), 22.into()), Reach::Yes),
            (read("tcp", 23.into(), wait()), Reach::No),
            (read("tcp", wait(), 21.into()), Reach::No),
        ];
        for (traffic, expected) in cases {
            assert_eq!(traffic.reaches(Target::Tcp(22)), expected, "{traffic:?}");
        }
    }

    #[test]
    fn ports_beyond_a_list_leave_no_gap() {
        let listed = Target::beyond(&[443, 80, 80, 70_000]);
        assert_eq!(listed.len(), 6, "{listed:?}");
        for port in [0, 79, 81, 442, 444, 65_535] {
            let one = read("tcp", port.into(), port.into());
            assert!(listed.iter().any(|t| one.reaches(*t) == Reach::Yes), "{port}");
        }
        for port in [80, 443] {
            let one = read("udp", port.into(), port.into());
            assert!(listed.iter().all(|t| one.reaches(*t) == Reach::No), "{port}");
        }
        assert!(Target::beyond(&[0, 65_535]).contains(&Target::TcpWithin(1, 65_534)));
        assert_eq!(Target::beyond(&[]), [Target::TcpWithin(0, LAST), Target::UdpWithin(0, LAST)]);
        let around = read("tcp", 442.into(), 444.into());
        assert!(listed.iter().any(|t| around.reaches(*t) == Reach::Yes));
        let start = read("tcp", 443.into(), wait());
        assert!(listed.iter().any(|t| matches!(start.reaches(*t), Reach::Maybe("to_port", _))));
    }

    #[test]
    fn only_a_rule_for_every_protocol_covers_a_target_of_many_ports() {
        let all = read("-1", Value::Null, Value::Null);
        let tcp = read("tcp", 0.into(), LAST.into());
        for target in [Target::Anything, Target::TcpWithin(1, 2)] {
            assert_eq!(all.covers(target), Reach::Yes);
            assert_eq!(tcp.covers(target), Reach::No);
            assert_eq!(tcp.reaches(target), Reach::Yes);
        }
        assert_eq!(tcp.covers(Target::Tcp(22)), Reach::Yes);
        assert_eq!(read("icmp", 8.into(), 0.into()).reaches(Target::Anything), Reach::Yes);
    }

    #[test]
    fn a_span_is_more_than_one_port() {
        assert_eq!(read("tcp", 20.into(), 21.into()).spans_ports(), Reach::Yes);
        assert_eq!(read("udp", Value::Null, Value::Null).spans_ports(), Reach::Yes);
        for one in [
            read("tcp", 22.into(), "22".into()),
            read("-1", 0.into(), 0.into()),
            read("icmp", 8.into(), 0.into()),
            read("strange", 22.into(), 22.into()),
        ] {
            assert_eq!(one.spans_ports(), Reach::No, "{one:?}");
        }
        assert!(matches!(read("tcp", 22.into(), wait()).spans_ports(), Reach::Maybe("to_port", _)));
        assert!(matches!(read("strange", 1.into(), 2.into()).spans_ports(), Reach::Maybe(..)));
    }

    #[test]
    fn what_may_be_in_the_range_is_a_maybe_that_names_the_field() {
        for (traffic, expected) in [
            (read("tcp", 20.into(), wait()), "to_port"),
            (read("tcp", wait(), 80.into()), "from_port"),
            (read("tcp", wait(), wait()), "from_port"),
            (read("tcp", 80.into(), 10.into()), "from_port"),
            (read("tcp", "ssh".into(), 80.into()), "from_port"),
            (read("strange", 80.into(), 80.into()), "protocol"),
        ] {
            match traffic.reaches(Target::Tcp(22)) {
                Reach::Maybe(field, _) => assert_eq!(field, expected),
                other => panic!("{traffic:?}: {other:?}"),
            }
        }
        let traffic = read("tcp", 0.into(), 65_535.into());
        assert_eq!(traffic.reaches(Target::Everything), Reach::No);
    }
}
