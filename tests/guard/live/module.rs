//! The Terraform module of the guard, planned and applied against moto by the real Terraform and
//! provider; needs `terraform` and `HOLDPOINT_PROVIDER_MIRROR` besides.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::rig::{Rig, TERRAFORM};
use super::{canonical, names};
use crate::common::{self, Run};

const ROOT: &str = r#"
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}

variable "endpoint" {
  type = string
}

variable "unit" {
  type = string
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  endpoints {
    iam           = var.endpoint
    organizations = var.endpoint
    sts           = var.endpoint
  }
}

module "organization" {
  source = "./guard"

  kind     = "scp"
  policies = jsondecode(file("guard.json"))
  targets  = [var.unit]
}

module "account" {
  source = "./guard"

  kind     = "managed-policy"
  policies = jsondecode(file("account.json"))
  roles    = ["app-0", "app-1"]
}
"#;

fn terraform(rig: &Rig, unit: &str, args: &[&str]) -> Run {
    Command::new("terraform")
        .args(args)
        .arg("-no-color")
        .current_dir(rig.folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", rig.folder.path())
        .env("TF_CLI_CONFIG_FILE", rig.folder.path().join("terraformrc"))
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_VAR_endpoint", rig.endpoint())
        .env("TF_VAR_unit", unit)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", rig.folder.path().join("none"))
        .env("AWS_SHARED_CREDENTIALS_FILE", rig.folder.path().join("none"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
        .into()
}

/// An audit as a role, whose credentials Terraform is not given.
fn audited(rig: &Rig, kind: &str) -> Run {
    let variables = rig.ask(&["assume", TERRAFORM]);
    let keys = variables.as_object().unwrap().iter();
    let mut command = rig.command(&rig.endpoint(), &["audit", "--live", "--as", kind]);
    command.envs(keys.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())));
    command.output().unwrap().into()
}

#[test]
fn the_module_is_planned_and_applied() {
    let Some(rig) = Rig::new() else { return };
    let Some(mirror) = std::env::var_os("HOLDPOINT_PROVIDER_MIRROR") else {
        return common::peers::missing("provider-mirror");
    };
    if common::peers::program("terraform").is_none() {
        return;
    }
    let folder = rig.folder.path().to_owned();
    let mirror = Path::new(&mirror).display().to_string();
    let config = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"
    );
    fs::write(folder.join("terraformrc"), config).unwrap();
    fs::create_dir(folder.join("guard")).unwrap();
    for file in ["main.tf", "variables.tf", "outputs.tf", "versions.tf"] {
        let from = common::root().join("terraform/guard").join(file);
        fs::copy(from, folder.join("guard").join(file)).unwrap();
    }
    fs::write(folder.join("main.tf"), ROOT).unwrap();

    rig.ask(&["seed", "2", "0"]);
    let organization = rig.ask(&["organize"]);
    let unit = organization["units"][0].as_str().unwrap().to_owned();
    rig.ask(&["enable", organization["root"].as_str().unwrap()]);
    let args = ["render", "--service", "sqs", "--service", "sns", "--terraform-role", TERRAFORM];
    let rendered = rig.expect(0, &args).stdout;
    fs::write(folder.join("guard.json"), &rendered).unwrap();
    let managed = rig.expect(0, &[args.as_slice(), &["--as", "managed-policy"]].concat()).stdout;
    fs::write(folder.join("account.json"), &managed).unwrap();

    let done = |args: &[&str], code: i32| {
        let run = terraform(&rig, &unit, args);
        assert_eq!(run.code, Some(code), "{args:?}\n{}\n{}", run.stdout, run.stderr);
        run
    };
    done(&["init"], 0);
    done(&["validate"], 0);
    let planned = done(&["plan", "-detailed-exitcode", "-out=tfplan"], 2);
    assert!(planned.stdout.contains("5 to add, 0 to change, 0 to destroy"), "{}", planned.stdout);
    done(&["apply", "tfplan"], 0);
    done(&["plan", "-detailed-exitcode"], 0);

    // What was rendered stands there, on what it was put on.
    let wanted = canonical(&serde_json::from_str(&rendered).unwrap());
    let scps = rig.ask(&["scps"]);
    assert_eq!(canonical(&scps["holdpoint-guard"][0]["content"]), wanted);
    assert_eq!(scps["holdpoint-guard"][0]["on"], serde_json::json!([unit]));
    let account = rig.ask(&["iam"]);
    assert_eq!(
        names(&account["holdpoint-guard"]["on"]),
        ["app-0", "app-1"].map(str::to_owned).into()
    );
    let wanted = canonical(&serde_json::from_str(&managed).unwrap());
    assert_eq!(canonical(&account["holdpoint-guard"]["document"]), wanted);

    for kind in ["scp", "managed-policy"] {
        let audit = audited(&rig, kind);
        assert!(audit.stdout.contains("1 policies: 0 wrong, 0 holes"), "{}", audit.stdout);
    }

    // No document, or one of another kind, is refused before anything is taken away.
    fs::write(folder.join("account.json"), "[]").unwrap();
    let refused = done(&["plan"], 1);
    assert!(refused.stderr.contains("holdpoint guard render"), "{}", refused.stderr);
    fs::write(folder.join("account.json"), &rendered).unwrap();
    let refused = done(&["plan"], 1);
    assert!(refused.stderr.contains("was rendered for another kind"), "{}", refused.stderr);
    // Another part is another policy: the first keeps its name, and nothing is replaced.
    let first = rig.ask(&["iam"])["holdpoint-guard"]["arn"].clone();
    for (kind, file) in [("scp", "guard.json"), ("managed-policy", "account.json")] {
        let more = [args.as_slice(), &["--as", kind, "--max-chars", "1400"]].concat();
        let parts = rig.expect(0, &more).stdout;
        let list: serde_json::Value = serde_json::from_str(&parts).unwrap();
        assert!(list.as_array().is_some_and(|list| list.len() == 2), "{kind}: {parts}");
        fs::write(folder.join(file), parts).unwrap();
    }
    let planned = done(&["plan", "-detailed-exitcode", "-out=tfplan"], 2);
    assert!(planned.stdout.contains("5 to add, 2 to change, 0 to destroy"), "{}", planned.stdout);
    done(&["apply", "tfplan"], 0);
    done(&["plan", "-detailed-exitcode"], 0);
    let account = rig.ask(&["iam"]);
    assert_eq!(account["holdpoint-guard"]["arn"], first);
    assert_eq!(
        names(&account["holdpoint-guard-2"]["on"]),
        ["app-0", "app-1"].map(str::to_owned).into()
    );
    assert_eq!(rig.ask(&["scps"])["holdpoint-guard-2"][0]["on"], serde_json::json!([unit]));
    // And back to one, and away.
    fs::write(folder.join("guard.json"), &rendered).unwrap();
    fs::write(folder.join("account.json"), &managed).unwrap();
    let planned = done(&["plan", "-detailed-exitcode", "-out=tfplan"], 2);
    assert!(planned.stdout.contains("0 to add, 2 to change, 5 to destroy"), "{}", planned.stdout);
    done(&["apply", "tfplan"], 0);
    assert_eq!(rig.ask(&["iam"])["holdpoint-guard"]["arn"], first);
    done(&["destroy", "-auto-approve"], 0);
    assert_eq!(rig.ask(&["iam"]), serde_json::json!({}));
    assert_eq!(rig.ask(&["scps"]), serde_json::json!({}));
}
