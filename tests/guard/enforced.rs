//! The guard against real callers: Terraform makes resources in ministack, which enforces policies,
//! the guard is made from its state and applied, and engineers with AdministratorAccess try.
//! `.ci/aws/install` installs ministack into the folder that `HOLDPOINT_AWS_PEERS` names.
//!
//! Where ministack is not AWS: it has no control policies, so the guard is a managed policy; it puts
//! the ARN of the session, not of the role, into `aws:PrincipalArn`, so those who are exempt are users
//! here; and it asks about no policy by its ARN before it is made, so nobody is kept from planting one
//! beside the guard here (`guard prove` shows that AWS would).

#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;
use crate::rig;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::Run;
use serde_json::{Value, json};

/// ministack, ended with the test.
struct Stack {
    process: Child,
    peers: PathBuf,
    endpoint: String,
    folder: tempfile::TempDir,
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Stack {
    fn new(peers: PathBuf) -> Self {
        let folder = common::scratch();
        let port = rig::free_port();
        let process = Command::new(peers.join("bin/ministack"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", folder.path())
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("none"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = format!("127.0.0.1:{port}");
        let simulator = Self { process, peers, endpoint: format!("http://{address}"), folder };
        rig::wait_for(&address);
        simulator
    }

    fn ask(&self, args: &[&str]) -> Value {
        rig::ask(&self.peers, &self.endpoint, args)
    }

    /// What becomes of calls that somebody makes.
    fn attempt(&self, who: &Value, calls: &[Value]) -> Vec<String> {
        let calls = Value::from(calls.to_vec()).to_string();
        let answers = self.ask(&["attempt", &who["keys"].to_string(), &calls]);
        serde_json::from_value(answers).unwrap()
    }

    fn keys(command: &mut Command, who: &Value, folder: &Path) {
        for (name, value) in who["keys"].as_object().unwrap() {
            command.env(name, value.as_str().unwrap());
        }
        command
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", folder.join("none"))
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("none"));
    }

    fn guard(&self, who: &Value, args: &[&str]) -> Run {
        let mut command = common::holdpoint(self.folder.path());
        command.arg("guard").args(args).env("AWS_ENDPOINT_URL", &self.endpoint);
        Self::keys(&mut command, who, self.folder.path());
        command.output().unwrap().into()
    }

    fn terraform(&self, who: &Value, args: &[&str]) -> Run {
        let mut command = Command::new("terraform");
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path())
            .env("TF_CLI_CONFIG_FILE", self.folder.path().join("terraformrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_VAR_endpoint", &self.endpoint)
            .stdin(Stdio::null());
        Self::keys(&mut command, who, self.folder.path());
        command.output().unwrap().into()
    }
}

/// ministack, Terraform and the provider, or which of them is missing.
fn stack() -> Option<Stack> {
    let peers = rig::peers("ministack")?;
    let Some(mirror) = std::env::var_os("HOLDPOINT_PROVIDER_MIRROR") else {
        common::peers::missing("provider-mirror");
        return None;
    };
    common::peers::program("terraform")?;
    let stack = Stack::new(peers);
    let mirror = Path::new(&mirror).display().to_string();
    let text = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = \"{mirror}\"\n  }}\n}}\n"
    );
    std::fs::write(stack.folder.path().join("terraformrc"), text).unwrap();
    let source = common::root().join("tests/guard/live/stack.tf");
    std::fs::copy(source, stack.folder.path().join("main.tf")).unwrap();
    Some(stack)
}

fn ok(run: Run) -> Run {
    assert_eq!(run.code, Some(0), "{}\n{}", run.stdout, run.stderr);
    run
}

#[test]
fn nobody_but_terraform_changes_what_terraform_made() {
    let Some(stack) = stack() else { return };
    let people = stack.ask(&["people"]);
    let (terraform, engineer, ann) = (&people["terraform"], &people["engineer"], &people["ann"]);
    let break_glass = &people["breakglass"];
    ok(stack.terraform(terraform, &["init", "-no-color"]));
    ok(stack.terraform(terraform, &["apply", "-auto-approve", "-no-color"]));

    let arn = |who: &Value| who["arn"].as_str().unwrap().to_owned();
    let (terraform_arn, glass_arn) = (arn(terraform), arn(break_glass));
    let spec = [
        "--as",
        "managed-policy",
        "--from",
        "terraform.tfstate",
        // An unlock has to fit into the same policy: see below.
        "--patterns",
        "short",
        "--terraform-role",
        &terraform_arn,
        "--break-glass",
        &glass_arn,
    ];
    ok(stack.guard(terraform, &[["plan"].as_slice(), &spec, &["--out", "p.json"]].concat()));
    ok(stack.guard(terraform, &["apply", "p.json", "--yes"]));

    // What the guard holds of it, as the state tells: five by their tag, two by ARN.
    let coverage = |more: &[&str]| -> Value {
        let args =
            [["coverage", "terraform.tfstate", "--format", "json"].as_slice(), more].concat();
        serde_json::from_str(&ok(stack.guard(terraform, &args)).stdout).unwrap()
    };
    let report = coverage(&[]);
    let counts = ["resources", "protected", "through_parent", "partial", "unprotected"];
    let counts: Vec<&Value> = counts.iter().map(|name| &report[name]).collect();
    assert_eq!(counts, [7, 5, 0, 0, 2], "{report}");
    assert_eq!(report["causes"], json!({"ABAC_OFF": 1, "NO_IAM_TAG_SUPPORT": 1}), "{report}");
    assert_eq!(coverage(&["--by-arn"])["percent"], 100.0);

    let state = std::fs::read_to_string(stack.folder.path().join("terraform.tfstate")).unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    let made = |kind: &str, attribute: &str| -> Value {
        let all = state["resources"].as_array().unwrap();
        let resource = all.iter().find(|resource| resource["type"] == kind).unwrap();
        resource["instances"][0]["attributes"][attribute].clone()
    };
    let queue = made("aws_sqs_queue", "id");
    let topic = made("aws_sns_topic", "arn");
    let zone = made("aws_route53_zone", "zone_id");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
    .to_string();
    let policy = arn(terraform).replace(":user/ci/terraform", ":policy/holdpoint/holdpoint-guard");

    // Each changes what Terraform made, takes its tag away, or changes the guard.
    let changes = [
        json!(["sqs", "set_queue_attributes",
            {"QueueUrl": queue, "Attributes": {"VisibilityTimeout": "5"}}]),
        json!(["sqs", "untag_queue", {"QueueUrl": queue, "TagKeys": ["ManagedBy"]}]),
        json!(["sns", "set_topic_attributes",
            {"TopicArn": topic, "AttributeName": "DisplayName", "AttributeValue": "x"}]),
        json!(["dynamodb", "update_table",
            {"TableName": "carts", "DeletionProtectionEnabled": true}]),
        json!(["logs", "put_retention_policy", {"logGroupName": "/app", "retentionInDays": 1}]),
        json!(["iam", "update_assume_role_policy",
            {"RoleName": "app", "PolicyDocument": trust}]),
        json!(["iam", "untag_role", {"RoleName": "app", "TagKeys": ["ManagedBy"]}]),
        json!(["iam", "delete_policy_version", {"PolicyArn": policy, "VersionId": "v9"}]),
        json!(["s3", "put_bucket_versioning",
            {"Bucket": "files", "VersioningConfiguration": {"Status": "Enabled"}}]),
        json!(["s3", "put_bucket_tagging", {"Bucket": "files", "Tagging": {"TagSet": []}}]),
        json!(["route53", "delete_hosted_zone", {"Id": zone}]),
    ];
    let work = [
        json!(["sqs", "send_message", {"QueueUrl": queue, "MessageBody": "hello"}]),
        json!(["sqs", "get_queue_attributes", {"QueueUrl": queue, "AttributeNames": ["All"]}]),
        json!(["dynamodb", "put_item", {"TableName": "carts", "Item": {"id": {"S": "1"}}}]),
        json!(["sqs", "create_queue", {"QueueName": "mine"}]),
        json!(["logs", "describe_log_groups", {}]),
        json!(["s3", "put_object", {"Bucket": "files", "Key": "k", "Body": "hello"}]),
        json!(["s3", "create_bucket", {"Bucket": "mine"}]),
    ];
    for who in [engineer, ann] {
        let answers = stack.attempt(who, &changes);
        assert!(answers.iter().all(|answer| answer == "denied"), "{answers:?}");
        let answers = stack.attempt(who, &work);
        assert!(answers.iter().all(|answer| answer == "allowed"), "{answers:?}");
    }
    let plan = ["plan", "-detailed-exitcode", "-no-color"];
    let drift = stack.terraform(terraform, &plan);
    assert_eq!(drift.code, Some(0), "nothing drifted: {}", drift.stdout);
    ok(stack
        .terraform(terraform, &["apply", "-auto-approve", "-no-color", "-var", "retention=14"]));
    let answers = stack.attempt(break_glass, &changes[..1]);
    assert_eq!(answers, ["allowed"]);

    // Unlocked for a minute, and nobody comes back to close it.
    let ann_arn = arn(ann);
    let unlock = [
        "unlock",
        "--as",
        "managed-policy",
        "--principal",
        &ann_arn,
        "--for",
        "1m",
        "--reason",
        "INC-1",
        "--yes",
    ];
    // ministack does not know SetDefaultPolicyVersion. What cannot be switched is put back: the
    // version lies ready, and the old guard is in force.
    let run = stack.guard(terraform, &unlock);
    assert!(run.stderr.contains("the old guard is in force"), "{}", run.stderr);
    assert_eq!(stack.attempt(ann, &changes[..1]), ["denied"]);
    stack.ask(&["enforce", &policy]);
    assert_eq!(stack.attempt(ann, &changes[..1]), ["allowed"]);
    assert_eq!(stack.attempt(ann, &changes[1..2]), ["denied"], "the tag stays");
    assert_eq!(stack.attempt(engineer, &changes[..1]), ["denied"], "nobody else");
    std::thread::sleep(Duration::from_secs(62));
    assert_eq!(stack.attempt(ann, &changes[..1]), ["denied"]);

    ok(stack.guard(terraform, &["remove", "--as", "managed-policy", "--yes"]));
    assert_eq!(stack.attempt(ann, &changes[..1]), ["allowed"]);
}
