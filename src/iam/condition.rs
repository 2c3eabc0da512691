//! Conditions, and which of them keep a statement about everybody from being about everybody.
//!
//! A condition narrows when it demands that a key which the caller cannot choose has a value of
//! ours: its account, its organization, the resource it acts for, its network. Whether the request
//! used TLS or MFA, its user agent or referer tell nothing of who asks.

use ipnet::IpNet;

use super::element::{Fault, Texts};
use super::pattern::{self, Case, Pattern, SOME, is_wild, widens};
use crate::model::truth::Truth;
use crate::model::value::{Piece, Unknown, Value};

/// One operator on one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// `StringEquals`, `ForAnyValue:StringLike`, `ArnLikeIfExists`, ...
    pub operator: String,
    /// The condition key; its case does not matter.
    pub key: String,
    /// What it is compared with; several values are alternatives.
    pub values: Texts,
}

/// All conditions of a statement; each must hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conditions {
    /// Those that are known to be there.
    pub entries: Vec<Condition>,
    /// Why there may be more.
    pub rest: Option<Unknown>,
}

/// What a policy stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A role: who may assume it.
    Trust,
    /// A resource: who may use it.
    Resource,
}

const BASES: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "IpAddress",
    "NotIpAddress",
    "Bool",
    "Null",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "BinaryEquals",
];

/// An operator, taken apart. `base` is in lower case.
struct Operator {
    base: String,
    for_all: bool,
    if_exists: bool,
}

impl Operator {
    fn read(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let (for_all, base) = match lower.split_once(':') {
            Some((set, base)) => (set == "forallvalues", base),
            None => (false, lower.as_str()),
        };
        let (base, if_exists) = match base.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (base, false),
        };
        Self { base: base.to_owned(), for_all, if_exists }
    }

    /// Whether it demands equality with one of its values.
    fn is_positive(&self) -> bool {
        matches!(
            self.base.as_str(),
            "stringequals"
                | "stringequalsignorecase"
                | "stringlike"
                | "arnequals"
                | "arnlike"
                | "ipaddress"
        )
    }

    /// Whether it demands inequality with each of its values.
    fn is_negated(&self) -> bool {
        matches!(
            self.base.as_str(),
            "stringnotequals"
                | "stringnotequalsignorecase"
                | "stringnotlike"
                | "arnnotequals"
                | "arnnotlike"
                | "notipaddress"
        )
    }
}

impl Condition {
    /// Whether it demands that its key equals one of its values, even if the key is absent.
    #[must_use]
    pub fn demands(&self) -> bool {
        let operator = Operator::read(&self.operator);
        operator.is_positive() && !operator.for_all && !operator.if_exists
    }

    /// Whether its key is this one.
    #[must_use]
    pub fn is_on(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// Whether its values name something of ours, for a key that tells who asks.
    fn names_ours(&self, purpose: Purpose) -> Truth {
        match kind(&self.key, purpose) {
            None => Truth::False,
            Some(Kind::Address) => not_the_world(&self.values),
            Some(kind) => self.values.all(|value| kind.is_specific(value)),
        }
    }
}

impl Conditions {
    /// Reads `Condition`.
    pub fn read(&mut self, value: &Value, faults: &mut Vec<Fault>) {
        match value {
            Value::Object(operators) => {
                self.open(operators.rest.as_ref());
                for (operator, keys) in &operators.entries {
                    self.read_operator(operator, keys, faults);
                }
            }
            Value::Unknown(why) => self.open(Some(why)),
            other => faults.push(Fault::new("a condition is not a JSON object", other.kind())),
        }
    }

    fn read_operator(&mut self, operator: &str, keys: &Value, faults: &mut Vec<Fault>) {
        let base = operator.split_once(':').map_or(operator, |(_, base)| base);
        let plain = base.strip_suffix("IfExists").unwrap_or(base);
        if !BASES.iter().any(|known| known.eq_ignore_ascii_case(plain)) {
            faults.push(Fault::new("a condition operator is unknown", format!("`{operator}`")));
        }
        match keys {
            Value::Object(keys) => {
                self.open(keys.rest.as_ref());
                for (key, values) in &keys.entries {
                    self.entries.push(Condition {
                        operator: operator.to_owned(),
                        key: key.clone(),
                        values: Texts::read(values, faults),
                    });
                }
            }
            Value::Unknown(why) => self.open(Some(why)),
            other => faults.push(Fault::new("a condition is not a JSON object", other.kind())),
        }
    }

    fn open(&mut self, why: Option<&Unknown>) {
        if self.rest.is_none() {
            self.rest = why.cloned();
        }
    }

    /// Whether they keep a statement about everybody from being about everybody.
    #[must_use]
    pub fn narrow(&self, purpose: Purpose) -> Truth {
        let known = Truth::any(self.entries.iter().map(|condition| {
            let operator = Operator::read(&condition.operator);
            if operator.base == "bool" && !operator.for_all && !operator.if_exists {
                return holds_only_for_services(condition, "true");
            }
            if condition.demands() { condition.names_ours(purpose) } else { Truth::False }
        }));
        match &self.rest {
            Some(why) => known.or(Truth::Unknown(why.clone())),
            None => known,
        }
    }

    /// Whether a `Deny` under these conditions leaves only callers of ours: "deny unless the
    /// organization is ours". Each condition must be such an exception, since a deny needs all of
    /// them to hold.
    #[must_use]
    pub fn deny_all_but_ours(&self, purpose: Purpose) -> Truth {
        if let Some(why) = &self.rest {
            return Truth::Unknown(why.clone());
        }
        let mut ours = Truth::False;
        for condition in &self.entries {
            let operator = Operator::read(&condition.operator);
            if operator.is_negated() && !operator.for_all {
                let one = condition.names_ours(purpose);
                if one.is_false() {
                    return Truth::False;
                }
                ours = if ours.is_false() { one } else { ours.and(one) };
            } else if operator.base != "bool"
                || holds_only_for_services(condition, "false").is_false()
            {
                return Truth::False;
            }
        }
        // No condition at all denies everybody.
        if self.entries.is_empty() { Truth::True } else { ours }
    }
}

/// Flags that hold only for callers whose kind is limited: an AWS service, or a client of an EFS
/// mount target, which stands in a network of ours.
fn holds_only_for_services(condition: &Condition, flag: &str) -> Truth {
    let known = [
        "aws:PrincipalIsAWSService",
        "aws:ViaAWSService",
        "elasticfilesystem:AccessedViaMountTarget",
    ];
    let on = known.iter().any(|key| condition.is_on(key))
        && (flag == "false" || !condition.is_on("aws:ViaAWSService"));
    if on { condition.values.all(|value| value.equals(flag)) } else { Truth::False }
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
    /// A text that holds something more than wildcards.
    Partial,
    /// A shared secret: it must be known, since a name that can be guessed is none.
    Secret,
    /// Addresses.
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
        "sns:endpoint" => Kind::Partial,
        "sts:externalid" if purpose == Purpose::Trust => Kind::Secret,
        "saml:aud" | "saml:iss" if purpose == Purpose::Trust => Kind::Exact,
        "aws:sourceip" => Kind::Address,
        _ => return None,
    })
}

impl Kind {
    fn is_specific(self, value: &Value) -> Truth {
        if self == Self::Secret {
            return match (value, value.doubt()) {
                (_, Some(why)) => Truth::Unknown(why.clone()),
                (value, None) => widens(value, |text| text.is_empty() || is_wild(text)).not(),
            };
        }
        if pattern::extremes(value).is_none() {
            return Truth::False;
        }
        widens(value, |text| !self.fits(text)).not()
    }

    /// Whether a text is specific. The more wildcards it has, the less it is.
    fn fits(self, text: &str) -> bool {
        match self {
            Self::Arn => is_specific_arn(text),
            Self::OrgPath => {
                text.split('/').next().is_some_and(|org| !org.is_empty() && !is_wild(org))
            }
            Self::Prefix => text.split(':').next().is_some_and(|id| !id.is_empty() && !is_wild(id)),
            Self::Partial => !Pattern::new(text, Case::Kept).matches(SOME) && !text.is_empty(),
            Self::Exact | Self::Secret | Self::Address => !text.is_empty() && !is_wild(text),
        }
    }
}

/// Whether an ARN pattern names something of one owner: its account is given, or it has none and
/// the resource's name is given and unique all the same, as a bucket's is.
fn is_specific_arn(text: &str) -> bool {
    match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        [arn, _, service, _, account, resource] if !is_wild(arn) => {
            let bare = account.is_empty() || (*service == "s3" && account.contains('*'));
            let named = !resource.is_empty() && !resource.starts_with(['*', '?']);
            if bare { named && !is_wild(service) } else { !is_wild(account) }
        }
        // An identifier that is not known yet, or text that is no ARN and so matches none.
        _ => !text.is_empty() && !is_wild(text),
    }
}

/// Whether the addresses of a `SourceIp` condition are less than a quarter of the public ones.
fn not_the_world(values: &Texts) -> Truth {
    if let Some(why) = &values.rest {
        return Truth::Unknown(why.clone());
    }
    let (mut v4, mut v6) = (0_u128, 0_u128);
    let mut doubt = None;
    for value in &values.items {
        match value {
            Value::String(text) => match net(text) {
                Some(IpNet::V4(net)) if net.addr().is_private() && net.prefix_len() >= 8 => {}
                Some(IpNet::V4(net)) => v4 += 1 << (32 - u32::from(net.prefix_len())),
                Some(IpNet::V6(net)) => {
                    v6 = v6.saturating_add(
                        1_u128.checked_shl(128 - u32::from(net.prefix_len())).unwrap_or(u128::MAX),
                    );
                }
                // AWS refuses what is no address.
                None => return Truth::False,
            },
            Value::Template(pieces) => match pieces.as_slice() {
                [Piece::Hole(why), Piece::Known(tail)] => {
                    match tail.strip_prefix('/').and_then(|length| length.parse::<u8>().ok()) {
                        Some(8..=128) => {}
                        _ => doubt = Some(why.clone()),
                    }
                }
                _ => doubt = value.doubt().cloned(),
            },
            other => match other.doubt() {
                Some(why) => doubt = Some(why.clone()),
                None => return Truth::False,
            },
        }
    }
    if values.items.is_empty() || v4 >= 1 << 30 || v6 >= 1 << 123 {
        return Truth::False;
    }
    doubt.map_or(Truth::True, Truth::Unknown)
}

fn net(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: std::net::IpAddr| address.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(json: &str) -> Conditions {
        let value: Value = serde_json::from_str(json).unwrap();
        let mut own = Conditions::default();
        own.read(&value, &mut Vec::new());
        own
    }

    fn narrow(json: &str) -> Truth {
        conditions(json).narrow(Purpose::Resource)
    }

    #[test]
    fn what_narrows() {
        for json in [
            r#"{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:t"}}"#,
            r#"{"ArnLike":{"AWS:SourceArn":["arn:aws:sns:*:123456789012:*"]}}"#,
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:*:bucket"}}"#,
            r#"{"StringEquals":{"AWS:SourceOwner":"123456789012"}}"#,
            r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
            r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-abc/*"}}"#,
            r#"{"StringEquals":{"aws:sourceVpce":["vpce-1","vpce-2"]}}"#,
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","10.0.0.0/8"]}}"#,
            r#"{"Bool":{"aws:SecureTransport":"true"},"StringLike":{"aws:userid":"AROAX:*"}}"#,
            r#"{"StringEquals":{"kms:CallerAccount":123456789012,"kms:ViaService":"x"}}"#,
            r#"{"Bool":{"elasticfilesystem:AccessedViaMountTarget":"true"}}"#,
        ] {
            assert_eq!(narrow(json), Truth::True, "{json}");
        }
    }

    #[test]
    fn what_does_not() {
        for json in [
            "{}",
            r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
            r#"{"Bool":{"aws:MultiFactorAuthPresent":true}}"#,
            r#"{"StringLike":{"aws:Referer":"https://example.com/*"}}"#,
            r#"{"StringEquals":{"aws:UserAgent":"secret"}}"#,
            r#"{"StringLike":{"aws:PrincipalOrgID":"*"}}"#,
            r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#,
            r#"{"StringLike":{"aws:SourceAccount":["123456789012","*"]}}"#,
            r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-abc"}}"#,
            r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
            r#"{"StringNotEquals":{"aws:PrincipalAccount":"123456789012"}}"#,
            r#"{"Null":{"aws:PrincipalOrgID":"false"}}"#,
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#,
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:*:topic"}}"#,
            r#"{"ArnLike":{"aws:SourceArn":"*"}}"#,
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","::/0"]}}"#,
            r#"{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}"#,
            r#"{"StringEquals":{"sts:ExternalId":"x"}}"#,
            r#"{"StringEquals":{"aws:PrincipalOrgID":[]}}"#,
        ] {
            assert_eq!(narrow(json), Truth::False, "{json}");
        }
    }

    #[test]
    fn an_external_id_narrows_a_trust_policy_when_it_is_known() {
        let known = conditions(r#"{"StringEquals":{"sts:ExternalId":"8f6f"}}"#);
        assert_eq!(known.narrow(Purpose::Trust), Truth::True);
        let mut unknown = known;
        for why in [Unknown::because("w"), Unknown::because("w").plain()] {
            unknown.entries[0].values.items = vec![Value::Unknown(why)];
            assert!(unknown.narrow(Purpose::Trust).unknown().is_some());
        }
    }

    #[test]
    fn an_identifier_that_is_not_known_yet_narrows() {
        let mut own = conditions(r#"{"ArnEquals":{"aws:SourceArn":"x"}}"#);
        own.entries[0].values.items = vec![Value::Unknown(Unknown::because("w"))];
        assert!(own.narrow(Purpose::Resource).unknown().is_some());
        own.entries[0].values.items = vec![Value::Unknown(Unknown::because("w").plain())];
        assert_eq!(own.narrow(Purpose::Resource), Truth::True);
        let net = |tail: &str| {
            Value::Template(vec![Piece::Hole(Unknown::because("w")), Piece::Known(tail.to_owned())])
        };
        let mut own = conditions(r#"{"IpAddress":{"aws:SourceIp":"x"}}"#);
        own.entries[0].values.items = vec![net("/32")];
        assert_eq!(own.narrow(Purpose::Resource), Truth::True);
        own.entries[0].values.items = vec![net("/0")];
        assert!(own.narrow(Purpose::Resource).unknown().is_some());
    }

    #[test]
    fn denying_all_but_ours() {
        let ours = |json| conditions(json).deny_all_but_ours(Purpose::Resource);
        for json in [
            r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
            r#"{"StringNotEqualsIfExists":{"aws:SourceVpce":"vpce-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#,
            r#"{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24"]}}"#,
            "{}",
        ] {
            assert_eq!(ours(json), Truth::True, "{json}");
        }
        for json in [
            r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
            r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-abc"},"Bool":{"aws:SecureTransport":"false"}}"#,
            r#"{"StringNotLike":{"aws:PrincipalOrgID":"*"}}"#,
            r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
        ] {
            assert_eq!(ours(json), Truth::False, "{json}");
        }
    }
}
