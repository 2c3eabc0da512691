//! How the program is called, and what it does not do.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::ours;

const POLICY: &str = "package main\n\ndeny contains \"bad\" if input.bad\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("policy")).unwrap();
    fs::write(folder.path().join("policy/main.rego"), POLICY).unwrap();
    fs::write(folder.path().join("plan.json"), "{\"bad\": true}").unwrap();
    folder
}

fn run(mut command: Command, folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = command.env_clear().current_dir(folder).args(args).output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
#[cfg(unix)]
fn a_link_that_is_called_conftest_is_conftest() {
    let folder = folder();
    for name in ["conftest", "conftest0.71.1"] {
        let link = folder.path().join(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_holdpoint"), &link).unwrap();
        for args in [
            &["test", "plan.json"][..],
            &["test", "-o", "json", "plan.json"],
            &["parse", "plan.json"],
            &["verify"],
            &["test"],
            &["push", "x"],
            &["nothing"],
            &["--version"],
        ] {
            let linked = run(Command::new(&link), folder.path(), args);
            let verb = run(ours(), folder.path(), args);
            // Usage names the program as it was called.
            let tidy = |(code, out, err): (Option<i32>, String, String)| {
                let as_called = |text: String| text.replace("holdpoint conftest", name);
                (code, as_called(out), as_called(err))
            };
            assert_eq!(tidy(linked), tidy(verb), "{name} {args:?}");
        }
    }
    // By the path too, as a shell finds it in PATH.
    let (code, out, _) =
        run(Command::new(folder.path().join("./conftest")), folder.path(), &["test", "plan.json"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("FAIL") && out.contains("1 failure"), "{out}");
}

#[test]
fn the_version_is_that_of_conftest() {
    let folder = folder();
    for flag in ["--version", "-v"] {
        let (code, out, _) = run(ours(), folder.path(), &[flag]);
        assert_eq!(code, Some(0));
        assert!(out.starts_with("Conftest: ") && out.contains("\nOPA: "), "{out}");
    }
}

/// 1 would mean that there are only warnings.
#[test]
fn an_error_is_no_warning() {
    let folder = folder();
    for args in [
        &["test", "--fail-on-warn", "--no-such-flag", "plan.json"][..],
        &["test", "--fail-on-warn", "nowhere.json"],
        &["test", "--fail-on-warn"],
        &["test", "--fail-on-warn=true", "-p", "nowhere", "plan.json"],
    ] {
        assert_eq!(run(ours(), folder.path(), args).0, Some(2), "{args:?}");
    }
    let mut command = ours();
    command.env_clear().env("CONFTEST_FAIL_ON_WARN", "true").current_dir(folder.path());
    let output = command.args(["test", "nowhere.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_is_not_here_says_so_in_one_line() {
    let folder = folder();
    let mut lines: Vec<String> = [
        "push registry.example/x",
        "pull git::https://example.com/x",
        "fmt policy",
        "doc policy",
        "plugin install x",
        "reformat -o json results.json",
        "test --update git::https://example.com/x plan.json",
        "test -u git::https://example.com/x plan.json",
        "test --capabilities c.json plan.json",
        "test --proto-file-dirs protos plan.json",
        "verify --report full",
        "verify --var-values",
    ]
    .map(str::to_owned)
    .to_vec();
    let parsers = include_str!("../../../src/conftest/unsupported-parsers.txt");
    let parsers = parsers.lines().filter(|line| !line.starts_with('#'));
    lines.extend(parsers.map(|parser| format!("test --parser {parser} plan.json")));
    for line in &lines {
        let args: Vec<&str> = line.split(' ').collect();
        let (code, out, err) = run(ours(), folder.path(), &args);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{line}: {err}");
        let mut told = err.lines().map(str::trim).filter(|line| !line.is_empty());
        assert!(told.next().is_some_and(|code| code.contains("::")), "{line}: {err}");
        let told = told.collect::<Vec<_>>().join(" ");
        let (message, help) = told.split_once("help: ").unwrap_or((&told, ""));
        assert!(message.contains("is not supported"), "{line}: {err}");
        let instead = [
            "use ", "fetch ", "convert ", "test ", "render ", "export ", "pass ", "remove ", "run ",
        ];
        let why = ["are always rejected", "the parser `textproto` is not supported"];
        let says =
            |words: &[&str]| words.iter().any(|word| message.contains(word) || help.contains(word));
        assert!(says(&instead) || says(&why), "{line}: {err}");
        assert!(message.len() < 200 && help.len() < 200, "{line}: {err}");
    }
    // The same by a variable or by conftest.toml, where nobody would look for it.
    let mut command = ours();
    command.env("CONFTEST_UPDATE", "git::https://example.com/x");
    let output = command.current_dir(folder.path()).args(["test", "plan.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not supported"));
}

/// Whatever the working directory says, which the author of a change can write, `--config-file` and
/// the variables stand above it.
#[test]
fn a_configuration_in_the_working_directory_can_be_overruled() {
    let folder = folder();
    let loose = "no-fail = true\noutput = \"tap\"\n";
    fs::write(folder.path().join("conftest.toml"), loose).unwrap();
    fs::write(folder.path().join("gate.toml"), "").unwrap();
    assert_eq!(run(ours(), folder.path(), &["test", "plan.json"]).0, Some(0));
    let (code, out, _) = run(ours(), folder.path(), &["test", "-c", "gate.toml", "plan.json"]);
    assert_eq!((code, out.contains("1 failure")), (Some(1), true));
    let args = ["test", "--no-fail=false", "-o", "stdout", "plan.json"];
    assert_eq!(run(ours(), folder.path(), &args).0, Some(1));
    let mut command = ours();
    command.env_clear().env("CONFTEST_CONFIG_FILE", "gate.toml");
    let output = command.current_dir(folder.path()).args(["test", "plan.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
}

/// What lies in a folder of inputs cannot hold the program up, nor hide behind its depth.
#[test]
#[cfg(unix)]
fn folders_hold_no_traps() {
    let folder = folder();
    let deep = (0..70).fold(folder.path().join("deep"), |path, _| path.join("d"));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("bad.json"), "{\"bad\": true}").unwrap();
    let (code, out, err) = run(ours(), folder.path(), &["test", "plan.json", "deep"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("nested more than"), "{err}");

    let endless = folder.path().join("endless");
    fs::create_dir(&endless).unwrap();
    std::os::unix::fs::symlink("/dev/zero", endless.join("a.json")).unwrap();
    let (code, _, err) = run(ours(), folder.path(), &["test", "plan.json", "endless"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("is not a file"), "{err}");
    // conftest leaves out a link to a file whose name has no parser.
    let linked = folder.path().join("linked");
    fs::create_dir(&linked).unwrap();
    fs::write(linked.join("good.json"), "{}").unwrap();
    fs::write(folder.path().join("stored"), "{\"bad\": true}").unwrap();
    std::os::unix::fs::symlink("../stored", linked.join("bad.json")).unwrap();
    let (code, out, _) = run(ours(), folder.path(), &["test", "linked"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert_eq!(run(ours(), folder.path(), &["test", "--compat", "linked"]).0, Some(0));
    std::os::unix::fs::symlink("/dev/zero", endless.join("a.rego")).unwrap();
    let (code, _, err) = run(ours(), folder.path(), &["test", "-p", "endless", "plan.json"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("is not a file"), "{err}");

    let circle = folder.path().join("circle");
    fs::create_dir(&circle).unwrap();
    std::os::unix::fs::symlink("..", circle.join("up")).unwrap();
    fs::write(circle.join("bad.json"), "{\"bad\": true}").unwrap();
    assert_eq!(run(ours(), folder.path(), &["test", "circle"]).0, Some(1));
}
