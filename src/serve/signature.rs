//! `X-TFC-Task-Signature`: HMAC-SHA512 of the raw body, in hexadecimal.

use ring::hmac;

/// Whether the signature is the key's. Compared in constant time; a signature of another form is
/// none.
pub(super) fn is_right(key: &hmac::Key, body: &[u8], signature: &[u8]) -> bool {
    let mut bytes = [0; 64];
    decode(signature, &mut bytes).is_some() && hmac::verify(key, body, &bytes).is_ok()
}

/// The key as it was entered in HCP Terraform.
pub(super) fn key(secret: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA512, secret)
}

fn decode(text: &[u8], out: &mut [u8; 64]) -> Option<()> {
    if text.len() != 2 * out.len() {
        return None;
    }
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    const SIGNATURE: &str = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75\
                             c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";

    #[test]
    fn only_the_right_signature_is_right() {
        let (key, body) = (key(b"Jefe"), b"what do ya want for nothing?");
        assert!(is_right(&key, body, SIGNATURE.as_bytes()));
        assert!(is_right(&key, body, SIGNATURE.to_uppercase().as_bytes()));
        assert!(!is_right(&key, b"what do ya want for nothing!", SIGNATURE.as_bytes()));
        for i in 0..SIGNATURE.len() {
            let mut other = SIGNATURE.as_bytes().to_vec();
            other[i] = if other[i] == b'0' { b'1' } else { b'0' };
            assert!(!is_right(&key, body, &other), "digit {i}");
        }
        for other in ["", "00", &SIGNATURE[1..], &format!("{SIGNATURE}00"), &"g".repeat(128)] {
            assert!(!is_right(&key, body, other.as_bytes()), "{other}");
        }
        assert!(!is_right(&key, body, &[0xff; 128]));
    }
}
