//! The text behind a hash: a provider may show a long text by its SHA-1 only.
//!
//! Configuration and source may hold the text. It counts when it has that hash, so neither has to be
//! trusted.

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

/// SHA-1 in hexadecimal (FIPS 180-4); good enough to tell one script from another.
fn sha1(bytes: &[u8]) -> String {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64), 0);
    if padded.len() - bytes.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let bits = (bytes.len() as u64).wrapping_mul(8).to_be_bytes();
    let end = padded.len() - bits.len();
    padded.truncate(end);
    padded.extend(bits);
    for block in padded.chunks_exact(64) {
        let mut words: Vec<u32> = block
            .chunks_exact(4)
            .map(|four| four.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)))
            .collect();
        for i in 16..80 {
            let back = |n: usize| words.get(i - n).copied().unwrap_or_default();
            words.push((back(3) ^ back(8) ^ back(14) ^ back(16)).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (i, word) in words.iter().enumerate() {
            let (mix, add) = match i {
                0..20 => (b & c | !b & d, 0x5a82_7999),
                20..40 => (b ^ c ^ d, 0x6ed9_eba1),
                40..60 => (b & c | b & d | c & d, 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let next = a
                .rotate_left(5)
                .wrapping_add(mix)
                .wrapping_add(e)
                .wrapping_add(add)
                .wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (own, more) in state.iter_mut().zip([a, b, c, d, e]) {
            *own = own.wrapping_add(more);
        }
    }
    state.iter().map(|word| format!("{word:08x}")).collect()
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
