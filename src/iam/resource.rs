//! How much a resource pattern leaves open: everything, every resource of one service, or less.

use super::pattern::{
    Case, Extremes, Part, Pattern, SOME, extremes, is_all_wild, is_wild, may_widen, widens,
};
use super::union::{self, NAMES};
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

/// Types of resources of one service, as they stand in ARNs; none for all of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds {
    /// The service.
    pub service: &'static str,
    /// What its ARNs have behind the account: `role/`, `function:`.
    pub kinds: Vec<&'static str>,
}

impl Kinds {
    /// All of a service.
    #[must_use]
    pub fn whole(service: &'static str) -> Self {
        // Roles are what `sts` works on.
        let service = if service == "sts" { "iam" } else { service };
        Self { service, kinds: Vec::new() }
    }
}

/// More patterns than any policy holds are not added up.
const MANY: usize = 4_096;

/// Whether patterns that do not cover a type one by one cover it together: `role/a*`, `role/b*`, ...
/// Half of all names is as good as all of them; see [`union`].
#[must_use]
pub fn cover_together(values: &[&Value], service: &str, kinds: &[&str]) -> Truth {
    let light = |text: &str| is_wild(text) && may_add_up(text, service, kinds);
    let wide =
        |e: &Extremes| e.widest.as_ref().map_or_else(|| e.narrowest.clone(), |w| w.0.clone());
    let all: Vec<Extremes> = values.iter().filter_map(|value| extremes(value)).collect();
    let narrow: Vec<&str> =
        all.iter().map(|e| e.narrowest.as_str()).filter(|text| light(text)).collect();
    let why = all.iter().find_map(|e| e.widest.as_ref().map(|(_, why)| why.clone()));
    let certain = add_up(&narrow, service, kinds);
    if certain == Some(true) {
        return Truth::True;
    }
    if let Some(why) = why {
        let wide: Vec<String> = all.iter().map(wide).filter(|text| light(text)).collect();
        let wide: Vec<&str> = wide.iter().map(String::as_str).collect();
        if add_up(&wide, service, kinds) != Some(false) {
            return Truth::Unknown(why);
        }
    }
    match certain {
        Some(_) => Truth::False,
        None => Truth::Unknown(Unknown::because("its resource patterns are too many to add up")),
    }
}

/// Whether a pattern is of this service and leaves its names mostly open: most name something, and
/// that is soon seen.
fn may_add_up(text: &str, service: &str, kinds: &[&str]) -> bool {
    if is_of_another_service(text, service) {
        return false;
    }
    let Some(name) = text.splitn(6, ':').nth(5) else { return true };
    let name = kinds.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name);
    name.chars().filter(|c| c.is_alphanumeric()).count() <= union::LETTERS
}

fn add_up(texts: &[&str], service: &str, kinds: &[&str]) -> Option<bool> {
    if texts.len() < 2 {
        return Some(false);
    }
    if texts.len() > MANY {
        return None;
    }
    let patterns: Vec<Pattern> =
        texts.iter().map(|text| Pattern::new(&whole_account(text), Case::Kept)).collect();
    let kinds = if kinds.is_empty() { &[""] } else { kinds };
    let mut counted = true;
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        for kind in kinds {
            let head = format!("arn:{partition}:{service}:{SOME}:{SOME}:{kind}");
            for (tail, spelling) in
                ["", "/x"].into_iter().flat_map(|tail| NAMES.map(|spelling| (tail, spelling)))
            {
                match union::share(&patterns, &head, tail, spelling).is_most() {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => counted = false,
                }
            }
        }
    }
    counted.then_some(false)
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
        let whole = |text: &str, service, kind| is_whole_of(&text.into(), service, &[kind]);
        for (text, service, kind) in [
            ("arn:aws:iam::*:role/*", "iam", "role/"),
            ("arn:aws:iam::123456789012:role/*", "iam", "role/"),
            ("arn:aws:lambda:*:*:function:*", "lambda", "function:"),
            ("arn:aws:ec2:*:*:instance/*", "ec2", "instance/"),
            ("*", "ec2", "instance/"),
        ] {
            assert_eq!(whole(text, service, kind), Truth::True, "{text}");
        }
        for text in [
            "arn:aws:iam::*:role/app",
            "arn:aws:iam::*:role/app-*",
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::*:user/${aws:username}",
        ] {
            assert_eq!(whole(text, "iam", "role/"), Truth::False, "{text}");
        }
    }

    #[test]
    fn patterns_add_up() {
        let together = |letters: &str, form: &str, service, kinds: &[&str]| {
            let values: Vec<Value> =
                letters.chars().map(|c| Value::string(form.replace('_', &c.to_string()))).collect();
            cover_together(&values.iter().collect::<Vec<_>>(), service, kinds)
        };
        let (small, large) = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        let role = "arn:aws:iam::123456789012:role/_*";
        assert_eq!(together(small, role, "iam", &["role/"]), Truth::True);
        assert_eq!(together(large, role, "iam", &["role/"]), Truth::True);
        assert_eq!(together("abcdefgh", role, "iam", &["role/"]), Truth::False);
        assert_eq!(together(small, role, "iam", &["user/"]), Truth::False);
        for form in ["arn:aws:s3:::_*", "arn:aws:s3:::_*/*", "arn:aws:s3:::*_", "arn:*:s3:::_?*"] {
            assert_eq!(together(small, form, "s3", &[]), Truth::True, "{form}");
        }
        assert_eq!(together(small, "arn:aws:s3:::ours_*", "s3", &[]), Truth::False);
        assert_eq!(together(small, "arn:aws:s3:::ours/_*", "s3", &[]), Truth::False);
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
