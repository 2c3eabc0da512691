//! The evaluator against another one: generated requests and policies, answered here and by
//! iam-simulate, which runs as a separate process (`.ci/iam/install` installs it into the folder
//! that `HOLDPOINT_IAM_PEERS` names). docs/iam.md explains where the two differ.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;
mod generate;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use generate::Generator;
use holdpoint::iam::evaluate::{
    Caller, Context, Decision, Kind, Policies, Policy, Request, Target, evaluate,
};
use serde_json::{Value, json};

/// The folder that the simulator is installed in.
fn peers() -> Option<PathBuf> {
    let package = "node_modules/@cloud-copilot/iam-simulate";
    let found = common::peers::below("iam-simulate", "HOLDPOINT_IAM_PEERS", package)?;
    Some(found.ancestors().nth(3)?.to_owned())
}

/// What the simulator answers to each: its result, or its error.
fn simulate(folder: &Path, questions: &[Value]) -> Vec<String> {
    let mut node = Command::new("node")
        .arg(common::root().join(".ci/iam/simulate.mjs"))
        .env("HOLDPOINT_IAM_PEERS", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = node.stdin.take().unwrap();
    let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            stdin.write_all(line.as_bytes()).unwrap();
            stdin.write_all(b"\n").unwrap();
        }
    });
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| {
            let answer: Value = serde_json::from_str(line).unwrap();
            match answer["result"].as_str() {
                Some(result) => result.to_owned(),
                None => format!("error {}", answer["error"]),
            }
        })
        .collect()
}

fn policies(list: &Value, kind: Kind) -> Result<Vec<Policy>, String> {
    let each = list.as_array().unwrap().iter().enumerate();
    each.map(|(i, json)| {
        Policy::read(&format!("p{i}"), &json.to_string(), kind, &|_| false)
            .map_err(|refusal| refusal.to_string())
    })
    .collect()
}

fn levels(list: &Value, kind: Kind) -> Result<Vec<Vec<Policy>>, String> {
    list.as_array().unwrap().iter().map(|level| policies(level, kind)).collect()
}

fn ours(question: &Value) -> Result<Decision, String> {
    let optional = |name: &str, kind| -> Result<Option<Vec<Policy>>, String> {
        match &question[name] {
            Value::Null => Ok(None),
            single @ Value::Object(_) => policies(&json!([single]), kind).map(Some),
            many => policies(many, kind).map(Some),
        }
    };
    let all = Policies {
        identity: policies(&question["identity"], Kind::Identity)?,
        scps: levels(&question["scp"], Kind::Identity)?,
        rcps: levels(&question["rcp"], Kind::Resource)?,
        boundary: optional("boundary", Kind::Identity)?,
        session: optional("session", Kind::Identity)?,
        resource: optional("resource_policy", Kind::Resource)?.and_then(|mut list| list.pop()),
    };
    let mut context = Context::new();
    for (key, value) in question["context"].as_object().unwrap() {
        match value {
            Value::Array(items) => context.set_list(
                key,
                items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
            ),
            other => context.set(key, other.as_str().unwrap()),
        }
    }
    let mut target = Target::new(question["resource"].as_str().unwrap());
    target.account = question["account"].as_str().unwrap().to_owned();
    let request = Request {
        caller: Caller::parse(question["principal"].as_str().unwrap()).unwrap(),
        action: question["action"].as_str().unwrap().to_owned(),
        targets: vec![target],
        context,
    };
    Ok(evaluate(&request, &all).decision)
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn agrees_with_iam_simulate() {
    let Some(folder) = peers() else { return };
    let count = setting("HOLDPOINT_IAM_CASES", 20_000);
    let mut generator = Generator::new(setting("HOLDPOINT_IAM_SEED", 5));
    let questions: Vec<Value> = (0..count).map(|id| generator.question(id)).collect();
    let theirs = simulate(&folder, &questions);
    assert_eq!(theirs.len(), questions.len(), "it answers every question");
    let mut differences = Vec::new();
    let mut tally = std::collections::BTreeMap::new();
    for (question, theirs) in questions.iter().zip(&theirs) {
        let ours = match ours(question) {
            Ok(decision) => decision.name().to_owned(),
            Err(error) => format!("error {error}"),
        };
        if ours == *theirs {
            *tally.entry(ours).or_insert(0) += 1;
        } else {
            differences.push(format!("here {ours}, there {theirs}: {question}"));
        }
    }
    let line = format!("{count} requests: {tally:?}, {} differences", differences.len());
    writeln!(std::io::stderr(), "{line}").unwrap();
    if let Some(file) = std::env::var_os("HOLDPOINT_IAM_DIFFERENCES") {
        std::fs::write(file, differences.join("\n")).unwrap();
    }
    for decision in ["Allowed", "ImplicitlyDenied", "ExplicitlyDenied"] {
        let share = tally.get(decision).copied().unwrap_or(0) * 10;
        assert!(share > count, "{decision} is too rare to be tested: {tally:?}");
    }
    assert!(differences.is_empty(), "{}", differences[..differences.len().min(5)].join("\n"));
}

/// The guard is proved with our evaluator; the other one is asked about a part of the same rows.
#[test]
fn the_guard_does_there_what_it_does_here() {
    let Some(folder) = peers() else { return };
    let state = common::root().join("fixtures/guard/shop.tfstate").display().to_string();
    let scratch = common::scratch();
    let guard = |verb: &str, kind: &str, format: &str| -> Value {
        let args = [
            ["guard", verb, "--from", &state, "--as", kind, "--format", format].as_slice(),
            &["--terraform-role", "arn:aws:iam::123456789012:role/ci/Terraform"],
            &["--break-glass", "arn:aws:iam::123456789012:role/emergency/BreakGlass"],
        ]
        .concat();
        let run = common::run(scratch.path(), &args);
        serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr))
    };
    let allow = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let key = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "123456789012"}, "Action": "kms:*", "Resource": "*"}]});
    for kind in ["scp", "managed-policy"] {
        let documents = match guard("render", kind, "json") {
            Value::Array(list) => list,
            single => vec![single],
        };
        let mut policies = vec![allow.clone()];
        policies.extend(documents);
        let proof = guard("prove", kind, "json");
        let rows: Vec<&Value> = proof["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| ["matrix", "open", "arn", "setting"].iter().any(|c| row["case"] == *c))
            // There an ARN that two types share is no question.
            .filter(|row| !row["resource"].as_str().unwrap().ends_with(":function:sample:sample"))
            .step_by(7)
            .collect();
        let ask = |row: &&Value| {
            let principal = match row["caller"].as_str().unwrap() {
                "terraform" => "arn:aws:iam::123456789012:role/ci/Terraform",
                "break-glass" => "arn:aws:iam::123456789012:role/emergency/BreakGlass",
                "workload" => "arn:aws:iam::123456789012:role/app/worker",
                _ => {
                    "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a1b2c3d"
                }
            };
            let mut context = json!({"aws:PrincipalArn": principal});
            match row["tag"].as_str().unwrap() {
                "managed" => context["aws:ResourceTag/ManagedBy"] = json!("Terraform"),
                "other value" => context["aws:ResourceTag/ManagedBy"] = json!("Me"),
                "other case of key" => context["aws:ResourceTag/managedby"] = json!("Terraform"),
                _ => {}
            }
            let is_key = row["action"].as_str().unwrap().starts_with("kms:");
            let on_principal = kind == "managed-policy";
            json!({"id": "x", "action": row["action"], "principal": principal,
                "resource": row["resource"], "account": "123456789012", "context": context,
                "identity": if on_principal { json!(policies) } else { json!([allow]) },
                "scp": if on_principal { json!([]) } else { json!([policies]) },
                "rcp": [], "boundary": null, "session": null,
                "resource_policy": if is_key { key.clone() } else { Value::Null }})
        };
        let questions: Vec<Value> = rows.iter().map(ask).collect();
        assert!(questions.len() > 2_000);
        for (row, theirs) in rows.iter().zip(simulate(&folder, &questions)) {
            assert_eq!(row["decided"], theirs, "{kind}: {row}");
        }
    }
}

/// The differences that are known; docs/iam.md says why we answer as we do. When the simulator
/// changes its mind this test says so.
#[test]
fn differs_only_where_it_is_explained() {
    let Some(folder) = peers() else { return };
    let page = std::fs::read_to_string(common::root().join("docs/iam.md")).unwrap();
    let cases = known_differences();
    let questions: Vec<Value> = cases.iter().map(|(_, question, ..)| question.clone()).collect();
    let theirs = simulate(&folder, &questions);
    for ((name, question, here, there), theirs) in cases.iter().zip(&theirs) {
        assert_eq!(ours(question).unwrap().name(), *here, "{name}");
        assert_eq!(theirs, there, "{name}");
        assert!(page.contains(name), "docs/iam.md does not explain `{name}`");
    }
}

fn known_differences() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:q";
    const ROLE: &str = "arn:aws:iam::123456789012:role/app";
    let allow = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let other = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let deny = |version: &str, element: &str, value: Value, condition: Value| {
        let mut statement = json!({"Effect": "Deny", "Action": "*", "Condition": condition});
        statement[element] = value;
        json!({"Version": version, "Statement": [statement]})
    };
    let ask = |who: &str, action: &str, on: &str, context: Value, identity: Value| {
        json!({"id": "x", "action": action, "principal": who, "resource": on,
            "account": "123456789012", "context": context, "identity": identity, "scp": [],
            "rcp": [], "boundary": null, "session": null, "resource_policy": null})
    };
    let tag = "aws:ResourceTag/ManagedBy";
    let on_tag = |version: &str, value: &str, context: Value| {
        let condition = json!({"StringEquals": {tag: value}});
        let deny = deny(version, "Resource", json!("*"), condition);
        ask(ROLE, "sqs:DeleteQueue", QUEUE, context, json!([allow, deny]))
    };
    let mut session = ask(
        "arn:aws:sts::123456789012:assumed-role/app/s1",
        "sqs:DeleteQueue",
        QUEUE,
        json!({}),
        json!([allow]),
    );
    session["session"] = other.clone();
    session["resource_policy"] = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:sts::123456789012:assumed-role/app/s1"},
        "Action": "sqs:*", "Resource": "*"}]});
    let linked = "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/X";
    let mut scp = ask(linked, "sqs:DeleteQueue", QUEUE, json!({}), json!([allow]));
    scp["scp"] = json!([[other]]);
    let variable = "arn:aws:sqs:us-east-1:123456789012:${aws:PrincipalTag/team}*";
    let but = deny("2012-10-17", "NotResource", json!(variable), json!({}));
    let empty =
        deny("2012-10-17", "Resource", json!("*"), json!({"Null": {"aws:TagKeys": "true"}}));
    let no_value = deny(
        "2012-10-17",
        "Resource",
        json!("*"),
        json!({"StringEquals": {tag: "a${aws:PrincipalTag/team}"}}),
    );
    let role = "arn:aws:iam::123456789012:role/t";
    let root = "arn:aws:iam::123456789012:root";
    let on_bucket = deny("2012-10-17", "Resource", json!("*"), json!({"StringEquals": {tag: "T"}}));
    vec![
        (
            "Variables in a document of version 2008-10-17",
            on_tag(
                "2008-10-17",
                "${aws:PrincipalTag/team}",
                json!({tag: "a", "aws:PrincipalTag/team": "a"}),
            ),
            "Allowed",
            "ExplicitlyDenied",
        ),
        (
            "`${*}` under StringEquals",
            on_tag("2012-10-17", "a${*}", json!({tag: "a*"})),
            "ExplicitlyDenied",
            "Allowed",
        ),
        (
            "A list without values under Null",
            ask(ROLE, "sqs:TagQueue", QUEUE, json!({"aws:TagKeys": []}), json!([allow, empty])),
            "ExplicitlyDenied",
            "Allowed",
        ),
        (
            "A variable whose key has the empty value",
            ask(
                ROLE,
                "sqs:DeleteQueue",
                QUEUE,
                json!({tag: "a", "aws:PrincipalTag/team": ""}),
                json!([allow, no_value]),
            ),
            "ExplicitlyDenied",
            "Allowed",
        ),
        (
            "A variable without a value in a resource without a type, under NotResource",
            ask(ROLE, "sqs:DeleteQueue", QUEUE, json!({}), json!([allow, but])),
            "Allowed",
            "ExplicitlyDenied",
        ),
        (
            "A role whose trust is not given",
            ask(ROLE, "sts:AssumeRole", role, json!({}), json!([allow])),
            "ImplicitlyDenied",
            "Allowed",
        ),
        ("SCPs over a service-linked role", scp, "Allowed", "ImplicitlyDenied"),
        (
            "The root user without policies",
            ask(root, "sqs:DeleteQueue", QUEUE, json!({}), json!([])),
            "Allowed",
            "ImplicitlyDenied",
        ),
        (
            "A resource policy that names the session, under a session policy",
            session,
            "Allowed",
            "ImplicitlyDenied",
        ),
        (
            "Tags of a bucket",
            ask(
                ROLE,
                "s3:DeleteBucket",
                "arn:aws:s3:::b",
                json!({tag: "T"}),
                json!([allow, on_bucket]),
            ),
            "ExplicitlyDenied",
            "Allowed",
        ),
    ]
}
