//! The way back: `guard rollback` that is interrupted, and run again, and again.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::proxy::{Fate, Proxy};
use super::rig::Rig;
use super::{CHANGES, LARGER, SMALL, account, canonical, everybody, names, plan};
use crate::common::Run;

const BACK: [&str; 4] = ["rollback", "--as", "managed-policy", "--yes"];

/// Kills a run at the nth call that changes something, before it is carried out or after.
struct Killer {
    proxy: Proxy,
    /// The number of the call, of those since it was set; 0 is none.
    at: Arc<AtomicUsize>,
    after: Arc<AtomicBool>,
    child: Arc<AtomicUsize>,
}

impl Killer {
    fn before(rig: &Rig) -> Self {
        let at = Arc::new(AtomicUsize::new(0));
        let (after, child) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (left, late, victim) = (Arc::clone(&at), Arc::clone(&after), Arc::clone(&child));
        let proxy = Proxy::before(&rig.address, Duration::ZERO, move |action, _| {
            if !CHANGES.contains(&action) {
                return Fate::Pass;
            }
            let was = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            if was != Ok(1) {
                return Fate::Pass;
            }
            let pid = victim.load(Ordering::SeqCst).to_string();
            std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
            if late.load(Ordering::SeqCst) { Fate::LostBack } else { Fate::LostThere }
        });
        Self { proxy, at, after, child }
    }

    fn run(&self, rig: &Rig, args: &[&str]) -> Run {
        let mut command = rig.command(&self.proxy.endpoint, args);
        let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        self.child.store(run.id() as usize, Ordering::SeqCst);
        Run::from(run.wait_with_output().unwrap())
    }

    fn expect(&self, rig: &Rig, args: &[&str]) -> Run {
        let run = self.run(rig, args);
        assert_eq!(run.code, Some(0), "{args:?}\n{}\n{}", run.stdout, run.stderr);
        run
    }

    /// Whether there was such a call.
    fn kill(&self, rig: &Rig, args: &[&str], at: usize, after: bool) -> bool {
        self.after.store(after, Ordering::SeqCst);
        self.at.store(at, Ordering::SeqCst);
        let run = self.run(rig, args);
        self.at.store(0, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(100));
        assert!(run.code.is_none() || run.code == Some(0), "{}", run.stderr);
        run.code.is_none()
    }
}

#[test]
fn a_rollback_that_is_interrupted_and_run_again_keeps_the_guard() {
    let Some(rig) = account(2, 0) else { return };
    let killer = Killer::before(&rig);
    let document = |state: &Value| canonical(&state["holdpoint-guard"]["document"]);
    let mut killed = 0;
    for at in 1.. {
        for after in [false, true] {
            killer.expect(&rig, &plan(&SMALL, "p.json"));
            killer.expect(&rig, &["apply", "p.json", "--yes"]);
            let stood = rig.ask(&["iam"]);
            killer.expect(&rig, &["remove", "--as", "managed-policy", "--yes"]);
            let was_killed = killer.kill(&rig, &BACK, at, after);
            killed += usize::from(was_killed);
            for _ in 0..2 {
                let run = killer.expect(&rig, &BACK);
                let now = rig.ask(&["iam"]);
                assert_eq!(names(&now["holdpoint-guard"]["on"]), everybody(2, 0), "{}", run.stderr);
                assert_eq!(document(&now), document(&stood));
            }
            // Behind the last change there is nothing more: it says so.
            let run = killer.expect(&rig, &BACK);
            assert!(run.stdout.contains("is already restored"), "{}", run.stdout);
            killer.expect(&rig, &["remove", "--as", "managed-policy", "--yes"]);
            if !was_killed {
                assert!(killed >= 4, "{killed}");
                return;
            }
        }
    }
}

#[test]
fn a_rollback_goes_one_plan_back_and_no_further() {
    let Some(rig) = account(2, 0) else { return };
    for (file, held) in [("p1.json", SMALL.as_slice()), ("p2.json", &LARGER)] {
        rig.expect(0, &plan(held, file));
        rig.expect(0, &["apply", file, "--yes"]);
    }
    for _ in 0..3 {
        rig.expect(0, &BACK);
        assert_eq!(rig.ask(&["iam"])["holdpoint-guard"]["default"], "v1");
        rig.expect(0, &["status", "p1.json"]);
    }
    // With a plan it goes further, and the journal's last plan is that way back.
    rig.expect(0, &["rollback", "p1.json", "--yes"]);
    for _ in 0..2 {
        assert_eq!(rig.ask(&["iam"]), serde_json::json!({}));
        rig.expect(0, &BACK);
    }
}

#[test]
fn a_journal_that_cannot_be_read_is_said() {
    let Some(rig) = account(1, 0) else { return };
    rig.expect(0, &plan(&SMALL, "p.json"));
    rig.expect(0, &["apply", "p.json", "--yes"]);
    let folder = rig.folder.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    for verb in [["status"].as_slice(), &["rollback", "--yes"]] {
        let args = [verb, &["--as", "managed-policy", "--journal", "folder"]].concat();
        let run = rig.expect(2, &args);
        assert!(run.stderr.contains("cannot read the journal"), "{}", run.stderr);
    }
    rig.expect(0, &["status", "--as", "managed-policy"]);
}

/// A second unlock, and a rollback into the first.
#[test]
fn an_unlock_stands_in_the_way_of_nothing() {
    let Some(rig) = account(3, 0) else { return };
    rig.expect(0, &plan(&SMALL, "p.json"));
    rig.expect(0, &["apply", "p.json", "--yes"]);
    let let_in = |role: &str| {
        let arn = format!("arn:aws:iam::123456789012:role/{role}");
        let unlock = ["unlock", "--as", "managed-policy", "--for", "2h", "--yes"];
        let why = ["--reason", "INC-1", "--principal", &arn];
        rig.expect(0, &[unlock.as_slice(), &why].concat());
    };
    let twins = || rig.ask(&["iam"]).to_string().matches("DateGreaterThan").count();
    let_in("app-0");
    assert_eq!(twins(), 1);
    let_in("app-2");
    assert_eq!(twins(), 2);
    rig.expect(0, &BACK);
    assert_eq!(twins(), 1);
    rig.expect(0, &["status", "--as", "managed-policy"]);
}
