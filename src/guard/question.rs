//! Single requests: read, completed with what the catalogue knows, and answered.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalogue::{Action, Service, TagSupport, catalogue};
use crate::iam::evaluate::{
    Answer, Arn, Caller, Context, Decision, Kind, Policies, Policy, Request, Target, evaluate, keys,
};

/// A value of a context: a text, a number, a flag, or a list of texts.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Given {
    List(Vec<String>),
    Text(String),
    Other(Value),
}

/// A resource with its condition keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenResource {
    arn: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    context: BTreeMap<String, Given>,
}

/// One resource or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Resources {
    One(String),
    Texts(Vec<String>),
    Full(Vec<GivenResource>),
}

/// One policy or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Documents {
    Many(Vec<Value>),
    One(Value),
}

impl Documents {
    fn list(&self) -> &[Value] {
        match self {
            Self::Many(list) => list,
            Self::One(value) => std::slice::from_ref(value),
        }
    }
}

/// A request with all policies that stand over it, as one line of JSON gives it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Comes back in the answer.
    #[serde(default)]
    pub id: Value,
    principal: String,
    action: String,
    resource: Resources,
    /// The account of the resource, where its ARN names none; the caller's if it is left out.
    #[serde(default)]
    account: String,
    #[serde(default)]
    context: BTreeMap<String, Given>,
    /// The caller's policies: documents, their text, or `{name, policy}`.
    #[serde(default)]
    pub identity: Vec<Value>,
    /// Service control policies by level.
    #[serde(default)]
    pub scp: Vec<Vec<Value>>,
    #[serde(default)]
    rcp: Vec<Vec<Value>>,
    /// None, or an empty list: no boundary.
    #[serde(default)]
    boundary: Option<Documents>,
    #[serde(default)]
    session: Option<Documents>,
    /// The policy of the resource.
    #[serde(default)]
    pub resource_policy: Option<Value>,
}

impl Question {
    /// A question without policies.
    #[must_use]
    pub fn new(principal: &str, action: &str, resources: &[String]) -> Self {
        Self {
            id: Value::Null,
            principal: principal.to_owned(),
            action: action.to_owned(),
            resource: Resources::Texts(resources.to_vec()),
            account: String::new(),
            context: BTreeMap::new(),
            identity: Vec::new(),
            scp: Vec::new(),
            rcp: Vec::new(),
            boundary: None,
            session: None,
            resource_policy: None,
        }
    }

    /// Adds a value of a key; a second one makes a list.
    pub fn add(&mut self, key: &str, value: &str) {
        let next = match self.context.remove(key) {
            None => Given::Text(value.to_owned()),
            Some(Given::Text(first)) => Given::List(vec![first, value.to_owned()]),
            Some(Given::List(mut list)) => {
                list.push(value.to_owned());
                Given::List(list)
            }
            Some(Given::Other(other)) => Given::List(vec![other.to_string(), value.to_owned()]),
        };
        self.context.insert(key.to_owned(), next);
    }

    /// Puts a boundary over it.
    pub fn set_boundary(&mut self, policy: Value) {
        self.boundary = Some(Documents::One(policy));
    }

    /// Whether no policy stands over it.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.identity.is_empty()
            && self.scp.is_empty()
            && self.rcp.is_empty()
            && self.boundary.is_none()
            && self.session.is_none()
            && self.resource_policy.is_none()
    }
}

/// A statement that decided, in outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct By {
    /// `identity`, `scp`, `rcp`, `boundary`, `session`, `resource_policy`.
    pub layer: &'static str,
    /// Which level of SCPs or RCPs, from 0.
    pub level: usize,
    /// The policy's name, or its place in the layer.
    pub policy: String,
    /// Its `Sid`, or its place (`#2`).
    pub statement: String,
    /// The resource that it decided about.
    pub resource: String,
}

/// An answer, in outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// The question's.
    pub id: Value,
    /// `Allowed`, `ImplicitlyDenied` or `ExplicitlyDenied`.
    pub decision: &'static str,
    /// The statements that decided: those that forbid it, or those that allow it.
    pub by: Vec<By>,
    /// The layer that allows nothing, for an implicit refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Keys that were given and that AWS does not send with this action on this resource.
    pub dropped: Vec<String>,
}

impl Reply {
    /// Whether the request is let through.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.decision == Decision::Allowed.name()
    }

    fn new(id: Value, answer: Answer, dropped: Vec<String>) -> Self {
        let by = answer.reasons.into_iter().map(|reason| By {
            layer: reason.layer.name(),
            level: reason.level,
            policy: reason.policy,
            statement: reason.statement,
            resource: reason.resource,
        });
        let missing = answer.missing.map(|(layer, level)| match layer.name() {
            name @ ("scp" | "rcp") => format!("{name}[{level}]"),
            name => name.to_owned(),
        });
        Self { id, decision: answer.decision.name(), by: by.collect(), missing, dropped }
    }
}

/// Answers questions. Documents that come again are read once.
#[derive(Debug, Default)]
pub struct Desk {
    read: FxHashMap<(bool, String), Policy>,
}

impl Desk {
    /// Answers a question. Unless `as_given`, keys that AWS does not send with the action on the
    /// resource are dropped, as they would be: a tag condition on Route 53 never holds.
    ///
    /// # Errors
    /// An action, a key, a principal or a policy that is not known, in words for a report.
    pub fn answer(&mut self, question: &Question, as_given: bool) -> Result<Reply, String> {
        let caller = Caller::parse(&question.principal).ok_or_else(|| {
            format!(
                "the principal `{}` is neither the ARN of a user, role or session, nor a service",
                question.principal
            )
        })?;
        let (service, action) = catalogue()
            .action(&question.action)
            .ok_or_else(|| format!("the action `{}` does not exist", question.action))?;
        let mut dropped = Vec::new();
        let mut targets = Vec::new();
        for (arn, account, tags) in question.targets() {
            let mut target = Target::new(&arn);
            if !account.is_empty() {
                target.account = account;
            }
            target.context = context(tags.iter().copied())?;
            if !as_given {
                drop_unsent(&mut target.context, service, action, &arn, &mut dropped);
            }
            targets.push(target);
        }
        if targets.is_empty() {
            return Err("the request names no resource".to_owned());
        }
        dropped.sort();
        dropped.dedup();
        let request = Request {
            caller,
            action: format!("{}:{}", service.name, action.name),
            targets,
            context: Context::new(),
        };
        let policies = self.policies(question, service)?;
        Ok(Reply::new(question.id.clone(), evaluate(&request, &policies), dropped))
    }

    fn policies(&mut self, question: &Question, service: &Service) -> Result<Policies, String> {
        let rcps = self.levels("rcp", &question.rcp, Kind::Resource)?;
        Ok(Policies {
            identity: self.all("identity", &question.identity, Kind::Identity)?,
            scps: self.levels("scp", &question.scp, Kind::Identity)?,
            // Resource control policies reach only some services.
            rcps: if service.rcp { rcps } else { Vec::new() },
            boundary: self.optional("boundary", question.boundary.as_ref())?,
            session: self.optional("session", question.session.as_ref())?,
            resource: match &question.resource_policy {
                None | Some(Value::Null) => None,
                Some(policy) => {
                    Some(self.policy_at("resource_policy".to_owned(), policy, Kind::Resource)?)
                }
            },
        })
    }

    fn levels(
        &mut self,
        name: &str,
        levels: &[Vec<Value>],
        kind: Kind,
    ) -> Result<Vec<Vec<Policy>>, String> {
        let each = levels.iter().enumerate();
        each.map(|(level, list)| self.all(&format!("{name}[{level}]"), list, kind)).collect()
    }

    fn optional(
        &mut self,
        name: &str,
        given: Option<&Documents>,
    ) -> Result<Option<Vec<Policy>>, String> {
        match given {
            Some(documents) if !documents.list().is_empty() => {
                self.all(name, documents.list(), Kind::Identity).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn all(&mut self, layer: &str, list: &[Value], kind: Kind) -> Result<Vec<Policy>, String> {
        let each = list.iter().enumerate();
        each.map(|(i, policy)| self.policy_at(format!("{layer}[{i}]"), policy, kind)).collect()
    }

    /// A document as it is, as JSON text, or as `{name, policy}`.
    fn policy_at(&mut self, place: String, value: &Value, kind: Kind) -> Result<Policy, String> {
        let (name, document) = match (value.get("name"), value.get("policy")) {
            (Some(Value::String(name)), Some(policy)) => (name.clone(), policy),
            _ => (place, value),
        };
        let text = match document {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let key = (kind == Kind::Resource, text);
        if let Some(known) = self.read.get(&key) {
            return Ok(known.named(&name));
        }
        let policy = Policy::read(&name, &key.1, kind, &|key| catalogue().is_key(key))
            .map_err(|refusal| refusal.to_string())?;
        // What never comes again is not kept for ever.
        if self.read.len() >= KEPT {
            self.read.clear();
        }
        self.read.insert(key, policy.clone());
        Ok(policy)
    }
}

/// How many documents are kept for the next question.
const KEPT: usize = 1_000;

type Keys<'q> = Vec<(&'q String, &'q Given)>;

impl Question {
    fn targets(&self) -> Vec<(String, String, Keys<'_>)> {
        let shared = || self.context.iter().collect::<Vec<_>>();
        match &self.resource {
            Resources::One(arn) => vec![(arn.clone(), self.account.clone(), shared())],
            Resources::Texts(arns) => {
                arns.iter().map(|arn| (arn.clone(), self.account.clone(), shared())).collect()
            }
            Resources::Full(list) => list
                .iter()
                .map(|target| {
                    let account =
                        if target.account.is_empty() { &self.account } else { &target.account };
                    let keys = self.context.iter().chain(&target.context).collect();
                    (target.arn.clone(), account.clone(), keys)
                })
                .collect(),
        }
    }
}

fn context<'k>(given: impl Iterator<Item = (&'k String, &'k Given)>) -> Result<Context, String> {
    let mut context = Context::new();
    for (key, value) in given {
        if !keys::is_known(key, &|key| catalogue().is_key(key)) {
            return Err(format!("the condition key `{key}` is unknown"));
        }
        match value {
            Given::List(list) => match (list.as_slice(), takes_several(key)) {
                // A list of one is how some write a value.
                ([only], false) => context.set(key, only.as_str()),
                _ => context.set_list(key, list.clone()),
            },
            Given::Text(text) if takes_several(key) => context.set_list(key, vec![text.clone()]),
            Given::Text(text) => context.set(key, text.as_str()),
            Given::Other(other @ (Value::Bool(_) | Value::Number(_))) => {
                context.set(key, other.to_string());
            }
            Given::Other(_) => {
                return Err(format!(
                    "the value of `{key}` is neither a string nor a list of strings"
                ));
            }
        }
    }
    Ok(context)
}

fn takes_several(key: &str) -> bool {
    if keys::is_list(key) {
        return true;
    }
    let service = key.split(':').next().and_then(|prefix| catalogue().service(prefix));
    service.is_some_and(|service| {
        let known = |(name, kind): &(&str, &str)| {
            name.eq_ignore_ascii_case(key) && kind.starts_with("ArrayOf")
        };
        service.keys.iter().any(known)
    })
}

/// Drops what AWS does not send with this action on this resource.
fn drop_unsent(
    context: &mut Context,
    service: &Service,
    action: &Action,
    arn: &str,
    dropped: &mut Vec<String>,
) {
    let kinds = kinds(service, action, arn);
    let tags = kinds
        .iter()
        .flat_map(|kind| action.on.iter().filter(move |on| on.kind == *kind))
        .map(|on| on.tags)
        .max()
        .unwrap_or(TagSupport::No);
    let names: Vec<String> = context.keys().map(str::to_owned).collect();
    for key in names {
        let (prefix, _) = key.split_once(':').unwrap_or_default();
        let is_sent = if key.starts_with("aws:resourcetag/") {
            tags.can_hold()
        } else if key.starts_with("aws:requesttag/") {
            action.request_tag
        } else if key == "aws:tagkeys" {
            action.tag_keys
        } else if prefix == "aws" || prefix == "saml" || prefix.contains('.') {
            true
        } else {
            service.sends(action, &kinds, &key)
        };
        if !is_sent {
            context.remove(&key);
            dropped.push(key);
        }
    }
}

/// The resource types of an action that an ARN is one of.
fn kinds(service: &Service, action: &Action, arn: &str) -> Vec<usize> {
    if Arn::parse(arn).is_none() {
        return Vec::new();
    }
    let mut kinds = service.kinds_of(arn);
    kinds.retain(|kind| action.on.iter().any(|on| on.kind == *kind));
    kinds
}
