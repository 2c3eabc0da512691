//! Conditions, and which of them keep a statement about everybody from being about everybody.
//!
//! A condition narrows when it demands that a key which the caller cannot choose has a value of
//! ours: its account, its organization, the resource it acts for, its network. Whether the request
//! used TLS or MFA, its user agent or referer tell nothing of who asks.

use super::element::{Fault, Texts};
use super::ours;
pub use super::purpose::Purpose;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

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
    for_any: bool,
    if_exists: bool,
}

impl Operator {
    fn read(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let (set, base) = lower.split_once(':').unwrap_or(("", &lower));
        let (for_all, for_any) = (set == "forallvalues", set == "foranyvalue");
        let (base, if_exists) = match base.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (base, false),
        };
        Self { base: base.to_owned(), for_all, for_any, if_exists }
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
        ours::names_ours(&self.key, &self.values, purpose)
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
        let (set, base) = operator.split_once(':').unwrap_or(("ForAnyValue", operator));
        let plain = base.strip_suffix("IfExists").unwrap_or(base);
        let known_set = ["ForAnyValue", "ForAllValues"].iter().any(|s| s.eq_ignore_ascii_case(set));
        if !known_set || !BASES.iter().any(|known| known.eq_ignore_ascii_case(plain)) {
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
            // Without the key `ForAnyValue` does not hold: who has none is not denied.
            if operator.is_negated() && !operator.for_any {
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
/// mount target, which stands in a network of ours. `aws:ViaAWSService` is none of them: it holds
/// for whoever lets a service of AWS ask in their name.
fn holds_only_for_services(condition: &Condition, flag: &str) -> Truth {
    let known = ["aws:PrincipalIsAWSService", "elasticfilesystem:AccessedViaMountTarget"];
    if known.iter().any(|key| condition.is_on(key)) {
        condition.values.all(|value| value.equals(flag))
    } else {
        Truth::False
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Piece;

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
            r#"{"StringEquals":{"aws:SourceAccount":"${aws:ResourceAccount}"}}"#,
            r#"{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}"#,
            r#"{"StringLike":{"SNS:Endpoint":"*@example.com"}}"#,
            r#"{"StringLike":{"SNS:Endpoint":["https://*.example.com/hook","arn:aws:sqs:*:123456789012:*"]}}"#,
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
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::a*"}}"#,
            r#"{"ArnLike":{"aws:PrincipalArn":"*"}}"#,
            r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}"#,
            r#"{"StringEquals":{"aws:PrincipalOrgID":"${aws:PrincipalOrgID}"}}"#,
            r#"{"StringEquals":{"aws:PrincipalAccount":["1","${aws:PrincipalAccount}"]}}"#,
            r#"{"StringLike":{"aws:userid":"${aws:userid}"}}"#,
            r#"{"ArnEquals":{"aws:PrincipalArn":"${aws:PrincipalArn}"}}"#,
            r#"{"StringEquals":{"aws:PrincipalTag/team":"ours"}}"#,
            r#"{"Bool":{"aws:ViaAWSService":"true"}}"#,
            r#"{"BoolIfExists":{"aws:PrincipalIsAWSService":"true"}}"#,
            r#"{"Bool":{"aws:PrincipalIsAWSService":["true","false"]}}"#,
            r#"{"StringLike":{"SNS:Endpoint":"https://*"}}"#,
            r#"{"StringLike":{"SNS:Endpoint":"*@*.com"}}"#,
            r#"{"StringLike":{"SNS:Endpoint":"arn:aws:sqs:*"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"192.168.0.0/8"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/3"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"2000::/6"}}"#,
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
    fn an_external_id_narrows_the_trust_in_an_account_when_it_is_known() {
        let known = conditions(r#"{"StringEquals":{"sts:ExternalId":"8f6f"}}"#);
        assert_eq!(known.narrow(Purpose::Account), Truth::True);
        assert_eq!(known.narrow(Purpose::Trust), Truth::False);
        for open in ["${sts:ExternalId}", "*", ""] {
            let json = format!(r#"{{"StringLike":{{"sts:ExternalId":"{open}"}}}}"#);
            assert_eq!(conditions(&json).narrow(Purpose::Account), Truth::False, "{open}");
        }
        let mut unknown = known;
        for why in [Unknown::because("w"), Unknown::because("w").plain()] {
            unknown.entries[0].values.items = vec![Value::Unknown(why)];
            assert!(unknown.narrow(Purpose::Account).unknown().is_some());
        }
    }

    #[test]
    fn what_an_outsider_chooses_does_not_narrow_the_trust_in_everybody() {
        for json in [
            r#"{"StringEquals":{"sts:ExternalId":"8f6f"}}"#,
            r#"{"StringEquals":{"sts:ExternalId":"8f6f"},"Bool":{"aws:SecureTransport":"true"}}"#,
            r#"{"StringLike":{"sts:RoleSessionName":"ci-*"}}"#,
            r#"{"StringEquals":{"sts:RoleSessionName":"ci"}}"#,
            r#"{"StringEquals":{"sts:SourceIdentity":"ci"}}"#,
            r#"{"StringEquals":{"aws:PrincipalTag/team":"ours"}}"#,
            r#"{"StringEquals":{"aws:RequestTag/team":"ours"}}"#,
            r#"{"StringEquals":{"aws:UserAgent":"ours"}}"#,
            r#"{"StringLike":{"aws:PrincipalArn":"*"}}"#,
            r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/ci"}}"#,
            r#"{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}"#,
            r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
            r#"{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}"#,
            r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        ] {
            assert_eq!(conditions(json).narrow(Purpose::Trust), Truth::False, "{json}");
        }
        for json in [
            r#"{"StringEquals":{"sts:ExternalId":"8f6f","aws:PrincipalOrgID":"o-abc"}}"#,
            r#"{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}"#,
        ] {
            assert_eq!(conditions(json).narrow(Purpose::Trust), Truth::True, "{json}");
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
            r#"{"ForAllValues:StringNotLike":{"aws:PrincipalOrgPaths":"o-abc/*"}}"#,
            "{}",
        ] {
            assert_eq!(ours(json), Truth::True, "{json}");
        }
        for json in [
            r#"{"Bool":{"aws:SecureTransport":"false"}}"#,
            r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-abc"},"Bool":{"aws:SecureTransport":"false"}}"#,
            r#"{"StringNotLike":{"aws:PrincipalOrgID":"*"}}"#,
            r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#,
            r#"{"ForAnyValue:StringNotLike":{"aws:PrincipalOrgPaths":"o-abc/*"}}"#,
            r#"{"StringNotEquals":{"aws:PrincipalOrgID":"${aws:PrincipalOrgID}"}}"#,
            r#"{"StringNotEquals":{"aws:PrincipalOrgID":[]}}"#,
            r#"{"NotIpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
            r#"{"Null":{"aws:PrincipalOrgID":"true"}}"#,
        ] {
            assert_eq!(ours(json), Truth::False, "{json}");
        }
    }
}
