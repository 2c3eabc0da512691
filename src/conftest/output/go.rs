//! JSON, quoting and URLs, letter by letter as Go's standard library writes them.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// Compact, or with indentation, and safe within HTML.
struct Go<'a> {
    pretty: Option<PrettyFormatter<'a>>,
}

/// Hands a call on where there is indentation, else writes the compact form.
macro_rules! pass {
    ($($name:ident($($arg:ident: $kind:ty),*) $compact:expr;)*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, w: &mut W $(, $arg: $kind)*) -> io::Result<()> {
            match &mut self.pretty {
                Some(pretty) => pretty.$name(w $(, $arg)*),
                None => {
                    let text: &str = $compact;
                    w.write_all(text.as_bytes())
                }
            }
        }
    )*};
}

impl Formatter for Go<'_> {
    pass! {
        begin_array() "[";
        end_array() "]";
        begin_array_value(first: bool) if first { "" } else { "," };
        end_array_value() "";
        begin_object() "{";
        end_object() "}";
        begin_object_key(first: bool) if first { "" } else { "," };
        begin_object_value() ":";
        end_object_value() "";
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, w: &mut W, value: f64) -> io::Result<()> {
        w.write_all(float(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (before, tail) = rest.split_at(at);
            w.write_all(before.as_bytes())?;
            let Some(c) = tail.chars().next() else { break };
            write!(w, "\\u{:04x}", u32::from(c))?;
            rest = tail.get(c.len_utf8()..).unwrap_or_default();
        }
        w.write_all(rest.as_bytes())
    }
}

/// The shortest text of a number; with an exponent where it is very large or very small.
fn float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((head, power)) if !power.starts_with('-') => format!("{head}e+{power}"),
            _ => text,
        };
    }
    format!("{value}")
}

fn write(value: &impl Serialize, pretty: Option<PrettyFormatter<'_>>) -> String {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Go { pretty });
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8(out).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// JSON with indentation.
#[must_use]
pub fn indented(value: &impl Serialize, indent: &str) -> String {
    write(value, Some(PrettyFormatter::with_indent(indent.as_bytes())))
}

/// JSON in one line.
pub(super) fn compact(value: &impl Serialize) -> String {
    write(value, None)
}

/// A text in quotes, `%q`.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            // Of all spaces only the usual one can be printed.
            c if c == ' ' || !c.is_whitespace() && c.escape_debug().len() == 1 || c == '\'' => {
                out.push(c);
            }
            c if u32::from(c) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// The path of a URL.
pub(super) fn url_path(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Text within XML.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_what_go_writes() {
        let value = json!({"a": "<&\u{2028}\u{7f}\u{1}\u{8}>", "b": [], "c": {}, "d": [1, null]});
        assert_eq!(
            compact(&value),
            "{\"a\":\"\\u003c\\u0026\\u2028\u{7f}\\u0001\\b\\u003e\",\"b\":[],\"c\":{},\"d\":[1,null]}"
        );
        assert_eq!(
            indented(&json!({"a": [1], "b": []}), "\t"),
            "{\n\t\"a\": [\n\t\t1\n\t],\n\t\"b\": []\n}"
        );
        for (number, text) in [
            (1.0, "1"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1e-7, "1e-7"),
            (0.5, "0.5"),
            (-0.25, "-0.25"),
        ] {
            assert_eq!(compact(&number), text);
        }
    }

    #[test]
    fn quotes_urls_and_xml_are_those_of_go() {
        assert_eq!(quoted("a\"b\\\n\u{1}ä日'\u{200b}"), "\"a\\\"b\\\\\\n\\x01ä日'\\u200b\"");
        assert_eq!(url_path("d/日 x/a,b:c%d!.json"), "d/%E6%97%A5%20x/a,b:c%25d%21.json");
        assert_eq!(xml("<a b=\"c'&\n\u{1b}"), "&lt;a b=&#34;c&#39;&amp;&#xA;\u{fffd}");
    }
}
