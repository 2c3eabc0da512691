//! Trust in whole accounts: whom a principal leaves to decide who may come.

use super::condition::Purpose;
use super::pattern::{Case, extremes};
use super::principal::Principals;
use super::statement::Statement;
use crate::model::truth::Truth;
use crate::model::value::Value;

/// The account of a principal that is a whole account: `123456789012`, or the ARN of its root. The
/// text is empty for an ARN without an account, and `None` when the principal is something else.
#[must_use]
pub fn whole(id: &Value) -> Option<(String, Truth)> {
    let extremes = extremes(id)?;
    let text = &extremes.narrowest;
    if let Some(head) = text.strip_suffix(":root") {
        let account = head.splitn(5, ':').nth(4).unwrap_or_default();
        let known = account.bytes().all(|b| b.is_ascii_digit());
        return Some((if known { account.to_owned() } else { String::new() }, Truth::True));
    }
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some((text.clone(), Truth::True));
    }
    // An identifier that the plan waits for is that of a role or a user.
    if matches!(id, Value::Unknown(why) if why.is_plain()) {
        return None;
    }
    let (wide, why) = extremes.any_text?;
    let pattern = super::pattern::Pattern::new(&wide, Case::Kept);
    let may_be =
        pattern.matches("123456789012") || pattern.matches("arn:aws:iam::123456789012:root");
    may_be.then_some((String::new(), Truth::Unknown(why)))
}

/// Whether a statement trusts a whole account, of those that `counts` takes in, without a condition
/// that says more: an external id, an organization, a principal, a tag.
#[must_use]
pub fn trusts_whole(statement: &Statement, counts: impl Fn(&str) -> bool) -> Truth {
    if statement.allows.is_false() {
        return Truth::False;
    }
    let found = match &statement.principal {
        Principals::These(named) => {
            let aws = named.entries.iter().filter(|(kind, _)| matches!(*kind, "AWS" | "*"));
            let known = Truth::any(
                aws.filter_map(|(_, id)| whole(id))
                    .map(|(account, sure)| if counts(&account) { sure } else { Truth::False }),
            );
            match &named.rest {
                Some(why) => known.or(Truth::Unknown(why.clone())),
                None => known,
            }
        }
        Principals::Unknown(why) => Truth::Unknown(why.clone()),
        // Everybody is a rule of its own.
        Principals::Missing | Principals::AllBut(_) => Truth::False,
    };
    if found.is_false() {
        return found;
    }
    let tagged = Truth::any(statement.conditions.entries.iter().map(|condition| {
        let key = condition.key.to_ascii_lowercase();
        Truth::from(condition.demands() && key.starts_with("aws:principaltag/"))
    }));
    let narrow = statement.conditions.narrow(Purpose::Account).or(tagged);
    statement.allows.clone().and(found).and(narrow.not())
}

/// Whether a statement demands MFA: `Bool` on `aws:MultiFactorAuthPresent`, or an age of it.
#[must_use]
pub fn demands_mfa(statement: &Statement) -> Truth {
    let known = Truth::any(statement.conditions.entries.iter().map(|condition| {
        let operator = condition.operator.to_ascii_lowercase();
        if condition.is_on("aws:MultiFactorAuthPresent") && operator == "bool" {
            return condition.values.all(|value| value.equals("true"));
        }
        Truth::from(
            condition.is_on("aws:MultiFactorAuthAge") && operator.starts_with("numericlessthan"),
        )
    }));
    match &statement.conditions.rest {
        Some(why) => known.or(Truth::Unknown(why.clone())),
        None => known,
    }
}

/// Whether a `Deny` leaves nothing without MFA: `BoolIfExists` on `aws:MultiFactorAuthPresent` that
/// is `false`.
#[must_use]
pub fn denies_without_mfa(statement: &Statement) -> Truth {
    let known = Truth::any(statement.conditions.entries.iter().map(|condition| {
        let operator = condition.operator.to_ascii_lowercase();
        let bool = matches!(operator.as_str(), "bool" | "boolifexists");
        if bool && condition.is_on("aws:MultiFactorAuthPresent") {
            return condition.values.all(|value| value.equals("false"));
        }
        if operator == "null" && condition.is_on("aws:MultiFactorAuthAge") {
            return condition.values.all(|value| value.equals("true"));
        }
        Truth::False
    }));
    statement.denies.clone().and(known)
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;

    fn trusts(principal: &str, condition: &str) -> Truth {
        let text = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{{"AWS":"{principal}"}},"Condition":{{{condition}}}}}}}"#
        );
        let document = Document::read(&text.as_str().into()).unwrap();
        trusts_whole(&document.statements[0], |_| true)
    }

    #[test]
    fn whole_accounts() {
        for principal in ["123456789012", "arn:aws:iam::123456789012:root", "arn:aws:iam::root"] {
            assert_eq!(trusts(principal, ""), Truth::True, "{principal}");
            let mfa = r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#;
            assert_eq!(trusts(principal, mfa), Truth::True, "{principal}");
            for narrow in [
                r#""StringEquals":{"sts:ExternalId":"8f6f"}"#,
                r#""StringEquals":{"aws:PrincipalTag/team":"ops"}"#,
                r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/ci"}"#,
            ] {
                assert_eq!(trusts(principal, narrow), Truth::False, "{principal} {narrow}");
            }
        }
        for principal in ["arn:aws:iam::123456789012:role/ci", "*", "AROAEXAMPLE"] {
            assert_eq!(trusts(principal, ""), Truth::False, "{principal}");
        }
    }

    #[test]
    fn mfa() {
        let read = |effect: &str, condition: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{{{condition}}}}}}}"#
            );
            Document::read(&text.as_str().into()).unwrap().statements.remove(0)
        };
        let present = r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#;
        assert_eq!(demands_mfa(&read("Allow", present)), Truth::True);
        // Without the key, which long-lived keys do not have, this holds.
        let lax = r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}"#;
        assert_eq!(demands_mfa(&read("Allow", lax)), Truth::False);
        let absent = r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}"#;
        assert_eq!(denies_without_mfa(&read("Deny", absent)), Truth::True);
        assert_eq!(denies_without_mfa(&read("Allow", absent)), Truth::False);
    }
}
