//! How much a resource pattern leaves open: everything, every resource of one service, or less.

use super::pattern::{Case, Part, Pattern, SOME, is_all_wild, is_wild, may_widen, widens};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

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

/// A name that is long enough for `????*`, which leaves out none of weight.
const NAME: &str = "\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}\u{F8FF}";

/// What may stand behind the account of an ARN: any name, and any name of these kinds.
fn names<'k>(kinds: &'k [&'k str]) -> impl Iterator<Item = [&'k str; 3]> {
    let of_kinds = kinds.iter().map(|kind| [*kind, NAME, ""]);
    [[NAME, "", ""], [NAME, "/", NAME], [NAME, ":", NAME]].into_iter().chain(of_kinds)
}

/// Whether the pattern matches one of these kinds of resources, whatever its name.
fn matches_one(pattern: &str, service: &str, kinds: &[&str]) -> bool {
    if !is_wild(pattern) || is_of_another_service(pattern, service) {
        return false;
    }
    let pattern = Pattern::new(&whole_account(pattern), Case::Kept);
    ["aws", "aws-cn", "aws-us-gov", SOME].iter().any(|partition| {
        let head = ["arn:", partition, ":", service, ":", SOME, ":", SOME, ":"];
        names(kinds).any(|[a, b, c]| {
            let [h0, h1, h2, h3, h4, h5, h6, h7, h8] = head;
            pattern.matches_joined(&[h0, h1, h2, h3, h4, h5, h6, h7, h8, a, b, c])
        })
    })
}

/// Whether a pattern is an ARN that names another service in full: most do, and that is soon seen.
fn is_of_another_service(pattern: &str, service: &str) -> bool {
    let mut parts = pattern.split(':');
    let (Some(arn), Some(partition), Some(own), Some(_)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    own != service && ![arn, partition, own].iter().any(|part| part.contains(['*', '?', '$']))
}

/// Whether a pattern with holes may turn out to match one of these kinds of resources.
fn may_match_one(pattern: &str, service: Part<'_>, kinds: &[&str]) -> bool {
    use Part::{Free, Text};
    let pattern = Pattern::new(pattern, Case::Kept);
    let colon = Text(":");
    names(kinds).any(|[a, b, c]| {
        let head = [Text("arn:"), Free, colon, service, colon, Free, colon, Free, colon];
        let [h0, h1, h2, h3, h4, h5, h6, h7, h8] = head;
        pattern.can_meet(&[h0, h1, h2, h3, h4, h5, h6, h7, h8, Text(a), Text(b), Text(c)])
    })
}

/// Whether the pattern is every resource of every service: `*`, `**`, `arn:*`, `arn:aws:*:*:*:*`.
#[must_use]
pub fn is_everything(value: &Value) -> Truth {
    may_widen(
        value,
        |pattern| matches_one(pattern, SOME, &[]),
        |pattern| may_match_one(pattern, Part::Text(SOME), &[]),
    )
}

/// Whether the pattern is every resource of this service: `arn:aws:s3:::*`, or wider. Region and
/// account may be named.
#[must_use]
pub fn is_whole_service(value: &Value, service: &str) -> Truth {
    may_widen(
        value,
        |pattern| matches_one(pattern, service, &[]),
        |pattern| may_match_one(pattern, Part::Text(service), &[]),
    )
}

/// Whether the pattern is every resource of a service of which nothing is known: certain for
/// everything, possible for what is all of one service.
#[must_use]
pub fn is_whole_unknown_service(value: &Value, why: &Unknown) -> Truth {
    let possible = |pattern: &str| may_match_one(pattern, Part::Free, &[]);
    let everything = is_everything(value);
    match (&everything, super::pattern::extremes(value)) {
        (Truth::False, Some(extremes)) if possible(&extremes.narrowest) => {
            Truth::Unknown(why.clone())
        }
        (Truth::False, _) => may_widen(value, |_| false, possible),
        _ => everything,
    }
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
    may_widen(
        value,
        |pattern| services.iter().any(|service| matches_one(pattern, service, &TYPES)),
        |pattern| services.iter().any(|s| may_match_one(pattern, Part::Text(s), &TYPES)),
    )
}

/// Whether the pattern is every resource of a service, or of one of these types of it.
#[must_use]
pub fn is_whole_of(value: &Value, service: &str, kinds: &[&str]) -> Truth {
    may_widen(
        value,
        |pattern| matches_one(pattern, service, kinds),
        |pattern| may_match_one(pattern, Part::Text(service), kinds),
    )
}

/// Whether the pattern names neither region, nor account, nor a name: `*`, `arn:aws:s3:::*`,
/// `arn:aws:rds:*:*:cluster:*`. An account narrows what is meant, even if all of it is.
#[must_use]
pub fn names_nothing(value: &Value) -> Truth {
    let open = |text: &str| text.is_empty() || is_all_wild(text);
    widens(value, |pattern| {
        let parts: Vec<&str> = pattern.splitn(6, ':').collect();
        let [arn, _, service, region, account, resource] = parts.as_slice() else {
            return is_all_wild(pattern) || matches_one(pattern, SOME, &[]);
        };
        if !is_wild(pattern) || *arn != "arn" || !open(region) || !open(account) {
            return false;
        }
        if is_all_wild(resource) || *resource == "*/*" || is_all_wild(service) {
            return true;
        }
        // `bucket/*` has a name in front, `cluster:*` a type: only ARNs with an account tell.
        let name = resource.split_once([':', '/']).map_or("", |(_, name)| name);
        let typed = is_all_wild(account) || ["route53", "cloudfront"].contains(service);
        typed && name.split([':', '/']).all(is_all_wild)
    })
}

/// Whether the pattern is every instance, or every machine that Systems Manager manages.
#[must_use]
pub fn is_every_instance(value: &Value) -> Truth {
    const MACHINES: [(&str, &[&str]); 2] =
        [("ec2", &["instance/"]), ("ssm", &["managed-instance/"])];
    may_widen(
        value,
        |pattern| MACHINES.iter().any(|(service, kinds)| matches_one(pattern, service, kinds)),
        |pattern| MACHINES.iter().any(|(s, kinds)| may_match_one(pattern, Part::Text(s), kinds)),
    )
}

/// Documents of AWS that run whatever their caller writes.
const SCRIPTS: [&str; 4] =
    ["AWS-RunShellScript", "AWS-RunPowerShellScript", "AWS-RunRemoteScript", "AWS-RunDocument"];

/// Whether the pattern takes in a command document that runs whatever its caller writes.
#[must_use]
pub fn runs_scripts(value: &Value) -> Truth {
    let certain = |pattern: &str| {
        let pattern = Pattern::new(&whole_account(pattern), Case::Kept);
        SCRIPTS.iter().any(|name| {
            ["aws", "aws-cn", "aws-us-gov"].iter().any(|partition| {
                let head = ["arn:", partition, ":ssm:", SOME, ":", SOME, ":document/", name];
                pattern.matches_joined(&head)
            })
        })
    };
    let possible = |pattern: &str| {
        use Part::{Free, Text};
        let pattern = Pattern::new(pattern, Case::Kept);
        SCRIPTS.iter().any(|name| {
            let (arn, ssm, colon) = (Text("arn:"), Text(":ssm:"), Text(":"));
            let kind = Text(":document/");
            pattern.can_meet(&[arn, Free, ssm, Free, colon, Free, kind, Text(name)])
        })
    };
    may_widen(value, certain, possible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Piece;

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
    fn nothing_named() {
        for text in
            ["*", "arn:*", "arn:aws:s3:::*", "arn:aws:rds:*:*:cluster:*", "arn:aws:s3:::*/*"]
        {
            assert_eq!(names_nothing(&text.into()), Truth::True, "{text}");
        }
        for text in [
            "arn:aws:ec2:us-east-1:123456789012:instance/*",
            "arn:aws:ec2:*:123456789012:instance/*",
            "arn:aws:rds:*:*:cluster:app-*",
            "arn:aws:s3:::bucket/*",
            "arn:aws:iam::*:role/app",
        ] {
            assert_eq!(names_nothing(&text.into()), Truth::False, "{text}");
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
