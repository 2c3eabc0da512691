//! Principals that are not as the plan takes them to be: with another boundary, or gone.

use std::collections::BTreeSet;

use super::rig::TERRAFORM;
use super::{SMALL, account, names, plan};

#[test]
fn a_boundary_is_put_on_who_has_none() {
    let Some(rig) = account(4, 0) else { return };
    let theirs = rig.ask(&["boundary", "app-2"]);
    let args = [
        "plan",
        "--as",
        "boundary",
        "--terraform-role",
        TERRAFORM,
        "--service",
        "sqs",
        "--out",
        "p.json",
    ];
    let run = rig.expect(0, &args);
    assert!(run.stdout.contains("it has another boundary"), "{}", run.stdout);
    rig.expect(0, &["apply", "p.json", "--yes"]);
    let boundaries = rig.ask(&["boundaries"]);
    let guard = "arn:aws:iam::123456789012:policy/holdpoint/holdpoint-guard";
    for role in ["app-0", "app-1", "app-3", "BreakGlass"] {
        assert_eq!(boundaries[role], guard, "{role}");
    }
    assert_eq!(boundaries["app-2"], theirs);
    assert_eq!(boundaries.get("Terraform"), None);
    rig.expect(0, &["remove", "--as", "boundary", "--yes"]);
    assert_eq!(rig.ask(&["boundaries"]), serde_json::json!({"app-2": theirs}));
}

#[test]
fn a_role_that_goes_meanwhile_stops_nothing() {
    let Some(rig) = account(3, 0) else { return };
    rig.expect(0, &plan(&SMALL, "p.json"));
    rig.ask(&["drop", "app-1"]);
    let run = rig.expect(1, &["apply", "p.json", "--yes"]);
    assert!(
        run.stdout.contains("not guarded: arn:aws:iam::123456789012:role/app/app-1"),
        "{}",
        run.stdout
    );
    let on = names(&rig.ask(&["iam"])["holdpoint-guard"]["on"]);
    assert_eq!(on, BTreeSet::from(["app-0".to_owned(), "app-2".to_owned()]));
    rig.expect(0, &["status", "p.json"]);
}
