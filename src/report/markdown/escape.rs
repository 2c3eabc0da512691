//! Text that came with the plan, as Markdown that shows it and does nothing.

use super::super::text;

/// A code span. No mention, link, reference or emphasis works in one.
pub(super) fn code(text: &str) -> String {
    let text = text::line(text);
    if text.trim().is_empty() {
        return String::new();
    }
    let mut longest = 0;
    let mut run = 0;
    let mut body = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
        match c {
            // A table is cut into cells before code spans are seen, and a backslash in front of
            // the pipe's own would be read differently from reader to reader.
            '|' if before == '\\' => body.push_str("\\u{7c}"),
            '|' => body.push_str("\\|"),
            c => body.push(c),
        }
        before = c;
    }
    let fence = "`".repeat(longest + 1);
    // One space on each side is dropped again, and keeps backticks apart from the fence.
    let edge = |c: char| c == '`' || c == ' ';
    let pad = if body.starts_with(edge) || body.ends_with(edge) { " " } else { "" };
    format!("{fence}{pad}{body}{pad}{fence}")
}

/// A sentence: what stands between single backticks becomes a code span, all else is escaped.
pub(super) fn rich(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::with_capacity(text.len() + 16);
    for (i, part) in parts.iter().enumerate() {
        let closed = i + 1 < parts.len();
        match i % 2 {
            1 if closed => out.push_str(&code(part)),
            1 => {
                out.push_str("\\`");
                prose(part, &mut out);
            }
            _ => prose(part, &mut out),
        }
    }
    out
}

fn prose(text: &str, out: &mut String) {
    let text = text::line(text);
    let mut word = String::new();
    for (at, c) in text.char_indices() {
        match c {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '|' => out.push_str("&#124;"),
            '&' => out.push_str("&amp;"),
            '$' => out.push_str("&#36;"),
            // An empty comment breaks up what would become a mention, a reference or a link.
            '@' | '#' => {
                out.push(c);
                out.push_str("<!-- -->");
            }
            ':' if text.get(at..).is_some_and(|rest| rest.starts_with("://")) => {
                out.push_str(":<!-- -->")
            }
            '.' if word.eq_ignore_ascii_case("www") => out.push_str("<!-- -->."),
            c => out.push(c),
        }
        if c.is_alphanumeric() { word.push(c) } else { word.clear() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_hold_everything() {
        assert_eq!(code("aws_s3_bucket.b[\"x\"]"), "`aws_s3_bucket.b[\"x\"]`");
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(code("a|b\\|c\nd"), "`a\\|b\\\\u{7c}c\\nd`");
    }

    #[test]
    fn sentences_keep_their_code_and_lose_their_powers() {
        assert_eq!(rich("set `acl` to `private`"), "set `acl` to `private`");
        assert_eq!(
            rich("@all see [x](https://y) | `"),
            "@<!-- -->all see \\[x\\](https:<!-- -->//y) &#124; \\`"
        );
        assert_eq!(rich("<script> www.x.y"), "\\<script\\> www<!-- -->.x.y");
    }
}
