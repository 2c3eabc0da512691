//! A plan is written by an attacker: whatever its texts hold, each format stays well formed,
//! agrees with the others, and forges nothing.

use holdpoint::model::finding::{Change, Finding, Outcome, WaiverUse};
use holdpoint::model::location::Location;
use holdpoint::model::severity::Severity;
use holdpoint::model::verdict::{Problem, Verdict};
use holdpoint::report::{Format, Style, render};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::agree::assert_agree;
use super::parse;
use super::sample;

/// Pieces that mean something to a terminal, a CI system or a format.
const PIECES: [&str; 47] = [
    "\u{1b}[2J",
    "\u{1b}]0;x\u{7}",
    "\u{9b}31m",
    "\r",
    "\n",
    "\t",
    "\0",
    "\u{8}",
    "\u{7f}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "\u{fffe}",
    "\u{e0041}",
    "\u{85}",
    "\u{2028}",
    "::error::owned",
    "::error file=x::",
    "::add-mask::",
    "::stop-commands::t",
    "##[error]x",
    "##vso[task.complete]",
    "%0A::error::",
    "`",
    "``",
    "|",
    "\\",
    "\\|",
    "]]>",
    "</failure>",
    "<!-- ",
    " -->",
    "</details>",
    "<img src=x>",
    "[a](https://evil.example)",
    "@everyone",
    "www.evil.example",
    "$x$",
    "# h",
    "- [ ] ",
    "  critical  forged [blocks]",
    "[blocks] ",
    "日本",
    "FAIL - ",
    "12 failures",
    "```\n",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(|c| c.to_string()),
        1 => "[a-z ]{0,8}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn location() -> impl Strategy<Value = Location> {
    let snippet = prop::option::of(hostile());
    (hostile(), 0..4u32, 0..60u32, 0..4u32, 0..60u32, snippet).prop_map(
        |(file, line, column, more, end_column, snippet)| Location {
            file,
            line,
            column,
            end_line: line + more,
            end_column,
            snippet,
        },
    )
}

fn waiver() -> impl Strategy<Value = WaiverUse> {
    (hostile(), hostile(), hostile(), hostile())
        .prop_map(|(reason, ticket, owner, expires)| WaiverUse { reason, ticket, owner, expires })
}

fn finding() -> impl Strategy<Value = Finding> {
    let texts = (hostile(), hostile(), hostile(), prop::option::of(hostile()), hostile());
    let choices = (0..4usize, any::<bool>(), 0..3usize, any::<bool>(), prop::option::of(waiver()));
    (texts, choices, location(), 0..3u8).prop_map(|(texts, choices, location, print)| {
        let (address, path, message, reason, fix) = texts;
        let (severity, violated, change, blocks, waiver) = choices;
        Finding {
            severity: Severity::ALL[severity],
            outcome: if violated { Outcome::Violated } else { Outcome::Undetermined },
            change: [Change::Introduced, Change::Existing, Change::Resolved][change],
            blocks,
            waiver: waiver.filter(|_| !blocks),
            address,
            path,
            message,
            reason,
            fix,
            location,
            fingerprint: print.to_string(),
            ..sample::finding("iam-wildcard-action", "")
        }
    })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let problem = (hostile(), prop::option::of(hostile()), prop::option::of(hostile())).prop_map(
        |(message, help, file)| Problem { code: "plan::x".to_owned(), message, help, file },
    );
    let findings = prop::collection::vec(finding(), 0..14);
    let notices = prop::collection::vec(hostile(), 0..3);
    (findings, notices, prop::collection::vec(problem, 0..2)).prop_map(
        |(findings, notices, problems)| Verdict { notices, ..sample::verdict(findings, problems) },
    )
}

/// Characters that no output may hold as they are.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n')
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{2028}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{206f}').contains(&c)
        || ['\u{feff}', '\u{fffe}', '\u{ffff}', '\u{e0041}'].contains(&c)
}

fn assert_inert(format: Format, text: &str) {
    let acting: Vec<char> = text.chars().filter(|c| acts(*c)).collect();
    assert!(acting.is_empty(), "{format}: {acting:?}");
    for opener in ["##[", "##vso["] {
        assert!(!text.contains(opener), "{format}: {text}");
    }
    if format != Format::Github {
        let command = text.lines().find(|line| line.trim_start().starts_with("::"));
        assert_eq!(command, None, "{format}");
    }
}

/// What the Markdown may consist of besides text and code.
fn assert_markdown_is_ours(text: &str) {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_MATH;
    let (mut headings, mut code) = (0, false);
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => {
                panic!("a link, a picture or a block: {text}");
            }
            Event::Start(Tag::Heading { .. }) => headings += 1,
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = html.trim();
                let ours = html == "<!-- holdpoint:v1 -->"
                    || html == "<!-- -->"
                    || html == "</details>"
                    || html.starts_with("<details><summary>");
                assert!(ours, "{html:?} in {text}");
            }
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::TaskListMarker(_) => {
                panic!("mathematics or a task: {text}");
            }
            Event::Text(part) => assert!(!part.contains("@everyone"), "{text}"),
            Event::Code(_) => code = true,
            _ => {}
        }
    }
    assert_eq!(headings, 1, "{text}");
    assert!(code || !text.contains("| critical"), "{text}");
}

/// Viewers take `[words](target)` in a message for a link.
fn assert_sarif_links_nowhere(text: &str) {
    let log: serde_json::Value = serde_json::from_str(text).unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let message = result["message"]["text"].as_str().unwrap();
        assert!(!message.contains("](") && !message.contains('\n'), "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_acts_and_nothing_is_forged(verdict in verdict()) {
        assert_agree(&verdict);
        for format in Format::ALL {
            assert_inert(format, &render(format, &verdict, &parse::plain()));
        }
        assert_sarif_links_nowhere(&render(Format::Sarif, &verdict, &parse::plain()));
        assert_markdown_is_ours(&render(Format::Markdown, &verdict, &parse::plain()));
    }

    #[test]
    fn json_loses_nothing(verdict in verdict()) {
        let text = render(Format::Json, &verdict, &Style::default());
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (i, finding) in verdict.findings.iter().enumerate() {
            let written = &report["findings"][i];
            prop_assert_eq!(written["address"].as_str(), Some(finding.address.as_str()));
            prop_assert_eq!(written["message"].as_str(), Some(finding.message.as_str()));
            prop_assert_eq!(written["reason"].as_str(), finding.reason.as_deref());
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour(verdict in verdict(), width in 0..140usize) {
        let style = Style { width, ..Style::default() };
        let plain = render(Format::Human, &verdict, &style);
        let coloured = render(Format::Human, &verdict, &Style { color: true, ..style });
        prop_assert!(coloured != plain, "there is colour");
        prop_assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }
}
