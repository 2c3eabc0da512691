//! Trust in the identity providers of shared CI services: whose token may assume the role?
//!
//! GitHub, GitLab and the like issue tokens for every customer from one address. Only the claims
//! in the token tell whose job it is, so a trust policy must demand one of them.

use super::document::Document;
use super::ours::follows_the_caller;
use super::pattern::{Case, Part, Pattern, extremes, is_wild};
use super::principal::Principals;
use super::statement::Statement;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

/// An identity provider that many customers share.
#[derive(Debug)]
pub struct Issuer {
    /// Its address without `https://`.
    pub host: &'static str,
    /// The claims of `sub` that name an owner: the first one must be there, with its value.
    claims: &'static [&'static str],
    /// What ends the owner in the value of a claim, beside `:`.
    ends: char,
}

/// The providers that are known to be shared.
pub const ISSUERS: &[Issuer] = &[
    github("token.actions.githubusercontent.com"),
    github("vstoken.actions.githubusercontent.com"),
    Issuer { host: "gitlab.com", claims: &["project_path", "namespace_path"], ends: '/' },
    Issuer { host: "app.terraform.io", claims: &["organization"], ends: ':' },
    Issuer { host: "app.eu.terraform.io", claims: &["organization"], ends: ':' },
    Issuer { host: "agent.buildkite.com", claims: &["organization"], ends: ':' },
];

const fn github(host: &'static str) -> Issuer {
    Issuer {
        host,
        claims: &[
            "repo",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "enterprise",
            "enterprise_id",
            "job_workflow_ref",
        ],
        ends: '/',
    }
}

/// The issuer at this address, if it is a shared one.
#[must_use]
pub fn issuer(address: &str) -> Option<&'static Issuer> {
    let address = address.rsplit("oidc-provider/").next().unwrap_or(address);
    let address = address.strip_prefix("https://").unwrap_or(address).trim_end_matches('/');
    ISSUERS.iter().find(|issuer| issuer.host.eq_ignore_ascii_case(address))
}

impl Issuer {
    /// Whether a `sub` that fits this pattern belongs to an owner that the pattern names in full.
    ///
    /// `repo:org/*` does, `repo:org*` does not: anybody can register `org-of-mine`. A claim that
    /// the job's author chooses (`workflow:`, `environment:`) names nobody.
    fn names_owner(&self, sub: &str) -> bool {
        let Some((claim, value)) = sub.split_once(':') else { return false };
        if !self.claims.contains(&claim) {
            return false;
        }
        let owner = value.split([self.ends, ':']).next().unwrap_or_default();
        !owner.is_empty() && !is_wild(owner) && !follows_the_caller(value)
    }

    /// Whether a condition's key is a claim of this issuer that names an owner, and whether this
    /// value names one.
    fn is_scoped(&self, key: &str, value: &Value) -> Truth {
        let key = key.to_ascii_lowercase();
        let Some(claim) = key.strip_prefix(self.host).and_then(|tail| tail.rsplit(':').next())
        else {
            return Truth::False;
        };
        let names = |text: &str| {
            if claim == "sub" {
                self.names_owner(text)
            } else {
                self.claims.contains(&claim) && self.names_owner(&format!("{claim}:{text}"))
            }
        };
        let Some(extremes) = extremes(value) else { return Truth::False };
        match (names(&extremes.narrowest), &extremes.widest, value.doubt()) {
            (true, None, _) => Truth::True,
            (true, Some((wide, why)), _) => {
                if names(wide) {
                    Truth::True
                } else {
                    Truth::Unknown(why.clone())
                }
            }
            (false, _, Some(why)) => Truth::Unknown(why.clone()),
            (false, _, None) => Truth::False,
        }
    }

    fn is_named_by(&self, statement: &Statement) -> bool {
        statement
            .conditions
            .entries
            .iter()
            .any(|condition| condition.key.to_ascii_lowercase().starts_with(self.host))
    }
}

/// Whether a role's trust policy lets in the jobs of every customer of a shared provider.
///
/// `unnamed` answers for a provider whose name is not known: may it be a shared one?
pub fn lets_everybody_in(document: &Document, unnamed: impl Fn(&Unknown) -> Truth) -> Truth {
    let known = Truth::any(document.statements.iter().map(|s| statement(s, &unnamed)));
    match document.doubt() {
        Some(why) => known.or(Truth::Unknown(why)),
        None => known,
    }
}

fn statement(statement: &Statement, unnamed: &impl Fn(&Unknown) -> Truth) -> Truth {
    let allowed = statement.allows.clone().and(statement.names("sts:AssumeRoleWithWebIdentity"));
    if allowed.is_false() {
        return allowed;
    }
    let named = match &statement.principal {
        Principals::These(named) => named,
        Principals::Unknown(why) => return allowed.and(open_to_some(statement, why, unnamed)),
        Principals::Missing | Principals::AllBut(_) => return Truth::False,
    };
    let mut open = Truth::False;
    for (kind, id) in &named.entries {
        if !matches!(*kind, "Federated" | "*") {
            continue;
        }
        let one = match provider(id) {
            Provider::Shared(issuer) => unscoped(statement, issuer),
            Provider::Other => Truth::False,
            Provider::Unknown(why) => open_if_shared(statement, &why, unnamed),
        };
        open = open.or(one);
    }
    if let Some(why) = &named.rest {
        open = open.or(open_to_some(statement, why, unnamed));
    }
    allowed.and(open)
}

enum Provider {
    Shared(&'static Issuer),
    Other,
    Unknown(Unknown),
}

fn provider(id: &Value) -> Provider {
    let Some(extremes) = extremes(id) else { return Provider::Other };
    if let Some(issuer) = issuer(&extremes.narrowest) {
        return Provider::Shared(issuer);
    }
    match id.doubt() {
        Some(why) => {
            let pattern = extremes.any_text.map(|(text, _)| Pattern::new(&text, Case::Ignored));
            let may_be = pattern.is_some_and(|pattern| {
                ISSUERS.iter().any(|issuer| {
                    let host = Part::Text(issuer.host);
                    let provider = Part::Text(":oidc-provider/");
                    let (arn, iam) = (Part::Text("arn:"), Part::Text(":iam::"));
                    pattern.can_meet(&[arn, Part::Free, iam, Part::Free, provider, host])
                        || pattern.can_meet(&[host])
                        || pattern.can_meet(&[Part::Text("https://"), host])
                })
            });
            if may_be { Provider::Unknown(why.clone()) } else { Provider::Other }
        }
        None => Provider::Other,
    }
}

/// For a provider whose name is not known: the conditions may name it all the same.
fn open_if_shared(
    statement: &Statement,
    why: &Unknown,
    unnamed: &impl Fn(&Unknown) -> Truth,
) -> Truth {
    if let Some(issuer) = ISSUERS.iter().find(|issuer| issuer.is_named_by(statement)) {
        return unscoped(statement, issuer);
    }
    let scoped_elsewhere = statement.conditions.entries.iter().any(|condition| {
        condition.demands() && condition.key.to_ascii_lowercase().ends_with(":sub")
    });
    if scoped_elsewhere { Truth::False } else { unnamed(why) }
}

/// For principals that are not known: they may be no providers at all, so this is never certain.
fn open_to_some(
    statement: &Statement,
    why: &Unknown,
    unnamed: &impl Fn(&Unknown) -> Truth,
) -> Truth {
    open_if_shared(statement, why, unnamed).and(Truth::Unknown(why.clone()))
}

fn unscoped(statement: &Statement, issuer: &Issuer) -> Truth {
    let known = Truth::any(statement.conditions.entries.iter().map(|condition| {
        if !condition.demands() {
            return Truth::False;
        }
        condition.values.all(|value| issuer.is_scoped(&condition.key, value))
    }));
    let scoped = match &statement.conditions.rest {
        Some(why) => known.or(Truth::Unknown(why.clone())),
        None => known,
    };
    scoped.not()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(host: &str, condition: &str) -> Truth {
        let text = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
            "Principal":{{"Federated":"arn:aws:iam::123456789012:oidc-provider/{host}"}},
            "Condition":{{{condition}}}}}}}"#
        );
        let document = Document::read(&text.as_str().into()).unwrap();
        lets_everybody_in(&document, |why| Truth::Unknown(why.clone()))
    }

    const GITHUB: &str = "token.actions.githubusercontent.com";

    fn sub(operator: &str, host: &str, sub: &str) -> Truth {
        trust(host, &format!(r#""{operator}":{{"{host}:sub":"{sub}"}}"#))
    }

    #[test]
    fn subjects_that_name_an_owner() {
        for (host, pattern) in [
            (GITHUB, "repo:org/repo:ref:refs/heads/main"),
            (GITHUB, "repo:org/*"),
            (GITHUB, "repository_owner_id:123:*"),
            ("gitlab.com", "project_path:group/project:ref_type:branch:ref:main"),
            ("app.terraform.io", "organization:o:project:*:workspace:*:run_phase:*"),
        ] {
            assert_eq!(sub("StringLike", host, pattern), Truth::False, "{host} {pattern}");
            assert_eq!(sub("ForAnyValue:StringLike", host, pattern), Truth::False, "{pattern}");
        }
    }

    #[test]
    fn subjects_that_do_not() {
        for (host, pattern) in [
            (GITHUB, "*"),
            (GITHUB, "repo:*"),
            (GITHUB, "repo:org*"),
            (GITHUB, "repo:*/repo:*"),
            (GITHUB, "repo:${token.actions.githubusercontent.com:repository_owner}/repo:*"),
            (GITHUB, "environment:prod"),
            (GITHUB, "workflow:x:repo:org/repo"),
            (GITHUB, "invalid"),
            ("gitlab.com", "project_path:*"),
            ("app.terraform.io", "organization:*:workspace:prod:*"),
        ] {
            for operator in ["StringLike", "StringEquals"] {
                assert_eq!(sub(operator, host, pattern), Truth::True, "{host} {pattern}");
            }
        }
        for operator in ["StringNotLike", "StringLikeIfExists", "ForAllValues:StringLike", "Null"] {
            assert_eq!(sub(operator, GITHUB, "repo:org/repo:*"), Truth::True, "{operator}");
        }
        let aud = format!(r#""StringEquals":{{"{GITHUB}:aud":"sts.amazonaws.com"}}"#);
        assert_eq!(trust(GITHUB, &aud), Truth::True);
        assert_eq!(trust(GITHUB, ""), Truth::True);
    }

    #[test]
    fn other_providers_are_not_asked() {
        assert_eq!(trust("oidc.eks.us-east-1.amazonaws.com/id/ABC", ""), Truth::False);
        assert_eq!(trust("token.actions.githubusercontent.com/enterprise", ""), Truth::False);
    }

    #[test]
    fn a_provider_that_is_not_known() {
        let text = |condition: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
                "Principal":{{"Federated":"x"}},"Condition":{{{condition}}}}}}}"#
            );
            let mut document = Document::read(&text.as_str().into()).unwrap();
            if let Principals::These(named) = &mut document.statements[0].principal {
                named.entries[0].1 = Value::Unknown(Unknown::because("w").plain());
            }
            lets_everybody_in(&document, |why| Truth::Unknown(why.clone()))
        };
        let aud = format!(r#""StringEquals":{{"{GITHUB}:aud":"sts.amazonaws.com"}}"#);
        assert_eq!(text(&aud), Truth::True);
        assert!(text("").unknown().is_some());
        assert_eq!(text(r#""StringEquals":{"oidc.eks.x/id/A:sub":"system:x"}"#), Truth::False);
    }

    #[test]
    fn a_subject_that_is_not_known() {
        let condition = format!(r#""StringLike":{{"{GITHUB}:sub":"repo:org/repo:*"}}"#);
        let text = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
            "Principal":{{"Federated":"{GITHUB}"}},"Condition":{{{condition}}}}}}}"#
        );
        let mut document = Document::read(&text.as_str().into()).unwrap();
        document.statements[0].conditions.entries[0].values.items =
            vec![Value::Unknown(Unknown::because("w").plain())];
        let open = lets_everybody_in(&document, |why| Truth::Unknown(why.clone()));
        assert!(open.unknown().is_some());
    }
}
