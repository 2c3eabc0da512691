//! How much a resource pattern leaves open: everything, every resource of one service, or less.

use super::pattern::{Case, Pattern, SOME, is_wild, widens};
use crate::model::truth::Truth;
use crate::model::value::Value;

/// An ARN as a pattern, with region and account left out of the question: all resources of one
/// account are as good as all resources.
fn whole_account(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    match parts.as_slice() {
        [arn, partition, service, _, _, resource] => {
            format!("{arn}:{partition}:{service}:*:*:{resource}")
        }
        _ => pattern.to_owned(),
    }
}

/// A name, made of [`SOME`] and long enough for `????*`, which leaves out none of weight.
const NAME: &str = "\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}";

/// Whether the pattern matches one of these kinds of resources, whatever its name.
fn matches_one(pattern: &str, service: &str, kinds: &[&str]) -> bool {
    if !is_wild(pattern) {
        return false;
    }
    let pattern = Pattern::new(&whole_account(pattern), Case::Kept);
    let resources = [&[NAME][..], &[NAME, "/", NAME], &[NAME, ":", NAME]].into_iter();
    let of_kinds = kinds.iter().map(|kind| [*kind, NAME]);
    let head = |partition| ["arn:", partition, ":", service, ":", SOME, ":", SOME, ":"];
    ["aws", "aws-cn", "aws-us-gov", SOME].iter().any(|partition| {
        let matches = |tail: &[&str]| pattern.matches_joined(&[&head(partition), tail].concat());
        resources.clone().any(matches) || of_kinds.clone().any(|tail| matches(&tail))
    })
}

/// Whether the pattern is every resource of every service: `*`, `**`, `arn:*`, `arn:aws:*:*:*:*`.
#[must_use]
pub fn is_everything(value: &Value) -> Truth {
    widens(value, |pattern| matches_one(pattern, SOME, &[]))
}

/// Whether the pattern is every resource of this service: `arn:aws:s3:::*`, or wider. Region and
/// account may be named.
#[must_use]
pub fn is_whole_service(value: &Value, service: &str) -> Truth {
    widens(value, |pattern| matches_one(pattern, service, &[]))
}

/// Types of resources that privileges are escalated through, as they stand in ARNs.
const TYPES: [&str; 12] = [
    "role/",
    "user/",
    "group/",
    "policy/",
    "function:",
    "stack/",
    "project/",
    "instance/",
    "devEndpoint/",
    "notebook-instance/",
    "document/",
    "service/",
];

/// Whether the pattern is every resource of one type that an action of `service` works on:
/// `arn:aws:iam::123456789012:role/*`, or wider.
#[must_use]
pub fn is_whole_type(value: &Value, service: &str) -> Truth {
    // Whose resources the actions of a service name, where that is another service's.
    let services: &[&str] = match service {
        "sts" => &["iam"],
        "ssm" => &["ssm", "ec2"],
        "ec2-instance-connect" => &["ec2"],
        other => &[other],
    };
    widens(value, |pattern| services.iter().any(|service| matches_one(pattern, service, &TYPES)))
}

/// Whether the pattern is every instance, or every machine that Systems Manager manages.
#[must_use]
pub fn is_every_instance(value: &Value) -> Truth {
    widens(value, |pattern| {
        matches_one(pattern, "ec2", &["instance/"])
            || matches_one(pattern, "ssm", &["managed-instance/"])
    })
}

/// Documents of AWS that run whatever their caller writes.
const SCRIPTS: [&str; 4] =
    ["AWS-RunShellScript", "AWS-RunPowerShellScript", "AWS-RunRemoteScript", "AWS-RunDocument"];

/// Whether the pattern takes in a command document that runs whatever its caller writes.
#[must_use]
pub fn runs_scripts(value: &Value) -> Truth {
    widens(value, |pattern| {
        let pattern = Pattern::new(&whole_account(pattern), Case::Kept);
        SCRIPTS.iter().any(|name| {
            ["aws", "aws-cn", "aws-us-gov"].iter().any(|partition| {
                let head = ["arn:", partition, ":ssm:", SOME, ":", SOME, ":document/", name];
                pattern.matches_joined(&head)
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{Piece, Unknown};

    #[test]
    fn everything() {
        for text in [
            "*",
            "**",
            "?*",
            "a*",
            "arn:*",
            "arn:aws:*",
            "arn:aws:*:*:*:*",
            "arn:*:*:*:*:*",
            "*:*",
            "arn:aws:*:us-east-1:123456789012:*",
            "arn:aws-cn:*:*:*:*",
        ] {
            assert_eq!(is_everything(&text.into()), Truth::True, "{text}");
        }
        for text in ["arn:aws:s3:::*", "arn:aws:s3:::x/*", "arn:aws:*:*:*:x", "", "x*"] {
            assert_eq!(is_everything(&text.into()), Truth::False, "{text}");
        }
    }

    #[test]
    fn a_whole_service() {
        for text in [
            "*",
            "arn:aws:s3:::*",
            "arn:aws:s3:::????*",
            "arn:aws:s3*",
            "arn:*:s3:::**",
            "arn:aws:s3:::*/*",
            "arn:aws:s3:::${aws:PrincipalTag/team, '*'}",
        ] {
            assert_eq!(is_whole_service(&text.into(), "s3"), Truth::True, "{text}");
        }
        for text in ["arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b*", "arn:aws:sqs:*:*:*"] {
            assert_eq!(is_whole_service(&text.into(), "s3"), Truth::False, "{text}");
        }
    }

    #[test]
    fn a_whole_type() {
        for (text, service) in [
            ("arn:aws:iam::*:role/*", "iam"),
            ("arn:aws:iam::123456789012:role/*", "sts"),
            ("arn:aws:lambda:*:*:function:*", "lambda"),
            ("arn:aws:ec2:*:*:instance/*", "ssm"),
        ] {
            assert_eq!(is_whole_type(&text.into(), service), Truth::True, "{text}");
        }
        for text in [
            "arn:aws:iam::*:role/app",
            "arn:aws:iam::*:role/app-*",
            "arn:aws:iam::*:user/${aws:username}",
        ] {
            assert_eq!(is_whole_type(&text.into(), "iam"), Truth::False, "{text}");
        }
    }

    #[test]
    fn an_identifier_that_is_not_known_yet_is_narrow() {
        let hole = |why| Value::Template(vec![Piece::Hole(why), Piece::Known("/*".into())]);
        let why = Unknown::because("w");
        assert!(is_whole_service(&hole(why.clone()), "s3").unknown().is_some());
        assert!(is_whole_service(&hole(why.clone().plain()), "s3").is_false());
        assert!(is_everything(&Value::Unknown(why.plain())).is_false());
    }
}
