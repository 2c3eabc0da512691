//! The drop-in for conftest: each case by itself, and beside conftest where it is installed
//! (`HOLDPOINT_REGO_PEERS` names the folder that holds it and opa; `.ci/rego/install` fills it).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod called;
mod case;
use crate::common;
mod settings;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::{Case, Expected, Run};
use common::run as holdpoint;
use regex::Regex;

const FORMATS: &[&str] =
    &["stdout", "json", "tap", "table", "junit", "github", "azuredevops", "sarif"];

/// What a program printed, and its exit code.
#[derive(Debug)]
struct Output {
    code: i32,
    stdout: String,
    stderr: String,
}

fn ask(mut command: Command, folder: &Path, case: &Case, run: &Run, more: &[&str]) -> Output {
    command.env_clear().current_dir(folder).envs(case.env.iter().cloned());
    // The places of Go's plugins and caches.
    command.env("HOME", folder.join("home"));
    command.args(&run.args).args(more);
    match &run.stdin {
        Some(file) => command.stdin(Stdio::from(File::open(folder.join(file)).unwrap())),
        None => command.stdin(Stdio::null()),
    };
    let output = command.output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn ours() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdpoint"));
    command.arg("conftest");
    command
}

/// The programs to compare with.
fn peer(name: &str) -> Option<PathBuf> {
    common::peers::below(name, "HOLDPOINT_REGO_PEERS", name)
}

/// Whether a run has formats that can be asked for.
fn has_formats(run: &Run) -> bool {
    matches!(run.args.first().map(String::as_str), Some("test" | "verify"))
        && !run.args.iter().any(|arg| arg.starts_with("-o") || arg.starts_with("--output"))
        && !run.args.contains(&"--".to_owned())
}

/// Without what names the program and its version.
fn normal(text: &str, unordered: bool) -> String {
    let version = Regex::new(r#""version":"(dev|holdpoint-[^"]*)""#).unwrap();
    let go = Regex::new(r#"name="go.version" value="[^"]*""#).unwrap();
    let text = version.replace_all(text, r#""version":"X""#);
    let text = go.replace_all(&text, r#"name="go.version" value="X""#);
    if !unordered {
        return text.into_owned();
    }
    let mut lines: Vec<&str> = text.lines().map(|line| line.trim_end_matches(',')).collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn each_case_holds_by_itself() {
    let mut wrong = Vec::new();
    for case in case::all() {
        let folder = tempfile::tempdir().unwrap();
        case.unpack(folder.path());
        for run in &case.runs {
            let output = ask(ours(), folder.path(), &case, run, &[]);
            let good = match &case.expected {
                Expected::Same | Expected::SameLines => {
                    Some(output.code) == run.exits
                        && (output.code == 0 || !output.stdout.is_empty())
                }
                Expected::BothFail => output.code != 0 && output.stdout.is_empty(),
                Expected::Refused(code) => {
                    output.code == 1 && output.stdout.is_empty() && output.stderr.contains(code)
                }
                Expected::Differs(code, text) => {
                    output.code == *code && (output.stdout.clone() + &output.stderr).contains(text)
                }
            };
            if !good {
                wrong.push(format!("{} {:?}: {output:#?}", case.name, run.args));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is different between both programs in one case.
fn compare(conftest: &Path, case: &Case) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    case.unpack(folder.path());
    let (mut compared, mut wrong) = (0, Vec::new());
    for (at, run) in case.runs.iter().enumerate() {
        let plain = matches!(case.expected, Expected::Same | Expected::SameLines);
        let formats: &[&str] = match plain && at == 0 && has_formats(run) {
            true => FORMATS,
            false => &[""],
        };
        for format in formats {
            // Numbers in the stream and indices go by the order of maps too.
            if case.expected == Expected::SameLines && ["tap", "sarif"].contains(format) {
                continue;
            }
            let more: &[&str] = if format.is_empty() { &[] } else { &["-o", format] };
            let ours_output = ask(ours(), folder.path(), case, run, more);
            let theirs_output = ask(Command::new(conftest), folder.path(), case, run, more);
            compared += 1;
            // Its suites are namespaces, in the order of a map whatever was asked.
            let unordered = case.expected == Expected::SameLines || *format == "junit";
            let same_text = || {
                normal(&ours_output.stdout, unordered) == normal(&theirs_output.stdout, unordered)
            };
            let good = match &case.expected {
                Expected::Same | Expected::SameLines => {
                    ours_output.code == theirs_output.code && same_text()
                }
                Expected::BothFail => ours_output.code != 0 && theirs_output.code != 0,
                Expected::Refused(_) | Expected::Differs(..) => {
                    case.theirs.is_none_or(|code| code == theirs_output.code)
                }
            };
            if !good {
                wrong.push(format!(
                    "== {} {:?} {format}\n-- ours {}\n{}{}\n-- theirs {}\n{}{}",
                    case.name,
                    run.args,
                    ours_output.code,
                    ours_output.stdout,
                    ours_output.stderr,
                    theirs_output.code,
                    theirs_output.stdout,
                    theirs_output.stderr
                ));
            }
        }
    }
    (compared, wrong)
}

#[test]
fn conftest_says_the_same() {
    let Some(conftest) = peer("conftest") else { return };
    let cases = case::all();
    let policies: usize = cases.iter().map(Case::policies).sum();
    assert!(cases.len() >= 60 && policies >= 60, "{} cases, {policies} policies", cases.len());
    let only = std::env::var("HOLDPOINT_REGO_ONLY").unwrap_or_default();
    let (next, done) = (AtomicUsize::new(0), Mutex::new((0, Vec::new())));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if case.name.contains(&only) {
                        let (compared, wrong) = compare(&conftest, case);
                        let mut done = done.lock().unwrap();
                        done.0 += compared;
                        done.1.extend(wrong);
                    }
                }
            });
        }
    });
    let (compared, wrong) = done.into_inner().unwrap();
    assert!(only.is_empty().then_some(compared).is_none_or(|all| all > 400), "{compared} runs");
    assert!(wrong.is_empty(), "{} of {compared}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn opa_passes_and_fails_the_same_tests() {
    let Some(opa) = peer("opa") else { return };
    let mut compared = 0;
    for case in case::all() {
        let verifies = case.runs.iter().any(|run| run.args.first().is_some_and(|a| a == "verify"));
        if !verifies || !matches!(case.expected, Expected::Same | Expected::SameLines) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        case.unpack(folder.path());
        let output = Command::new(&opa)
            .current_dir(folder.path())
            .args(["test", "--format", "json", "policy"])
            .output()
            .unwrap();
        let theirs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let args = ["policy", "test", "policy", "--format", "json", "--compat-builtin-errors"];
        let report: serde_json::Value =
            serde_json::from_str(&holdpoint(folder.path(), &args).stdout).unwrap_or_default();
        let mut sets = [Vec::new(), Vec::new()];
        for test in theirs.as_array().into_iter().flatten() {
            let name =
                format!("{}.{}", test["package"].as_str().unwrap(), test["name"].as_str().unwrap());
            let outcome = match (test["fail"].as_bool(), test["skip"].as_bool()) {
                (Some(true), _) => "failed",
                (_, Some(true)) => "skipped",
                _ => "passed",
            };
            sets[0].push((name, outcome.to_owned()));
        }
        for test in report["tests"].as_array().into_iter().flatten() {
            let text = |key: &str| test[key].as_str().unwrap().to_owned();
            sets[1].push((text("name"), text("outcome")));
        }
        sets.iter_mut().for_each(|set| set.sort());
        assert_eq!(sets[0], sets[1], "{}", case.name);
        compared += sets[0].len();
    }
    assert!(compared >= 8, "{compared} tests");
}

/// What Atlantis does with the output of the program that it calls `conftest`, by its expressions.
fn atlantis(folder: &Path, args: &[&str]) -> Result<bool, String> {
    let binary = folder.join("conftest0.71.1");
    if !binary.exists() {
        // A copy would be busy while another test starts a process.
        #[cfg(unix)]
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_holdpoint"), &binary).unwrap();
        #[cfg(not(unix))]
        fs::copy(env!("CARGO_BIN_EXE_holdpoint"), &binary).unwrap();
    }
    let output = Command::new(&binary)
        .env_clear()
        .current_dir(folder)
        .args(["test", "-p", "policy", "plan.json", "--no-color"])
        .args(args)
        .output()
        .unwrap();
    let text =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    let failures = Regex::new(r#"([1-9]([0-9]?)* failure|failures": \[)"#).unwrap();
    if output.status.success() {
        return Ok(!failures.is_match(&text));
    }
    // Anything else is an error of the tool, which no owner can approve.
    let verdict = Regex::new(r"^(WARN|FAIL|\[)").unwrap();
    if verdict.is_match(&text) { Ok(false) } else { Err(text) }
}

#[test]
fn atlantis_reads_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("policy")).unwrap();
    let policy = folder.path().join("policy/main.rego");
    let plan = folder.path().join("plan.json");
    let deny =
        "package main\n\ndeny contains \"bad\" if input.bad\n\nwarn contains \"hm\" if input.hm\n";
    fs::write(&policy, deny).unwrap();
    for (input, passed) in [
        (r#"{"bad": false}"#, true),
        (r#"{"bad": true}"#, false),
        (r#"{"hm": true}"#, true),
        (r#"{"hm": true, "bad": true}"#, false),
    ] {
        fs::write(&plan, input).unwrap();
        for format in ["stdout", "json"] {
            assert_eq!(atlantis(folder.path(), &["-o", format]), Ok(passed), "{input} {format}");
        }
        assert_eq!(atlantis(folder.path(), &["--no-fail"]), Ok(passed), "{input}");
    }
    // The old dialect brings a notice, which must not stand before the results.
    fs::write(&policy, "package main\n\ndeny[\"bad\"] {\n\tinput.bad\n}\n").unwrap();
    assert_eq!(atlantis(folder.path(), &[]), Ok(false));
    // Neither a broken policy nor a broken plan is a verdict.
    fs::write(&policy, "package main\n\ndeny contains").unwrap();
    assert!(atlantis(folder.path(), &[]).is_err());
    fs::write(&policy, deny).unwrap();
    fs::write(&plan, "{").unwrap();
    assert!(atlantis(folder.path(), &[]).is_err());
}
