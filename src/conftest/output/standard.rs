//! `stdout`: a line a result, and the sum.

use super::{Checked, Style, place, totals};

const RED: u8 = 31;
const GREEN: u8 = 32;
const YELLOW: u8 = 33;
const BLUE: u8 = 34;
const CYAN: u8 = 36;

fn paint(text: &str, code: u8, color: bool) -> String {
    if color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

pub(super) fn render(results: &[Checked], style: Style) -> String {
    let mut out = String::new();
    for line in results.iter().flat_map(|checked| &checked.outputs) {
        out.push_str(&format!("{}  {line}\n\n", paint("PRNT ", BLUE, style.color)));
    }
    for checked in results {
        let place = place(checked);
        let mut list = |word: &str, code: u8, entries: &[super::super::Entry]| {
            for entry in entries {
                let word = paint(word, code, style.color);
                out.push_str(&format!("{word} {place} {}\n", entry.msg));
            }
        };
        list("WARN", YELLOW, &checked.warnings);
        list("FAIL", RED, &checked.failures);
        if !style.suppress_exceptions {
            list("EXCP", CYAN, &checked.exceptions);
        }
    }
    let mut sum = totals(results);
    if style.show_skipped {
        let skipped: usize = results.iter().map(|checked| checked.skipped.len()).sum();
        sum.push_str(&format!(", {skipped} skipped"));
    }
    let code = if results.iter().any(|checked| !checked.failures.is_empty()) {
        RED
    } else if results.iter().any(|checked| !checked.warnings.is_empty()) {
        YELLOW
    } else if results.iter().any(|checked| !checked.exceptions.is_empty()) {
        CYAN
    } else {
        GREEN
    };
    out.push_str(&format!("\n{}\n", paint(&sum, code, style.color)));
    out
}

pub(super) fn trace(results: &[Checked], color: bool) -> String {
    let mut out = String::new();
    for checked in results {
        for (query, passed) in &checked.queries {
            let code = if *passed { GREEN } else { RED };
            let line = format!("file: {} | query: {query}", checked.file);
            out.push_str(&format!("{}\n", paint(&line, code, color)));
        }
    }
    out
}
