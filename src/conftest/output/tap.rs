//! `tap`: one plan for the whole stream, numbered through.

use super::{Checked, place};

pub(super) fn render(results: &[Checked]) -> String {
    let total: usize = results.iter().map(Checked::tests).sum();
    if total == 0 {
        return String::new();
    }
    let mut out = format!("1..{total}\n");
    let mut number = 0;
    for checked in results {
        let place = place(checked);
        let successes = vec!["SUCCESS"; checked.successes];
        let messages = |entries: &'_ [super::super::Entry]| -> Vec<String> {
            entries.iter().map(|entry| entry.msg.clone()).collect()
        };
        for (header, status, messages) in [
            ("", "not ok", messages(&checked.failures)),
            ("warnings", "not ok", messages(&checked.warnings)),
            ("exceptions", "ok", messages(&checked.exceptions)),
            ("skip", "ok", messages(&checked.skipped)),
            ("successes", "ok", successes.into_iter().map(str::to_owned).collect()),
        ] {
            if !header.is_empty() && !messages.is_empty() {
                out.push_str(&format!("# {header}\n"));
            }
            for message in messages {
                number += 1;
                out.push_str(&format!("{status} {number} {place} {message}\n"));
            }
        }
    }
    out
}
