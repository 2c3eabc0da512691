//! Line breaks inside `{ for ... }`: Terraform ignores them, the parser takes some for the end.
//!
//! A conditional or an operator that goes on in the next line is the usual case. Only breaks and
//! comments inside such braces are replaced, each byte by a space, so that every place stays true.

/// Where the text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Inside `{ for ... }`, and brackets therein: a line break means nothing.
    For,
    /// Anywhere else that is no text: line breaks are left to the parser.
    Plain,
    /// Inside quotes.
    Quoted,
}

/// The text with the line breaks of `{ for ... }` replaced; `None` when there are none, or a
/// heredoc stands among them.
pub(super) fn joined(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut levels: Vec<Level> = Vec::new();
    let mut changed = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let here = levels.last().copied().unwrap_or(Level::Plain);
        let tail = bytes.get(at..).unwrap_or_default();
        let step = match (here, byte) {
            (Level::Quoted, b'\\') => 2,
            (Level::Quoted, _) if tail.starts_with(b"$${") || tail.starts_with(b"%%{") => 3,
            (Level::Quoted, _) if tail.starts_with(b"${") || tail.starts_with(b"%{") => {
                levels.push(Level::Plain);
                2
            }
            (Level::Quoted, b'"') | (Level::For | Level::Plain, b'}' | b']' | b')') => {
                levels.pop();
                1
            }
            (Level::Quoted, _) => 1,
            (_, b'"') => {
                levels.push(Level::Quoted);
                1
            }
            (_, b'{') => {
                levels.push(if begins_for(tail) { Level::For } else { Level::Plain });
                1
            }
            (_, b'[' | b'(') => {
                levels.push(here);
                1
            }
            (_, b'#' | b'/') if comment(tail) > 0 => comment(tail),
            (_, b'<') if heredoc(tail) > 0 => {
                if here == Level::For {
                    return None;
                }
                heredoc(tail)
            }
            _ => 1,
        };
        let is_comment = step > 1 && matches!(byte, b'#' | b'/');
        if here == Level::For && (is_comment || matches!(byte, b'\n' | b'\r')) {
            out.iter_mut().skip(at).take(step).for_each(|byte| *byte = b' ');
            changed = true;
        }
        at += step;
    }
    changed.then(|| String::from_utf8(out).ok()).flatten()
}

/// Whether a brace begins `{ for`.
fn begins_for(tail: &[u8]) -> bool {
    let inside = tail.get(1..).unwrap_or_default().trim_ascii_start();
    inside.strip_prefix(b"for").and_then(<[u8]>::first).is_some_and(u8::is_ascii_whitespace)
}

/// The length of the comment that begins here, without the line break that ends it.
fn comment(tail: &[u8]) -> usize {
    if tail.starts_with(b"#") || tail.starts_with(b"//") {
        return tail.iter().position(|byte| *byte == b'\n').unwrap_or(tail.len());
    }
    if !tail.starts_with(b"/*") {
        return 0;
    }
    let end = tail.windows(2).skip(2).position(|two| two == b"*/");
    end.map_or(tail.len(), |end| end + 4)
}

/// The length of the heredoc that begins here, up to its closing word.
fn heredoc(tail: &[u8]) -> usize {
    let Some(head) = tail.strip_prefix(b"<<") else { return 0 };
    let Some(end) = head.iter().position(|byte| *byte == b'\n') else { return 0 };
    let line = head.get(..end).unwrap_or_default();
    let word = line.strip_prefix(b"-").unwrap_or(line).trim_ascii();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if word.is_empty() || !word.iter().all(is_name) {
        return 0;
    }
    let mut length = 2 + end + 1;
    for line in tail.get(length..).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii() == word {
            return length;
        }
        length += line.len();
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPLIT: &str = r#"
locals {
  # not { for here
  plain = {
    a = 1 # one
    b = 2
  }
  labels = { for k in local.names : k => local.case == "}" ? local.raw[k] : # why
    local.case == "title" ? title("${local.raw[k]}{") :
    upper(local.raw[k]) if k != "" // done
  }
}
"#;

    #[test]
    fn a_conditional_over_lines_parses_and_every_place_stays() {
        assert!(hcl_edit::parser::parse_body(SPLIT).is_err(), "needed no longer");
        let joined = joined(SPLIT).unwrap();
        assert_eq!(joined.len(), SPLIT.len());
        let body = hcl_edit::parser::parse_body(&joined).unwrap();
        let locals = body.get_blocks("locals").next().unwrap();
        assert!(locals.body.get_attribute("labels").is_some());
        assert_eq!(joined.find("b = 2"), SPLIT.find("b = 2"));
        assert_eq!(joined.find("if k"), SPLIT.find("if k"));
    }

    #[test]
    fn objects_inside_and_text_keep_their_lines() {
        let text = "a = { for k in b :\n k => {\n x = 1\n y = \"for\"\n } }\n";
        let joined = joined(text).unwrap();
        assert_eq!(joined, "a = { for k in b :  k => {\n x = 1\n y = \"for\"\n } }\n");
        assert!(hcl_edit::parser::parse_body(&joined).is_ok());
    }

    #[test]
    fn what_needs_nothing_or_cannot_be_done_is_left() {
        assert_eq!(joined("a = [\n for k in b : k\n]\n"), None);
        assert_eq!(joined("a = <<E\n{ for\n x }\nE\n"), None);
        assert_eq!(joined("a = { for k in b : k =>\n <<E\nx\nE\n}\n"), None);
        assert_eq!(joined("a = \"{ for \n\"\n"), None);
        assert_eq!(joined("a = /* { for\n */ 1\n"), None);
    }
}
