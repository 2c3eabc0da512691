//! Few and short action patterns for many verbs, which match nothing that must stay open.
//!
//! Patterns are starts of verbs, at word boundaries where a reader is to see what they mean
//! (`ec2:Modify*`). Starts lie inside one another or apart, so taking the shortest that is allowed
//! for each verb gives the fewest patterns.

use std::collections::{BTreeMap, BTreeSet};

/// How short patterns may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Whole words: `ec2:Modify*`.
    Words,
    /// As short as it goes: `sqs:U*`. A verb that AWS adds later is the sooner matched.
    Short,
}

/// Patterns that match all of `denied` and none of `open`, both `service:Verb`. A pattern may match
/// what stands in neither.
#[must_use]
pub fn compress(denied: &BTreeSet<String>, open: &BTreeSet<String>, style: Style) -> Vec<String> {
    let mut by_start: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for verb in denied {
        let start = starts(verb, style).find(|start| is_free(start, open)).unwrap_or(verb);
        by_start.entry(start).or_default().push(verb);
    }
    let mut patterns = Vec::new();
    for (start, verbs) in by_start {
        match (verbs.as_slice(), style) {
            // A pattern for one verb says less than the verb.
            ([verb], Style::Words) => patterns.push((*verb).to_owned()),
            ([verb], Style::Short) if verb.len() <= start.len() + 1 => {
                patterns.push((*verb).to_owned());
            }
            _ => patterns.push(format!("{start}*")),
        }
    }
    patterns.sort();
    patterns
}

/// The starts of a verb, shortest first: `ec2:Modify`, `ec2:ModifyVpc`, ... At least one word, or
/// one letter: `ec2:*` says nothing.
fn starts(verb: &str, style: Style) -> impl Iterator<Item = &str> {
    let name = verb.find(':').map_or(0, |colon| colon + 1);
    let bytes = verb.as_bytes();
    let is_upper = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_uppercase);
    let cuts = (name + 1..verb.len())
        .filter(move |i| style == Style::Short || (is_upper(*i) && !is_upper(i.wrapping_sub(1))));
    cuts.filter_map(move |cut| verb.get(..cut))
}

fn is_free(start: &str, open: &BTreeSet<String>) -> bool {
    let next = open.range(start.to_owned()..).next();
    !next.is_some_and(|verb| verb.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn starts_at_words() {
        let prefixes: Vec<&str> = starts("ec2:ModifyVpcEndpoint", Style::Words).collect();
        assert_eq!(prefixes, ["ec2:Modify", "ec2:ModifyVpc"]);
        assert_eq!(starts("apigateway:DELETE", Style::Words).count(), 0);
        assert_eq!(
            starts("rds:ModifyDBInstance", Style::Words).collect::<Vec<_>>(),
            ["rds:Modify"]
        );
    }

    #[test]
    fn nothing_open_is_matched() {
        let denied = set(&["sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue"]);
        let open = set(&["sqs:DeleteMessage", "sqs:SendMessage"]);
        let patterns = compress(&denied, &open, Style::Words);
        assert_eq!(patterns, ["sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue"]);
        let denied = set(&["ec2:ModifyVpc", "ec2:ModifyVolume", "ec2:DeleteVpc"]);
        assert_eq!(compress(&denied, &open, Style::Words), ["ec2:DeleteVpc", "ec2:Modify*"]);
        let open = set(&["ec2:ModifyVolumeTier"]);
        let patterns = compress(&denied, &open, Style::Words);
        assert_eq!(patterns, ["ec2:DeleteVpc", "ec2:ModifyVolume", "ec2:ModifyVpc"]);
        let open = set(&["ec2:DescribeVpcs"]);
        assert_eq!(compress(&denied, &open, Style::Short), ["ec2:Del*", "ec2:M*"]);
    }
}
