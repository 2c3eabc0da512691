//! Few and short action patterns for many verbs, which match nothing that must stay open.
//!
//! Patterns are starts at word boundaries (`ec2:Modify*`), so that a reader sees what they mean.
//! Such starts lie inside one another or apart, so taking the shortest that is allowed for each
//! verb gives the fewest patterns.

use std::collections::{BTreeMap, BTreeSet};

/// Patterns that match all of `denied` and none of `open`, both `service:Verb`. A pattern may match
/// what stands in neither.
#[must_use]
pub fn compress(denied: &BTreeSet<String>, open: &BTreeSet<String>) -> Vec<String> {
    let mut by_start: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for verb in denied {
        let start = starts(verb).find(|start| is_free(start, open)).unwrap_or(verb);
        by_start.entry(start).or_default().push(verb);
    }
    let mut patterns = Vec::new();
    for (start, verbs) in by_start {
        match verbs.as_slice() {
            // A pattern for one verb says less than the verb.
            [verb] => patterns.push((*verb).to_owned()),
            _ => patterns.push(format!("{start}*")),
        }
    }
    patterns.sort();
    patterns
}

/// The starts of a verb at word boundaries, shortest first: `ec2:Modify`, `ec2:ModifyVpc`, ...
/// One word at least: `ec2:*` says nothing.
fn starts(verb: &str) -> impl Iterator<Item = &str> {
    let name = verb.find(':').map_or(0, |colon| colon + 1);
    let bytes = verb.as_bytes();
    let is_upper = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_uppercase);
    let cuts = (name + 1..verb.len()).filter(move |i| is_upper(*i) && !is_upper(i.wrapping_sub(1)));
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
        let own: Vec<&str> = starts("ec2:ModifyVpcEndpoint").collect();
        assert_eq!(own, ["ec2:Modify", "ec2:ModifyVpc"]);
        assert_eq!(starts("apigateway:DELETE").count(), 0);
        assert_eq!(starts("rds:ModifyDBInstance").collect::<Vec<_>>(), ["rds:Modify"]);
    }

    #[test]
    fn nothing_open_is_matched() {
        let denied = set(&["sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue"]);
        let open = set(&["sqs:DeleteMessage", "sqs:SendMessage"]);
        let own = compress(&denied, &open);
        assert_eq!(own, ["sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue"]);
        let denied = set(&["ec2:ModifyVpc", "ec2:ModifyVolume", "ec2:DeleteVpc"]);
        assert_eq!(compress(&denied, &open), ["ec2:DeleteVpc", "ec2:Modify*"]);
        let open = set(&["ec2:ModifyVolumeTier"]);
        let own = compress(&denied, &open);
        assert_eq!(own, ["ec2:DeleteVpc", "ec2:ModifyVolume", "ec2:ModifyVpc"]);
    }
}
