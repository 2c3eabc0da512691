//! A receipt lets exactly that plan be applied that passed: everything else that may be changed
//! between the verdict and the apply is changed here, one thing at a time.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Run, run, scratch};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::Value;

const PASSES: &str = "fixtures/rules/rds-unencrypted/pass.instance.json";

/// A folder with a plan that passes, a configuration, and a receipt.
fn passed(more: &[&str]) -> tempfile::TempDir {
    let folder = scratch();
    fs::copy(common::root().join(PASSES), folder.path().join("plan.json")).unwrap();
    // Only this rule, so that the plan passes whatever rules are added to holdpoint.
    let off: String = holdpoint::rules::catalogue::all()
        .iter()
        .filter(|rule| rule.meta.id != "rds-unencrypted")
        .map(|rule| format!("[rules.{}]\nenabled = false\n", rule.meta.id))
        .collect();
    fs::write(folder.path().join("holdpoint.toml"), off).unwrap();
    let args = [&["plan", "plan.json", "--receipt", "receipt.json"], more].concat();
    let done = run(folder.path(), &args);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    folder
}

fn verify(folder: &Path, more: &[&str]) -> Run {
    run(folder, &[&["receipt", "verify", "receipt.json", "--plan", "plan.json"], more].concat())
}

#[track_caller]
fn refused(run: &Run, because: &str) {
    assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(because), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

fn edit(folder: &Path, change: impl Fn(&mut Value)) {
    let file = folder.join("receipt.json");
    let mut receipt: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    change(&mut receipt);
    fs::write(&file, receipt.to_string()).unwrap();
}

/// A key pair in two PEM files.
fn keys(folder: &Path, name: &str) {
    let private = Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(private.as_ref()).unwrap();
    let mut spki = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    spki.extend_from_slice(pair.public_key().as_ref());
    let pem = |kind: &str, der: &[u8]| {
        format!("-----BEGIN {kind} KEY-----\n{}\n-----END {kind} KEY-----\n", STANDARD.encode(der))
    };
    fs::write(folder.join(format!("{name}.pem")), pem("PRIVATE", private.as_ref())).unwrap();
    fs::write(folder.join(format!("{name}.pub.pem")), pem("PUBLIC", &spki)).unwrap();
}

#[test]
fn the_plan_that_passed_may_be_applied() {
    let folder = passed(&[]);
    let done = verify(folder.path(), &[]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{}", done.stdout);
    let text = fs::read_to_string(folder.path().join("receipt.json")).unwrap();
    let receipt: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(receipt["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(receipt["predicate"]["verdict"], "pass");
    assert_eq!(receipt["predicate"]["counts"]["rules"], 1);
    let plan = fs::read(folder.path().join("plan.json")).unwrap();
    assert_eq!(receipt["subject"][0]["digest"]["sha256"], holdpoint::receipt::sha256(&plan));
}

#[test]
fn another_plan_may_not() {
    let folder = passed(&[]);
    let file = folder.path().join("plan.json");
    let mut text = fs::read_to_string(&file).unwrap();
    text.push('\n');
    fs::write(&file, text).unwrap();
    refused(&verify(folder.path(), &[]), "is not the plan that was checked");
    let gone = run(folder.path(), &["receipt", "verify", "receipt.json", "--plan", "missing.json"]);
    assert_eq!(gone.code, Some(2), "{}", gone.stderr);
}

#[test]
fn a_plan_that_blocks_leaves_a_receipt_that_does_not_do() {
    let folder = passed(&[]);
    let blocks = common::root().join("fixtures/rules/rds-unencrypted");
    let blocks = common::files(&blocks)
        .into_iter()
        .find(|file| {
            file.to_string_lossy().contains("block.")
                && file.extension().is_some_and(|e| e == "json")
        })
        .unwrap();
    fs::copy(blocks, folder.path().join("plan.json")).unwrap();
    let done = run(folder.path(), &["plan", "plan.json", "--receipt", "receipt.json"]);
    assert_eq!(done.code, Some(1), "{}", done.stdout);
    refused(&verify(folder.path(), &[]), "the verdict was `block`");
}

#[test]
fn a_run_that_decides_nothing_takes_the_old_receipt_away() {
    let folder = passed(&[]);
    fs::write(folder.path().join("holdpoint.toml"), "nonsense = 1\n").unwrap();
    let done = run(folder.path(), &["plan", "plan.json", "--receipt", "receipt.json"]);
    assert_eq!(done.code, Some(2));
    assert!(!folder.path().join("receipt.json").exists());
    fs::write(folder.path().join("holdpoint.toml"), "").unwrap();
    let done = verify(folder.path(), &[]);
    assert_eq!(done.code, Some(2), "{}", done.stderr);
}

#[test]
fn another_policy_set_is_noticed() {
    let folder = passed(&[]);
    let file = folder.path().join("holdpoint.toml");
    let was = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{was}# a remark\n")).unwrap();
    refused(&verify(folder.path(), &[]), "a different holdpoint.toml");
    fs::remove_file(&file).unwrap();
    refused(&verify(folder.path(), &[]), "different rules, severities or parameters");
    fs::write(&file, &was).unwrap();
    refused(&verify(folder.path(), &["--undetermined", "warn"]), "different gate settings");
    let waiver = "[[waiver]]\nrule = \"rds-unencrypted\"\naddress = \"aws_db_instance.x\"\n\
                  reason = \"because\"\nticket = \"T-1\"\nowner = \"me\"\nexpires = 2026-12-31\n";
    fs::write(&file, format!("{was}\n{waiver}")).unwrap();
    refused(&verify(folder.path(), &[]), "different waivers");
}

#[test]
fn another_policy_of_ones_own_is_noticed() {
    let folder = passed(&[]);
    let policy = folder.path().join("policy/machines.rego");
    fs::create_dir(folder.path().join("policy")).unwrap();
    let text = "package main\n\nimport rego.v1\n\ndeny contains msg if {\n\
                \tsome change in input.resource_changes\n\tchange.type == \"aws_instance\"\n\
                \tmsg := \"no machines\"\n}\n";
    fs::write(&policy, text).unwrap();
    let with_policy = ["--policy", "policy"];
    let args = ["plan", "plan.json", "--receipt", "receipt.json", "--policy", "policy"];
    let done = run(folder.path(), &args);
    assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    assert_eq!(verify(folder.path(), &with_policy).code, Some(0));
    refused(&verify(folder.path(), &[]), "different Rego policies");
    fs::write(&policy, text.replace("aws_instance", "aws_nothing")).unwrap();
    refused(&verify(folder.path(), &with_policy), "different Rego policies");
    fs::write(&policy, text).unwrap();
    fs::write(folder.path().join("policy/more.rego"), text).unwrap();
    refused(&verify(folder.path(), &with_policy), "different Rego policies");
}

#[test]
fn flags_that_weaken_the_gate_show() {
    let folder = passed(&["--undetermined", "warn"]);
    refused(&verify(folder.path(), &[]), "different gate settings");
    assert_eq!(verify(folder.path(), &["--undetermined", "warn"]).code, Some(0));
}

#[test]
fn an_old_one_and_one_of_the_future_do_not_do() {
    let folder = passed(&[]);
    edit(folder.path(), |r| r["predicate"]["created"] = "2020-01-01T00:00:00Z".into());
    refused(&verify(folder.path(), &[]), "old, more than");
    edit(folder.path(), |r| r["predicate"]["created"] = "2220-01-01T00:00:00Z".into());
    refused(&verify(folder.path(), &[]), "in the future");
    edit(folder.path(), |r| r["predicate"]["created"] = "yesterday".into());
    refused(&verify(folder.path(), &[]), "has no valid date");
    for age in ["0s", "-1h", "soon"] {
        assert_eq!(verify(folder.path(), &[&format!("--max-age={age}")]).code, Some(2), "{age}");
    }
}

#[test]
fn the_commit_counts_when_it_is_asked_for() {
    let folder = passed(&[]);
    edit(folder.path(), |r| r["predicate"]["run"]["commit"] = "abc".into());
    assert_eq!(verify(folder.path(), &["--commit", "abc"]).code, Some(0));
    refused(&verify(folder.path(), &["--commit", "def"]), "for another commit");
}

#[test]
fn what_is_no_receipt_is_undecided() {
    let folder = passed(&[]);
    let whole = fs::read_to_string(folder.path().join("receipt.json")).unwrap();
    let texts = [
        String::new(),
        "{}".to_owned(),
        whole[..whole.len() / 2].to_owned(),
        whole.replace("\"verdict\"", "\"verdict\": \"pass\", \"verdict\""),
        whole.replace("\"_type\"", "\"more\": 1, \"_type\""),
        whole.replace("in-toto.io", "example.com"),
        fs::read_to_string(folder.path().join("plan.json")).unwrap(),
    ];
    for text in texts {
        fs::write(folder.path().join("receipt.json"), &text).unwrap();
        let done = verify(folder.path(), &[]);
        assert_eq!(done.code, Some(2), "{text:.80}: {}", done.stderr);
    }
}

#[test]
fn a_signature_is_demanded_and_checked() {
    let folder = passed(&[]);
    keys(folder.path(), "ours");
    keys(folder.path(), "theirs");
    let unsigned = verify(folder.path(), &["--verify-key", "ours.pub.pem"]);
    assert_eq!(unsigned.code, Some(2));
    assert!(unsigned.stderr.contains("not signed by the verification key"), "{}", unsigned.stderr);
    let args = ["plan", "plan.json", "--receipt", "receipt.json", "--sign-key", "ours.pem"];
    assert_eq!(run(folder.path(), &args).code, Some(0));
    assert_eq!(verify(folder.path(), &["--verify-key", "ours.pub.pem"]).code, Some(0));
    assert_eq!(verify(folder.path(), &[]).code, Some(0));
    assert_eq!(verify(folder.path(), &["--verify-key", "theirs.pub.pem"]).code, Some(2));
    assert_eq!(verify(folder.path(), &["--verify-key", "ours.pem"]).code, Some(2));
    // One byte of what is signed, and then of the signature.
    let sealed = fs::read_to_string(folder.path().join("receipt.json")).unwrap();
    let envelope: Value = serde_json::from_str(&sealed).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let forged = String::from_utf8(payload).unwrap().replace("\"checks\": 1", "\"checks\": 2");
    edit(folder.path(), |r| r["payload"] = STANDARD.encode(&forged).into());
    assert_eq!(verify(folder.path(), &["--verify-key", "ours.pub.pem"]).code, Some(2));
    fs::write(folder.path().join("receipt.json"), &sealed).unwrap();
    edit(folder.path(), |r| {
        let mut bytes = STANDARD.decode(r["signatures"][0]["sig"].as_str().unwrap()).unwrap();
        bytes[7] ^= 1;
        r["signatures"][0]["sig"] = STANDARD.encode(bytes).into();
    });
    assert_eq!(verify(folder.path(), &["--verify-key", "ours.pub.pem"]).code, Some(2));
}

#[test]
fn openssl_makes_the_keys_and_accepts_the_signature() {
    let folder = passed(&[]);
    let openssl = |args: &[&str]| Command::new("openssl").args(args).current_dir(&folder).output();
    let made = openssl(&["genpkey", "-algorithm", "ed25519", "-out", "key.pem"]);
    if !made.is_ok_and(|made| made.status.success()) {
        return common::peers::missing("openssl");
    }
    openssl(&["pkey", "-in", "key.pem", "-pubout", "-out", "key.pub.pem"]).unwrap();
    let args = ["plan", "plan.json", "--receipt", "receipt.json", "--sign-key", "key.pem"];
    assert_eq!(run(folder.path(), &args).code, Some(0));
    assert_eq!(verify(folder.path(), &["--verify-key", "key.pub.pem"]).code, Some(0));
    let sealed = fs::read_to_string(folder.path().join("receipt.json")).unwrap();
    let envelope: Value = serde_json::from_str(&sealed).unwrap();
    let bytes = |text: &Value| STANDARD.decode(text.as_str().unwrap()).unwrap();
    let payload = bytes(&envelope["payload"]);
    let kind = "application/vnd.in-toto+json";
    let mut message = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    message.extend(payload);
    fs::write(folder.path().join("message"), message).unwrap();
    fs::write(folder.path().join("signature"), bytes(&envelope["signatures"][0]["sig"])).unwrap();
    let checked = openssl(&[
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key.pub.pem",
        "-rawin",
        "-in",
        "message",
        "-sigfile",
        "signature",
    ]);
    assert!(checked.unwrap().status.success());
}

#[test]
fn a_receipt_that_cannot_be_written_is_no_pass() {
    let folder = passed(&[]);
    for args in [
        ["--receipt", "no/such/folder/receipt.json"].as_slice(),
        &["--receipt", "receipt.json", "--sign-key", "missing.pem"],
        &["--receipt", "receipt.json", "--sign-key", "plan.json"],
        &["--sign-key", "plan.json"],
    ] {
        let done = run(folder.path(), &[&["plan", "plan.json"], args].concat());
        assert_eq!(done.code, Some(2), "{args:?}: {}", done.stderr);
    }
}

/// A stand-in for terraform: what counts here is which bytes are bound to the verdict.
#[cfg(unix)]
#[test]
fn a_binary_plan_is_bound_by_its_own_bytes() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = passed(&[]);
    let path = |name: &str| folder.path().join(name);
    fs::write(path("terraform"), "#!/bin/sh\n[ \"$1\" = show ] && cat shown.json\n").unwrap();
    fs::set_permissions(path("terraform"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(path("plan.json"), path("shown.json")).unwrap();
    fs::write(path("plan.bin"), b"PK\x03\x04 the first").unwrap();
    let judge = |plan: &str| {
        let args = ["plan", plan, "--receipt", "receipt.json", "--terraform-bin", "./terraform"];
        let done = run(folder.path(), &args);
        assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
    };
    let apply = || {
        let args = ["receipt", "verify", "receipt.json", "--plan", "plan.bin"];
        run(folder.path(), &[&args[..], &["--terraform-bin", "./terraform"]].concat())
    };
    judge("plan.bin");
    assert_eq!(apply().code, Some(0));
    // Another plan of the same JSON is another plan.
    fs::write(path("plan.bin"), b"PK\x03\x04 the second").unwrap();
    refused(&apply(), "is not the plan that was checked");
    // Where the JSON was judged, the binary plan is shown again.
    fs::copy(path("plan.json"), path("shown.json")).unwrap();
    judge("plan.json");
    assert_eq!(apply().code, Some(0));
    fs::write(path("shown.json"), "{\"format_version\":\"1.2\"}").unwrap();
    refused(&apply(), "is not the plan that was checked");
}
