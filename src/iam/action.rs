//! How much an action pattern leaves open: every action, all of one service, or less.

use super::pattern::{Case, HOLE, Part, Pattern, SOME, extremes, is_wild, widens};
use crate::model::truth::Truth;
use crate::model::value::Value;

/// Whether an action pattern is every action of every service: `*`, `**`, `?*`, `*:*`, `**:?*`.
#[must_use]
pub fn is_every_action(value: &Value) -> Truth {
    widens(value, |text| {
        // No sample below holds a letter: most patterns do, and that is soon seen.
        if !text.contains('$') && text.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
            return false;
        }
        let pattern = Pattern::new(text, Case::Ignored);
        // The shortest service prefixes have two letters (`s3`).
        let two = SOME.get(..6).unwrap_or(SOME);
        let long = SOME.repeat(8);
        is_any_verb(|verb| pattern.matches(&format!("{two}:{verb}")))
            && pattern.matches(&format!("{long}:{long}"))
    })
}

/// Whether a pattern takes every verb that matters: `????*` leaves out none of weight.
fn is_any_verb(takes: impl Fn(&str) -> bool) -> bool {
    takes(&SOME.repeat(3)) && takes(&SOME.repeat(8))
}

/// Whether an action pattern reaches over services without naming one (`*e*`, `*:Get*`, `i*:*`).
/// IAM refuses a wildcard in the service's name unless the pattern is `*`.
#[must_use]
pub fn crosses_services(value: &Value) -> Truth {
    widens(value, |text| is_wild(text.split(':').next().unwrap_or_default()))
}

/// The service whose every action the pattern is (`s3:*`, `S3:**`, `s3:?*`), in lower case, and
/// how sure that is; `None` when it certainly is no such pattern. A service that is not known is
/// the empty text.
#[must_use]
pub fn whole_service(value: &Value) -> Option<(String, Truth)> {
    let extremes = extremes(value)?;
    let whole = |text: &str| -> Option<String> {
        let (service, verb) = text.split_once(':')?;
        if !verb.contains('$') && verb.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let verb = Pattern::new(verb, Case::Ignored);
        (!is_wild(service) && is_any_verb(|any| verb.matches(any))).then(|| {
            if service.contains(HOLE) { String::new() } else { service.to_ascii_lowercase() }
        })
    };
    if let Some(service) = whole(&extremes.narrowest) {
        return Some((service, Truth::True));
    }
    let (wide, why) = extremes.widest?;
    if let Some(service) = whole(&wide) {
        return Some((service, Truth::Unknown(why)));
    }
    let verb = SOME.repeat(3);
    let parts = [Part::Free, Part::Text(":"), Part::Text(&verb)];
    let reaches = Pattern::new(&wide, Case::Ignored).can_meet(&parts);
    reaches.then(|| (String::new(), Truth::Unknown(why)))
}

#[cfg(test)]
mod tests {
    use super::super::pattern::matches;
    use super::*;
    use crate::model::value::{Piece, Unknown};

    fn template(before: &str, after: &str, why: Unknown) -> Value {
        let known = |t: &str| Piece::Known(t.to_owned());
        Value::Template(vec![known(before), Piece::Hole(why), known(after)])
    }

    #[test]
    fn every_action_in_all_its_spellings() {
        for text in [
            "*",
            "**",
            "?*",
            "*?",
            "*:*",
            "**:?*",
            "*:***",
            "?*:?*",
            "????*",
            "*:????*",
            "??*:??????*",
        ] {
            assert_eq!(is_every_action(&text.into()), Truth::True, "{text}");
        }
        for text in ["s3:*", "*:Get*", "*e*", "", ":", "?", "${aws:username}*"] {
            assert_eq!(is_every_action(&text.into()), Truth::False, "{text}");
        }
    }

    #[test]
    fn whole_services() {
        for text in ["s3:*", "S3:**", "s3:?*", "s3:*?*"] {
            assert_eq!(whole_service(&text.into()), Some(("s3".into(), Truth::True)), "{text}");
        }
        for text in ["s3:Get*", "s3:*Object", "*", "*:*", "s3"] {
            assert_eq!(whole_service(&text.into()), None, "{text}");
        }
    }

    #[test]
    fn holes_are_as_wide_as_they_may_be() {
        let any = || Unknown::because("w");
        assert!(is_every_action(&template("", "*", any())).unknown().is_some());
        assert!(is_every_action(&template("s3:", "", any())).is_false());
        assert!(is_every_action(&Value::Unknown(any())).unknown().is_some());
        assert!(is_every_action(&Value::Unknown(any().plain())).is_false());
        assert_eq!(whole_service(&template("s3:Get", "", any())), None);
        let (service, truth) = whole_service(&template("", ":*", any())).unwrap();
        assert_eq!((service.as_str(), truth.is_true()), ("", true));
        let (service, truth) = whole_service(&template("s3:", "", any())).unwrap();
        assert_eq!(service, "s3");
        assert!(truth.unknown().is_some());
        assert!(
            matches(&template("iam:", "Role", any()), "iam:PassRole", Case::Ignored)
                .unknown()
                .is_some()
        );
        assert!(
            matches(&template("ec2:", "Role", any()), "iam:PassRole", Case::Ignored).is_false()
        );
    }
}
