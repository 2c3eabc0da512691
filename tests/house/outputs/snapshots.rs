//! What people see, word for word. `SNAPSHOTS=overwrite` rewrites the files; read the diff.

use holdpoint::report::{Format, Style, render};
use snapbox::{assert_data_eq, file};

use super::sample::{mixed, problem, verdict};

#[test]
fn human() {
    let text = render(Format::Human, &mixed(), &Style { width: 72, ..Style::default() });
    assert_data_eq!(text, file!["snapshots/human.txt"].raw());
}

#[test]
fn human_undecided() {
    let text = render(Format::Human, &verdict(Vec::new(), vec![problem()]), &Style::default());
    assert_data_eq!(text, file!["snapshots/undecided.txt"].raw());
}

#[test]
fn markdown() {
    let text = render(Format::Markdown, &mixed(), &Style::default());
    assert_data_eq!(text, file!["snapshots/comment.md"].raw());
}

#[test]
fn github() {
    let text = render(Format::Github, &mixed(), &Style::default());
    assert_data_eq!(text, file!["snapshots/github.txt"].raw());
}

#[test]
fn atlantis() {
    let text = render(Format::Atlantis, &mixed(), &Style::default());
    assert_data_eq!(text, file!["snapshots/atlantis.txt"].raw());
}
