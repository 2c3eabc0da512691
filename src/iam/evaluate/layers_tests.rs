//! The layers: each must allow, any may forbid, and the answer names what decided.

use super::decide::Layer;
use super::*;

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const OTHER: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
const DENY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"*","Resource":"*"},
    {"Sid":"NoDelete","Effect":"Deny","NotAction":"sqs:Send*","Resource":"*"}]}"#;
const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:q";
const USER: &str = "arn:aws:iam::123456789012:user/u";
const ROLE: &str = "arn:aws:iam::123456789012:role/ci/r";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/r/s";
const FOREIGN: &str = "arn:aws:iam::999999999999:role/x";

fn p(json: &str) -> Policy {
    Policy::read("p", json, Kind::Identity, &|_| false).unwrap()
}

fn on_resource(principal: &str) -> Option<Policy> {
    let json = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{principal},"Action":["sqs:*","kms:*","sts:*"],"Resource":"*"}}}}"#
    );
    Some(Policy::read("r", &json, Kind::Resource, &|_| false).unwrap())
}

fn ask(who: &str, action: &str, on: &str, policies: &Policies) -> Answer {
    let request = Request {
        caller: Caller::parse(who).unwrap(),
        action: action.to_owned(),
        targets: vec![Target::new(on)],
        context: Context::new(),
    };
    evaluate(&request, policies)
}

fn delete(who: &str, policies: &Policies) -> Decision {
    ask(who, "sqs:DeleteQueue", QUEUE, policies).decision
}

#[test]
fn each_layer_must_allow_and_is_named() {
    let base = || Policies { identity: vec![p(ALLOW)], ..Policies::default() };
    assert!(delete(USER, &base()).is_allowed());
    for (policies, layer, level) in [
        (Policies { identity: vec![p(OTHER)], ..base() }, Layer::Identity, 0),
        (Policies { scps: vec![vec![p(ALLOW)], vec![p(OTHER)]], ..base() }, Layer::Scp, 1),
        (Policies { scps: vec![vec![]], ..base() }, Layer::Scp, 0),
        (Policies { boundary: Some(vec![p(OTHER)]), ..base() }, Layer::Boundary, 0),
        (Policies { session: Some(vec![p(OTHER)]), ..base() }, Layer::Session, 0),
    ] {
        let answer = ask(ROLE, "sqs:DeleteQueue", QUEUE, &policies);
        assert_eq!(answer.decision, Decision::ImplicitlyDenied);
        assert_eq!(answer.missing, Some((layer, level)));
        assert_eq!(answer.resource.as_deref(), Some(QUEUE));
    }
}

#[test]
fn any_layer_may_forbid_and_the_statement_is_named() {
    let base = || Policies { identity: vec![p(ALLOW)], ..Policies::default() };
    for (policies, layer) in [
        (Policies { identity: vec![p(ALLOW), p(DENY)], ..base() }, Layer::Identity),
        (Policies { scps: vec![vec![p(ALLOW)], vec![p(DENY)]], ..base() }, Layer::Scp),
        (Policies { rcps: vec![vec![p(DENY)]], ..base() }, Layer::Rcp),
        (Policies { boundary: Some(vec![p(DENY)]), ..base() }, Layer::Boundary),
        (Policies { session: Some(vec![p(DENY)]), ..base() }, Layer::Session),
    ] {
        let answer = ask(ROLE, "sqs:DeleteQueue", QUEUE, &policies);
        assert_eq!(answer.decision, Decision::ExplicitlyDenied);
        assert_eq!(answer.reasons.len(), 1);
        assert_eq!(
            (answer.reasons[0].layer, answer.reasons[0].statement.as_str()),
            (layer, "NoDelete")
        );
        assert!(ask(ROLE, "sqs:SendMessage", QUEUE, &policies).decision.is_allowed());
    }
}

#[test]
fn scps_bind_the_root_user_but_no_service_linked_role() {
    let policies = Policies { scps: vec![vec![p(DENY)]], ..Policies::default() };
    let root = "arn:aws:iam::123456789012:root";
    assert_eq!(delete(root, &policies), Decision::ExplicitlyDenied);
    assert!(delete(root, &Policies::default()).is_allowed(), "it needs no policy of its own");
    let linked = "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/X";
    let policies = Policies { identity: vec![p(ALLOW)], ..policies };
    assert!(delete(linked, &policies).is_allowed());
}

#[test]
fn who_a_resource_policy_means() {
    use Decision::{Allowed, ImplicitlyDenied};
    let with = |principal: &str, limited: bool| Policies {
        identity: vec![p(OTHER)],
        boundary: limited.then(|| vec![p(OTHER)]),
        resource: on_resource(principal),
        ..Policies::default()
    };
    let aws = |arn: &str| format!(r#"{{"AWS":"{arn}"}}"#);
    for (who, principal, open, limited) in [
        (USER, aws(USER), Allowed, Allowed),
        (USER, aws("123456789012"), ImplicitlyDenied, ImplicitlyDenied),
        (USER, aws("arn:aws:iam::123456789012:root"), ImplicitlyDenied, ImplicitlyDenied),
        (USER, r#""*""#.to_owned(), Allowed, Allowed),
        (USER, aws(ROLE), ImplicitlyDenied, ImplicitlyDenied),
        (ROLE, aws(ROLE), Allowed, ImplicitlyDenied),
        (ROLE, aws("arn:aws:iam::123456789012:role/r"), ImplicitlyDenied, ImplicitlyDenied),
        (SESSION, aws(ROLE), Allowed, ImplicitlyDenied),
        (SESSION, aws(SESSION), Allowed, Allowed),
        (USER, r#"{"Service":"sns.amazonaws.com"}"#.to_owned(), ImplicitlyDenied, ImplicitlyDenied),
        ("sns.amazonaws.com", r#"{"Service":"sns.amazonaws.com"}"#.to_owned(), Allowed, Allowed),
        ("*", r#""*""#.to_owned(), Allowed, Allowed),
        ("*", aws(USER), ImplicitlyDenied, ImplicitlyDenied),
    ] {
        assert_eq!(delete(who, &with(&principal, false)), open, "{who} by {principal}");
        assert_eq!(delete(who, &with(&principal, true)), limited, "{who} by {principal}, limited");
    }
}

#[test]
fn another_account_needs_both_sides() {
    let with = |identity: &str, resource: Option<Policy>| Policies {
        identity: vec![p(identity)],
        resource,
        ..Policies::default()
    };
    let foreign = || on_resource(&format!(r#"{{"AWS":"{FOREIGN}"}}"#));
    assert!(delete(FOREIGN, &with(ALLOW, foreign())).is_allowed());
    assert!(delete(FOREIGN, &with(ALLOW, on_resource(r#"{"AWS":"999999999999"}"#))).is_allowed());
    assert!(!delete(FOREIGN, &with(OTHER, foreign())).is_allowed());
    let answer = ask(FOREIGN, "sqs:DeleteQueue", QUEUE, &with(ALLOW, None));
    assert_eq!(answer.missing, Some((Layer::Resource, 0)));
}

#[test]
fn keys_and_trusts_must_allow_themselves() {
    let with = |resource| Policies { identity: vec![p(ALLOW)], resource, ..Policies::default() };
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    let role = "arn:aws:iam::123456789012:role/t";
    for (action, on) in [("kms:DisableKey", key), ("sts:AssumeRole", role)] {
        let none = ask(ROLE, action, on, &with(None));
        assert_eq!(none.missing, Some((Layer::Resource, 0)), "{action}");
        let account = on_resource(r#"{"AWS":"123456789012"}"#);
        assert!(ask(ROLE, action, on, &with(account)).decision.is_allowed(), "{action}");
    }
}

#[test]
fn everybody_but() {
    let deny = |principal: &str| {
        let json = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Sid":"But","Effect":"Deny","NotPrincipal":{principal},"Action":"*","Resource":"*"}}}}"#
        );
        let resource = Some(Policy::read("r", &json, Kind::Resource, &|_| false).unwrap());
        Policies { identity: vec![p(ALLOW)], resource, ..Policies::default() }
    };
    let exempting = deny(&format!(r#"{{"AWS":["{ROLE}","123456789012"]}}"#));
    assert!(delete(ROLE, &exempting).is_allowed());
    let elsewhere = deny(&format!(r#"{{"AWS":"{USER}"}}"#));
    assert_eq!(delete(ROLE, &elsewhere), Decision::ExplicitlyDenied);
}

#[test]
fn one_forbidden_resource_forbids_the_request() {
    let deny = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"*"},
        {"Sid":"Drift","Effect":"Deny","Action":"ec2:*","Resource":"*",
         "Condition":{"StringEquals":{"aws:ResourceTag/ManagedBy":"Terraform"}}}]}"#;
    let policies = Policies { identity: vec![p(deny)], ..Policies::default() };
    let vpc = "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1";
    let subnet = "arn:aws:ec2:us-east-1:123456789012:subnet/*";
    let managed = Context::new().with("aws:ResourceTag/ManagedBy", "Terraform");
    let request = |vpc_tags: Context| Request {
        caller: Caller::parse(USER).unwrap(),
        action: "ec2:CreateSubnet".to_owned(),
        targets: vec![Target::new(subnet), Target::new(vpc).with(vpc_tags)],
        context: Context::new(),
    };
    let answer = evaluate(&request(managed), &policies);
    assert_eq!(answer.decision, Decision::ExplicitlyDenied);
    assert_eq!(answer.reasons[0].resource, vpc);
    assert!(evaluate(&request(Context::new()), &policies).decision.is_allowed());
    let none = Request { targets: Vec::new(), ..request(Context::new()) };
    assert!(!evaluate(&none, &policies).decision.is_allowed(), "nothing is no pass");
}
