//! Trust in identity providers that are no shared CI services: whose users may assume the role?

use super::federation;
use super::pattern::{extremes, is_all_wild, widens};
use super::principal::Principals;
use super::statement::Statement;
use crate::model::truth::Truth;
use crate::model::value::Value;

/// Providers that AWS knows by name, each with the keys that say whose application asks.
const PUBLIC: [(&str, &[&str]); 4] = [
    ("cognito-identity.amazonaws.com", &["aud", "sub"]),
    ("accounts.google.com", &["aud", "oaud", "sub"]),
    ("graph.facebook.com", &["app_id", "id"]),
    ("www.amazon.com", &["app_id", "user_id"]),
];

/// What a trust policy fails to demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The application of one's own, of a provider that everybody uses.
    Application,
    /// A subject, of an OIDC provider of one's own.
    Subject,
    /// The audience, or another claim, of a SAML provider.
    Audience,
}

/// Whether a statement trusts a provider without that demand.
#[must_use]
pub fn statement(statement: &Statement, question: Question) -> Truth {
    let action = match question {
        Question::Audience => "sts:AssumeRoleWithSAML",
        _ => "sts:AssumeRoleWithWebIdentity",
    };
    let allowed = statement.allows.clone().and(statement.names(action));
    if allowed.is_false() {
        return allowed;
    }
    let Principals::These(named) = &statement.principal else {
        // Everybody, or nobody that is known: that is a rule of its own.
        return Truth::False;
    };
    let federated = named.entries.iter().filter(|(kind, _)| *kind == "Federated");
    let open = Truth::any(federated.map(|(_, id)| match question {
        Question::Application => application(statement, id),
        Question::Subject => subject(statement, id),
        Question::Audience => demands(statement, |key| key.starts_with("saml:")).not(),
    }));
    allowed.and(open)
}

fn application(statement: &Statement, id: &Value) -> Truth {
    let Some(text) = id.as_str() else { return Truth::False };
    let Some((host, claims)) = PUBLIC.iter().find(|(host, _)| text.eq_ignore_ascii_case(host))
    else {
        return Truth::False;
    };
    demands(statement, |key| {
        key.strip_prefix(host)
            .and_then(|tail| tail.strip_prefix(':'))
            .is_some_and(|claim| claims.contains(&claim))
    })
    .not()
}

fn subject(statement: &Statement, id: &Value) -> Truth {
    let Some(extremes) = extremes(id) else { return Truth::False };
    let text = &extremes.narrowest;
    let public = PUBLIC.iter().any(|(host, _)| text.eq_ignore_ascii_case(host));
    // The shared ones are `iam-oidc-trust-unscoped`.
    if public || federation::issuer(text).is_some() || text.contains(":saml-provider/") {
        return Truth::False;
    }
    demands(statement, |key| key.ends_with(":sub")).not()
}

/// Whether a condition demands something of a key, and not just anything.
fn demands(statement: &Statement, wanted: impl Fn(&str) -> bool) -> Truth {
    let known = Truth::any(statement.conditions.entries.iter().map(|condition| {
        if !condition.demands() || !wanted(&condition.key.to_ascii_lowercase()) {
            return Truth::False;
        }
        condition.values.all(|value| widens(value, is_all_wild).not())
    }));
    match &statement.conditions.rest {
        Some(why) => known.or(Truth::Unknown(why.clone())),
        None => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Document;

    fn ask(question: Question, action: &str, provider: &str, condition: &str) -> Truth {
        let text = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"sts:{action}",
            "Principal":{{"Federated":"{provider}"}},"Condition":{{{condition}}}}}}}"#
        );
        let document = Document::read(&text.as_str().into()).unwrap();
        assert_eq!(document.doubt(), None);
        Truth::any(document.statements.iter().map(|one| statement(one, question)))
    }

    #[test]
    fn an_application_of_ours() {
        let google = |condition: &str| {
            ask(
                Question::Application,
                "AssumeRoleWithWebIdentity",
                "accounts.google.com",
                condition,
            )
        };
        assert_eq!(google(""), Truth::True);
        assert_eq!(google(r#""StringLike":{"accounts.google.com:aud":"*"}"#), Truth::True);
        assert_eq!(google(r#""StringEquals":{"graph.facebook.com:app_id":"1"}"#), Truth::True);
        assert_eq!(google(r#""StringNotEquals":{"accounts.google.com:aud":"1"}"#), Truth::True);
        assert_eq!(google(r#""StringEquals":{"accounts.google.com:aud":"1.apps"}"#), Truth::False);
    }

    #[test]
    fn a_subject_of_ours() {
        let eks = |provider: &str, condition: &str| {
            ask(Question::Subject, "AssumeRoleWithWebIdentity", provider, condition)
        };
        let own = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/A";
        let sub = |value: &str| {
            format!(r#""StringLike":{{"oidc.eks.us-east-1.amazonaws.com/id/A:sub":"{value}"}}"#)
        };
        assert_eq!(eks(own, ""), Truth::True);
        assert_eq!(eks(own, &sub("*")), Truth::True);
        assert_eq!(eks(own, &sub("system:serviceaccount:app:*")), Truth::False);
        assert_eq!(eks("cognito-identity.amazonaws.com", ""), Truth::False);
        let shared = "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com";
        assert_eq!(eks(shared, ""), Truth::False);
    }

    #[test]
    fn an_audience() {
        let saml = |condition: &str| {
            let provider = "arn:aws:iam::123456789012:saml-provider/idp";
            ask(Question::Audience, "AssumeRoleWithSAML", provider, condition)
        };
        assert_eq!(saml(""), Truth::True);
        let aud = r#""StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}"#;
        assert_eq!(saml(aud), Truth::False);
    }
}
