//! One statement of a policy document, and what it grants.

use super::action;
use super::condition::Conditions;
use super::element::{Clause, Fault, Texts, element};
use super::pattern::{self, Case};
use super::principal::{Named, Principals};
use super::resource;
use crate::model::truth::Truth;
use crate::model::value::{Object, Unknown, Value};

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// `Sid`; null when it has none.
    pub sid: Value,
    /// Whether its effect is `Allow`.
    pub allows: Truth,
    /// Whether its effect is `Deny`.
    pub denies: Truth,
    /// `Action` or `NotAction`.
    pub action: Clause,
    /// `Resource` or `NotResource`.
    pub resource: Clause,
    /// `Principal` or `NotPrincipal`.
    pub principal: Principals,
    /// `Condition`.
    pub conditions: Conditions,
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];

impl Statement {
    /// Reads a statement; adds what AWS would refuse to `faults`.
    #[must_use]
    pub fn read(object: &Object, faults: &mut Vec<Fault>) -> Self {
        let missing = |fault: &'static str, faults: &mut Vec<Fault>| match &object.rest {
            Some(why) => Some(why.clone()),
            None => {
                faults.push(Fault::new(fault, ""));
                Some(Unknown::because(format!("AWS would reject this policy document: {fault}")))
            }
        };
        let mut own = Self {
            sid: Value::Null,
            allows: Truth::False,
            denies: Truth::False,
            action: Clause::Missing,
            resource: Clause::Missing,
            principal: Principals::Missing,
            conditions: Conditions { entries: Vec::new(), rest: object.rest.clone() },
        };
        let mut effect = None;
        for (key, value) in &object.entries {
            let Some(name) = element(key, &ELEMENTS, faults) else { continue };
            let twice = match name {
                "Sid" => {
                    own.sid = value.clone();
                    false
                }
                "Effect" => effect.replace(value).is_some(),
                "Action" | "NotAction" => own.action.set(name, value, faults),
                "Resource" | "NotResource" => own.resource.set(name, value, faults),
                "Principal" => own.principal.set(Principals::These(Named::read(value, faults))),
                "NotPrincipal" => own.principal.set(Principals::AllBut(Named::read(value, faults))),
                _ => {
                    own.conditions.read(value, faults);
                    false
                }
            };
            if twice {
                faults.push(Fault::new(
                    "a statement sets an element more than once",
                    format!("`{key}`"),
                ));
            }
        }
        (own.allows, own.denies) = match effect {
            None | Some(Value::Null) => {
                let why = missing("a statement has no effect", faults);
                let doubt = Truth::Unknown(why.unwrap_or_else(Unknown::after_apply));
                (doubt.clone(), doubt)
            }
            Some(effect) => read_effect(effect, faults),
        };
        if own.action == Clause::Missing
            && let Some(why) = missing("a statement has no action", faults)
        {
            own.action = Clause::Unknown(why);
        }
        if let Some(why) = &object.rest {
            if own.resource == Clause::Missing {
                own.resource = Clause::Unknown(why.clone());
            }
            if own.principal == Principals::Missing {
                own.principal = Principals::Unknown(why.clone());
            }
        }
        own
    }

    /// Whether an `Action` of it is every action. *False* for `NotAction`.
    #[must_use]
    pub fn names_every_action(&self) -> Truth {
        match &self.action {
            Clause::These(texts) => texts.any(action::is_every_action),
            Clause::Unknown(why) => Truth::Unknown(why.clone()),
            Clause::Missing | Clause::AllBut(_) => Truth::False,
        }
    }

    /// Whether an `Action` of it reaches over services in a form that AWS refuses (`*:Get*`).
    #[must_use]
    pub fn crosses_services(&self) -> Truth {
        match &self.action {
            Clause::These(texts) => texts.any(action::crosses_services),
            _ => Truth::False,
        }
    }

    /// Asks a question of the resource patterns. `NotResource` leaves all but a few open, and a
    /// statement without any resource, which AWS refuses in an identity policy, is read as open.
    #[must_use]
    pub fn on(&self, question: impl Fn(&Value) -> Truth) -> Truth {
        match &self.resource {
            Clause::These(texts) => texts.any(question),
            Clause::AllBut(_) | Clause::Missing => Truth::True,
            Clause::Unknown(why) => Truth::Unknown(why.clone()),
        }
    }

    /// Whether its resource patterns, one by one or together, are every resource of a service, or
    /// of one of these types of it.
    #[must_use]
    pub fn reaches_all_of(&self, service: &str, kinds: &[&str]) -> Truth {
        let single = self.on(|value| resource::is_whole_of(value, service, kinds));
        match &self.resource {
            Clause::These(texts) if !single.is_true() && texts.items.len() > 1 => {
                let values: Vec<&Value> = texts.items.iter().collect();
                single.or(resource::cover_together(&values, service, kinds))
            }
            _ => single,
        }
    }

    /// Whether it allows every action on every resource. Conditions do not count: one on MFA or on
    /// the source address leaves an administrator an administrator.
    #[must_use]
    pub fn grants_everything(&self) -> Truth {
        self.allows.clone().and(self.names_every_action()).and(self.on(resource::is_everything))
    }

    /// Whether it names this action, by `Action` or by not excluding it.
    #[must_use]
    pub fn names(&self, action: &str) -> Truth {
        let matches = |texts: &Texts| texts.any(|p| pattern::matches(p, action, Case::Ignored));
        match &self.action {
            Clause::These(texts) => matches(texts),
            Clause::AllBut(texts) => matches(texts).not(),
            Clause::Unknown(why) => Truth::Unknown(why.clone()),
            Clause::Missing => Truth::False,
        }
    }
}

fn read_effect(effect: &Value, faults: &mut Vec<Fault>) -> (Truth, Truth) {
    if let Some(text) = effect.as_str() {
        let allow = text.eq_ignore_ascii_case("Allow");
        let deny = text.eq_ignore_ascii_case("Deny");
        if text != "Allow" && text != "Deny" {
            faults.push(Fault::new("an effect is neither Allow nor Deny", format!("`{text}`")));
        }
        return if allow || deny {
            (Truth::from(allow), Truth::from(deny))
        } else {
            let doubt = Truth::Unknown(Unknown::because("its effect is neither Allow nor Deny"));
            (doubt.clone(), doubt)
        };
    }
    if effect.doubt().is_none() {
        faults.push(Fault::new("an effect is neither Allow nor Deny", effect.kind()));
        let doubt = Truth::Unknown(Unknown::because("its effect is neither Allow nor Deny"));
        return (doubt.clone(), doubt);
    }
    (effect.equals("Allow"), effect.equals("Deny"))
}

impl Clause {
    /// Sets it; true when it was set before. Of two forms the wider `Not` form counts.
    fn set(&mut self, name: &str, value: &Value, faults: &mut Vec<Fault>) -> bool {
        let texts = Texts::read(value, faults);
        let next =
            if name.starts_with("Not") { Clause::AllBut(texts) } else { Clause::These(texts) };
        match (&mut *self, next) {
            (Clause::Missing | Clause::Unknown(_), next) => {
                *self = next;
                false
            }
            (Clause::These(own), Clause::These(more)) => {
                own.items.extend(more.items);
                own.rest = own.rest.take().or(more.rest);
                true
            }
            (Clause::AllBut(_), _) => true,
            (_, next) => {
                *self = next;
                true
            }
        }
    }
}

impl Principals {
    fn set(&mut self, next: Principals) -> bool {
        match (&mut *self, next) {
            (Principals::Missing | Principals::Unknown(_), next) => {
                *self = next;
                false
            }
            (Principals::These(own), Principals::These(more)) => {
                own.entries.extend(more.entries);
                own.rest = own.rest.take().or(more.rest);
                true
            }
            (Principals::AllBut(_), _) => true,
            (_, next) => {
                *self = next;
                true
            }
        }
    }
}
