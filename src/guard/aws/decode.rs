//! Policy documents as IAM sends them.

/// IAM gives documents percent-encoded; some stand-ins for it do not.
pub(super) fn decoded(text: &str) -> String {
    if text.trim_start().starts_with('{') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.as_bytes();
    while let [first, rest @ ..] = left {
        let code = match (first, rest) {
            (b'%', [high, low, ..]) => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        left = if code.is_some() { rest.get(2..).unwrap_or_default() } else { rest };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn documents_are_read_both_ways() {
        assert_eq!(decoded("%7B%22a%22%3A%20%22%C3%A9%2B+%25%22%7D"), "{\"a\": \"é++%\"}");
        assert_eq!(decoded("{\"a\": \"%41\"}"), "{\"a\": \"%41\"}");
        assert_eq!(decoded("%7"), "%7");
        assert_eq!(decoded("%zz%"), "%zz%");
    }
}
