//! The command line from outside: exit codes, configuration, waivers, outputs that fail.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::process::Stdio;

use common::{holdpoint, run, scratch};

/// No plan is read in these tests: what is tested happens before, and must end in 2.
const NO_PLAN: &str = "missing.json";

#[test]
fn help_and_version_are_no_errors() {
    let folder = scratch();
    for args in [&["--help"][..], &["--version"], &["plan", "--help"], &["rules", "-h"]] {
        let run = run(folder.path(), args);
        assert_eq!(run.code, Some(0), "{args:?}");
        assert!(run.stdout.contains("holdpoint"), "{args:?}: {}", run.stdout);
    }
    let plan = run(folder.path(), &["plan", "--help"]).stdout;
    for heading in ["Input:", "Decision:", "Output:", "Console:"] {
        assert!(plan.contains(heading), "{heading} is missing in\n{plan}");
    }
}

#[test]
fn bad_usage_ends_in_2_and_says_so_on_standard_error() {
    let folder = scratch();
    for args in [
        &[][..],
        &["plan"],
        &["plna"],
        &["plan", "--formt", "json", NO_PLAN],
        &["plan", "--format", "jsno", NO_PLAN],
        &["plan", "--format", "json=", NO_PLAN],
        &["plan", "--fail-on", "worst", NO_PLAN],
        &["plan", "--undetermined", "pass", NO_PLAN],
        &["plan", "-q", "-v", NO_PLAN],
        &["plan", "--format", "sarif", "--format", "human", NO_PLAN],
        &["plan", "--format", "sarif=x", "--format", "json=x", NO_PLAN],
        &["rules", "explain", "no-such-rule"],
        &["rules", "--format", "xml"],
        &["completions", "cmd.exe"],
    ] {
        let run = run(folder.path(), args);
        assert_eq!(run.code, Some(2), "{args:?}");
        assert_eq!(run.stdout, "", "{args:?}");
        assert!(!run.stderr.is_empty(), "{args:?}");
    }
    let typo = run(folder.path(), &["plan", "--format", "jsno", NO_PLAN]);
    assert!(typo.stderr.contains("did you mean `json`?"), "{}", typo.stderr);
}

#[test]
fn a_missing_plan_is_undecided_in_every_format() {
    let folder = scratch();
    for format in ["human", "json", "sarif", "junit", "github", "gitlab", "markdown"] {
        let run = run(folder.path(), &["plan", "--format", format, NO_PLAN]);
        assert_eq!(run.code, Some(2), "{format}: {}{}", run.stdout, run.stderr);
        let said = if format == "human" { &run.stdout } else { &run.stderr };
        assert!(said.contains(NO_PLAN), "{format}: {said}");
    }
    let json = run(folder.path(), &["plan", "--format", "json", NO_PLAN]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "holdpoint/v1");
    assert_eq!(json["verdict"], "undecided");
    assert!(!json["errors"].as_array().unwrap().is_empty());
}

#[test]
fn a_mistake_in_the_configuration_is_underlined_and_undecided() {
    let folder = scratch();
    fs::write(folder.path().join("holdpoint.toml"), "[gate]\nfail-on = \"high\"\n").unwrap();
    let run = run(folder.path(), &["plan", "--format", "json", NO_PLAN]);
    assert_eq!(run.code, Some(2));
    for part in ["unknown key `fail-on`", "did you mean `fail_on`?", "holdpoint.toml:2:1"] {
        assert!(run.stderr.contains(part), "{part} is missing in\n{}", run.stderr);
    }
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["verdict"], "undecided");
    assert!(json["errors"].to_string().contains("line 2"), "{json}");
}

#[test]
fn the_configuration_is_found_upwards_as_far_as_the_repository() {
    let outside = scratch();
    let inside = outside.path().join("repository/live/prod");
    fs::create_dir_all(&inside).unwrap();
    fs::write(outside.path().join("holdpoint.toml"), "[wrong]\n").unwrap();
    let found = run(&inside, &["plan", NO_PLAN]);
    assert!(found.stderr.contains("../../../holdpoint.toml"), "{}", found.stderr);

    fs::write(outside.path().join("repository/.git"), "gitdir: elsewhere\n").unwrap();
    let stopped = run(&inside, &["plan", NO_PLAN]);
    assert!(!stopped.stderr.contains("unknown key"), "{}", stopped.stderr);

    fs::write(outside.path().join("repository/holdpoint.toml"), "[nearer]\n").unwrap();
    let nearer = run(&inside, &["plan", NO_PLAN]);
    assert!(nearer.stderr.contains("`nearer`"), "{}", nearer.stderr);

    let named = run(&inside, &["plan", "--config", "../../../holdpoint.toml", NO_PLAN]);
    assert!(named.stderr.contains("`wrong`"), "{}", named.stderr);
}

#[test]
fn a_configuration_that_cannot_be_read_is_no_missing_one() {
    let folder = scratch();
    let missing = run(folder.path(), &["plan", "--config", "no.toml", NO_PLAN]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("cannot read `no.toml`"), "{}", missing.stderr);

    let path = folder.path().join("holdpoint.toml");
    fs::write(&path, b"# \xff\n").unwrap();
    let binary = run(folder.path(), &["plan", NO_PLAN]);
    assert!(binary.stderr.contains("not UTF-8"), "{}", binary.stderr);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let a_folder = run(folder.path(), &["plan", NO_PLAN]);
    assert_eq!(a_folder.code, Some(2));
    assert!(a_folder.stderr.contains("cannot read `holdpoint.toml`"), "{}", a_folder.stderr);
}

#[test]
fn an_excerpt_cannot_steer_the_terminal() {
    let folder = scratch();
    fs::write(folder.path().join("holdpoint.toml"), "[gate]\nx = \"\u{1b}[2J\"\n").unwrap();
    let run = run(folder.path(), &["plan", NO_PLAN]);
    assert_eq!(run.code, Some(2));
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
}

#[test]
fn reports_go_to_files_named_in_the_configuration() {
    let folder = scratch();
    let config = "[output]\nformats = [\"human\", \"json=out.json\"]\n";
    fs::write(folder.path().join("holdpoint.toml"), config).unwrap();
    let below = folder.path().join("below");
    fs::create_dir(&below).unwrap();
    let run = run(&below, &["plan", NO_PLAN]);
    assert_eq!(run.code, Some(2));
    let json = fs::read_to_string(folder.path().join("out.json")).unwrap();
    assert!(json.contains("undecided"), "{json}");
    assert!(run.stdout.contains("UNDECIDED"), "{}", run.stdout);
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let folder = scratch();
    let run = run(folder.path(), &["plan", "--format", "json=no/such/folder/x", NO_PLAN]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("cannot write `no/such/folder/x`"), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_closed_pipe_are_no_success() {
    let folder = scratch();
    // `rules` would end in 0: what is tested is that it does not.
    for args in [&["rules"][..], &["--help"], &["completions", "bash"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let status =
            holdpoint(folder.path()).args(args).stdout(full).stderr(Stdio::null()).status();
        assert_eq!(status.unwrap().code(), Some(2), "{args:?}");

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status =
            holdpoint(folder.path()).args(args).stdout(writer).stderr(Stdio::null()).status();
        assert_eq!(status.unwrap().code(), Some(2), "{args:?}");
    }
}

#[test]
fn init_writes_what_plan_reads_and_never_overwrites() {
    let folder = scratch();
    assert_eq!(run(folder.path(), &["init"]).code, Some(0));
    let path = folder.path().join("holdpoint.toml");
    let first = fs::read_to_string(&path).unwrap();
    assert!(first.contains("#fail_on = \"high\""));
    let read = run(folder.path(), &["plan", NO_PLAN]);
    assert!(!read.stderr.contains("holdpoint.toml"), "{}", read.stderr);

    fs::write(&path, "# mine\n").unwrap();
    let again = run(folder.path(), &["init"]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("already exists; nothing was written"), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");
}

#[test]
fn rules_are_listed_for_people_and_for_tools() {
    let folder = scratch();
    let people = run(folder.path(), &["rules"]);
    let tools = run(folder.path(), &["rules", "--format", "json"]);
    assert_eq!((people.code, tools.code), (Some(0), Some(0)));
    let json: serde_json::Value = serde_json::from_str(&tools.stdout).unwrap();
    assert_eq!(json["schema"], "holdpoint-rules/v1");
    let rules = json["rules"].as_array().unwrap();
    assert_eq!(people.stdout.lines().count(), rules.len() + 1);
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        let explained = run(folder.path(), &["rules", "explain", id]);
        assert_eq!(explained.code, Some(0), "{id}");
        assert!(explained.stdout.contains("**How to fix**"), "{id}: {}", explained.stdout);
        let typo = run(folder.path(), &["rules", "explain", id.trim_end_matches(|c| c != '-')]);
        assert_eq!(typo.code, Some(2), "{id}");
    }
}

#[test]
fn completions_know_the_verbs() {
    let folder = scratch();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = run(folder.path(), &["completions", shell]);
        assert_eq!(run.code, Some(0), "{shell}");
        assert!(run.stdout.contains("terraform-bin"), "{shell}");
    }
}

#[test]
fn colour_is_asked_for_or_absent() {
    let folder = scratch();
    fs::write(folder.path().join("holdpoint.toml"), "[wrong]\n").unwrap();
    let stderr = |args: &[&str], set: &[(&str, &str)]| {
        let mut command = holdpoint(folder.path());
        command.env_remove("NO_COLOR").args(["plan", NO_PLAN]).args(args);
        command.envs(set.iter().copied());
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert!(!stderr(&[], &[]).contains('\u{1b}'));
    assert!(stderr(&["--color", "always"], &[]).contains('\u{1b}'));
    assert!(stderr(&[], &[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert!(!stderr(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    assert!(!stderr(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn the_step_summary_is_appended() {
    let folder = scratch();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "before\n").unwrap();
    let mut command = holdpoint(folder.path());
    command.args(["plan", "--format", "github", NO_PLAN]).env("GITHUB_STEP_SUMMARY", &summary);
    assert_eq!(command.output().unwrap().status.code(), Some(2));
    let text = fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("before\n") && text.len() > "before\n".len(), "{text}");

    let plain = holdpoint(folder.path())
        .args(["plan", NO_PLAN])
        .env("GITHUB_STEP_SUMMARY", folder.path().join("untouched.md"))
        .output();
    assert_eq!(plain.unwrap().status.code(), Some(2));
    assert!(!folder.path().join("untouched.md").exists());
}

/// The days from today that a date of the tests lies ahead, in UTC like the binary's own.
fn in_days(days: i64) -> String {
    use jiff::ToSpan;
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    today.checked_add(days.days()).unwrap().to_string()
}

#[test]
fn a_waiver_holds_until_its_day_and_stays_visible() {
    let folder = scratch();
    for name in ["plan.json", "main.tf"] {
        let file = common::root().join("fixtures/stories/open-ssh").join(name);
        fs::copy(file, folder.path().join(name)).unwrap();
    }
    let judge = |expires: &str| {
        let waiver = |rule: &str| {
            format!(
                "[[waiver]]\nrule = \"{rule}\"\n\
                 address = \"aws_security_group.bastion\"\nreason = \"the move\"\n\
                 ticket = \"OPS-1\"\nowner = \"me\"\nexpires = {expires}\n"
            )
        };
        // The range holds Telnet as well as SSH, and a waiver for one is none for the other.
        let ssh = waiver("security-group-admin-port-open");
        fs::write(folder.path().join("holdpoint.toml"), &ssh).unwrap();
        assert_ne!(run(folder.path(), &["plan", "plan.json"]).code, Some(0));
        let both = ssh + &waiver("security-group-data-port-open");
        fs::write(folder.path().join("holdpoint.toml"), both).unwrap();
        let run = run(folder.path(), &["plan", "--format", "json", "plan.json"]);
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        (run.code, json)
    };
    let (code, json) = judge(&in_days(90));
    assert_eq!(code, Some(0), "{json:#}");
    assert!(json["findings"].to_string().contains("OPS-1"), "{json:#}");
    let (code, json) = judge(&in_days(-1));
    assert_eq!(code, Some(1), "{json:#}");
    assert!(json["notices"].to_string().contains("expired"), "{json:#}");
    let (code, json) = judge(&in_days(400));
    assert_eq!(code, Some(2), "{json:#}");
    assert!(json["errors"].to_string().contains("more than 180 days"), "{json:#}");
}

#[test]
fn a_plan_that_no_rule_is_about_is_no_pass_unless_it_is_accepted() {
    let folder = scratch();
    let plan = |kind: &str| {
        let change = serde_json::json!({"actions": ["create"], "before": null, "after": {}});
        serde_json::json!({"format_version": "1.2", "resource_changes": [{
            "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "change": change}]})
        .to_string()
    };
    fs::write(folder.path().join("google.json"), plan("google_storage_bucket")).unwrap();
    fs::write(folder.path().join("random.json"), plan("random_id")).unwrap();
    fs::write(folder.path().join("aws.json"), plan("aws_placement_group")).unwrap();
    let judge = |plan: &str| run(folder.path(), &["plan", plan, "--format", "json"]);
    assert_eq!(judge("random.json").code, Some(0));
    let uncovered = [
        ("google", "provider `google` that the plan changes: 1 `google_storage_bucket`"),
        ("aws", "provider `aws` that the plan changes: 1 `aws_placement_group`"),
    ];
    for (plan, message) in uncovered {
        let run = judge(&format!("{plan}.json"));
        assert_eq!(run.code, Some(2), "{}", run.stdout);
        assert!(run.stdout.contains(message), "{}", run.stdout);
    }
    let config = folder.path().join("holdpoint.toml");
    for (text, accepted) in [
        ("[gate]\nunjudged = \"report\"\n", ["google", "aws"].as_slice()),
        ("[gate.unjudged]\ngoogle = \"report\"\n", &["google"]),
    ] {
        fs::write(&config, text).unwrap();
        for (plan, message) in uncovered {
            let run = judge(&format!("{plan}.json"));
            let code = if accepted.contains(&plan) { 0 } else { 2 };
            assert_eq!(run.code, Some(code), "{text}{}", run.stdout);
            assert!(run.stdout.contains(message), "{}", run.stdout);
        }
    }
}

#[test]
fn no_fail_is_for_atlantis_alone_and_its_text_then_fails() {
    let folder = scratch();
    for formats in [&[][..], &["--format", "json"], &["--format", "atlantis=out.txt"]] {
        let run = run(folder.path(), &[&["plan", "--no-fail", NO_PLAN], formats].concat());
        assert_eq!(run.code, Some(2), "{formats:?}");
        assert!(run.stderr.contains("`--no-fail` is only for Atlantis"), "{}", run.stderr);
    }
    let read = run(folder.path(), &["plan", "--no-fail", "--format", "atlantis", NO_PLAN]);
    assert_eq!(read.code, Some(0));
    assert!(read.stdout.starts_with("FAIL - missing.json - plan::"), "{}", read.stdout);
    assert!(read.stdout.contains(" 1 failure,"), "{}", read.stdout);
    fs::write(folder.path().join("holdpoint.toml"), "[nonsense]\n").unwrap();
    let config = run(folder.path(), &["plan", "--no-fail", "--format", "atlantis", NO_PLAN]);
    assert_eq!(config.code, Some(0));
    assert!(config.stdout.starts_with("FAIL - holdpoint.toml - config::"), "{}", config.stdout);
}
