//! Text that came with the input, made harmless for whatever prints it.
//!
//! A plan is written by whoever opened the pull request. Its addresses and values must not clear
//! a screen, hide themselves, or speak to the CI system that shows the log.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Whether a character does something instead of being seen: controls, and the invisible ones
/// that reorder or hide what stands around them.
pub(super) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

/// How a deceptive character is shown: `\n`, `\u{1b}`.
pub(super) fn shown(c: char) -> String {
    c.escape_default().collect()
}

/// Text on one line, with deceptive characters shown as escapes.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_deceptive(c) {
            out.push_str(&shown(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Running text: its line breaks are only how the rule's author wrapped it.
pub(super) fn flow(text: &str) -> String {
    line(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// The first paragraph, as running text.
pub(super) fn first_paragraph(text: &str) -> String {
    let end = text.trim_start().lines().take_while(|line| !line.trim().is_empty());
    flow(&end.collect::<Vec<_>>().join(" "))
}

/// At most `max` characters; what was cut is marked by `…`.
pub(super) fn cut(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let kept: String = text.chars().take(max.saturating_sub(1)).collect();
            Cow::Owned(kept + "…")
        }
    }
}

/// Whether `##` followed by this character opens a command that a CI system takes from the
/// middle of a line: `##[error]` (GitHub), `##vso[` (Azure), `##teamcity[`.
pub(super) fn opens_command(next: Option<char>) -> bool {
    next.is_some_and(|c| c == '[' || c.is_ascii_alphabetic())
}

/// Breaks what a CI system would take for a command of ours: `::` at the start of a line and
/// `##[` anywhere. For whole outputs that are read in a log.
pub(super) fn guard(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        out.push_str(line.get(..indent).unwrap_or_default());
        let rest = body.strip_prefix("::");
        if rest.is_some() {
            out.push_str(":\\u{3a}");
        }
        break_hashes(rest.unwrap_or(body), "\\u{23}", &mut out);
    }
    out
}

/// Puts `shown` for the second `#` of what opens a command.
fn break_hashes(text: &str, shown: &str, out: &mut String) {
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '#' && before == Some('#') && opens_command(chars.peek().copied()) {
            out.push_str(shown);
        } else {
            out.push(c);
        }
        before = Some(c);
    }
}

/// JSON whose bytes are harmless in a terminal and in a log, and that still decodes to the same
/// values: what deceives stands as `\uXXXX`. Outside strings JSON has none of these characters.
pub(super) fn harmless_json(json: &str) -> String {
    let mut hashed = String::with_capacity(json.len() + 16);
    break_hashes(json, "\\u0023", &mut hashed);
    let mut out = String::with_capacity(hashed.len() + 16);
    for c in hashed.chars() {
        if is_deceptive(c) && c != '\n' {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Columns that a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Breaks running text at spaces so that it fits `room` columns; later lines start with `indent`
/// spaces. A word that starts with `::` never comes first on a line, where it could be a command.
pub(super) fn wrap(text: &str, room: usize, indent: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let columns = width(word);
        if used > 0 && used + 1 + columns > room && !word.starts_with("::") {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += columns;
    }
    out
}

/// `1 finding`, `2 findings`.
pub(super) fn plural(count: usize, singular: &str) -> String {
    if count == 1 { format!("1 {singular}") } else { format!("{count} {singular}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deceives_is_shown() {
        assert_eq!(line("a\u{1b}[2J\nb\u{202e}\u{9b}c"), r"a\u{1b}[2J\nb\u{202e}\u{9b}c");
        assert!(matches!(line("größe 日本"), Cow::Borrowed(_)));
    }

    #[test]
    fn commands_are_broken_and_addresses_are_not() {
        assert_eq!(guard("  ::error::x\n"), "  :\\u{3a}error::x\n");
        assert_eq!(
            guard("a ##[error]x ##vso[y] ###[z"),
            "a #\\u{23}[error]x #\\u{23}vso[y] ##\\u{23}[z"
        );
        assert_eq!(guard("## title\n\n from ::/0\n"), "## title\n\n from ::/0\n");
    }

    #[test]
    fn harmless_json_decodes_to_the_same_text() {
        let text = "##[error]\u{9b}\u{7f}\u{202e}\u{e0041}\u{1b}\n";
        let json = harmless_json(&serde_json::to_string(text).unwrap());
        assert!(json.is_ascii() && !json.contains("##["), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn wrapped_lines_never_start_with_colons() {
        assert_eq!(wrap("tcp 22 from ::/0 and more", 12, 2), "tcp 22 from ::/0\n  and more");
        assert_eq!(wrap("日本語 日本語", 8, 1), "日本語\n 日本語");
    }

    #[test]
    fn cuts_at_characters() {
        assert_eq!(cut("日本語", 3), "日本語");
        assert_eq!(cut("日本語語", 3), "日本…");
        assert_eq!(first_paragraph("one\n two\n\nthree"), "one two");
    }
}
