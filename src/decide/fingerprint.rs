//! Names for findings that stay the same from run to run and from machine to machine.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::model::raised::stem;

/// SHA-256 over rule, address and the path without its indexes, the first 32 hexadecimal digits.
/// `ordinal` tells findings apart that share these three; 0 for the first.
pub(super) fn fingerprint(rule: &str, address: &str, path: &str, ordinal: usize) -> String {
    let mut hash = Sha256::new();
    // NUL stands in none of the three, so no two triples run together into one text.
    for part in [rule, address, &stem(path)] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    if ordinal > 0 {
        hash.update(ordinal.to_string().as_bytes());
    }
    let mut text = String::with_capacity(32);
    for byte in hash.finalize().iter().take(16) {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_fixed_for_all_time() {
        // echo -n 'rule\0aws_x.y\0ingress.port\0' | sha256sum: users' baselines hold these.
        assert_eq!(
            fingerprint("rule", "aws_x.y", "ingress[3].port", 0),
            "8953780364ca4bde273c5363bef6dff4"
        );
    }

    #[test]
    fn it_ignores_indexes_and_tells_duplicates_apart() {
        let first = fingerprint("r", "a.b", "ingress[0]", 0);
        assert_eq!(first, fingerprint("r", "a.b", "ingress[7]", 0));
        assert_ne!(first, fingerprint("r", "a.b", "ingress[0]", 1));
        assert_ne!(fingerprint("r", "a.b", "c", 0), fingerprint("r", "a", "b.c", 0));
        assert_eq!(first.len(), 32);
    }
}
