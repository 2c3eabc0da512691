//! Waivers that stand in a manifest as a comment, beside what they are about.

use jiff::civil::Date;

use super::fault::nearest;
use super::waiver::latest_expiry;
use crate::model::finding::WaiverUse;

/// What such a comment begins with.
const MARK: &str = "holdpoint:allow";

/// Words that somebody writes who means to waive.
const MEANT: [&str; 6] = ["allow", "ignore", "waive", "skip", "disable", "suppress"];

/// A comment that waives, or tries to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inline {
    /// The rule's id.
    pub rule: String,
    /// What a report says of it.
    pub waiver: WaiverUse,
    /// The last day on which it counts.
    pub expires: Date,
}

/// Reads `holdpoint:allow RULE until DATE: REASON`; `None` when the comment is about something else.
///
/// # Errors
/// Why it does not count.
pub fn inline(
    comment: &str,
    place: &str,
    today: Date,
    cap: u32,
    rules: &[&str],
) -> Option<Result<Inline, String>> {
    let text = comment.trim_start_matches('#').trim();
    let read = match text.strip_prefix(MARK) {
        Some(rest) => read(rest, place, today, cap, rules),
        None if is_meant(text) => Err(form()),
        None => return None,
    };
    Some(read.map_err(|why| format!("{place}: {why}")))
}

/// Whether it is a waiver in the words of some other tool: whoever wrote it must learn that it does
/// not count.
fn is_meant(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.split("holdpoint").skip(1).any(|tail| {
        let tail = tail.trim_start_matches(|c: char| c.is_whitespace() || ":-_./@".contains(c));
        MEANT.iter().any(|word| tail.starts_with(word))
    })
}

fn form() -> String {
    "a waiver comment has the form `holdpoint:allow RULE until YYYY-MM-DD: REASON`".to_owned()
}

fn read(rest: &str, place: &str, today: Date, cap: u32, rules: &[&str]) -> Result<Inline, String> {
    let (head, reason) = rest.split_once(": ").ok_or_else(form)?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [rule, "until", day] = words.as_slice() else { return Err(form()) };
    let expires: Date = day.parse().map_err(|_| form())?;
    let reason = reason.trim();
    if reason.split_whitespace().count() < 2 {
        return Err("a waiver comment needs a reason of several words".to_owned());
    }
    if !rules.contains(rule) {
        return Err(match nearest(rule, rules.iter().copied()) {
            Some(near) => format!("a waiver names an unknown rule: did you mean `{near}`?"),
            None => "a waiver names an unknown rule".to_owned(),
        });
    }
    let last = latest_expiry(today, cap);
    if expires > last {
        return Err(format!(
            "a waiver lasts more than {cap} days: {last} is the latest allowed date"
        ));
    }
    if expires < today {
        return Err(format!(
            "a waiver of `{rule}` expired on {expires}: the findings it covered count again"
        ));
    }
    let waiver = WaiverUse {
        reason: reason.to_owned(),
        ticket: place.to_owned(),
        owner: "a comment".to_owned(),
        expires: expires.to_string(),
    };
    Ok(Inline { rule: (*rule).to_owned(), waiver, expires })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn parsed(comment: &str) -> Option<Result<String, String>> {
        let today = date(2026, 3, 1);
        let read = inline(comment, "a.yaml:3", today, 180, &["container-privileged"]);
        read.map(|read| read.map(|comment| format!("{} {}", comment.rule, comment.waiver.reason)))
    }

    #[test]
    fn a_waiver_needs_rule_day_and_reason() {
        let good =
            "# holdpoint:allow container-privileged until 2026-05-01: the node agent needs it";
        let read = Some(Ok("container-privileged the node agent needs it".to_owned()));
        assert_eq!(parsed(good), read);
        for other in
            ["# about something else", "# holdpoint judges it", "# holdpoint.toml: allowed"]
        {
            assert_eq!(parsed(other), None);
        }
        for (from, to) in [
            ("holdpoint:allow", "holdpoint: allow"),
            ("holdpoint:allow", "Holdpoint:allow"),
            ("holdpoint:allow", "holdpoint-ignore"),
            ("holdpoint:allow", "see below, holdpoint:allow"),
            ("# holdpoint:allow", "#@HOLDPOINT SKIP"),
        ] {
            let why = parsed(&good.replace(from, to)).unwrap().unwrap_err();
            assert!(why.contains("a waiver comment has the form"), "{to}: {why}");
        }
        for (from, to, says) in [
            ("until 2026-05-01", "", "a waiver comment has the form"),
            ("2026-05-01", "2026-13-01", "a waiver comment has the form"),
            ("2026-05-01", "2027-05-01", "more than 180 days"),
            ("2026-05-01", "2026-02-28", "expired on 2026-02-28"),
            ("the node agent needs it", "ok", "a reason"),
            (": the node agent needs it", "", "a waiver comment has the form"),
            ("container-privileged", "container-priviledged", "did you mean"),
            ("container-privileged", "*", "names an unknown rule"),
        ] {
            let why = parsed(&good.replace(from, to)).unwrap().unwrap_err();
            assert!(why.starts_with("a.yaml:3: ") && why.contains(says), "{to}: {why}");
        }
    }
}
