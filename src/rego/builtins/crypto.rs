//! Hashes and message authentication codes, in hexadecimal as OPA gives them.

use digest::{Digest, KeyInit};
use hmac::{Hmac, Mac};
use regorus::Value;

use super::{Answer, text};

pub(super) fn md5(arguments: &[Value]) -> Answer {
    Ok(hex(&md5::Md5::digest(text(arguments, 0)?)))
}

pub(super) fn sha1(arguments: &[Value]) -> Answer {
    Ok(hex(&sha1::Sha1::digest(text(arguments, 0)?)))
}

pub(super) fn sha256(arguments: &[Value]) -> Answer {
    Ok(hex(&sha2::Sha256::digest(text(arguments, 0)?)))
}

pub(super) fn hmac_md5(arguments: &[Value]) -> Answer {
    code::<Hmac<md5::Md5>>(arguments)
}

pub(super) fn hmac_sha1(arguments: &[Value]) -> Answer {
    code::<Hmac<sha1::Sha1>>(arguments)
}

pub(super) fn hmac_sha256(arguments: &[Value]) -> Answer {
    code::<Hmac<sha2::Sha256>>(arguments)
}

pub(super) fn hmac_sha512(arguments: &[Value]) -> Answer {
    code::<Hmac<sha2::Sha512>>(arguments)
}

pub(super) fn hmac_equal(arguments: &[Value]) -> Answer {
    Ok(Value::Bool(text(arguments, 0)? == text(arguments, 1)?))
}

fn code<M: Mac + KeyInit>(arguments: &[Value]) -> Answer {
    let (message, key) = (text(arguments, 0)?, text(arguments, 1)?);
    let mut mac = <M as KeyInit>::new_from_slice(key.as_bytes())
        .map_err(|_| "the key length is not supported".to_owned())?;
    mac.update(message.as_bytes());
    Ok(hex(&mac.finalize().into_bytes()))
}

fn hex(bytes: &[u8]) -> Value {
    Value::from(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
