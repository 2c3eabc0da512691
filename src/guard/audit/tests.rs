//! Each finding once, and a policy that has none of them.

use serde_json::json;

use super::*;

fn of(statement: Value) -> Audit {
    audit(&json!({"Version": "2012-10-17", "Statement": [statement]}), &[], Vehicle::Scp, 10_240)
}

fn found<'a>(audit: &'a Audit, code: &str) -> &'a Finding {
    let finding = audit.findings.iter().find(|finding| finding.code == code);
    finding.unwrap_or_else(|| panic!("no {code}: {audit:#?}"))
}

fn lacks(audit: &Audit, code: &str) {
    assert!(audit.findings.iter().all(|finding| finding.code != code), "{code}: {audit:#?}");
}

#[test]
fn actions_that_do_not_exist() {
    let report = of(json!({"Sid": "A", "Effect": "Deny", "Resource": "*",
        "Action": ["accessanalyzer:Delete*", "ec2:DeleteVpcEndpoint", "ec2:DeleteVpc*", "sqs:Nope*"]}));
    let prefix = found(&report, "dead-prefix");
    assert_eq!((prefix.level, prefix.statement.as_str()), (Level::Wrong, "A"));
    assert_eq!(prefix.items, ["accessanalyzer:Delete*"]);
    assert_eq!(prefix.help, "did you mean `access-analyzer`?");
    assert_eq!(found(&report, "dead-action").items, ["ec2:DeleteVpcEndpoint", "sqs:Nope*"]);
    let left_out = of(json!({"Effect": "Deny", "Resource": "*", "NotAction": ["nope:*"]}));
    assert_eq!(found(&left_out, "dead-prefix").level, Level::Note);
}

#[test]
fn conditions_that_never_hold() {
    let tag = json!({"StringEquals": {"aws:ResourceTag/ManagedBy": "Terraform"}});
    let report = of(json!({"Effect": "Deny", "Resource": "*", "Condition": tag,
        "Action": ["route53:DeleteHostedZone", "sqs:DeleteQueue", "sqs:SendMessage"]}));
    let never = found(&report, "never-holds");
    assert_eq!(never.items, ["route53:DeleteHostedZone"]);
    assert!(never.message.contains("1 of 3"), "{}", never.message);
    assert_eq!(found(&report, "stops-work").items, ["sqs:SendMessage"]);
    let untag = found(&report, "untag-open");
    assert!(untag.items.contains(&"sqs:UntagQueue".to_owned()), "{untag:?}");
}

#[test]
fn traps_of_operators() {
    let deny = |action: &str, condition: Value| {
        of(json!({"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition}))
    };
    let report = deny("ec2:*", json!({"StringEqualsIfExists": {"aws:ResourceTag/M": "T"}}));
    assert!(found(&report, "if-exists").message.contains("read actions"));
    let report = deny("*", json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["M"]}}));
    assert_eq!(found(&report, "for-all-values").level, Level::Wrong);
    assert_eq!(found(&report, "tag-key-case").level, Level::Hole);
    let report = deny("*", json!({"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": ["M"]}}));
    lacks(&report, "tag-key-case");
    lacks(&report, "for-all-values");
    let report = deny("sqs:*", json!({"ForAnyValue:StringEquals": {"aws:ResourceTag/M": "T"}}));
    found(&report, "set-on-one-value");
    let report = deny("sqs:*", json!({"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}));
    assert_eq!(found(&report, "always-holds").level, Level::Note);
}

#[test]
fn exemptions_that_mean_nobody_or_everybody() {
    let exempting = |operator: &str, arn: &str| {
        of(json!({"Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "*",
            "Condition": {operator: {"aws:PrincipalArn": [arn]}}}))
    };
    let code = |operator: &str, tail: &str| {
        let audit = exempting(operator, &format!("arn:aws:iam::*:{tail}"));
        let codes = ["wildcard-not-read", "wide-exemption", "path-less-exemption"];
        let found = audit.findings.iter().find(|finding| codes.contains(&finding.code));
        found.map(|finding| (finding.code, finding.level))
    };
    let session = exempting("ArnNotLike", "arn:aws:sts::123456789012:assumed-role/T/s");
    assert_eq!(found(&session, "session-exemption").level, Level::Wrong);
    assert_eq!(code("StringNotEquals", "role/ci/T"), Some(("wildcard-not-read", Level::Wrong)));
    assert_eq!(code("ArnNotLike", "role/*"), Some(("wide-exemption", Level::Wrong)));
    assert_eq!(code("ArnNotLike", "role/*terraform*"), Some(("wide-exemption", Level::Hole)));
    let sso = code("ArnNotLike", "role/AWSReservedSSO_Admin_*");
    assert_eq!(sso, Some(("path-less-exemption", Level::Wrong)));
    assert_eq!(code("ArnNotLike", "role/T"), Some(("path-less-exemption", Level::Note)));
    assert_eq!(code("ArnNotLike", "role/ci/T"), None);
    let open = exempting("ArnNotLike", "arn:aws:iam::*:role/ci/T");
    let open = found(&open, "self-protection");
    assert!(open.items.contains(&"iam:PassRole".to_owned()), "{open:?}");
    // Another policy on the same target closes it.
    let exempt = json!({"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/ci/T"]}});
    let open_policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
        "Action": "sqs:DeleteQueue", "Resource": "*", "Condition": exempt}]});
    let closing_policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
        "Action": "iam:*", "Resource": "arn:aws:iam::*:role/ci/T", "Condition": exempt}]});
    lacks(&audit(&open_policy, &[&closing_policy], Vehicle::Scp, 10_240), "self-protection");
}

#[test]
fn our_own_guard_has_no_hole() {
    use crate::guard::action_patterns::Style;
    use crate::guard::pack::pack;
    use crate::guard::scope::Scope;
    use crate::guard::statements::{Bind, Spec};
    let spec = Spec {
        vehicle: Vehicle::Scp,
        bind: Bind::All,
        tag_key: "ManagedBy".into(),
        tag_values: vec!["Terraform".into()],
        exempt: vec!["arn:aws:iam::123456789012:role/ci/Terraform".into()],
        partition: "aws".into(),
        path: "/holdpoint/".into(),
        style: Style::Words,
    };
    let scope = Scope::services(&["sqs".into(), "lambda".into(), "dynamodb".into()]).unwrap();
    for document in pack(&spec.guard(&scope), 10_240).unwrap() {
        let report = audit(&serde_json::to_value(&document).unwrap(), &[], Vehicle::Scp, 10_240);
        assert!(!report.is_bad(), "{report:#?}");
        lacks(&report, "never-holds");
        lacks(&report, "stops-work");
    }
}

#[test]
fn what_is_read() {
    let document = r#"{"Version":"2012-10-17","Statement":[]}"#;
    for text in [
        document.to_owned(),
        format!("[{document},{document}]"),
        json!({"Policy": {"Content": document}}).to_string(),
        json!({"PolicyVersion": {"Document": serde_json::from_str::<Value>(document).unwrap()}})
            .to_string(),
    ] {
        assert!(!documents(&text).unwrap().is_empty(), "{text}");
    }
    for text in ["", "[]", "{}", "1", r#"{"Policy":{"Content":"x"}}"#] {
        assert!(documents(text).is_err(), "{text}");
    }
    let odd =
        audit(&json!({"Statement": [1, {"Effect": "Deny", "Action": 1}]}), &[], Vehicle::Scp, 1);
    assert_eq!(found(&odd, "not-understood").level, Level::Wrong);
    found(&odd, "too-large");
}

#[test]
fn a_document_without_a_statement_or_with_two_lists_of_them_does_not_pass() {
    let report =
        audit(&json!({"Version": "2012-10-17", "Statement": []}), &[], Vehicle::Scp, 10_240);
    assert_eq!(found(&report, "no-statement").level, Level::Wrong);
    assert!(report.is_bad());
    // The last is harmless, the first is what another reader takes.
    let twice = r#"{"Statement":[{"Effect":"Deny","Action":"accessanalyzer:*","Resource":"*"}],
        "Statement":[{"Effect":"Deny","Action":"sqs:DeleteQueue","Resource":"*"}]}"#;
    assert!(documents(twice).unwrap_err().contains("duplicate key `Statement`"));
    let wrapped = json!({"Policy": {"Content": twice}}).to_string();
    assert!(documents(&wrapped).unwrap_err().contains("duplicate key"));
}

#[test]
fn a_policy_of_the_account_that_anybody_may_take_off_has_a_hole() {
    let statement = json!({"Sid": "Keep", "Effect": "Deny", "Action": "sqs:DeleteQueue",
        "Resource": "*"});
    for vehicle in [Vehicle::ManagedPolicy, Vehicle::Boundary] {
        let open = json!({"Version": "2012-10-17", "Statement": [statement]});
        let report = audit(&open, &[], vehicle, 6_144);
        let hole = found(&report, "guard-open");
        assert_eq!(hole.level, Level::Hole);
        assert!(hole.items.contains(&"iam:CreatePolicyVersion".to_owned()), "{hole:?}");
        let drops = hole.items.contains(&"iam:DeleteRolePermissionsBoundary".to_owned());
        assert_eq!(drops, vehicle == Vehicle::Boundary, "{hole:?}");
    }
    lacks(&of(statement), "guard-open");
}
