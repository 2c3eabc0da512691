//! One file a case: what it shows, what is run, what is expected, and the files that it needs.
//!
//! ```text
//! # what it shows
//! env NAME=VALUE          for all runs
//! unordered               conftest goes through maps: only the set of lines is compared
//! both-fail               only that both fail is compared
//! refused CODE            holdpoint refuses with this on standard error
//! theirs 0                what conftest ends with instead
//! ours 1                  what holdpoint ends with instead
//! says TEXT               what holdpoint prints
//! $ test plan.json => 1   a run and what both end with; the first one in all formats; `< FILE` is
//!                         its standard input
//! -- policy/main.rego --
//! ```

use std::fs;
use std::path::Path;

/// What a run is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Everything is the same.
    Same,
    /// The same lines.
    SameLines,
    /// Both fail.
    BothFail,
    /// holdpoint refuses, with this on standard error.
    Refused(String),
    /// holdpoint decides otherwise, ends with this and prints this.
    Differs(i32, String),
}

/// A command line.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) args: Vec<String>,
    pub(crate) stdin: Option<String>,
    /// What both programs end with, where they do the same.
    pub(crate) exits: Option<i32>,
}

/// A case.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) expected: Expected,
    /// What conftest ends with, where it does something else.
    pub(crate) theirs: Option<i32>,
    pub(crate) runs: Vec<Run>,
    files: Vec<(String, String)>,
}

impl Case {
    /// Reads a case.
    pub(crate) fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(path).unwrap();
        let mut case = Self {
            name,
            env: Vec::new(),
            expected: Expected::Same,
            theirs: None,
            runs: Vec::new(),
            files: Vec::new(),
        };
        let (mut ours, mut says) = (None, String::new());
        for line in text.lines() {
            let file = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
            if let Some(file) = file {
                case.files.push((file.to_owned(), String::new()));
                continue;
            }
            if let Some((_, content)) = case.files.last_mut() {
                content.push_str(line);
                content.push('\n');
                continue;
            }
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "#" | "" => {}
                "$" => case.runs.push(run(rest)),
                "env" => {
                    let (key, value) = rest.split_once('=').unwrap();
                    case.env.push((key.to_owned(), value.to_owned()));
                }
                "unordered" => case.expected = Expected::SameLines,
                "both-fail" => case.expected = Expected::BothFail,
                "refused" => case.expected = Expected::Refused(rest.to_owned()),
                "theirs" => case.theirs = Some(rest.parse().unwrap()),
                "ours" => ours = Some(rest.parse().unwrap()),
                "says" => says = rest.to_owned(),
                other => panic!("{}: what is `{other}`?", case.name),
            }
        }
        if let Some(code) = ours {
            case.expected = Expected::Differs(code, says);
        }
        assert!(!case.runs.is_empty(), "{} runs nothing", case.name);
        let same = matches!(case.expected, Expected::Same | Expected::SameLines);
        for run in &case.runs {
            let told = run.exits.is_some();
            assert_eq!(told, same, "{} {:?}: what does it end with?", case.name, run.args);
        }
        case
    }

    /// Writes its files below a folder.
    pub(crate) fn unpack(&self, folder: &Path) {
        for (name, content) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    /// How many policies it holds.
    pub(crate) fn policies(&self) -> usize {
        self.files.iter().filter(|(name, _)| name.ends_with(".rego")).count()
    }
}

/// Words of a command line; quotes hold words together.
fn run(line: &str) -> Run {
    let (line, exits) = match line.rsplit_once(" => ") {
        Some((line, code)) => (line, Some(code.parse().unwrap())),
        None => (line, None),
    };
    let (line, stdin) = match line.split_once(" < ") {
        Some((line, file)) => (line, Some(file.trim().to_owned())),
        None => (line, None),
    };
    let (mut args, mut word, mut inside, mut quoted) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '"' => {
                inside = !inside;
                quoted = true;
            }
            ' ' if !inside => {
                if quoted || !word.is_empty() {
                    args.push(std::mem::take(&mut word));
                }
                quoted = false;
            }
            c => word.push(c),
        }
    }
    if quoted || !word.is_empty() {
        args.push(word);
    }
    Run { args, stdin, exits }
}

/// All cases.
pub(crate) fn all() -> Vec<Case> {
    let folder = super::common::root().join("fixtures/conftest");
    let files = super::common::files(&folder);
    files
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "case"))
        .map(|path| Case::read(path))
        .collect()
}
