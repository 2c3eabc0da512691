//! Whatever bytes stand where a policy, its data or a plan should be: nothing panics, nothing hangs,
//! and nothing passes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{root, run, run_with_input, scratch};
use holdpoint::rego::{Document, Fault, Judgement, Limits, Options, Policies};
use proptest::prelude::*;

/// A plan that none of our rules has anything to say about, and the policy below neither.
const CLEAN: &str = "fixtures/packs/windows/pass.nothing.json";
/// It lets nothing pass but what its data allows.
const POLICY: &str = "package main\n\ndeny contains \"no\" if not data.allowed.everything\n";

/// Files of Rego to spoil, with all that the language has.
fn policies() -> Vec<String> {
    let mut found = vec![
        POLICY.to_owned(),
        fs::read_to_string(root().join("benches/policy/plan.rego")).unwrap(),
    ];
    let mut packs: Vec<_> = fs::read_dir(root().join("policies/terraform"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    packs.sort();
    for pack in packs {
        let name = pack.file_name().unwrap().to_string_lossy().into_owned();
        found.push(fs::read_to_string(pack.join(format!("{name}.rego"))).unwrap());
        found.push(fs::read_to_string(pack.join(format!("{name}_test.rego"))).unwrap());
    }
    found
}

fn short() -> Options {
    let limits = Limits { time: Duration::from_secs(5), memory: 1 << 30 };
    Options { limits, ..Options::default() }
}

/// Reads and judges. What breaks down inside is told as an internal fault: there must be none.
fn judge(policy: &[u8], data: Option<&[u8]>, input: &str) -> Result<usize, Vec<Fault>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.rego");
    fs::write(&file, policy).unwrap();
    let mut more = Vec::new();
    if let Some(data) = data {
        for name in ["d.json", "d.yaml"] {
            let file = folder.path().join(name);
            fs::write(&file, data).unwrap();
            more.push(file);
        }
    }
    let evaluate = || -> Result<usize, Vec<Fault>> {
        let policies = Policies::load(&[file], &more, &short())?;
        let names = policies.select(&[]).map_err(|fault| vec![*fault])?;
        let mut hits = None;
        for document in [policies.plan("i", input), Document::json("i", input)] {
            let document = document.map_err(|fault| vec![*fault])?;
            let judgements = policies.judge(&document, &names).map_err(|fault| vec![*fault])?;
            // In parts or as a whole: the same.
            let first = hits.get_or_insert_with(|| judgements.clone());
            assert_eq!(*first, judgements, "{}", String::from_utf8_lossy(policy));
        }
        for test in policies.tests().iter().take(3) {
            let _ = policies.test(test, None);
        }
        let all = hits.unwrap_or_default();
        let each = |judgement: &Judgement| {
            judgement.failures.len() + judgement.warnings.len() + judgement.undetermined.len()
        };
        Ok(all.iter().map(each).sum())
    };
    let result = evaluate();
    if let Err(faults) = &result {
        assert!(!faults.is_empty());
        for fault in faults {
            assert_ne!(
                fault.code,
                "rego::internal",
                "{fault:?} {}",
                String::from_utf8_lossy(policy)
            );
            if let (Some(text), Some(span)) = (&fault.text, &fault.span) {
                assert!(text.get(span.clone()).is_some(), "{fault:?}");
            }
        }
    }
    result
}

/// The plan with its resources again and again, until they are `many`: more than are judged at once.
fn repeated(plan: &str, many: usize) -> String {
    let mut plan: serde_json::Value = serde_json::from_str(plan).unwrap();
    let changes = plan["resource_changes"].as_array_mut().unwrap();
    let originals = changes.clone();
    for number in 0..many.saturating_sub(originals.len()) {
        let mut change = originals[number % originals.len()].clone();
        change["address"] = format!("{}_{number}", change["address"].as_str().unwrap()).into();
        changes.push(change);
    }
    plan.to_string()
}

/// One way to spoil a text.
#[derive(Debug, Clone)]
enum Spoil {
    Cut(usize, usize),
    Put(usize, Vec<u8>),
    Copy(usize, usize, usize),
}

fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    let token = prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..6),
        proptest::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "|",
            ":=",
            "=",
            "==",
            "not ",
            "some x in ",
            "some x\n",
            "every k, v in ",
            "with input as ",
            "walk(",
            "_",
            "input",
            "data",
            "default ",
            "else := 1",
            "import data.x as deny\n",
            "\"",
            "`",
            "#",
            "\n",
            "\t",
            ".",
            ",",
            "0",
            "-",
            "1e999",
            "\u{feff}",
            "é",
            "deny contains x if ",
            "if ",
            "contains ",
            "[a, b] := walk(input)",
            "f(x) := x\n",
            "# METADATA\n# title: x\n",
        ])
        .prop_map(|text: &str| text.as_bytes().to_vec()),
    ];
    let at = || 0..20_000_usize;
    let spoil = prop_oneof![
        (at(), 1..40_usize).prop_map(|(at, long)| Spoil::Cut(at, long)),
        (at(), token).prop_map(|(at, text)| Spoil::Put(at, text)),
        (at(), 1..80_usize, at()).prop_map(|(from, long, to)| Spoil::Copy(from, long, to)),
    ];
    proptest::collection::vec(spoil, 1..5)
}

fn spoilt(text: &str, spoils: &[Spoil]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for spoil in spoils {
        let long = bytes.len().max(1);
        let cut = |at: usize, by: usize| (at % long)..(at % long + by).min(bytes.len());
        match spoil {
            Spoil::Cut(at, by) => drop(bytes.drain(cut(*at, *by))),
            Spoil::Put(at, new) => {
                let at = (at % long).min(bytes.len());
                bytes.splice(at..at, new.iter().copied());
            }
            Spoil::Copy(from, by, to) => {
                let part = bytes[cut(*from, *by)].to_vec();
                let at = (to % long).min(bytes.len());
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn bytes_are_no_policy(bytes in proptest::collection::vec(any::<u8>(), 0..300), tail in "\\PC{0,120}") {
        prop_assert!(judge(&bytes, None, "{}").is_err(), "bytes");
        prop_assert!(judge(tail.as_bytes(), None, "{}").is_err(), "text");
        let _ = judge(format!("package main\n{tail}\n").as_bytes(), None, "{}");
    }

    #[test]
    fn spoilt_policies_break_nothing(number in any::<proptest::sample::Index>(), spoils in spoils()) {
        let all = policies();
        let plan = fs::read_to_string(root().join("fixtures/packs/protected/pass.others.json")).unwrap();
        let plan = repeated(&plan, 300);
        let _ = judge(&spoilt(&all[number.index(all.len())], &spoils), None, &plan);
    }

    #[test]
    fn bytes_are_no_data(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,100}") {
        for data in [&bytes[..], text.as_bytes()] {
            if let Ok(hits) = judge(POLICY.as_bytes(), Some(data), "{}") {
                prop_assert_eq!(hits, 1);
            }
        }
    }

    #[test]
    fn bytes_are_no_input(text in "\\PC{0,100}", spoils in spoils()) {
        let policy = "package main\ndeny contains c.address if some c in input.resource_changes\n";
        let plan = fs::read_to_string(root().join("fixtures/packs/protected/pass.others.json")).unwrap();
        let _ = judge(policy.as_bytes(), None, &text);
        let bytes = spoilt(&plan, &spoils);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = judge(policy.as_bytes(), None, text);
        }
    }
}

/// The exit code of the binary for these files.
fn exit(folder: &Path, policy: &[u8], data: &[u8], plan: &[u8]) -> Option<i32> {
    for (name, bytes) in [("p.rego", policy), ("d.json", data), ("plan.json", plan)] {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let ran = run(folder, &["plan", "plan.json", "--policy", "p.rego", "--policy-data", "d.json"]);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran.code
}

/// The same of `conftest test`, with the input as JSON, as YAML and as standard input.
fn conftest(folder: &Path, policy: &[u8], data: &[u8], input: &[u8]) -> Vec<Option<i32>> {
    for (name, bytes) in
        [("p.rego", policy), ("d.json", data), ("i.json", input), ("i.yaml", input)]
    {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let tested = |args: &[&str]| {
        let all = [&["conftest", "test", "-p", "p.rego", "-d", "d.json", "--timeout=20"], args];
        let ran = run_with_input(folder, &all.concat(), input);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        // No verdict without a word: results, or why there are none.
        assert!(
            ran.code == Some(0) || (ran.stdout.is_empty() == ran.stderr.contains("::")),
            "{ran:?}"
        );
        ran.code
    };
    [
        &["i.json"][..],
        &["i.yaml"],
        &["-"],
        &["--combine", "i.json"],
        &["--no-fail", "-o=json", "i.json"],
    ]
    .into_iter()
    .map(tested)
    .collect()
}

/// Bytes that are nothing.
fn noise() -> Vec<Vec<u8>> {
    let mut noise: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\0".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"{".to_vec(),
        b"package".to_vec(),
        b"package main".to_vec(),
        b"{\"a\":1,\"a\":2}".to_vec(),
        vec![b'['; 100_000],
        vec![b'{'; 100_000],
        "package main\ndeny contains x if ".repeat(2_000).into_bytes(),
    ];
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for long in [3_usize, 50, 700, 9_000] {
        let byte = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed >> 32) as u8
        };
        noise.push(std::iter::repeat_with(byte).take(long).collect());
    }
    noise
}

#[test]
fn the_command_passes_only_what_it_has_read() {
    let folder = scratch();
    let plan = fs::read(root().join(CLEAN)).unwrap();
    let allowed = br#"{"allowed": {"everything": true}}"#;
    let policy = POLICY.as_bytes();
    let noise = noise();
    assert_eq!(exit(folder.path(), policy, b"{}", &plan), Some(1));
    let clean = exit(folder.path(), policy, allowed, &plan);
    for bytes in &noise {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        assert_eq!(exit(folder.path(), bytes, allowed, &plan), Some(2), "policy {shown}");
        assert_eq!(exit(folder.path(), policy, bytes, &plan), Some(2), "data {shown}");
        assert_eq!(exit(folder.path(), policy, allowed, bytes), Some(2), "plan {shown}");
    }
    // The same files unspoilt are decided: it was the noise that was refused.
    assert!(matches!(clean, Some(0 | 1)), "{clean:?}");
    for end in (0..plan.len()).step_by(plan.len() / 25 + 1) {
        assert_eq!(exit(folder.path(), policy, allowed, &plan[..end]), Some(2), "{end}");
    }
    // What is left of it may be a policy still: one that denies.
    for end in 0..policy.len() - 30 {
        let code = exit(folder.path(), &policy[..end], allowed, &plan);
        assert!(matches!(code, Some(1 | 2)), "{end}: {code:?}");
    }
}

/// A policy that lets through what says so: noise never does, whoever reads it.
#[test]
fn conftest_passes_only_what_it_has_read() {
    let folder = scratch();
    let policy = b"package main\n\ndeny contains \"no\" if not fine\n\nfine if {\n\tinput.allowed\n\tdata.allowed.everything\n}\n\nfine if input[0].contents.allowed\n";
    let allowed = br#"{"allowed": {"everything": true}}"#;
    let good = br#"{"allowed": true}"#;
    assert_eq!(conftest(folder.path(), policy, allowed, good), [Some(0); 5]);
    // With --no-fail a verdict is 0 as well, an error is not.
    assert_eq!(conftest(folder.path(), policy, b"{}", good)[..3], [Some(1); 3]);
    for bytes in noise() {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        for (what, codes) in [
            ("policy", conftest(folder.path(), &bytes, allowed, good)),
            ("data", conftest(folder.path(), policy, &bytes, good)),
        ] {
            assert_eq!(codes, [Some(1); 5], "{what} {shown}");
        }
        let codes = conftest(folder.path(), policy, allowed, &bytes);
        assert_eq!(codes[..4], [Some(1); 4], "input {shown}");
    }
    for end in 0..good.len() {
        let codes = conftest(folder.path(), policy, allowed, &good[..end]);
        assert_eq!(codes[..4], [Some(1); 4], "{end}");
        assert_ne!(codes[4], Some(0), "{end}");
    }
    for end in 0..policy.len() - 40 {
        let codes = conftest(folder.path(), &policy[..end], b"{}", good);
        assert_eq!(codes[..3], [Some(1); 3], "{end}");
    }
}
