//! The text behind a hash: a provider may show a long text by its SHA-1 only.
//!
//! Configuration and source may hold the text. It counts when it has that hash, so neither has to be
//! trusted.

use sha1::{Digest, Sha1};

use crate::clouds;
use crate::model::subject::{PlanOrigin, Subject};
use crate::model::value::Value;
use crate::terraform::Plan;

impl Plan<'_> {
    /// What stands behind a planned value, where that is a hash and the text is at hand.
    pub(super) fn preimage(&self, subject: &Subject, name: &str, planned: Value) -> Value {
        let Value::String(hash) = &planned else { return planned };
        let is_hash = hash.len() == 40
            && hash.bytes().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase());
        if !is_hash || !clouds::of(&subject.kind).hashed.contains(&name) {
            return planned;
        }
        let from_source = || {
            let Subject { kind, name: own, .. } = subject;
            let PlanOrigin { module, mode, key, .. } = subject.plan()?;
            let source = self.source.as_ref()?;
            source.attribute(self, module, *mode, kind, own, key.as_ref(), name)
        };
        let fits = |text: &Value| text.as_str().is_some_and(|text| sha1(text.as_bytes()) == *hash);
        Some(self.written_by_hand(subject, name))
            .filter(fits)
            .or_else(|| from_source().filter(fits))
            .unwrap_or(planned)
    }
}

/// SHA-1 in hexadecimal; good enough to tell one script from another.
fn sha1(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_standard() {
        for (text, hash) in [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
            ),
        ] {
            assert_eq!(sha1(text.as_bytes()), hash);
        }
        assert_eq!(sha1(&[b'a'; 1_000_000]), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    }
}
