//! Manifests that mean to exhaust the reader: each ends with exit 2. `benches/bombs` holds how long
//! that takes, and how much memory.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;

use common::{run, scratch};
use serde_json::Value;

const HEAD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n";

fn many(indent: &str) -> String {
    (0..100_000).map(|i| format!("{indent}k{i}: v\n")).collect()
}

#[test]
fn bombs_are_refused() {
    let away = scratch();
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let p = i - 1;
        laughs
            .push_str(&format!("a{i}: &a{i} [*a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}]\n"));
    }
    let bombs = [
        ("laughs", "manifest::alias", laughs),
        ("circle", "manifest::alias", "a: &a {b: *a}\n".to_owned()),
        ("deep-flow", "manifest::syntax", "[".repeat(1_000_000)),
        ("deep-block", "manifest::too-deep", "- ".repeat(200_000)),
        ("deep-json", "manifest::too-deep", format!("{{\"a\":{}", "[".repeat(1_000_000))),
        ("long-scalar", "manifest::too-large", format!("a: {}\n", "x".repeat(100 << 20))),
        ("many-keys", "manifest::too-large", (0..300_000).map(|i| format!("k{i}: 1\n")).collect()),
        ("many-nodes", "manifest::too-large", "- 1\n".repeat(2_000_000)),
        (
            "many-containers",
            "manifest::too-large",
            format!("{HEAD}spec:\n  containers:\n{}", "  - {}\n".repeat(100_000)),
        ),
        (
            "many-pods",
            "manifest::too-many",
            format!("{HEAD}spec: {{containers: [{{}}]}}\n---\n").repeat(20_000),
        ),
        (
            "nested-lists",
            "manifest::too-deep",
            format!("{HEAD}spec: {}1{}\n", "[".repeat(250), "]".repeat(250)),
        ),
        ("many-documents", "manifest::too-large", "---\n".repeat(1_000_000)),
        (
            "many-annotations",
            "manifest::too-large",
            format!("{HEAD}  annotations:\n{}", many("    ")),
        ),
    ];
    let mut wrong = Vec::new();
    for (name, code, text) in &bombs {
        let file = away.path().join(format!("{name}.yaml"));
        fs::write(&file, text).unwrap();
        // How long and how much memory it takes is held by benches/bombs.
        let args = ["manifests", "--format", "json", &format!("{name}.yaml")];
        let run = run(away.path(), &args);
        assert_eq!(run.code, Some(2), "{name}: {}{}", run.stdout, run.stderr);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let found = report["errors"][0]["code"].as_str().unwrap();
        if found != *code {
            wrong.push(format!("{name}: {found}"));
        }
        fs::remove_file(&file).unwrap();
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_flood_of_waivers_is_no_flood_of_work() {
    let away = scratch();
    let waiver = "# holdpoint:allow container-privileged until 2027-01-01: a b\n";
    let text = format!("{HEAD}spec: {{containers: [{{image: x}}]}}\n{}", waiver.repeat(100_000));
    fs::write(away.path().join("a.yaml"), text).unwrap();
    let config = "[manifests]\ninline_waivers = true\n";
    fs::write(away.path().join("holdpoint.toml"), config).unwrap();
    let run = run(away.path(), &["manifests", "--format", "json", "a.yaml"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let notices = report["notices"].as_array().unwrap().len();
    assert!((1_000..=1_010).contains(&notices), "{notices} of them were looked at");
}
