//! Ed25519 keys in the files that `openssl genpkey -algorithm ed25519` writes: PKCS #8 and SPKI in
//! PEM (RFC 8410).

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};

use super::{Error, sha256};

/// What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Signs receipts.
pub struct SigningKey(Ed25519KeyPair);

/// Checks signatures of receipts.
#[derive(Clone)]
pub struct VerifyingKey(Vec<u8>);

impl SigningKey {
    /// Reads a private key.
    ///
    /// # Errors
    /// When the text is no PKCS #8 private key in PEM, or not one of Ed25519. The text is not quoted.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let unfit = |message: &str| Error {
            code: "receipt::sign-key",
            message: message.to_owned(),
            help: "create one with `openssl genpkey -algorithm ed25519 -out key.pem`",
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(text)
            .map_err(|_| unfit("the signing key is not a PKCS #8 private key in PEM format"))?;
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der())
            .map(Self)
            .map_err(|_| unfit("the signing key is not an Ed25519 key"))
    }

    /// What other tools know the key by: SHA-256 over its SubjectPublicKeyInfo.
    #[must_use]
    pub fn id(&self) -> String {
        identity(self.0.public_key().as_ref())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

impl VerifyingKey {
    /// Reads a public key.
    ///
    /// # Errors
    /// When the text is no public key in PEM, or not one of Ed25519.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let unfit = |message: &str| Error {
            code: "receipt::verify-key",
            message: message.to_owned(),
            help: "create one with `openssl pkey -in key.pem -pubout -out key.pub.pem`",
        };
        let der = SubjectPublicKeyInfoDer::from_pem_slice(text)
            .map_err(|_| unfit("the verification key is not a public key in PEM format"))?;
        match der.as_ref().strip_prefix(&SPKI) {
            Some(key) if key.len() == 32 => Ok(Self(key.to_vec())),
            _ => Err(unfit("the verification key is not an Ed25519 key")),
        }
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

fn identity(key: &[u8]) -> String {
    sha256(&[&SPKI, key].concat())
}
