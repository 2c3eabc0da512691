//! The guard from the command line: rendered, proved, explained.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod cloudformation;
use crate::common;
mod sizes;

use std::fs;
use std::io::Write as _;

use common::{Run, root, run, run_with_input, scratch};
use serde_json::{Value, json};

/// Figures for whoever runs the tests with `--nocapture`.
macro_rules! seen {
    ($($what:tt)*) => { writeln!(std::io::stderr(), $($what)*).unwrap() };
}

const TERRAFORM: &str = "arn:aws:iam::123456789012:role/ci/Terraform";
const BREAK_GLASS: &str = "arn:aws:iam::123456789012:role/emergency/BreakGlass";

fn state() -> String {
    root().join("fixtures/guard/shop.tfstate").display().to_string()
}

fn guard(verb: &str, more: &[&str]) -> Run {
    let folder = scratch();
    let mut args = vec!["guard", verb, "--terraform-role", TERRAFORM, "--break-glass", BREAK_GLASS];
    args.extend(more);
    run(folder.path(), &args)
}

fn documents(run: &Run) -> Vec<Value> {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    match serde_json::from_str(&run.stdout).unwrap() {
        Value::Array(list) => list,
        single => vec![single],
    }
}

#[test]
fn a_state_of_thirty_types_is_proved_in_every_mode() {
    let state = state();
    for kind in ["scp", "managed-policy", "boundary", "rcp"] {
        for bind in ["all", "humans"] {
            let mut more = vec!["--from", &state, "--as", kind, "--bind", bind, "--format", "json"];
            if kind == "boundary" {
                // One policy must hold it all; what a larger one would do is proved all the same.
                more.extend(["--max-chars", "100000"]);
            }
            let proof = guard("prove", &more);
            let report: Value = serde_json::from_str(&proof.stdout)
                .unwrap_or_else(|_| panic!("{kind}: {}", proof.stderr));
            let rows = report["rows"].as_array().unwrap();
            let wrong: Vec<_> = rows.iter().filter(|row| row["same"] == false).take(3).collect();
            assert_eq!(proof.code, Some(0), "{kind}, {bind}: {wrong:#?}");
            assert_eq!(report["differences"], 0);
            assert_eq!(report["cases"], rows.len());
            assert!(rows.len() > 1_000 && report["seconds"].as_f64().unwrap() > 0.0);
            let denied = rows.iter().filter(|row| row["decided"] == "ExplicitlyDenied").count();
            assert!(denied > 200, "{kind}: {denied} of {}", rows.len());
            seen!("{kind}, {bind}: {} cases, {} s", rows.len(), report["seconds"]);
        }
    }
}

/// The account of the exempt is whatever it is, and need not be everybody's.
#[test]
fn the_account_does_not_matter() {
    for (terraform, glass) in [("999999999999", "999999999999"), ("111111111111", "*")] {
        for kind in ["scp", "managed-policy", "boundary"] {
            let terraform = format!("arn:aws:iam::{terraform}:role/ci/Terraform");
            let glass = format!("arn:aws:iam::{glass}:user/emergency/break-glass");
            let args = ["guard", "prove", "--as", kind, "--terraform-role", &terraform]
                .into_iter()
                .chain(["--break-glass", &glass, "--service", "sqs", "--service", "kms"])
                .collect::<Vec<_>>();
            let run = common::run(common::scratch().path(), &args);
            assert_eq!(run.code, Some(0), "{args:?}: {}", run.stdout);
            assert!(run.stdout.contains(" 0 differences"), "{}", run.stdout);
        }
    }
}

#[test]
fn a_boundary_is_proved() {
    let more = ["--service", "sqs", "--service", "lambda", "--as", "boundary"];
    let proof = guard("prove", &more);
    assert_eq!(proof.code, Some(0), "{}{}", proof.stdout, proof.stderr);
    assert!(proof.stdout.contains("drop the boundary"), "{}", proof.stdout);
}

#[test]
fn the_full_catalogue_is_proved() {
    for (kind, more) in [
        ("rcp", vec![]),
        // Nobody's boundary is that large; what it would do is proved all the same.
        ("boundary", vec!["--max-chars", "100000"]),
        ("managed-policy", vec!["--patterns", "short"]),
        ("scp", vec![]),
    ] {
        if kind != "rcp" && std::env::var_os("HOLDPOINT_GUARD_FULL").is_none() {
            return common::peers::missing("guard-full");
        }
        let mut args = vec!["--full", "--as", kind];
        args.extend(more);
        let proof = guard("prove", &args);
        assert_eq!(proof.code, Some(0), "{kind}: {}{}", proof.stdout, proof.stderr);
        seen!("everything, {}", proof.stdout.lines().last().unwrap());
    }
}

#[test]
fn the_hole_of_policies_on_principals_is_told() {
    let proof = guard("prove", &["--service", "sqs", "--as", "managed-policy"]);
    assert_eq!(proof.code, Some(0), "{}", proof.stdout);
    assert!(proof.stdout.contains("hole: create a new administrator"), "{}", proof.stdout);
    let proof = guard("prove", &["--service", "sqs", "--as", "scp"]);
    assert!(!proof.stdout.contains("hole:"), "{}", proof.stdout);
}

#[test]
fn a_guard_that_was_weakened_is_found_out() {
    let folder = scratch();
    let rendered = guard("render", &["--service", "sqs", "--service", "ec2"]);
    let text = documents(&rendered).iter().map(Value::to_string).collect::<Vec<_>>().join("");
    for (name, from, to) in [
        ("one verb less", "\"sqs:SetQueueAttributes\",", ""),
        ("the tag in small letters", "[\"Terraform\"]", "[\"terraform\"]"),
        ("the tag in small letters", ":\"Terraform\"", ":\"terraform\""),
        ("tags in one case only", "ForAnyValue:StringEqualsIgnoreCase", "ForAnyValue:StringEquals"),
        ("all values", "ForAnyValue:", "ForAllValues:"),
        ("if it exists", "\"StringEquals\"", "\"StringEqualsIfExists\""),
        ("not a policy path", "role/ci/Terraform", "role/Terraform"),
    ] {
        let weak = text.replace(from, to);
        if weak == text {
            continue;
        }
        let file = folder.path().join("weak.json");
        fs::write(&file, weak).unwrap();
        let more =
            ["--service", "sqs", "--service", "ec2", "--policy", &file.display().to_string()];
        let proof = guard("prove", &more);
        assert_eq!(proof.code, Some(1), "{name}: {}{}", proof.stdout, proof.stderr);
        assert!(proof.stdout.contains("differs: "), "{name}");
    }
}

#[test]
fn policies_stay_under_the_limit() {
    for (more, limit) in [
        (vec!["--full", "--as", "scp"], 10_240),
        (vec!["--full", "--as", "managed-policy"], 6_144),
        (vec!["--service", "ec2", "--as", "managed-policy"], 6_144),
        (vec!["--full", "--as", "rcp"], 5_120),
    ] {
        let rendered = guard("render", &more);
        if rendered.code == Some(2) {
            assert!(rendered.stderr.contains("takes"), "{}", rendered.stderr);
            continue;
        }
        let mut sids = Vec::new();
        for document in documents(&rendered) {
            assert!(document.to_string().len() <= limit + 40, "{more:?}");
            for statement in document["Statement"].as_array().unwrap() {
                let sid = statement["Sid"].as_str().unwrap().to_owned();
                assert!(sid.chars().all(|c| c.is_ascii_alphanumeric()), "{sid}");
                sids.push(sid);
            }
        }
        let count = sids.len();
        sids.sort();
        sids.dedup();
        assert_eq!(sids.len(), count, "a Sid stands twice");
    }
}

#[test]
fn nothing_that_applications_do_is_matched() {
    let text = guard("render", &["--from", &state()]).stdout;
    for verb in
        ["sqs:SendMessage", "dynamodb:PutItem", "kms:Decrypt", "ec2:Describe", "lambda:Invoke"]
    {
        assert!(!text.contains(verb), "{verb}");
    }
    for part in ["arn:aws:s3:::shop-assets", "hostedzone/Z0A1", "group/ops", "alias/data"] {
        assert!(text.contains(part), "{part} is to be held by its ARN");
    }
    assert!(text.contains("ec2:DisableEbsEncryptionByDefault"));
}

#[test]
fn other_formats() {
    let more = ["--service", "sqs", "--as", "managed-policy", "--format", "terraform"];
    let text = guard("render", &more).stdout;
    assert!(text.starts_with("resource \"aws_iam_policy\" \"holdpoint_guard\" {"), "{text}");
    assert!(text.contains("policy = jsonencode({") && text.contains("= \"Drift\"\n"), "{text}");
    let more = ["--service", "sqs", "--format", "cloudformation"];
    let template: Value = serde_json::from_str(&guard("render", &more).stdout).unwrap();
    assert_eq!(template["Resources"]["Guard1"]["Type"], "AWS::Organizations::Policy");
}

#[test]
fn what_would_lock_out_or_guard_nothing_is_refused() {
    for arn in [
        "arn:aws:sts::123456789012:assumed-role/Terraform/s",
        "arn:aws:iam::123456789012:role/*",
        "arn:aws:iam::123456789012:role/*terraform*",
        "arn:aws-cn:iam::123456789012:role/ci/T",
        "Terraform",
    ] {
        let folder = scratch();
        let args = ["guard", "render", "--service", "sqs", "--terraform-role", arn];
        let refused = run(folder.path(), &args);
        assert_eq!(refused.code, Some(2), "{arn}");
        assert!(refused.stdout.is_empty() && refused.stderr.contains(arn), "{}", refused.stderr);
    }
    let none = guard("render", &[]);
    assert_eq!(none.code, Some(2));
    let folder = scratch();
    fs::write(folder.path().join("s.json"), "{}").unwrap();
    let file = folder.path().join("s.json").display().to_string();
    assert_eq!(guard("render", &["--from", &file]).code, Some(2));
}

#[test]
fn one_question() {
    let folder = scratch();
    let rendered = guard("render", &["--service", "ec2", "--as", "managed-policy"]);
    let admin = json!({"Version": "2012-10-17",
        "Statement": [{"Sid": "Admin", "Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let mut policies = vec!["--policy".to_owned()];
    for (i, document) in [admin].into_iter().chain(documents(&rendered)).enumerate() {
        let file = folder.path().join(format!("{i}.json"));
        fs::write(&file, document.to_string()).unwrap();
        policies.push(file.display().to_string());
    }
    let ask = |principal: &str, action: &str, more: &[&str]| {
        let instance = "arn:aws:ec2:us-east-1:123456789012:instance/i-1";
        let mut args = vec![
            "guard",
            "explain",
            "--principal",
            principal,
            "--action",
            action,
            "--resource",
            instance,
        ];
        args.extend(more);
        args.extend(policies.iter().map(String::as_str));
        run(folder.path(), &args)
    };
    let engineer = "arn:aws:iam::123456789012:user/anna";
    let managed = ["--tag", "ManagedBy=Terraform"];
    let denied = ask(engineer, "ec2:TerminateInstances", &managed);
    assert_eq!(denied.code, Some(1), "{}{}", denied.stdout, denied.stderr);
    assert!(
        denied.stdout.starts_with("explicitly denied\n  by statement `Drift"),
        "{}",
        denied.stdout
    );
    assert_eq!(ask(engineer, "ec2:TerminateInstances", &[]).code, Some(0));
    assert_eq!(ask(TERRAFORM, "ec2:TerminateInstances", &managed).code, Some(0));
    let unknown = ask(engineer, "ec2:TerminateInstance", &managed);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("does not exist"), "{}", unknown.stderr);
}

#[test]
fn many_questions() {
    let allow = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Tag", "Effect": "Deny",
        "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/ManagedBy": "Terraform"}}}]});
    let ask = |id: u32, action: &str, resource: &str| {
        json!({"id": id, "principal": "arn:aws:iam::123456789012:user/u", "action": action,
            "resource": resource, "context": {"aws:ResourceTag/ManagedBy": "Terraform"},
            "identity": [allow], "scp": [[allow, deny]], "boundary": []})
    };
    let queue = "arn:aws:sqs:us-east-1:123456789012:q";
    let lines = [
        ask(1, "sqs:DeleteQueue", queue),
        // Route 53 sends no tags: the condition never holds.
        ask(2, "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1"),
    ];
    let folder = scratch();
    let write = |lines: &[Value]| {
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        fs::write(folder.path().join("q.jsonl"), text.join("\n")).unwrap();
        run(folder.path(), &["guard", "explain", "--requests", "q.jsonl"])
    };
    let answered = write(&lines);
    assert_eq!(answered.code, Some(0), "{}", answered.stderr);
    let replies: Vec<Value> =
        answered.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(replies[0]["decision"], "ExplicitlyDenied");
    assert_eq!(replies[0]["by"][0]["statement"], "Tag");
    assert_eq!(replies[0]["by"][0]["layer"], "scp");
    assert_eq!(replies[1]["decision"], "Allowed");
    assert_eq!(replies[1]["dropped"], json!(["aws:resourcetag/managedby"]));

    let mut unknown = lines[0].clone();
    unknown["context"] = json!({"aws:Nope": "x"});
    let failed = write(&[lines[0].clone(), unknown]);
    assert_eq!(failed.code, Some(2));
    assert_eq!(failed.stdout.lines().count(), 2);
    assert!(failed.stdout.contains("`aws:Nope` is unknown"), "{}", failed.stdout);
    assert_eq!(write(&[]).code, Some(2), "nothing asked is nothing answered");
    assert_eq!(write(&[json!({"who": "x"})]).code, Some(2));
}

#[test]
fn the_catalogue_tells_its_date() {
    let folder = scratch();
    let done = run(folder.path(), &["guard", "catalogue", "--format", "json"]);
    let sums: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(sums["date"], "2026-09-26");
    assert_eq!(sums["services"], 456);
    assert_eq!(sums["actions"], 22_091);
    assert_eq!(sums["write_actions"], 12_501);
    assert_eq!(sums["write_actions_by_tag"], 8807);
    assert!(sums["terraform_types_reviewed"].as_u64().unwrap() >= 300);
    let done = run(folder.path(), &["guard", "catalogue", "ec2:CreateSubnet"]);
    assert!(done.stdout.starts_with("ec2:CreateSubnet: input\n"), "{}", done.stdout);
    let none = run_with_input(folder.path(), &["guard", "catalogue", "ec2:Nope"], b"");
    assert_eq!(none.code, Some(2));
}

#[test]
fn a_gate_is_not_passed_by_a_plan_that_is_not_whole() {
    let folder = scratch();
    let file = folder.path().join("plan.json");
    let whole = r#"{"format_version":"1.2","planned_values":{},"resource_changes":[
        {"address":"aws_sqs_queue.q","mode":"managed","type":"aws_sqs_queue","change":{"actions":["update"],
         "before":{"tags":{"ManagedBy":"Terraform"}},"after":{"tags":{"ManagedBy":"Terraform"}},"after_unknown":{}}}]}"#;
    let run = |text: &str, more: &[&str]| {
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let args = [["guard", "coverage", file].as_slice(), more].concat();
        Run::from(common::holdpoint(folder.path()).args(args).output().unwrap())
    };
    let cut = whole.replacen('{', r#"{"complete":false,"#, 1);
    let deferred = whole.replacen('{', r#"{"deferred_changes":[{"reason":"unknown"}],"#, 1);
    for gate in [["--min", "100"].as_slice(), &["--no-lower"]] {
        let allowed = [gate, &["--allow-partial"]].concat();
        assert_eq!(run(whole, gate).code, Some(0));
        for partial in [&cut, &deferred] {
            let done = run(partial, gate);
            assert_eq!(done.code, Some(2), "{}", done.stdout);
            assert!(done.stderr.contains("the plan is incomplete"), "{}", done.stderr);
            assert_eq!(run(partial, &allowed).code, Some(0));
        }
    }
    // Without a gate it is measured, and the gap is reported.
    let done = run(&cut, &[]);
    assert_eq!(done.code, Some(0));
    assert!(done.stderr.contains("is not counted"), "{}", done.stderr);
}

#[test]
fn what_a_resource_control_policy_does_not_reach_is_told() {
    let args = ["--service", "sqs", "--service", "ec2", "--as", "rcp"];
    let render = guard("render", &args);
    let gap = "not covered: `ec2`: resource control policies do not support this service";
    assert!(render.stderr.contains(gap), "{}", render.stderr);
    let prove = guard("prove", &args);
    assert!(prove.stdout.contains(gap), "{}", prove.stdout);
    let json = guard("prove", &[args.as_slice(), &["--format", "json"]].concat());
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["gaps"].as_array().unwrap().len(), 1);
    let scp = guard("prove", &args[..4]);
    assert!(!scp.stdout.contains("not covered"), "{}", scp.stdout);
}

#[test]
fn each_row_points_at_its_own_file() {
    let folder = scratch();
    let state = |name: &str| {
        let text = format!(
            r#"{{"version":4,"lineage":"x","resources":[{{"mode":"managed","type":"aws_sqs_queue",
            "name":"{name}","instances":[{{"attributes":{{"arn":"arn:aws:sqs:eu-west-1:1:{name}"}}}}]}}]}}"#
        );
        fs::write(folder.path().join(format!("{name}.tfstate")), text).unwrap();
    };
    state("a");
    state("b");
    let args = ["guard", "coverage", "a.tfstate", "b.tfstate", "--format", "sarif"];
    let done = run(folder.path(), &args);
    let sarif: Value = serde_json::from_str(&done.stdout).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for (result, file) in results.iter().zip(["a.tfstate", "b.tfstate"]) {
        let at = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(at, file, "{result}");
    }
}

#[test]
fn what_a_state_calls_everything_is_not_denied() {
    let folder = scratch();
    let file = folder.path().join("hostile.tfstate");
    for (kind, attributes) in [
        ("aws_s3_bucket", r#"{"bucket":"*","arn":"arn:aws:s3:::*"}"#),
        ("aws_s3_bucket", r#"{"bucket":"${aws:username}"}"#),
        ("aws_route53_zone", r#"{"zone_id":"?*"}"#),
        ("aws_iam_group", r#"{"id":"*"}"#),
    ] {
        let text = format!(
            r#"{{"version":4,"lineage":"x","resources":[
            {{"mode":"managed","type":"aws_sqs_queue","name":"q","instances":[{{"attributes":{{}}}}]}},
            {{"mode":"managed","type":"{kind}","name":"h","instances":[{{"attributes":{attributes}}}]}}]}}"#
        );
        fs::write(&file, text).unwrap();
        let run = guard("render", &["--from", file.to_str().unwrap()]);
        let documents = documents(&run);
        let statements =
            documents.iter().flat_map(|documents| documents["Statement"].as_array().unwrap());
        let by_arn =
            statements.filter(|statement| statement["Sid"].as_str().unwrap().starts_with("ByArn"));
        assert_eq!(by_arn.count(), 0, "{kind}: {}", run.stdout);
        assert!(run.stderr.contains("not covered: `"), "{kind}: {}", run.stderr);
    }
}
