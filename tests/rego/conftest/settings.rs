//! Each setting by its flag, by its variable and by conftest.toml: the same, and as conftest has it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Output, normal, ours, peer};

/// A setting, its value, what else stands on the command line, and whether only holdpoint has it.
const SETTINGS: &[(&str, &str, &str, bool)] = &[
    ("all-namespaces", "true", "test plan.json", false),
    ("combine", "true", "test plan.json list.yaml", false),
    ("compat", "true", "test -n nowhere plan.json", true),
    ("data", "data", "test plan.json", false),
    ("fail-on-warn", "true", "test plan.json", false),
    ("github-hide-passed", "true", "test -o github plan.json good.json", false),
    ("ignore", "list", "test plan.json list.yaml", false),
    ("junit-hide-message", "true", "test -o junit plan.json", false),
    ("memory", "64", "test plan.json", true),
    ("namespace", "o*", "test plan.json", false),
    ("no-color", "true", "test plan.json", false),
    ("no-fail", "true", "test plan.json", false),
    ("output", "tap", "test plan.json", false),
    ("parser", "yaml", "test really.json", false),
    ("policy", "rules", "test plan.json", false),
    ("quiet", "true", "test good.json", false),
    ("rego-version", "v1", "test -p old plan.json", false),
    ("show-builtin-errors", "true", "test -p failing plan.json", false),
    ("stdin-filename", "named.yaml", "test -o json -", false),
    ("strict", "true", "test -p unused plan.json", false),
    ("suppress-exceptions", "true", "test plan.json", false),
    ("timeout", "7", "test plan.json", true),
    ("trace", "true", "test plan.json", true),
];

const FILES: &[(&str, &str)] = &[
    (
        "policy/main.rego",
        "package main\n\ndefault limit := 0\n\nlimit := data.limit\n\ndeny contains \
         sprintf(\"bad %v\", [limit]) if input.bad\n\nwarn contains \"hm\" if input.bad\n\ndeny_x contains \"x\" if input.bad\n\n\
         exception contains [\"x\"] if input.bad\n",
    ),
    ("policy/other.rego", "package other\n\nwarn contains \"other\" if input.bad\n"),
    ("rules/main.rego", "package main\n\ndeny contains \"by other rules\"\n"),
    ("old/main.rego", "package main\n\ndeny[msg] { input.bad; msg := \"old\" }\n"),
    ("failing/main.rego", "package main\n\ndeny contains \"x\" if to_number(\"x\") > 1\n"),
    ("unused/main.rego", "package main\n\ndeny contains \"x\" if {\n\ty := 1\n\tinput.bad\n}\n"),
    ("data/limit.json", "{\"limit\": 3}\n"),
    ("plan.json", "{\"bad\": true}\n"),
    ("good.json", "{\"bad\": false}\n"),
    ("list.yaml", "bad: true\n---\nbad: false\n"),
    ("really.json", "bad: true\n"),
];

enum Way {
    Not,
    Flag,
    Variable,
    File,
}

/// Runs a program with a setting.
fn say(
    mut command: Command,
    folder: &Path,
    way: &Way,
    setting: &(&str, &str, &str, bool),
) -> Output {
    let (key, value, line, _) = setting;
    let _ = fs::remove_file(folder.join("conftest.toml"));
    command.env_clear().env("HOME", folder.join("home")).current_dir(folder);
    command.args(line.split(' '));
    match way {
        Way::Not => {}
        Way::Flag => drop(command.arg(format!("--{key}={value}"))),
        Way::Variable => {
            let name = format!("CONFTEST_{}", key.replace('-', "_").to_uppercase());
            command.env(name, value);
        }
        Way::File => {
            let plain = *value == "true" || value.parse::<u32>().is_ok();
            let value = if plain { (*value).to_owned() } else { format!("\"{value}\"") };
            fs::write(folder.join("conftest.toml"), format!("{key} = {value}\n")).unwrap();
        }
    }
    let stdin = fs::File::open(folder.join("plan.json")).unwrap();
    let output = command.stdin(Stdio::from(stdin)).output().unwrap();
    Output {
        code: output.status.code().unwrap(),
        stdout: normal(&String::from_utf8(output.stdout).unwrap(), false),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn flags_variables_and_the_configuration_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in FILES {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let conftest = peer("conftest");
    let mut wrong = Vec::new();
    for setting in SETTINGS {
        let (key, _, _, ours_only) = setting;
        let plain = say(ours(), folder.path(), &Way::Not, setting);
        let flag = say(ours(), folder.path(), &Way::Flag, setting);
        let whole = |output: &Output| (output.code, output.stdout.clone(), output.stderr.clone());
        // These change nothing that these files would show.
        if !["memory", "timeout"].contains(key) && whole(&plain) == whole(&flag) {
            wrong.push(format!("--{key} does nothing: {flag:#?}"));
        }
        for way in [Way::Variable, Way::File] {
            let output = say(ours(), folder.path(), &way, setting);
            if whole(&output) != whole(&flag) {
                wrong.push(format!("{key}: {flag:#?} is not {output:#?}"));
            }
        }
        let Some(conftest) = conftest.as_ref().filter(|_| !ours_only) else { continue };
        for way in [Way::Flag, Way::Variable, Way::File] {
            let ours_output = say(ours(), folder.path(), &way, setting);
            let theirs = say(Command::new(conftest), folder.path(), &way, setting);
            // conftest goes through namespaces in the order of a map.
            let lines = |output: &Output| normal(&output.stdout, true);
            if (ours_output.code, lines(&ours_output)) != (theirs.code, lines(&theirs)) {
                wrong.push(format!("{key}: {ours_output:#?} and conftest {theirs:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_setting_that_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("policy")).unwrap();
    fs::write(
        folder.path().join("policy/a.rego"),
        "package main\ndeny contains \"x\" if input.x\n",
    )
    .unwrap();
    fs::write(folder.path().join("plan.json"), "{}").unwrap();
    for (key, value) in [
        ("timeout", "0"),
        ("timeout", "soon"),
        ("memory", "-1"),
        ("combine", "maybe"),
        ("output", "jsn"),
        ("parser", "jsn"),
        ("rego-version", "v9"),
        ("ignore", "("),
        ("policy", "nowhere"),
        ("data", "nowhere"),
        ("namespace", "nowhere"),
    ] {
        for way in [Way::Flag, Way::Variable, Way::File] {
            let output = say(ours(), folder.path(), &way, &(key, value, "test plan.json", true));
            assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{key} {value}: {output:?}");
        }
    }
}
