//! The release workflow: it tests before it builds, packs by the script that is tested here, and takes
//! its notes from the changelog.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::common::{peers, root};

fn notes(script: &std::path::Path, version: &str) -> (bool, String) {
    let done = Command::new("python3").arg("-B").arg(script).arg(version).output().unwrap();
    let text = if done.status.success() { done.stdout } else { done.stderr };
    (done.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn the_notes_of_a_version_are_its_section_of_the_changelog() {
    if peers::program("python3").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("deploy/package");
    fs::create_dir_all(&home).unwrap();
    fs::copy(root().join("deploy/package/notes"), home.join("notes")).unwrap();
    let changelog = "# Changelog\n\nAll of it.\n\n## Unreleased\n\n- new\n\n## 1.10.0 - 2026-02-01\n\n\
        - ten\n  `## not a heading`\n\n### Changed verdicts\n\n- one\n\n## 1.1.0 - 2026-01-01\n\n- one\n\n\
        ## 1.0.0\n\n- undated\n\n## 0.9.0 - 2025-01-01\n\n## 0.8.0 - 2024-01-01\n\n- last\n";
    fs::write(folder.path().join("CHANGELOG.md"), changelog).unwrap();
    let of = |version: &str| notes(&home.join("notes"), version);
    let ten = "- ten\n  `## not a heading`\n\n### Changed verdicts\n\n- one\n";
    assert_eq!(of("1.10.0"), (true, ten.to_owned()));
    assert_eq!(of("1.1.0"), (true, "- one\n".to_owned()));
    assert_eq!(of("0.8.0"), (true, "- last\n".to_owned()));
    for (version, why) in [
        ("1.0.0", "has no date"),
        ("0.9.0", "is empty"),
        ("2.0.0", "no section"),
        ("1x1.0", "no section"),
        ("Unreleased", "has no date"),
    ] {
        let (done, text) = of(version);
        assert!(!done && text.contains(why), "{version}: {text}");
    }
}

#[test]
fn the_version_of_cargo_has_a_date_and_notes() {
    if peers::program("python3").is_none() {
        return;
    }
    let (done, text) = notes(&root().join("deploy/package/notes"), env!("CARGO_PKG_VERSION"));
    assert!(done && text.len() > 1_000, "{text}");
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let first = changelog.lines().find_map(|line| line.strip_prefix("## "));
    assert_eq!(first, Some("Unreleased"), "what comes next has a place above");
}

#[test]
fn the_release_is_tested_first_and_packed_by_the_script() {
    let text = fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let workflow: Value = serde_saphyr::from_str(&text).unwrap();
    let runs = |job: &str| -> String {
        let steps = workflow["jobs"][job]["steps"].as_array().unwrap().iter();
        steps.filter_map(|step| step["run"].as_str()).collect::<Vec<_>>().join("\n")
    };
    assert!(runs("test").contains(".ci/run"));
    assert_eq!(workflow["jobs"]["build"]["needs"], "test");
    assert_eq!(workflow["jobs"]["publish"]["needs"], "build");
    for command in [
        "cargo build --locked --profile dist --target \"$TARGET\"",
        "deploy/package/build --program",
        "deploy/package/try dist",
    ] {
        assert!(runs("build").contains(command), "{command}");
    }
    for command in
        ["deploy/package/notes \"${TAG#v}\" >notes.md", "--notes-file notes.md", "--sums"]
    {
        assert!(runs("publish").contains(command), "{command}");
    }
}

/// The profile that is packed is the one that is measured.
#[test]
fn what_is_shipped_is_built_with_care() {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let dist = &manifest["profile"]["dist"];
    assert_eq!(dist["inherits"].as_str(), Some("release"));
    assert_eq!(dist["lto"].as_str(), Some("fat"));
}
