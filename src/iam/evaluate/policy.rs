//! A policy document made ready for requests: everything known, everything understood.

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::arn::ArnPattern;
use super::caller::{Caller, Meant};
use super::context::Context;
use super::operator::{Operand, Operator};
use super::test::Test;
use crate::iam::action::{crosses_services, is_every_action};
use crate::iam::condition::Condition;
use crate::iam::element::{Clause, Texts};
use crate::iam::pattern::{Case, Pattern};
use crate::iam::principal::{Named, Principals};
use crate::iam::{Document, Statement};
use crate::model::value::Value;

/// What a policy stands on; says which elements it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// On a user, group or role; also a boundary, a session policy and an SCP: no `Principal`.
    Identity,
    /// On a resource, a role's trust, or an RCP: with `Principal`.
    Resource,
}

/// What a statement says of what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It may be done.
    Allow,
    /// It may not be done, whatever else allows it.
    Deny,
}

/// Why a document cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The policy's name.
    pub policy: String,
    /// What is wrong; lower case, no full stop.
    pub what: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "policy `{}`: {}", self.policy, self.what)
    }
}

/// A policy that requests can be asked of. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Policy {
    name: String,
    statements: Arc<[Ready]>,
}

/// Principals: kind (`AWS`, `Service`, ...) and identifier.
type Identifiers = Vec<(&'static str, String)>;

/// A statement.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    /// Its `Sid`, or its place (`#2`, from 1).
    pub(super) label: String,
    pub(super) effect: Effect,
    actions: Actions,
    not_action: bool,
    resources: Vec<ArnPattern>,
    not_resource: bool,
    principals: Identifiers,
    not_principal: bool,
    tests: Vec<Test>,
}

/// Action patterns by service: a full guard has hundreds, of which one service has few.
#[derive(Debug, Clone, Default)]
struct Actions {
    everything: bool,
    by_service: FxHashMap<String, Vec<Pattern>>,
}

impl Actions {
    fn matches(&self, service: &str, verb: &str) -> bool {
        self.everything
            || self
                .by_service
                .get(service)
                .is_some_and(|verbs| verbs.iter().any(|pattern| pattern.matches(verb)))
    }
}

impl Policy {
    /// Reads a document. `is_key` knows the condition keys of services; the global ones are known
    /// here.
    ///
    /// # Errors
    /// What AWS would refuse, what is not known, and what this evaluator does not understand.
    pub fn read(
        name: &str,
        json: &str,
        kind: Kind,
        is_key: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Refusal> {
        let refuse = |what: String| Refusal { policy: name.to_owned(), what };
        let document =
            Document::read(&Value::from(json)).ok_or_else(|| refuse("it is empty".to_owned()))?;
        Self::of(name, &document, kind, is_key)
    }

    /// The same of a document that was read.
    ///
    /// # Errors
    /// As [`Policy::read`].
    pub fn of(
        name: &str,
        document: &Document,
        kind: Kind,
        is_key: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Refusal> {
        let refuse = |what: String| Refusal { policy: name.to_owned(), what };
        if let Some(fault) = document.faults.first() {
            let detail = if fault.detail.is_empty() {
                String::new()
            } else {
                format!(" ({})", fault.detail)
            };
            return Err(refuse(format!("{}{detail}", fault.what)));
        }
        if let Some(why) = &document.rest {
            return Err(refuse(why.reason().to_owned()));
        }
        let statements = document
            .statements
            .iter()
            .enumerate()
            .map(|(i, statement)| {
                let label = match statement.sid.as_str() {
                    Some(sid) if !sid.is_empty() => sid.to_owned(),
                    _ => format!("#{}", i + 1),
                };
                let reader = Reader { kind, variables: document.has_variables, is_key };
                reader
                    .statement(statement, label.clone())
                    .map_err(|what| refuse(format!("statement `{label}`: {what}")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), statements })
    }

    /// The name it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same policy under another name.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        Self { name: name.to_owned(), statements: Arc::clone(&self.statements) }
    }

    pub(super) fn statements(&self) -> &[Ready] {
        &self.statements
    }
}

impl Ready {
    /// Whether it is about this action on this resource under this context, and how directly it
    /// means the caller; a statement without principals means whoever it is attached to.
    pub(super) fn matches(
        &self,
        (service, verb): (&str, &str),
        resource: &str,
        caller: &Caller,
        context: &Context,
    ) -> Meant {
        if self.actions.matches(service, verb) == self.not_action {
            return Meant::No;
        }
        // A pattern whose variable has no value matches nothing, and leaves out nothing either.
        let mut on = self.resources.is_empty();
        for pattern in &self.resources {
            match pattern.matches(resource, context) {
                Some(matches) => on |= matches,
                None if self.not_resource => return Meant::No,
                None => {}
            }
        }
        if !self.resources.is_empty() && on == self.not_resource {
            return Meant::No;
        }
        let meant = self.means(caller, context);
        if meant == Meant::No || !self.tests.iter().all(|test| test.holds(context)) {
            return Meant::No;
        }
        meant
    }

    fn means(&self, caller: &Caller, context: &Context) -> Meant {
        if self.principals.is_empty() {
            return Meant::Directly;
        }
        let nearest = self
            .principals
            .iter()
            .map(|(kind, id)| caller.is_meant(kind, id, context))
            .max()
            .unwrap_or(Meant::No);
        match (self.not_principal, nearest) {
            (false, nearest) => nearest,
            (true, Meant::No) => Meant::Everybody,
            (true, _) => Meant::No,
        }
    }
}

struct Reader<'k> {
    kind: Kind,
    variables: bool,
    is_key: &'k dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn statement(&self, statement: &Statement, label: String) -> Result<Ready, String> {
        let effect = if statement.denies.is_true() {
            Effect::Deny
        } else if statement.allows.is_true() {
            Effect::Allow
        } else {
            return Err("its effect is unknown".to_owned());
        };
        let (actions, not_action) = clause(&statement.action, "action")?;
        let (resources, not_resource) = match (&statement.resource, self.kind) {
            // The trust of a role has none.
            (Clause::Missing, Kind::Resource) => (Vec::new(), false),
            (other, _) => clause(other, "resource")?,
        };
        let resources = resources
            .iter()
            .map(|text| {
                ArnPattern::resource(text, self.variables)
                    .ok_or_else(|| format!("its resource `{text}` is neither `*` nor an ARN"))
            })
            .collect::<Result<_, _>>()?;
        let (principals, not_principal) = self.principals(&statement.principal)?;
        if let Some(why) = &statement.conditions.rest {
            return Err(why.reason().to_owned());
        }
        let tests = statement
            .conditions
            .entries
            .iter()
            .map(|condition| self.test(condition))
            .collect::<Result<_, _>>()?;
        Ok(Ready {
            label,
            effect,
            actions: read_actions(&actions)?,
            not_action,
            resources,
            not_resource,
            principals,
            not_principal,
            tests,
        })
    }

    fn principals(&self, principals: &Principals) -> Result<(Identifiers, bool), String> {
        match (principals, self.kind) {
            (Principals::Missing, Kind::Identity) => Ok((Vec::new(), false)),
            (Principals::Missing, Kind::Resource) => Err("it has no principal".to_owned()),
            (_, Kind::Identity) => {
                Err("it has a principal, which only a resource policy may have".to_owned())
            }
            (Principals::These(named), _) => Ok((identifiers(named)?, false)),
            (Principals::AllBut(named), _) => Ok((identifiers(named)?, true)),
            (Principals::Unknown(why), _) => Err(why.reason().to_owned()),
        }
    }

    fn test(&self, condition: &Condition) -> Result<Test, String> {
        let operator = Operator::read(&condition.operator)
            .ok_or_else(|| format!("the condition operator `{}` is unknown", condition.operator))?;
        if !super::keys::is_known(&condition.key, self.is_key) {
            return Err(format!("the condition key `{}` is unknown", condition.key));
        }
        let operands = texts(&condition.values, "condition value")?
            .iter()
            .map(|raw| {
                Operand::read(operator.family, raw, self.variables).ok_or_else(|| {
                    format!(
                        "`{raw}` is not a valid value for the operator `{}`",
                        condition.operator
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Test { operator, key: condition.key.to_ascii_lowercase(), operands })
    }
}

fn identifiers(named: &Named) -> Result<Identifiers, String> {
    if let Some(why) = &named.rest {
        return Err(why.reason().to_owned());
    }
    if named.entries.is_empty() {
        return Err("its principal is empty".to_owned());
    }
    named.entries.iter().map(|(kind, id)| Ok((*kind, plain(id, "principal")?))).collect()
}

fn clause(clause: &Clause, what: &str) -> Result<(Vec<String>, bool), String> {
    match clause {
        Clause::Missing => Err(format!("it has no {what}")),
        Clause::Unknown(why) => Err(why.reason().to_owned()),
        Clause::These(listed) => Ok((texts(listed, what)?, false)),
        Clause::AllBut(listed) => Ok((texts(listed, what)?, true)),
    }
}

fn texts(texts: &Texts, what: &str) -> Result<Vec<String>, String> {
    if let Some(why) = &texts.rest {
        return Err(why.reason().to_owned());
    }
    if texts.items.is_empty() {
        return Err(format!("it has no {what}"));
    }
    texts.items.iter().map(|value| plain(value, what)).collect()
}

fn plain(value: &Value, what: &str) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(format!("the value of a {what} is unknown")),
    }
}

fn read_actions(patterns: &[String]) -> Result<Actions, String> {
    let mut actions = Actions::default();
    for text in patterns {
        let value = Value::from(text.as_str());
        if is_every_action(&value).is_true() {
            actions.everything = true;
            continue;
        }
        if crosses_services(&value).is_true() {
            return Err(format!("the action `{text}` has a wildcard in its service"));
        }
        let (service, verb) =
            text.split_once(':').ok_or_else(|| format!("the action `{text}` has no service"))?;
        let verbs = actions.by_service.entry(service.to_ascii_lowercase()).or_default();
        verbs.push(Pattern::new(verb, Case::Ignored));
    }
    Ok(actions)
}
