//! `table`: a box around all results, as wide as they are.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Checked;

/// A tab is as wide as this, wherever it stands.
const TAB: usize = 8;

type Row = [String; 4];

pub(super) fn render(results: &[Checked]) -> String {
    let mut rows: Vec<Row> = Vec::new();
    for checked in results {
        let mut add = |word: &str, message: &str| {
            rows.push([word, &checked.file, &checked.namespace, message].map(str::to_owned));
        };
        (0..checked.successes).for_each(|_| add("success", "SUCCESS"));
        for (word, entries) in [
            ("exception", &checked.exceptions),
            ("warning", &checked.warnings),
            ("skipped", &checked.skipped),
            ("failure", &checked.failures),
        ] {
            entries.iter().for_each(|entry| add(word, &entry.msg));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let header = ["RESULT", "FILE", "NAMESPACE", "MESSAGE"];
    let rows: Vec<[Vec<String>; 4]> =
        rows.iter().map(|row| row.each_ref().map(|cell| lines(cell))).collect();
    let mut widths = header.map(width);
    for row in &rows {
        for (column, cell) in widths.iter_mut().zip(row) {
            *column = cell.iter().map(|line| width(line)).fold(*column, usize::max);
        }
    }
    let rule = |left: &str, middle: &str, right: &str| {
        let bars: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
        format!("{left}{}{right}\n", bars.join(middle))
    };
    let mut out = rule("┌", "┬", "┐");
    let centred: Vec<String> = header
        .iter()
        .zip(&widths)
        .map(|(name, width)| {
            let space = width + 2 - name.len();
            let left = space / 2;
            format!("{}{name}{}", " ".repeat(left), " ".repeat(space - left))
        })
        .collect();
    out.push_str(&format!("│{}│\n", centred.join("│")));
    out.push_str(&rule("├", "┼", "┤"));
    for row in &rows {
        let height = row.iter().map(Vec::len).max().unwrap_or_default();
        for at in 0..height {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, wide)| {
                    let line = cell.get(at).map(String::as_str).unwrap_or_default();
                    format!(" {line}{} ", " ".repeat(wide.saturating_sub(width(line))))
                })
                .collect();
            out.push_str(&format!("│{}│\n", cells.join("│")));
        }
    }
    out.push_str(&rule("└", "┴", "┘"));
    out
}

/// The lines of a cell: trimmed as a whole, without empty ones.
fn lines(text: &str) -> Vec<String> {
    let lines = text.trim().split('\n').filter(|line| !line.trim().is_empty());
    lines.map(|line| line.trim_end_matches(' ').replace('\t', &" ".repeat(TAB))).collect()
}

/// Columns of a terminal; what moves no cursor has none.
fn width(text: &str) -> usize {
    let plain = without_escapes(text);
    if plain.chars().any(char::is_control) {
        return plain.chars().filter_map(UnicodeWidthChar::width).sum();
    }
    plain.width()
}

/// Without the sequences that colour a terminal.
fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        match behind.find(|c: char| ('@'..='~').contains(&c)) {
            Some(end) => rest = behind.get(end + 1..).unwrap_or_default(),
            None => rest = "",
        }
    }
    out.push_str(rest);
    out
}
