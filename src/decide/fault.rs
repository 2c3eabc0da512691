//! A mistake in holdpoint.toml, with the place that it underlines.

use std::ops::Range;

/// A mistake in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A stable code, `config::unknown-key`.
    pub code: &'static str,
    /// What it is; lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
}

/// The candidate that `word` most probably stands for; none when nothing is near.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase().replace('_', "-");
    let score = |candidate: &str| {
        let candidate = candidate.replace('_', "-");
        let near = strsim::jaro_winkler(&word, &candidate);
        // A part of a long id, `admin-port`, is not near by distance and still what was meant.
        if word.len() > 3 && candidate.contains(&word) { near.max(0.95) } else { near }
    };
    candidates
        .into_iter()
        .map(|candidate| (score(candidate), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word() {
        let ids = ["security-group-admin-port-open", "s3-versioning-off", "rds-public"];
        assert_eq!(nearest("s3-versoning-off", ids), Some("s3-versioning-off"));
        assert_eq!(nearest("admin-port", ids), Some("security-group-admin-port-open"));
        assert_eq!(nearest("rds_public", ids), Some("rds-public"));
        assert_eq!(nearest("kubernetes", ids), None);
    }
}
