//! Which services a policy allows entirely: every action, on every resource.

use std::collections::BTreeMap;

use super::document::Document;
use super::element::Clause;
use super::pattern::{Case, Pattern, extremes, is_wild};
use super::statement::Statement;
use super::union::{self, VERBS};
use super::{action, resource};
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};

/// The services that are certainly allowed, each with the position of a statement that allows it,
/// and why there may be more. An `Action` of `*` on named resources is the service `*`.
#[must_use]
pub fn whole(document: &Document) -> (BTreeMap<String, usize>, Option<Unknown>) {
    let mut certain = BTreeMap::new();
    let mut doubt = document.doubt();
    for (position, statement) in document.statements.iter().enumerate() {
        if statement.allows.is_false() {
            continue;
        }
        match &statement.action {
            Clause::These(texts) => {
                for action in &texts.items {
                    let Some((service, truth)) = grants(statement, action) else { continue };
                    match truth {
                        Truth::True => {
                            certain.entry(service).or_insert(position);
                        }
                        Truth::Unknown(why) => doubt = doubt.or(Some(why)),
                        Truth::False => {}
                    }
                }
                doubt = doubt.or_else(|| texts.rest.clone());
            }
            Clause::Unknown(why) => doubt = doubt.or_else(|| Some(why.clone())),
            Clause::Missing | Clause::AllBut(_) => {}
        }
    }
    for pieces in [by_resources(document), by_verbs(document)] {
        for (service, position, truth) in pieces {
            match truth {
                Truth::True => {
                    certain.entry(service).or_insert(position);
                }
                Truth::Unknown(why) => doubt = doubt.or(Some(why)),
                Truth::False => {}
            }
        }
    }
    (certain, doubt)
}

/// The service that an action of a statement allows, and how certain that is.
fn grants(statement: &Statement, pattern: &Value) -> Option<(String, Truth)> {
    let allows = statement.allows.clone();
    let every = action::is_every_action(pattern);
    if every.is_true() {
        // On everything it is administrator; an unknown resource is at least this.
        let everything = statement.on(resource::is_everything).is_true();
        return (!everything).then(|| ("*".to_owned(), allows));
    }
    let whole = action::whole_service(pattern).map(|(service, whole)| {
        let resources = match (service.as_str(), pattern.doubt()) {
            ("", Some(why)) => statement.on(|value| resource::is_whole_unknown_service(value, why)),
            (service, _) => statement.reaches_all_of(whose(service), &[]),
        };
        (service, allows.clone().and(whole).and(resources))
    });
    match whole {
        Some((_, Truth::True)) => whole,
        // It may turn out to be `*`, which is a violation on named resources too.
        _ if !every.is_false() => Some(("*".to_owned(), allows.and(every))),
        whole => whole,
    }
}

/// The service whose resources the actions of a service work on.
fn whose(service: &str) -> &str {
    if service == "sts" { "iam" } else { service }
}

/// One service by pieces: its name, the first statement, the answer.
type Piece = (String, usize, Truth);

/// The services all of whose actions are allowed by several statements, each on some resources.
fn by_resources(document: &Document) -> Vec<Piece> {
    let mut found: BTreeMap<String, (usize, Vec<&Value>, usize)> = BTreeMap::new();
    for (position, statement) in document.statements.iter().enumerate() {
        let (Clause::These(actions), Clause::These(resources)) =
            (&statement.action, &statement.resource)
        else {
            continue;
        };
        if !statement.allows.is_true() {
            continue;
        }
        for pattern in &actions.items {
            let Some((service, Truth::True)) = action::whole_service(pattern) else { continue };
            let entry = found.entry(service).or_insert((position, Vec::new(), 0));
            entry.1.extend(&resources.items);
            entry.2 += 1;
        }
    }
    let several = found.into_iter().filter(|(_, (_, _, statements))| *statements > 1);
    several
        .map(|(service, (position, values, _))| {
            let truth = resource::cover_together(&values, whose(&service), &[]);
            (service, position, truth)
        })
        .collect()
}

/// The services whose actions are allowed by the letter: `s3:a*`, `s3:b*`, ..., on every resource.
fn by_verbs(document: &Document) -> Vec<Piece> {
    let mut found: BTreeMap<String, (usize, Vec<Pattern>)> = BTreeMap::new();
    for (position, statement) in document.statements.iter().enumerate() {
        let Clause::These(actions) = &statement.action else { continue };
        if !statement.allows.is_true() {
            continue;
        }
        for pattern in &actions.items {
            let Some(text) = extremes(pattern).map(|e| e.narrowest) else { continue };
            let Some((service, verb)) = text.split_once(':') else { continue };
            let letters = verb.chars().filter(|c| c.is_alphabetic()).count();
            if !is_wild(verb) || is_wild(service) || letters == 0 || letters > union::LETTERS {
                continue;
            }
            let service = service.to_ascii_lowercase();
            if statement.reaches_all_of(whose(&service), &[]).is_true() {
                let entry = found.entry(service).or_insert((position, Vec::new()));
                entry.1.push(Pattern::new(verb, Case::Ignored));
            }
        }
    }
    let answer = |verbs: &[Pattern]| {
        let most = VERBS.map(|spelling| union::share(verbs, "", "", spelling).is_most());
        if most.contains(&Some(true)) {
            Truth::True
        } else if most.contains(&None) {
            Truth::Unknown(Unknown::because("its actions are too many patterns to add up"))
        } else {
            Truth::False
        }
    };
    found
        .into_iter()
        .map(|(service, (position, verbs))| {
            let truth = answer(&verbs);
            (service, position, truth)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn services(statements: &str) -> Vec<String> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let (certain, doubt) = whole(&Document::read(&text.as_str().into()).unwrap());
        assert_eq!(doubt, None, "{statements}");
        certain.into_keys().collect()
    }

    fn allow(actions: &[String], resources: &[String]) -> String {
        serde_json::json!({"Effect": "Allow", "Action": actions, "Resource": resources}).to_string()
    }

    fn each(letters: &str, form: &str) -> Vec<String> {
        letters.chars().map(|c| form.replace('_', &c.to_string())).collect()
    }

    const SMALL: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

    #[test]
    fn by_the_letter() {
        let all = vec!["s3:*".to_owned()];
        let buckets = |letters: &str| each(letters, "arn:aws:s3:::_*");
        assert_eq!(services(&allow(&all, &buckets(SMALL))), ["s3"]);
        let (first, second) = SMALL.split_at(12);
        assert!(services(&allow(&all, &buckets(first))).is_empty());
        let split = format!("{},{}", allow(&all, &buckets(first)), allow(&all, &buckets(second)));
        assert_eq!(services(&split), ["s3"]);
        let anything = vec!["*".to_owned()];
        assert_eq!(services(&allow(&each(SMALL, "s3:_*"), &anything)), ["s3"]);
        assert!(services(&allow(&each("gl", "s3:_*"), &anything)).is_empty());
        let reading = ["s3:Get*".to_owned(), "s3:List*".to_owned()];
        assert!(services(&allow(&reading, &anything)).is_empty());
    }
}
