//! Whole runs: `fixtures/stories/NAME/cmd` in that folder must print `expected.stdout` and end
//! with the code in `exit`.
//!
//! `cmd` holds one line, `holdpoint ...`; `stdin` is its input and `expected.stderr` what it says on
//! standard error, when they are there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::Path;

use common::{expect_file, root, run_with_input};

/// Runs a story in a copy of its folder, so that nothing it writes stays behind.
fn tell(story: &Path) -> Result<(), String> {
    let name = story.file_name().unwrap().to_string_lossy().into_owned();
    let read = |file: &str| {
        fs::read_to_string(story.join(file)).map_err(|e| format!("{name}/{file}: {e}"))
    };
    let command = read("cmd")?;
    let code: i32 = read("exit")?.trim().parse().map_err(|e| format!("{name}/exit: {e}"))?;
    let words: Vec<&str> = command.split_whitespace().collect();
    let Some(args) = words.strip_prefix(&["holdpoint"]) else {
        return Err(format!("{name}/cmd: does not begin with `holdpoint`"));
    };
    let folder = common::scratch();
    for file in common::files(story) {
        let copy = folder.path().join(file.strip_prefix(story).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&file, copy).unwrap();
    }
    let input = fs::read(story.join("stdin")).unwrap_or_default();
    let run = run_with_input(folder.path(), args, &input);
    if run.code != Some(code) {
        return Err(format!(
            "{name}: exit {:?}, not {code}\n{}{}",
            run.code, run.stdout, run.stderr
        ));
    }
    let here = folder.path().to_string_lossy().into_owned();
    if run.stdout.contains(&here) {
        return Err(format!("{name}: the output names a folder of this machine"));
    }
    expect_file(&story.join("expected.stdout"), &run.stdout);
    let stderr = story.join("expected.stderr");
    if stderr.exists() {
        expect_file(&stderr, &run.stderr);
    }
    Ok(())
}

#[test]
fn every_story_goes_as_told() {
    let mut stories: Vec<_> = fs::read_dir(root().join("fixtures/stories"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    stories.sort();
    assert!(!stories.is_empty());
    let mut wrong = Vec::new();
    for story in &stories {
        wrong.extend(tell(story).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
