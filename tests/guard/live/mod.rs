//! The guard in an account: planned, applied, changed, interrupted, put back and removed, against
//! moto. `.ci/aws/install` installs it into the folder that `HOLDPOINT_AWS_PEERS` names.

#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod apart;
mod audit;
mod back;
use crate::common;
mod module;
mod principals;
mod proxy;
use crate::rig;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proxy::{Fate, Proxy};
use rig::{BREAK_GLASS, Rig, TERRAFORM};
use serde_json::Value;

/// Figures for whoever runs the tests with `--nocapture`.
macro_rules! seen {
    ($($what:tt)*) => { writeln!(std::io::stderr(), $($what)*).unwrap() };
}

const POLICY: [&str; 6] =
    ["--as", "managed-policy", "--terraform-role", TERRAFORM, "--break-glass", BREAK_GLASS];

fn plan<'a>(more: &[&'a str], out: &'a str) -> Vec<&'a str> {
    [["plan"].as_slice(), &POLICY, more, &["--out", out]].concat()
}

const SMALL: [&str; 2] = ["--service", "sqs"];
const LARGER: [&str; 4] = ["--service", "sqs", "--service", "sns"];

/// Rig, roles, and us as Terraform.
fn account(roles: usize, users: usize) -> Option<Rig> {
    let mut rig = Rig::new()?;
    rig.ask(&["seed", &roles.to_string(), &users.to_string()]);
    rig.become_role(TERRAFORM);
    Some(rig)
}

fn names(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn everybody(roles: usize, users: usize) -> BTreeSet<String> {
    let roles = (0..roles).map(|n| format!("app-{n}"));
    roles.chain((0..users).map(|n| format!("user-{n}"))).collect()
}

#[test]
fn a_guard_is_planned_applied_changed_and_removed() {
    let Some(rig) = account(5, 2) else { return };
    let run = rig.expect(0, &plan(&SMALL, "p1.json"));
    // Where requests go stands there before they do.
    let first: Vec<&str> = run.stderr.lines().take(3).collect();
    assert_eq!(first[0], format!("sts at {} (this is not AWS)", rig.endpoint()));
    assert!(first[1].starts_with("account 123456789012 as arn:aws:sts::"), "{}", run.stderr);
    assert_eq!(first[2], format!("iam at {} (this is not AWS)", rig.endpoint()));
    assert!(run.stderr.contains("trusts everyone in any account"), "{}", run.stderr);
    assert!(
        run.stdout.contains("on tagged resources, a workload, an engineer loses"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("AWSServiceRoleForX (a service-linked role"), "{}", run.stdout);
    assert!(
        run.stdout.contains("not guarded: arn:aws:iam::123456789012:role/aws-reserved/"),
        "{}",
        run.stdout
    );
    assert_eq!(rig.ask(&["iam"]), serde_json::json!({}), "a plan changes nothing");

    rig.expect(2, &["apply", "p1.json"]);
    assert_eq!(rig.ask(&["iam"]), serde_json::json!({}), "nobody agreed");
    rig.expect(0, &["apply", "p1.json", "--yes"]);
    let after = rig.ask(&["iam"]);
    assert_eq!(names(&after["holdpoint-guard"]["on"]), everybody(5, 2));
    let run = rig.expect(0, &["apply", "p1.json", "--yes"]);
    assert!(run.stdout.starts_with("no changes"), "{}", run.stdout);
    assert_eq!(rig.ask(&["iam"]), after);
    let run = rig.expect(0, &plan(&SMALL, "again.json"));
    assert!(run.stdout.contains("no changes"), "{}", run.stdout);
    rig.expect(0, &["status", "p1.json"]);

    let json = rig.expect(0, &[plan(&LARGER, "p2.json"), vec!["--format", "json"]].concat());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["policies"][0]["what"], "changed");
    let added = names(&json["policies"][0]["statements"][0]["verbs_added"]);
    assert!(added.contains("sns:DeleteTopic"), "{added:?}");
    assert!(!added.iter().any(|verb| verb.starts_with("sqs:")), "{added:?}");
    assert!(names(&json["effects"]["an engineer"]["loses"]).contains("sns:DeleteTopic"));
    assert_eq!(json["effects"].get(format!("`{TERRAFORM}`")), None);
    rig.expect(1, &["status", "p2.json"]);
    rig.expect(0, &["apply", "p2.json", "--yes"]);
    assert_eq!(rig.ask(&["iam"])["holdpoint-guard"]["default"], "v2");

    // An unlock is an exemption with an end, and a plan in the meantime keeps it.
    let engineer = "arn:aws:iam::123456789012:role/app-0";
    let unlock =
        ["unlock", "--as", "managed-policy", "--principal", engineer, "--for", "2h", "--yes"];
    rig.expect(0, &[unlock.as_slice(), &["--reason", "INC-123"]].concat());
    let text = rig.ask(&["iam"]).to_string();
    assert!(text.contains("aws:CurrentTime") && text.contains("DateGreaterThan"), "{text}");
    let run = rig.expect(0, &plan(&LARGER, "p3.json"));
    assert!(run.stderr.contains("stays unlocked until"), "{}", run.stderr);
    assert!(run.stdout.contains("no changes"), "{}", run.stdout);
    let run = rig.expect(0, &[plan(&LARGER, "p4.json"), vec!["--end-unlocks"]].concat());
    assert!(run.stdout.contains("on tagged resources, `arn"), "{}", run.stdout);
    rig.expect(0, &["apply", "p4.json", "--yes"]);
    assert!(!rig.ask(&["iam"]).to_string().contains("aws:CurrentTime"));

    rig.expect(0, &["remove", "--as", "managed-policy", "--yes"]);
    assert_eq!(rig.ask(&["iam"]), serde_json::json!({}));
    // The journal brings it back.
    rig.expect(0, &["rollback", "--as", "managed-policy", "--yes"]);
    assert_eq!(names(&rig.ask(&["iam"])["holdpoint-guard"]["on"]), everybody(5, 2));
}

#[test]
fn the_sixth_version_pushes_out_the_oldest_and_back_is_a_switch() {
    let Some(rig) = account(1, 0) else { return };
    let services = ["sqs", "sns", "kms", "ecr", "lambda", "events", "logs"];
    for n in 1..=services.len() {
        let held: Vec<&str> =
            services[..n].iter().flat_map(|service| ["--service", *service]).collect();
        let file = format!("p{n}.json");
        rig.expect(0, &plan(&held, &file));
        rig.expect(0, &["apply", &file, "--yes"]);
        let policy = &rig.ask(&["iam"])["holdpoint-guard"];
        assert_eq!(policy["default"], format!("v{n}"));
        assert_eq!(policy["versions"].as_array().unwrap().len(), n.min(5), "pruned only when full");
    }
    let before = rig.ask(&["iam"]);
    assert_eq!(before["holdpoint-guard"]["versions"][0], "v3");
    rig.expect(0, &["rollback", "--as", "managed-policy", "--yes"]);
    let after = rig.ask(&["iam"]);
    assert_eq!(after["holdpoint-guard"]["default"], "v6");
    assert_eq!(after["holdpoint-guard"]["versions"], before["holdpoint-guard"]["versions"]);
    // Behind a plan whose version is gone: it is written anew.
    rig.expect(2, &["rollback", "p2.json", "--yes"]);
    rig.expect(0, &["rollback", "p2.json", "--yes", "--force"]);
    let last = rig.ask(&["iam"]);
    assert_eq!(last["holdpoint-guard"]["default"], "v8");
    assert_eq!(last["holdpoint-guard"]["versions"].as_array().unwrap().len(), 5);
    assert!(!last.to_string().contains("sns:DeleteTopic"));
}

#[test]
fn who_would_be_locked_out_is_refused() {
    let Some(mut rig) = account(2, 0) else { return };
    let pathless = "arn:aws:iam::123456789012:role/Terraform";
    let run = rig.expect(
        1,
        &["plan", "--as", "managed-policy", "--terraform-role", pathless, "--service", "sqs"],
    );
    assert!(run.stdout.contains("exists with another path"), "{}", run.stdout);
    assert!(
        run.stdout.contains("the caller `arn:aws:iam::123456789012:role/ci/Terraform` could"),
        "{}",
        run.stdout
    );
    let nobody = "arn:aws:iam::123456789012:role/ci/Nobody";
    let run = rig.expect(1, &[plan(&SMALL, "p.json"), vec!["--break-glass", nobody]].concat());
    assert!(run.stdout.contains("does not exist"), "{}", run.stdout);
    let run = rig.expect(1, &["apply", "p.json", "--yes"]);
    assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
    assert_eq!(rig.ask(&["iam"]), serde_json::json!({}));

    // Somebody who is not exempt cannot lock himself out.
    rig.become_role("arn:aws:iam::123456789012:role/app-0");
    rig.expect(1, &plan(&SMALL, "mine.json"));
    rig.expect(1, &["apply", "mine.json", "--yes"]);
    assert_eq!(rig.ask(&["iam"]), serde_json::json!({}));
}

#[test]
fn what_somebody_else_changed_stays() {
    let Some(rig) = account(2, 0) else { return };
    rig.expect(0, &plan(&SMALL, "p1.json"));
    rig.expect(0, &["apply", "p1.json", "--yes"]);
    rig.expect(0, &plan(&LARGER, "p2.json"));
    rig.ask(&["meddle", "holdpoint-guard"]);
    let before = rig.ask(&["iam"]);
    let run = rig.expect(2, &["apply", "p2.json", "--yes"]);
    assert!(run.stderr.contains("was changed"), "{}", run.stderr);
    assert_eq!(rig.ask(&["iam"]), before);
    let run = rig.expect(1, &["status", "p1.json"]);
    assert!(run.stdout.contains("drift: `holdpoint-guard` was changed"), "{}", run.stdout);
    // A plan of another address is refused before anything is read into it.
    let proxy = Proxy::before(&rig.address, Duration::ZERO, |_, _| Fate::Pass);
    let run = rig.command(&proxy.endpoint, &["apply", "p2.json", "--yes"]).output().unwrap();
    let text = String::from_utf8(run.stderr).unwrap();
    assert!(text.contains("was made for the address"), "{text}");
    // A changed plan is none.
    let file = rig.folder.path().join("p2.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("sns:DeleteTopic", "sns:Publish", 1)).unwrap();
    let run = rig.expect(2, &["apply", "p2.json", "--yes"]);
    assert!(run.stderr.contains("was modified after it was created"), "{}", run.stderr);
}

#[test]
fn killed_while_it_is_put_on_sixty_it_goes_on() {
    let Some(rig) = account(55, 5) else { return };
    let proxy = Proxy::before(&rig.address, Duration::from_millis(40), |_, _| Fate::Pass);
    let plan = rig.command(&proxy.endpoint, &plan(&SMALL, "p.json")).output().unwrap();
    assert!(plan.status.success());
    let apply = ["apply", "p.json", "--yes"];
    let mut child = rig
        .command(&proxy.endpoint, &apply)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while proxy.count("AttachRolePolicy") < 30 {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let half = rig.ask(&["iam"])["holdpoint-guard"]["on"].as_array().unwrap().len();
    assert!((20..60).contains(&half), "{half} of 60 when it was killed");
    let again: common::Run = rig.command(&proxy.endpoint, &apply).output().unwrap().into();
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert!(again.stderr.contains("resuming this plan"), "{}", again.stderr);
    let policy = &rig.ask(&["iam"])["holdpoint-guard"];
    assert_eq!(names(&policy["on"]), everybody(55, 5), "nothing is lost");
    assert_eq!(policy["on"].as_array().unwrap().len(), 60, "nothing is doubled");
    assert_eq!((proxy.count("CreatePolicy"), proxy.count("CreatePolicyVersion")), (1, 0));
    let calls = proxy.count("AttachRolePolicy") + proxy.count("AttachUserPolicy");
    assert!(calls <= 60 + 4, "{calls} calls: only those under way are made again");
    seen!("killed at {half} of 60, {calls} calls in all");
}

#[test]
fn interrupted_by_hand_it_stops_at_a_safe_place() {
    let Some(rig) = account(60, 0) else { return };
    let proxy = Proxy::before(&rig.address, Duration::from_millis(30), |_, _| Fate::Pass);
    rig.command(&proxy.endpoint, &plan(&SMALL, "p.json")).output().unwrap();
    let apply = ["apply", "p.json", "--yes"];
    let child = rig
        .command(&proxy.endpoint, &apply)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while proxy.count("AttachRolePolicy") < 5 {
        std::thread::sleep(Duration::from_millis(2));
    }
    let pid = child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap();
    let run: common::Run = child.wait_with_output().unwrap().into();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("stopping at the next safe point"), "{}", run.stderr);
    assert!(run.stderr.contains("stopped on request"), "{}", run.stderr);
    let run: common::Run = rig.command(&proxy.endpoint, &apply).output().unwrap().into();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(names(&rig.ask(&["iam"])["holdpoint-guard"]["on"]), everybody(60, 0));
}

/// Ill in turns, in every way there is.
fn ill(action: &str, number: usize) -> Fate {
    if action == "GetCallerIdentity" {
        return Fate::Pass;
    }
    match number % 9 {
        2 => Fate::Throttled,
        4 => Fate::LostBack,
        6 => Fate::LostThere,
        8 => Fate::Broken,
        _ => Fate::Pass,
    }
}

#[test]
fn throttled_and_ill_nothing_is_lost_and_nothing_doubled() {
    let Some(mut rig) = account(18, 2) else { return };
    // Adaptive is the default, and slows down as AWS asks for: the other test of this runs so.
    rig.set("AWS_RETRY_MODE", "standard");
    let proxy = Proxy::before(&rig.address, Duration::ZERO, ill);
    let start = Instant::now();
    for (n, held) in [SMALL.as_slice(), &LARGER].iter().enumerate() {
        let file = format!("p{n}.json");
        for args in [plan(held, &file), vec!["apply", &file, "--yes"]] {
            let run: common::Run = rig.command(&proxy.endpoint, &args).output().unwrap().into();
            assert_eq!(run.code, Some(0), "{args:?}\n{}\n{}", run.stdout, run.stderr);
        }
        let all = rig.ask(&["iam"]);
        assert_eq!(all.as_object().unwrap().len(), 1);
        let policy = &all["holdpoint-guard"];
        assert_eq!(policy["versions"].as_array().unwrap().len(), n + 1, "no version is doubled");
        assert_eq!(policy["on"].as_array().unwrap().len(), 20);
        assert_eq!(names(&policy["on"]), everybody(18, 2));
    }
    let args = ["remove", "--as", "managed-policy", "--yes"];
    let run: common::Run = rig.command(&proxy.endpoint, &args).output().unwrap().into();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(rig.ask(&["iam"]), serde_json::json!({}));
    seen!("{} calls, {:.0} s", proxy.count("all"), start.elapsed().as_secs_f64());
}

const CHANGES: [&str; 7] = [
    "CreatePolicy",
    "CreatePolicyVersion",
    "SetDefaultPolicyVersion",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "DeletePolicyVersion",
    "DeletePolicy",
];

/// A guard in several policies changes; the process is killed at each call that changes something,
/// before it is carried out and after.
#[test]
fn killed_at_any_change_every_policy_is_old_or_new() {
    let Some(rig) = account(2, 0) else { return };
    const SIZE: [&str; 2] = ["--max-chars", "1200"];
    let held = |services: &[&'static str]| -> Vec<&'static str> {
        let each = services.iter().flat_map(|service| ["--service", *service]);
        SIZE.into_iter().chain(each).collect()
    };
    let small = held(&["sqs", "ecr", "rds"]);
    let other = held(&["sqs", "sns", "lambda", "rds", "iam"]);
    rig.expect(0, &plan(&small, "old.json"));
    rig.expect(0, &["apply", "old.json", "--yes"]);
    let old = rig.ask(&["iam"]);
    let mut killed = 0;
    for at in 1.. {
        for after in [false, true] {
            let seen = Arc::new(AtomicUsize::new(0));
            let child_id = Arc::new(AtomicUsize::new(0));
            let (count, victim) = (Arc::clone(&seen), Arc::clone(&child_id));
            let proxy = Proxy::before(&rig.address, Duration::ZERO, move |action, _| {
                if !CHANGES.contains(&action) {
                    return Fate::Pass;
                }
                if count.fetch_add(1, Ordering::SeqCst) + 1 != at {
                    return Fate::Pass;
                }
                let pid = victim.load(Ordering::SeqCst).to_string();
                std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
                if after { Fate::LostBack } else { Fate::LostThere }
            });
            let run = |args: &[&str]| {
                let child = rig
                    .command(&proxy.endpoint, args)
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap();
                child_id.store(child.id() as usize, Ordering::SeqCst);
                common::Run::from(child.wait_with_output().unwrap())
            };
            let made = run(&plan(&other, "new.json"));
            assert_eq!(made.code, Some(0), "{}", made.stderr);
            let text = std::fs::read_to_string(rig.folder.path().join("new.json")).unwrap();
            let new: Value = serde_json::from_str(&text).unwrap();
            let applied = run(&["apply", "new.json", "--yes"]);
            std::thread::sleep(Duration::from_millis(100));
            if seen.load(Ordering::SeqCst) < at {
                assert_eq!(applied.code, Some(0), "{}", applied.stderr);
                assert!(killed >= 10, "{killed}");
                seen!("killed {killed} times");
                return;
            }
            assert_eq!(applied.code, None, "it was not killed");
            killed += 1;
            for (name, policy) in rig.ask(&["iam"]).as_object().unwrap() {
                let document = |state: &Value| {
                    let parts = state["parts"].as_array().unwrap();
                    parts
                        .iter()
                        .find(|part| part["name"] == *name)
                        .map(|part| part["document"].clone())
                };
                let now = canonical(&policy["document"]);
                let (before, after) = (document(&new["before"]), document(&new["after"]));
                assert!(Some(&now) == before.as_ref() || Some(&now) == after.as_ref(), "{name}");
            }
            let again = run(&["apply", "new.json", "--yes"]);
            assert_eq!(again.code, Some(0), "{}", again.stderr);
            for args in [["status", "new.json"].as_slice(), &["rollback", "new.json", "--yes"]] {
                let run = run(args);
                assert_eq!(run.code, Some(0), "{args:?}\n{}\n{}", run.stdout, run.stderr);
            }
            let back = rig.ask(&["iam"]);
            for (name, policy) in old.as_object().unwrap() {
                assert_eq!(canonical(&back[name]["document"]), canonical(&policy["document"]));
                assert_eq!(back[name]["on"], policy["on"]);
            }
            assert_eq!(back.as_object().unwrap().len(), old.as_object().unwrap().len());
        }
    }
}

fn canonical(document: &Value) -> Value {
    holdpoint::guard::canonical(&document.to_string()).unwrap()
}

#[test]
fn control_policies_are_journalled_before_they_are_overwritten() {
    let Some(mut rig) = Rig::new() else { return };
    rig.ask(&["seed", "0", "0"]);
    let organization = rig.ask(&["organize"]);
    rig.become_role(TERRAFORM);
    rig.set("AWS_RETRY_MODE", "standard");
    let root = organization["root"].as_str().unwrap().to_owned();
    let unit = organization["units"][0].as_str().unwrap().to_owned();
    let proxy = Proxy::before(&rig.address, Duration::ZERO, ill);
    let run = |args: &[&str]| -> common::Run {
        rig.command(&proxy.endpoint, args).output().unwrap().into()
    };
    let scp = |held: &[&'static str], target: &str, out: &str| -> Vec<String> {
        let mut args = vec!["plan", "--as", "scp", "--terraform-role", TERRAFORM];
        args.extend(held);
        args.extend(["--target", target, "--out", out]);
        args.into_iter().map(str::to_owned).collect()
    };
    let ok = |args: &[String]| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = run(&args);
        assert_eq!(run.code, Some(0), "{args:?}\n{}\n{}", run.stdout, run.stderr);
        run
    };
    let apply = |file: &str| ["apply", file, "--yes"].map(str::to_owned).to_vec();

    let args = scp(&SMALL, &unit, "p1.json");
    let off = run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(off.stderr.contains("are not enabled"), "{}", off.stderr);
    rig.ask(&["enable", &root]);
    let over = scp(&SMALL, &root, "root.json");
    let over = run(&over.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(over.stderr.contains("--yes-root"), "{}", over.stderr);

    ok(&args);
    ok(&apply("p1.json"));
    let first = rig.ask(&["scps"]);
    assert_eq!(first.as_object().unwrap().len(), 1, "{first}");
    assert_eq!(first["holdpoint-guard"].as_array().unwrap().len(), 1, "made once");
    assert_eq!(first["holdpoint-guard"][0]["on"], serde_json::json!([unit]));
    let again = ok(&apply("p1.json"));
    assert!(again.stdout.starts_with("no changes"), "{}", again.stdout);

    ok(&scp(&LARGER, &unit, "p2.json"));
    ok(&apply("p2.json"));
    let second = rig.ask(&["scps"]);
    assert_ne!(first, second);
    let journal = rig.folder.path().join(".holdpoint/guard-123456789012-holdpoint-guard.jsonl");
    let text = std::fs::read_to_string(journal).unwrap();
    let switch = text.lines().rfind(|line| line.contains(r#""event":"switch""#)).unwrap();
    let switch: Value = serde_json::from_str(switch).unwrap();
    assert_eq!(switch["before"], canonical(&first["holdpoint-guard"][0]["content"]));

    ok(&["rollback", "--as", "scp", "--yes"].map(str::to_owned));
    let back = rig.ask(&["scps"]);
    let content = |state: &Value| canonical(&state["holdpoint-guard"][0]["content"]);
    assert_eq!(content(&back), content(&first));
    ok(&["remove", "--as", "scp", "--yes"].map(str::to_owned));
    assert_eq!(rig.ask(&["scps"]), serde_json::json!({}));
    seen!("{} calls", proxy.count("all"));
}
