//! ARNs taken apart, and patterns that are compared part by part.
//!
//! A wildcard does not reach over a colon before the sixth part: `arn:aws:ec2:*:instance/i-1` is
//! no instance's ARN. AWS fills up a resource that ends early (`arn:aws:sqs`) with `*`.

use super::context::Context;
use super::text::Text;
use crate::iam::pattern::is_all_wild;

/// The six parts of an ARN, as they stand in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The service's prefix.
    pub service: &'a str,
    /// The region, or nothing.
    pub region: &'a str,
    /// The account, or nothing.
    pub account: &'a str,
    /// The rest, which may hold colons.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes an ARN apart; `None` when it has fewer than six parts.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let [partition, service, region, account, resource] =
            [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        Some(Self { partition, service, region, account, resource })
    }

    fn parts(&self) -> [&'a str; 6] {
        ["arn", self.partition, self.service, self.region, self.account, self.resource]
    }
}

/// A pattern for ARNs.
#[derive(Debug, Clone)]
pub(super) enum ArnPattern {
    /// `*`: also what has no ARN.
    Anything,
    /// Part by part.
    Parts(Vec<Text>),
}

impl ArnPattern {
    /// Reads a `Resource`; `None` when it is neither `*` nor begins as an ARN does.
    pub(super) fn resource(text: &str, variables: bool) -> Option<Self> {
        if is_all_wild(text) {
            return Some(Self::Anything);
        }
        if !text.starts_with("arn:") && !text.starts_with("${") && text != "arn" {
            return None;
        }
        let mut parts: Vec<Text> =
            split(text, variables).into_iter().map(|part| Text::new(part, variables)).collect();
        while parts.len() < 6 {
            parts.push(Text::new("*", false));
        }
        Some(Self::Parts(parts))
    }

    /// Reads the value of an `Arn` operator; `None` without six parts: such a value is met by
    /// nothing, and its negation neither.
    pub(super) fn operand(text: &str, variables: bool) -> Option<Self> {
        let parts: Vec<Text> =
            split(text, variables).into_iter().map(|part| Text::new(part, variables)).collect();
        (parts.len() == 6).then_some(Self::Parts(parts))
    }

    /// Whether it matches; `None` when a variable of it has no value.
    pub(super) fn matches(&self, text: &str, context: &Context) -> Option<bool> {
        let parts = match self {
            Self::Anything => return Some(true),
            Self::Parts(parts) => parts,
        };
        let Some(arn) = Arn::parse(text) else { return Some(false) };
        let mut all = true;
        for (pattern, part) in parts.iter().zip(arn.parts()) {
            all &= pattern.like(part, context)?;
        }
        Some(all)
    }
}

/// Splits at the first five colons that stand outside variables.
fn split(text: &str, variables: bool) -> Vec<&str> {
    let mut parts = Vec::with_capacity(6);
    let (mut start, mut inside) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '$' if variables && text.get(at..).is_some_and(|tail| tail.starts_with("${")) => {
                inside = text.get(at..).is_some_and(|tail| tail.contains('}'));
            }
            '}' => inside = false,
            ':' if !inside && parts.len() < 5 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}
