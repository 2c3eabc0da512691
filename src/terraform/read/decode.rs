//! Bytes to text: UTF-8 with or without a byte order mark, and UTF-16 as PowerShell's `>` writes it.

use std::borrow::Cow;

use crate::terraform::read::error::ReadError;

/// Decodes a plan's bytes. UTF-16 is recognised by its byte order mark, or by a zero byte beside
/// the first character (a plan starts with an ASCII character).
///
/// # Errors
/// [`ReadError::Encoding`] when the bytes are none of these.
pub(in crate::terraform) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    let utf16 = match bytes {
        [0xFF, 0xFE, ..] | [b'{' | b'[' | b' ', 0, ..] => Some(encoding_rs::UTF_16LE),
        [0xFE, 0xFF, ..] | [0, b'{' | b'[' | b' ', ..] => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    if let Some(encoding) = utf16 {
        let (text, _, broken) = encoding.decode(bytes);
        return if broken { Err(ReadError::Encoding) } else { Ok(text) };
    }
    let text = str::from_utf8(bytes).map_err(|_| ReadError::Encoding)?;
    Ok(Cow::Borrowed(text.strip_prefix('\u{FEFF}').unwrap_or(text)))
}
