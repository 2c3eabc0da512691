//! DSSE: a signature over what the payload is and says, never over one without the other.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Error, PAYLOAD_TYPE, SigningKey, VerifyingKey};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    #[serde(rename = "payloadType")]
    payload_type: String,
    payload: String,
    signatures: Vec<Signature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// The pre-authentication encoding: what is signed.
fn encoded(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// The statement in a signed envelope.
pub(super) fn seal(statement: &str, key: &SigningKey) -> String {
    let signature = key.sign(&encoded(PAYLOAD_TYPE, statement.as_bytes()));
    let envelope = Envelope {
        payload_type: PAYLOAD_TYPE.to_owned(),
        payload: STANDARD.encode(statement),
        signatures: vec![Signature { keyid: key.id(), sig: STANDARD.encode(signature) }],
    };
    // Texts only: it cannot fail.
    serde_json::to_string_pretty(&envelope).unwrap_or_default() + "\n"
}

/// The statement of an envelope, and whether the key signed it; `None` when the text is no
/// envelope at all.
pub(super) fn unseal(
    text: &str,
    key: Option<&VerifyingKey>,
) -> Option<Result<(Vec<u8>, bool), Error>> {
    let envelope: Envelope = serde_json::from_str(text).ok()?;
    let broken = |message: &str| Error {
        code: "receipt::envelope",
        message: message.to_owned(),
        help: "write the receipt again with `holdpoint plan --receipt FILE --sign-key KEY`",
    };
    if envelope.payload_type != PAYLOAD_TYPE {
        return Some(Err(broken("the envelope does not contain an in-toto statement")));
    }
    let Ok(payload) = STANDARD.decode(&envelope.payload) else {
        return Some(Err(broken("the envelope's payload is not base64")));
    };
    let message = encoded(PAYLOAD_TYPE, &payload);
    let signed = key.is_some_and(|key| {
        let signatures = envelope.signatures.iter().filter_map(|s| STANDARD.decode(&s.sig).ok());
        signatures.into_iter().any(|signature| key.verifies(&message, &signature))
    });
    Some(Ok((payload, signed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoding_is_the_one_of_the_specification() {
        assert_eq!(
            encoded("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }
}
