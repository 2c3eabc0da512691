//! `guard audit --live`: policies where they stand.

use serde_json::Value;

use super::rig::{Rig, TERRAFORM};
use super::{SMALL, account, plan};
use crate::common::Run;

/// A guard on a tag that anybody may take off, and whose second statement denies nothing.
const LEAKY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"Keep","Effect":"Deny","Action":["sqs:DeleteQueue","accessanalyzer:Delete*"],
     "Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/ManagedBy":"Terraform"}}}]}"#;

fn codes(run: &Run) -> Vec<(String, Vec<String>)> {
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let each = document["policies"].as_array().unwrap().iter().map(|policy| {
        let findings = policy["findings"].as_array().unwrap().iter();
        (text(&policy["file"]), findings.map(|finding| text(&finding["code"])).collect())
    });
    each.collect()
}

#[test]
fn control_policies_are_audited_where_they_stand() {
    let Some(mut rig) = Rig::new() else { return };
    rig.ask(&["seed", "0", "0"]);
    let organization = rig.ask(&["organize"]);
    let root = organization["root"].as_str().unwrap().to_owned();
    let unit = |n: usize| organization["units"][n].as_str().unwrap().to_owned();
    rig.ask(&["enable", &root]);
    rig.ask(&["scp", "leaky", LEAKY, &unit(0)]);
    rig.become_role(TERRAFORM);
    let before = rig.ask(&["scps"]);
    let args = ["audit", "--live", "--format", "json"];
    let run = rig.expect(1, &args);
    let found = codes(&run);
    assert_eq!(found.len(), 1, "AWS's policy is left out: {found:?}");
    assert!(found[0].0.starts_with("leaky (p-"), "{found:?}");
    for code in ["dead-prefix", "untag-open"] {
        assert!(found[0].1.iter().any(|found_code| found_code == code), "{code}: {found:?}");
    }
    // The addresses and the account are printed here too.
    let first: Vec<&str> = run.stderr.lines().take(3).collect();
    assert!(first[0].starts_with("sts at ") && first[1].starts_with("account "), "{first:?}");
    assert!(first[2].starts_with("organizations at "), "{first:?}");

    // What keeps the tag closed on the root closes it for the unit; on another unit it does not.
    let closed = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Tag","Effect":"Deny","Action":"*",
        "Resource":"*","Condition":{"ForAnyValue:StringEqualsIgnoreCase":{"aws:TagKeys":"ManagedBy"}}}]}"#;
    rig.ask(&["scp", "elsewhere", closed, &unit(1)]);
    let open = |run: &Run| {
        let leaky = codes(run).into_iter().find(|(name, _)| name.starts_with("leaky")).unwrap();
        leaky.1.iter().any(|code| code == "untag-open")
    };
    assert!(open(&rig.expect(1, &args)));
    rig.ask(&["scp", "above", closed, &root]);
    assert!(!open(&rig.expect(1, &args)));
    let of = rig.run(&[args.as_slice(), &["--target", &unit(0)]].concat());
    let names: Vec<String> = codes(&of).into_iter().map(|policy| policy.0).collect();
    assert!(names.iter().any(|name| name.starts_with("above")), "{names:?}");
    assert!(!names.iter().any(|name| name.starts_with("elsewhere")), "{names:?}");
    assert!(!open(&of));
    let other = rig.run(&["audit", "--live", "--target", "ou-none-11111111"]);
    assert_eq!(other.code, Some(2), "{}{}", other.stdout, other.stderr);
    let after = rig.ask(&["scps"]);
    assert_eq!(after["leaky"], before["leaky"]);
}

#[test]
fn policies_on_principals_are_audited_where_they_stand() {
    let Some(rig) = account(3, 0) else { return };
    let args = ["audit", "--live", "--as", "managed-policy", "--format", "json"];
    let nothing = rig.run(&args);
    assert_eq!(nothing.code, Some(2), "{}", nothing.stderr);
    assert!(nothing.stderr.contains("guard::nothing"), "{}", nothing.stderr);
    rig.ask(&["policy", "leaky", LEAKY, "app-0"]);
    let allow = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    rig.ask(&["policy", "reads", allow, "app-1"]);
    rig.expect(0, &plan(&SMALL, "p.json"));
    rig.expect(0, &["apply", "p.json", "--yes"]);
    let run = rig.expect(1, &args);
    assert!(run.stderr.contains("1 policies deny nothing"), "{}", run.stderr);
    let found = codes(&run);
    let of = |name: &str| found.iter().find(|policy| policy.0.starts_with(name)).unwrap();
    assert!(of("leaky").1.iter().any(|code| code == "dead-prefix"), "{found:?}");
    // Our guard has nothing but notes; it is on `app-0` too, and closes the tag there.
    assert_eq!(of("holdpoint-guard").1, ["room"], "{found:?}");
    assert!(!of("leaky").1.iter().any(|code| code == "untag-open"), "{found:?}");
}
