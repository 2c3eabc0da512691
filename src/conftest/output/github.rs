//! `github`: commands of GitHub's workflows.
//!
//! A message may hold what others wrote. conftest prints it as it is; here a line of it cannot give
//! a command of its own.

use std::path::Path;

use super::super::{Checked, Entry};
use super::go::quoted;
use super::totals;

struct At<'a> {
    file: &'a str,
    line: String,
}

pub(super) fn render(results: &[Checked], hide_passed: bool) -> String {
    let mut out = String::new();
    for checked in results {
        if hide_passed && checked.tests() == checked.successes {
            continue;
        }
        out.push_str(&format!(
            "::group::Testing {} against {} policies in namespace {}\n",
            quoted(&checked.file),
            checked.tests(),
            quoted(&checked.namespace)
        ));
        for (level, entries) in [
            ("error", &checked.failures),
            ("warning", &checked.warnings),
            ("notice", &checked.exceptions),
        ] {
            entries.iter().for_each(|entry| annotate(&mut out, level, checked, entry, ""));
        }
        let skipped = "Test was skipped: ";
        checked
            .skipped
            .iter()
            .for_each(|entry| annotate(&mut out, "notice", checked, entry, skipped));
        let passed = format!("Number of successful checks: {}", checked.successes);
        line(&mut out, "notice", &whole(checked), &passed);
        out.push_str("::endgroup::\n");
    }
    out.push_str(&totals(results));
    out.push('\n');
    out
}

fn whole(checked: &Checked) -> At<'_> {
    At { file: &checked.file, line: "1".to_owned() }
}

fn annotate(out: &mut String, level: &str, checked: &Checked, entry: &Entry, before: &str) {
    let message = format!("{before}{}", tame(&entry.msg));
    let Some(loc) = &entry.loc else {
        line(out, level, &whole(checked), &message);
        return;
    };
    let number = loc.line.map(|line| line.to_string()).unwrap_or_default();
    let file = loc.file.as_deref().unwrap_or_default();
    if file == checked.file {
        line(out, level, &At { file, line: number }, &message);
        return;
    }
    let relative = relative(file);
    line(out, level, &At { file: &relative, line: number.clone() }, &message);
    let message = format!("(ORIGINATING FROM {relative} L{number}) {message}");
    line(out, level, &whole(checked), &message);
}

fn line(out: &mut String, level: &str, at: &At<'_>, message: &str) {
    let mut file = String::new();
    for c in at.file.chars() {
        match c {
            '%' => file.push_str("%25"),
            '\r' => file.push_str("%0D"),
            '\n' => file.push_str("%0A"),
            ':' => file.push_str("%3A"),
            ',' => file.push_str("%2C"),
            c => file.push(c),
        }
    }
    out.push_str(&format!("::{level} file={file},line={}::{message}\n", at.line));
}

/// Keeps the message in its command where a line of it would be one.
fn tame(message: &str) -> String {
    let command = |line: &str| {
        let line = line.trim_start();
        line.starts_with("::") || line.starts_with("##[")
    };
    if message.split(['\n', '\r']).skip(1).any(command) {
        message.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
    } else {
        message.to_owned()
    }
}

/// From the working directory, where it is absolute.
fn relative(file: &str) -> String {
    let path = Path::new(file);
    let Ok(here) = std::env::current_dir() else { return file.to_owned() };
    if !path.is_absolute() {
        return file.to_owned();
    }
    let (mut up, mut base) = (String::new(), here.as_path());
    loop {
        if let Ok(rest) = path.strip_prefix(base) {
            let rest = rest.display().to_string().replace('\\', "/");
            let joined = format!("{up}{rest}");
            let joined = joined.trim_end_matches('/');
            return if joined.is_empty() { ".".to_owned() } else { joined.to_owned() };
        }
        let Some(parent) = base.parent() else { return file.to_owned() };
        up.push_str("../");
        base = parent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_gives_no_command() {
        assert_eq!(tame("a\nb"), "a\nb");
        assert_eq!(tame("a 100%\n ::stop-commands::x"), "a 100%25%0A ::stop-commands::x");
        let checked = Checked {
            file: "x".to_owned(),
            failures: vec![Entry { msg: "a\n::warning::no".to_owned(), ..Entry::default() }],
            ..Checked::default()
        };
        let text = render(&[checked], false);
        assert!(!text.lines().any(|line| line.starts_with("::warning")), "{text}");
    }
}
