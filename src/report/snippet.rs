//! The source line of a finding, and the columns to underline.

use unicode_width::UnicodeWidthChar;

use super::text;
use crate::model::location::Location;

/// A line of source, ready to print.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The line, cut to the room there is; tabs are spaces, deceptive characters escapes.
    pub(super) text: String,
    /// Columns in front of the underline.
    pub(super) skip: usize,
    /// Columns of the underline, at least one.
    pub(super) carets: usize,
}

/// A character as it is printed.
struct Cell {
    shown: String,
    width: usize,
}

/// The line of a location in `room` columns, `None` where it may not be shown.
pub(super) fn excerpt(location: &Location, room: usize) -> Option<Excerpt> {
    let line = location.snippet.as_deref()?.trim_end_matches(['\n', '\r', ' ', '\t']);
    let start = usize::try_from(location.column.max(1)).ok()? - 1;
    let end = match location.end_line > location.line {
        true => usize::MAX,
        false => usize::try_from(location.end_column.saturating_sub(1)).ok()?.max(start + 1),
    };
    // Only what can be seen is looked at: a line may be megabytes long.
    let room = room.max(20);
    let first = start.saturating_sub(room);
    let mut cells = cells(line, first, start.saturating_add(2 * room));
    let start = start - first;
    let end = end.saturating_sub(first);
    let mut left = first > 0;
    let mut dropped = 0;
    let wide = |cells: &[Cell]| cells.iter().map(|cell| cell.width).sum::<usize>();
    let total = wide(&cells);
    let before = wide(cells.get(..start.min(cells.len())).unwrap_or_default());
    if left || total > room {
        let (mut front, mut rest) = (before, total);
        while front > room / 3 && (left || rest > room) {
            let Some(cell) = cells.get(dropped) else {
                break;
            };
            front -= cell.width.min(front);
            rest -= cell.width;
            dropped += 1;
            left = true;
        }
    }
    cells.drain(..dropped.min(cells.len()));
    let (start, end) = (start - dropped.min(start), end.saturating_sub(dropped));
    let mut out = Excerpt { text: String::new(), skip: 0, carets: 0 };
    let mut used = 0;
    if left {
        out.text.push('…');
        used = 1;
        out.skip = 1;
    }
    let mut right = false;
    for (i, cell) in cells.iter().enumerate() {
        if used + cell.width + 1 > room {
            right = true;
            break;
        }
        out.text.push_str(&cell.shown);
        used += cell.width;
        if i < start {
            out.skip += cell.width;
        } else if i < end {
            out.carets += cell.width;
        }
    }
    if right {
        out.text.push('…');
    }
    out.carets = out.carets.max(1);
    Some(out)
}

fn cells(line: &str, from: usize, to: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut hashes = 0;
    let mut chars = line.chars().peekable();
    let mut position = 0;
    while let Some(c) = chars.next() {
        if position >= to {
            break;
        }
        let opens = c == '#' && hashes > 0 && text::opens_command(chars.peek().copied());
        hashes = if c == '#' { hashes + 1 } else { 0 };
        if position >= from {
            cells.push(match c {
                '\t' => Cell { shown: "    ".to_owned(), width: 4 },
                c if opens || text::is_deceptive(c) => {
                    let shown: String =
                        if opens { c.escape_unicode().collect() } else { text::shown(c) };
                    Cell { width: shown.len(), shown }
                }
                c => Cell { shown: c.to_string(), width: c.width().unwrap_or(0) },
            });
        }
        position += 1;
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str, column: u32, end_column: u32) -> Location {
        Location {
            file: "main.tf".to_owned(),
            line: 3,
            column,
            end_line: 3,
            end_column,
            snippet: Some(line.to_owned()),
        }
    }

    /// The underlined text, as a reader sees it; only right where all is one column wide.
    fn underlined(excerpt: &Excerpt) -> String {
        excerpt.text.chars().skip(excerpt.skip).take(excerpt.carets).collect()
    }

    #[test]
    fn the_range_is_underlined() {
        let found = excerpt(&at("  acl = \"public-read\"\r\n", 9, 22), 60).unwrap();
        assert_eq!(found.text, "  acl = \"public-read\"");
        assert_eq!(underlined(&found), "\"public-read\"");
    }

    #[test]
    fn tabs_and_wide_characters_take_their_columns() {
        let found = excerpt(&at("\t名 = \"日本\"", 6, 10), 60).unwrap();
        assert_eq!(found, Excerpt { text: "    名 = \"日本\"".to_owned(), skip: 9, carets: 6 });
    }

    #[test]
    fn escapes_are_shown_and_counted() {
        let found = excerpt(&at("a\u{1b}##[b] x", 9, 10), 60).unwrap();
        assert_eq!(found.text, "a\\u{1b}#\\u{23}[b] x");
        assert_eq!(underlined(&found), "x");
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let line = format!("{}NEEDLE{}", "a".repeat(5_000), "b".repeat(5_000));
        let found = excerpt(&at(&line, 5_001, 5_007), 40).unwrap();
        assert_eq!(underlined(&found), "NEEDLE");
        assert!(found.text.starts_with('…') && found.text.ends_with('…'), "{}", found.text);
        assert!(text::width(&found.text) <= 40, "{}", found.text);
    }

    #[test]
    fn a_column_behind_the_end_still_has_a_caret() {
        let found = excerpt(&at("x", 900, 950), 40).unwrap();
        assert_eq!(found.carets, 1);
        assert_eq!(excerpt(&Location { snippet: None, ..at("x", 1, 2) }, 40), None);
    }
}
