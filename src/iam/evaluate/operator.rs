//! Condition operators, and what each says of one value of a request.

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use super::arn::{Arn, ArnPattern};
use super::context::Context;
use super::text::Text;

/// What a set operator asks of the values of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// The key has one value.
    One,
    /// `ForAllValues`.
    All,
    /// `ForAnyValue`.
    Any,
}

/// The kinds of comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
    Number(Compare),
    Date(Compare),
    Bool,
    Binary,
    Address,
    Null,
}

/// How numbers and dates are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// An operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) family: Family,
    pub(super) negated: bool,
    pub(super) if_exists: bool,
    pub(super) quantifier: Quantifier,
}

impl Operator {
    /// Reads an operator; `None` when AWS knows no such one. `Null` takes neither `IfExists` nor a
    /// set operator.
    pub(super) fn read(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let (quantifier, base) = match lower.split_once(':') {
            Some(("forallvalues", base)) => (Quantifier::All, base),
            Some(("foranyvalue", base)) => (Quantifier::Any, base),
            Some(_) => return None,
            None => (Quantifier::One, lower.as_str()),
        };
        let (base, if_exists) = match base.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (base, false),
        };
        let (family, negated) = match base {
            "stringequals" => (Family::Equals, false),
            "stringnotequals" => (Family::Equals, true),
            "stringequalsignorecase" => (Family::EqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Family::EqualsIgnoreCase, true),
            "stringlike" => (Family::Like, false),
            "stringnotlike" => (Family::Like, true),
            "arnequals" | "arnlike" => (Family::Arn, false),
            "arnnotequals" | "arnnotlike" => (Family::Arn, true),
            "bool" => (Family::Bool, false),
            "binaryequals" => (Family::Binary, false),
            "ipaddress" => (Family::Address, false),
            "notipaddress" => (Family::Address, true),
            "null" if if_exists || quantifier != Quantifier::One => return None,
            "null" => (Family::Null, false),
            other => {
                let (of, compare): (fn(Compare) -> Family, &str) =
                    match (other.strip_prefix("numeric"), other.strip_prefix("date")) {
                        (Some(tail), _) => (Family::Number, tail),
                        (None, Some(tail)) => (Family::Date, tail),
                        (None, None) => return None,
                    };
                match compare {
                    "equals" => (of(Compare::Equal), false),
                    "notequals" => (of(Compare::Equal), true),
                    "lessthan" => (of(Compare::Less), false),
                    "lessthanequals" => (of(Compare::LessOrEqual), false),
                    "greaterthan" => (of(Compare::Greater), false),
                    "greaterthanequals" => (of(Compare::GreaterOrEqual), false),
                    _ => return None,
                }
            }
        };
        Some(Self { family, negated, if_exists, quantifier })
    }
}

/// A value that a condition compares with.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Text(Text),
    /// `None` is no ARN pattern: nothing meets it.
    Arn(Option<ArnPattern>),
}

impl Operand {
    /// Reads a value; `None` when the operator cannot be asked about it (a word as a number).
    pub(super) fn read(family: Family, raw: &str, variables: bool) -> Option<Self> {
        if family == Family::Arn {
            return Some(Self::Arn(ArnPattern::operand(raw, variables)));
        }
        let text = Text::new(raw, variables);
        let fits = text.is_open()
            || match family {
                Family::Number(_) => number(raw).is_some(),
                Family::Date(_) => date(raw).is_some(),
                Family::Bool | Family::Null => flag(raw).is_some(),
                Family::Address => network(raw).is_some(),
                _ => true,
            };
        fits.then_some(Self::Text(text))
    }

    /// The text of a plain value.
    pub(super) fn raw(&self) -> &str {
        match self {
            Self::Text(text) => text.raw(),
            Self::Arn(_) => "",
        }
    }

    /// Whether a value of the request meets this one; `None` when the two cannot be compared: a
    /// variable has no value, or the request's value is of another type.
    pub(super) fn meets(&self, family: Family, value: &str, context: &Context) -> Option<bool> {
        let operand = match self {
            Self::Arn(pattern) => {
                Arn::parse(value)?;
                return pattern.as_ref()?.matches(value, context);
            }
            Self::Text(text) if family == Family::Like => return text.like(value, context),
            Self::Text(text) => text.filled(context)?,
        };
        Some(match family {
            Family::Equals | Family::Binary => operand == value,
            Family::EqualsIgnoreCase => operand.to_lowercase() == value.to_lowercase(),
            Family::Number(compare) => compare.holds(number(value)?.total_cmp(&number(&operand)?)),
            Family::Date(compare) => compare.holds(date(value)?.cmp(&date(&operand)?)),
            Family::Bool => flag(value)? == flag(&operand)?,
            Family::Address => network(&operand)?.contains(&value.parse::<IpAddr>().ok()?),
            Family::Like | Family::Arn | Family::Null => return None,
        })
    }
}

fn number(text: &str) -> Option<f64> {
    // -0 and 0 are one number.
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number + 0.0)
}

pub(super) fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A point in time: ISO 8601 with or without a time, or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>()
        && (text.len() > 4 || seconds < 1000)
    {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil = match text.parse::<Date>() {
        Ok(date) if !text.contains('T') => date.to_datetime(jiff::civil::Time::midnight()),
        _ => text.trim_end_matches('Z').parse::<DateTime>().ok()?,
    };
    Offset::UTC.to_timestamp(civil).ok()
}
