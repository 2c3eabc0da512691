//! The innocent configurations in `fixtures/stories` without their source: docs/source.md says how
//! many of them block then. With the source, the stories themselves show that all pass.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;

use common::{root, run};

#[test]
fn the_page_says_how_many_need_their_source() {
    let (mut asked, mut blocked) = (0, 0);
    for entry in fs::read_dir(root().join("fixtures/stories")).unwrap() {
        let story = entry.unwrap().path();
        if !story.file_name().unwrap().to_string_lossy().starts_with("innocent-") {
            continue;
        }
        let scratch = common::scratch();
        fs::copy(story.join("plan.json"), scratch.path().join("plan.json")).unwrap();
        asked += 1;
        blocked += usize::from(run(scratch.path(), &["plan", "plan.json"]).code != Some(0));
    }
    assert!(asked >= 25, "only {asked} innocent configurations");
    let page = fs::read_to_string(root().join("docs/source.md")).unwrap();
    let sentence = format!("{blocked} of {asked} innocent configurations");
    assert!(page.contains(&sentence), "docs/source.md does not say: {sentence}");
}
