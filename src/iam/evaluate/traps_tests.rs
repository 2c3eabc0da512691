//! The traps of conditions, as fixed cases: what a guard that is written by hand gets wrong.

use super::*;

const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const ROLE: &str = "arn:aws:iam::123456789012:role/ci/Deploy";
const INSTANCE: &str = "arn:aws:ec2:us-east-1:123456789012:instance/i-1";

fn read(json: &str) -> Result<Policy, Refusal> {
    Policy::read("p", json, Kind::Identity, &|key| key.starts_with("ec2:"))
}

/// Whether a Deny under these conditions hits a request with this context.
fn denied(condition: &str, context: Context) -> bool {
    let deny = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{condition}}}}}"#
    );
    let policies = Policies {
        identity: vec![read(ALLOW).unwrap(), read(&deny).unwrap()],
        ..Policies::default()
    };
    let request = Request {
        caller: Caller::parse(ROLE).unwrap(),
        action: "ec2:TerminateInstances".to_owned(),
        targets: vec![Target::new(INSTANCE)],
        context,
    };
    evaluate(&request, &policies).decision == Decision::ExplicitlyDenied
}

fn tag(value: &str) -> Context {
    Context::new().with("aws:ResourceTag/ManagedBy", value)
}

fn keys(list: &[&str]) -> Context {
    let items = list.iter().map(|key| (*key).to_owned()).collect();
    Context::new().with_list("aws:TagKeys", items)
}

#[test]
fn an_absent_key() {
    let none = Context::new;
    for (condition, hit) in [
        (r#"{"StringEquals":{"aws:ResourceTag/ManagedBy":"Terraform"}}"#, false),
        (r#"{"StringEqualsIfExists":{"aws:ResourceTag/ManagedBy":"Terraform"}}"#, true),
        (r#"{"StringNotEquals":{"aws:ResourceTag/ManagedBy":"Terraform"}}"#, true),
        (r#"{"StringNotLike":{"aws:ResourceTag/ManagedBy":"T*"}}"#, true),
        (r#"{"ArnNotLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#, true),
        (r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, true),
        (r#"{"NumericNotEquals":{"aws:MultiFactorAuthAge":"5"}}"#, true),
        (r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"5"}}"#, false),
        (r#"{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}"#, false),
        (r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#, false),
        (r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#, true),
        (r#"{"ForAllValues:StringEquals":{"aws:TagKeys":"ManagedBy"}}"#, true),
        (r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"ManagedBy"}}"#, false),
        (r#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"ManagedBy"}}"#, false),
        (r#"{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"ManagedBy"}}"#, false),
        (r#"{"Null":{"aws:TagKeys":"true"}}"#, true),
        (r#"{"Null":{"aws:TagKeys":"false"}}"#, false),
    ] {
        assert_eq!(denied(condition, none()), hit, "{condition}");
    }
}

#[test]
fn case_of_keys_and_values() {
    let equals = r#"{"StringEquals":{"AWS:resourcetag/MANAGEDBY":"Terraform"}}"#;
    assert!(denied(equals, tag("Terraform")));
    assert!(!denied(equals, tag("terraform")), "a value's case counts");
    let ignored = r#"{"StringEqualsIgnoreCase":{"aws:ResourceTag/ManagedBy":"Terraform"}}"#;
    assert!(denied(ignored, tag("TERRAFORM")));
    let exact = r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"ManagedBy"}}"#;
    assert!(!denied(exact, keys(&["managedby"])), "the bypass");
    let any_case = r#"{"ForAnyValue:StringEqualsIgnoreCase":{"aws:TagKeys":"ManagedBy"}}"#;
    assert!(denied(any_case, keys(&["Team", "managedby"])));
    assert!(!denied(any_case, keys(&["Team"])));
}

#[test]
fn sets() {
    let all = r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["ManagedBy"]}}"#;
    assert!(denied(all, keys(&["ManagedBy"])));
    assert!(!denied(all, keys(&["ManagedBy", "Team"])), "a second key is the bypass");
    let any_not = r#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["a","b"]}}"#;
    assert!(denied(any_not, keys(&["a", "c"])));
    assert!(!denied(any_not, keys(&["a", "b"])));
    let plain = r#"{"StringEquals":{"aws:TagKeys":"a"}}"#;
    assert!(!denied(plain, keys(&["a"])), "a list needs a set operator");
    assert!(!denied(r#"{"StringNotEquals":{"aws:TagKeys":"a"}}"#, keys(&["b"])));
    let scalar = r#"{"ForAnyValue:StringEquals":{"aws:ResourceTag/ManagedBy":"Terraform"}}"#;
    assert!(denied(scalar, tag("Terraform")));
    assert!(denied(r#"{"Null":{"aws:TagKeys":"true"}}"#, keys(&[])), "no values are no key");
}

#[test]
fn exemptions_by_arn() {
    let exempt = |arn: &str| format!(r#"{{"ArnNotLike":{{"aws:PrincipalArn":["{arn}"]}}}}"#);
    assert!(!denied(&exempt(ROLE), Context::new()));
    assert!(!denied(&exempt("arn:aws:iam::*:role/ci/*"), Context::new()));
    // Both lock Terraform out.
    assert!(denied(&exempt("arn:aws:iam::123456789012:role/Deploy"), Context::new()));
    let session = "arn:aws:sts::123456789012:assumed-role/Deploy/*";
    assert!(denied(&exempt(session), Context::new()));
    let equals = r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/ci/D*"}}"#;
    assert!(denied(equals, Context::new()), "ArnEquals takes wildcards too");
    // `*` stays in its part; what is no ARN is met by neither form.
    let across = r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam:*:role/ci/Deploy"}}"#;
    assert!(!denied(across, Context::new()));
    assert!(!denied(&exempt("*"), Context::new()));
}

#[test]
fn variables() {
    let equals = r#"{"StringEquals":{"aws:ResourceTag/ManagedBy":"${aws:PrincipalTag/team}"}}"#;
    assert!(denied(equals, tag("a").with("aws:PrincipalTag/team", "a")));
    assert!(!denied(equals, tag("a").with("aws:PrincipalTag/team", "b")));
    assert!(!denied(equals, tag("a")), "a variable without a value is met by nothing");
    let not = r#"{"StringNotEquals":{"aws:ResourceTag/ManagedBy":"${aws:PrincipalTag/team}"}}"#;
    assert!(!denied(not, tag("a")), "nor by its negation");
    let some =
        r#"{"StringNotEquals":{"aws:ResourceTag/ManagedBy":["b","${aws:PrincipalTag/team}"]}}"#;
    assert!(!denied(some, tag("a")) && !denied(some, tag("b")));
    let default =
        r#"{"StringEquals":{"aws:ResourceTag/ManagedBy":"${aws:PrincipalTag/team, 'ops'}"}}"#;
    assert!(denied(default, tag("ops")));
    let like = r#"{"StringLike":{"aws:ResourceTag/ManagedBy":"${aws:PrincipalTag/team}"}}"#;
    assert!(!denied(like, tag("abc").with("aws:PrincipalTag/team", "a*")), "no smuggled wildcard");
    let star = r#"{"StringLike":{"aws:ResourceTag/ManagedBy":"a${*}"}}"#;
    assert!(denied(star, tag("a*")));
    assert!(!denied(star, tag("ab")));
}

#[test]
fn numbers_dates_addresses() {
    let age = |value: &str| Context::new().with("aws:MultiFactorAuthAge", value);
    assert!(denied(r#"{"NumericEquals":{"aws:MultiFactorAuthAge":"5.0"}}"#, age("5")));
    assert!(denied(r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":["5","10"]}}"#, age("7")));
    assert!(!denied(r#"{"NumericNotEquals":{"aws:MultiFactorAuthAge":"5"}}"#, age("x")));
    let now = |value: &str| Context::new().with("aws:CurrentTime", value);
    let later = r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00+02:00"}}"#;
    assert!(denied(later, now("2025-12-31T22:30:00Z")));
    assert!(!denied(later, now("2025-12-31T21:30:00Z")));
    assert!(denied(r#"{"DateGreaterThan":{"aws:CurrentTime":"1500000000"}}"#, now("2026-01-01")));
    let from = |value: &str| Context::new().with("aws:SourceIp", value);
    assert!(denied(r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, from("10.1.1.1")));
    assert!(denied(r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, from("2001:db8::1")));
    assert!(!denied(r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, from("no address")));
}

#[test]
fn what_is_not_known_is_an_error() {
    let deny = |condition: &str| {
        read(&format!(
            r#"{{"Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{condition}}}}}"#
        ))
    };
    for (condition, why) in [
        (r#"{"StringMatches":{"aws:SourceIp":"x"}}"#, "operator"),
        (r#"{"NullIfExists":{"aws:SourceIp":"true"}}"#, "operator"),
        (r#"{"ForSomeValue:StringEquals":{"aws:TagKeys":"x"}}"#, "operator"),
        (r#"{"StringEquals":{"aws:ResourceTags/x":"x"}}"#, "key"),
        (r#"{"StringEquals":{"s3:prefix":"x"}}"#, "key"),
        (r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"soon"}}"#, "not a valid value"),
        (r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/99"}}"#, "not a valid value"),
        (r#"{"Bool":{"aws:SecureTransport":"yes"}}"#, "not a valid value"),
        (r#"{"StringEquals":{"aws:SourceVpc":[]}}"#, "has no"),
    ] {
        let refusal = deny(condition).unwrap_err();
        assert!(refusal.what.contains(why), "{condition}: {refusal}");
    }
    assert!(deny(r#"{"StringEquals":{"ec2:Vpc":"x"}}"#).is_ok());
    for statement in [
        r#"{"Effect":"Allow","Action":"*:Get*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"bucket"}"#,
        r#"{"Effect":"Allow","Action":"*"}"#,
        r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"Get","Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#,
    ] {
        assert!(read(&format!(r#"{{"Statement":{statement}}}"#)).is_err(), "{statement}");
    }
}

#[test]
fn resources_part_by_part() {
    let on = |element: &str| {
        let json = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"ec2:*",{element}}}}}"#
        );
        let policies = Policies { identity: vec![read(&json).unwrap()], ..Policies::default() };
        let request = Request {
            caller: Caller::parse(ROLE).unwrap(),
            action: "EC2:terminateinstances".to_owned(),
            targets: vec![Target::new(INSTANCE)],
            context: Context::new().with("aws:PrincipalTag/box", "i-1"),
        };
        evaluate(&request, &policies).decision.is_allowed()
    };
    for (element, hit) in [
        (r#""Resource":"arn:aws:ec2:*:*:instance/*""#, true),
        (r#""Resource":"arn:aws:ec2""#, true),
        (r#""Resource":"arn:aws:*""#, true),
        (r#""Resource":"arn:aws:ec2:*:instance/i-1""#, false),
        (r#""Resource":"arn:aws:ec2:*:*:Instance/*""#, false),
        (r#""Resource":"arn:aws:ec2:*:*:instance/${aws:PrincipalTag/box}""#, true),
        (r#""Resource":"arn:aws:ec2:*:*:instance/${aws:PrincipalTag/none}*""#, false),
        (r#""NotResource":"arn:aws:ec2:*:*:instance/*""#, false),
        (r#""NotResource":"arn:aws:ec2:*:*:volume/*""#, true),
        (r#""NotResource":"arn:aws:ec2:*:*:instance/${aws:PrincipalTag/none}""#, false),
    ] {
        assert_eq!(on(element), hit, "{element}");
    }
}
