//! Condition keys that tell who asks, and whether their values name something of ours.

use ipnet::{IpNet, Ipv4Net};
use std::net::Ipv4Addr;

use super::element::Texts;
use super::pattern::{self, is_wild, may_widen, widens};
use super::purpose::Purpose;
use crate::model::truth::Truth;
use crate::model::value::{Piece, Unknown, Value};

/// Whether all values of a condition key name something of ours; *false* for a key that does not
/// tell who asks.
pub(super) fn names_ours(key: &str, values: &Texts, purpose: Purpose) -> Truth {
    match kind(key, purpose) {
        // Whether the author means an id or a lookup of something of ours shows once it is known.
        None if purpose == Purpose::Trust && key.eq_ignore_ascii_case("sts:externalid") => values
            .any(|value| value.doubt().map_or(Truth::False, |why| Truth::Unknown(why.clone()))),
        None => Truth::False,
        Some(Kind::Address) => not_the_world(values),
        Some(kind) => values.all(|value| kind.is_specific(value)),
    }
}

/// What the values of a key must be so that they name something of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An ARN with a known account, or of a resource whose name is unique without one.
    Arn,
    /// A text without wildcards, for which an identifier that is not known yet will do.
    Exact,
    /// A path below an organization.
    OrgPath,
    /// A text that begins with an identifier; what follows may be a wildcard.
    Prefix,
    /// An address, a URL or an ARN that messages are sent to.
    Endpoint,
    /// A shared secret: it must be known, since a name that can be guessed is none.
    Secret,
    /// Network addresses.
    Address,
}

fn kind(key: &str, purpose: Purpose) -> Option<Kind> {
    Some(match key.to_ascii_lowercase().as_str() {
        "aws:sourcearn"
        | "aws:principalarn"
        | "s3:dataaccesspointarn"
        | "ec2:sourceinstancearn"
        | "lambda:sourcefunctionarn"
        | "elasticfilesystem:accesspointarn" => Kind::Arn,
        "aws:sourceaccount"
        | "aws:sourceowner"
        | "aws:principalaccount"
        | "kms:calleraccount"
        | "s3:dataaccesspointaccount"
        | "aws:principalorgid"
        | "aws:sourceorgid"
        | "aws:sourcevpce"
        | "aws:sourcevpc"
        | "aws:ec2instancesourcevpc"
        | "aws:principalservicename"
        | "aws:vpceaccount"
        | "aws:vpceorgid" => Kind::Exact,
        "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => Kind::OrgPath,
        "aws:userid" => Kind::Prefix,
        "sns:endpoint" => Kind::Endpoint,
        // Of a role that everybody may assume it is a password, and one that stands in the policy.
        "sts:externalid" if purpose == Purpose::Account => Kind::Secret,
        // Not `saml:aud`, which is the sign-in page of AWS and the same for all.
        "saml:iss" if purpose != Purpose::Resource => Kind::Exact,
        "aws:sourceip" => Kind::Address,
        _ => return None,
    })
}

impl Kind {
    fn is_specific(self, value: &Value) -> Truth {
        if self == Self::Secret {
            return match value.doubt() {
                Some(why) => Truth::Unknown(why.clone()),
                None => widens(value, |text| !self.fits(text)).not(),
            };
        }
        if pattern::extremes(value).is_none() {
            return Truth::False;
        }
        may_widen(value, |text| !self.fits(text), |text| !self.surely_fits(text)).not()
    }

    /// Whether a text with holes is specific, whatever the holes are: an ARN is if all up to its
    /// account, or its bucket, stands before the first one.
    fn surely_fits(self, text: &str) -> bool {
        let start = text.split(['*', '?']).next().unwrap_or_default();
        let named = match self {
            Self::Arn => match start.splitn(6, ':').collect::<Vec<_>>().as_slice() {
                [_, _, _, _, account, resource] => !account.is_empty() || resource.contains('/'),
                _ => false,
            },
            Self::Endpoint => false,
            _ => true,
        };
        named && self.fits(text)
    }

    /// Whether a text is specific. The more wildcards it has, the less it is.
    fn fits(self, text: &str) -> bool {
        if follows_the_caller(text) {
            return false;
        }
        match self {
            Self::Arn => is_specific_arn(text),
            Self::OrgPath => {
                text.split('/').next().is_some_and(|org| !org.is_empty() && !is_wild(org))
            }
            Self::Prefix => text.split(':').next().is_some_and(|id| !id.is_empty() && !is_wild(id)),
            Self::Endpoint => is_specific_endpoint(text),
            Self::Exact | Self::Secret | Self::Address => !text.is_empty() && !is_wild(text),
        }
    }
}

/// Whether a text holds a policy variable that may be filled from the request, so that a key can
/// be compared with itself: `"aws:PrincipalOrgID": "${aws:PrincipalOrgID}"` holds for everybody.
/// What is filled from the resource is ours.
pub(super) fn follows_the_caller(text: &str) -> bool {
    text.split("${").skip(1).any(|tail| {
        let name = tail.split('}').next().unwrap_or_default().to_ascii_lowercase();
        !matches!(
            name.as_str(),
            "aws:resourceaccount" | "aws:resourceorgid" | "aws:resourceorgpaths"
        )
    })
}

/// Whether an ARN pattern names something of one owner: its account is given, or it has none and
/// the resource's name is given in full and unique all the same, as a bucket's is.
fn is_specific_arn(text: &str) -> bool {
    match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        [arn, _, service, _, account, resource] if !is_wild(arn) => {
            let bare = account.is_empty() || (*service == "s3" && account.contains('*'));
            // Anybody can make a bucket whose name begins like ours.
            let name = resource.split('/').next().unwrap_or_default();
            let named = !name.is_empty() && !is_wild(name);
            if bare { named && !is_wild(service) } else { !is_wild(account) }
        }
        // An identifier that is not known yet, or text that is no ARN and so matches none.
        _ => !text.is_empty() && !is_wild(text),
    }
}

/// Whether an endpoint pattern names a mail domain, a host or an account.
fn is_specific_endpoint(text: &str) -> bool {
    let domain = |host: &str| {
        let mut labels = host.rsplit('.');
        let own = |label: Option<&str>| label.is_some_and(|l| !l.is_empty() && !is_wild(l));
        own(labels.next()) && own(labels.next())
    };
    let url = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    if let Some(url) = url {
        let host = url.split(['/', '?', '#']).next().unwrap_or_default();
        // `https://ours@theirs/` is a host of theirs.
        return !host.contains('@') && domain(host.split(':').next().unwrap_or_default());
    }
    if text.starts_with("arn:") {
        return is_specific_arn(text);
    }
    match text.rsplit_once('@') {
        Some((_, host)) => domain(host) && !is_wild(host),
        None => !text.is_empty() && !is_wild(text),
    }
}

/// As many IPv4 addresses as this, or more, are nobody's own: a `/8`. So many conditions of that
/// size as it takes to add up to the internet do not fit into one policy.
const MANY_V4: u128 = 1 << 24;
/// The same for IPv6: a `/20`, the most that a provider is given.
const MANY_V6: u128 = 1 << 108;

/// Whether the addresses of a `SourceIp` condition are few enough to be somebody's own.
fn not_the_world(values: &Texts) -> Truth {
    if let Some(why) = &values.rest {
        return Truth::Unknown(why.clone());
    }
    let (mut v4, mut v6) = (0_u128, 0_u128);
    let mut doubt = None;
    for value in &values.items {
        match value {
            Value::String(text) => match net(text) {
                Some(IpNet::V4(net)) if is_private(net) => {}
                Some(IpNet::V4(net)) => v4 += 1 << (32 - u32::from(net.prefix_len())),
                Some(IpNet::V6(net)) => {
                    v6 = v6.saturating_add(
                        1_u128.checked_shl(128 - u32::from(net.prefix_len())).unwrap_or(u128::MAX),
                    );
                }
                // AWS refuses what is no address.
                None => return Truth::False,
            },
            Value::Template(pieces) => match narrow_hole(pieces) {
                Ok(()) => {}
                Err(why) => doubt = Some(why.clone()),
            },
            other => match other.doubt() {
                Some(why) => doubt = Some(why.clone()),
                None => return Truth::False,
            },
        }
    }
    if values.items.is_empty() || v4 >= MANY_V4 || v6 >= MANY_V6 {
        return Truth::False;
    }
    doubt.map_or(Truth::True, Truth::Unknown)
}

/// `${address}/32`, or any length that is narrow in IPv4 and in IPv6.
fn narrow_hole(pieces: &[Piece]) -> Result<(), Unknown> {
    let why = pieces.iter().find_map(|piece| match piece {
        Piece::Hole(why) => Some(why.clone()),
        Piece::Known(_) => None,
    });
    let length = match pieces {
        [Piece::Hole(_), Piece::Known(tail)] => {
            tail.strip_prefix('/').and_then(|length| length.parse::<u8>().ok())
        }
        _ => None,
    };
    if length.is_some_and(|length| (21..=128).contains(&length)) {
        return Ok(());
    }
    Err(why.unwrap_or_else(Unknown::after_apply))
}

fn is_private(net: Ipv4Net) -> bool {
    [
        (Ipv4Addr::new(10, 0, 0, 0), 8),
        (Ipv4Addr::new(172, 16, 0, 0), 12),
        (Ipv4Addr::new(192, 168, 0, 0), 16),
        (Ipv4Addr::new(100, 64, 0, 0), 10),
    ]
    .into_iter()
    .filter_map(|(address, length)| Ipv4Net::new(address, length).ok())
    .any(|private| private.contains(&net))
}

fn net(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: std::net::IpAddr| address.into()))
}
